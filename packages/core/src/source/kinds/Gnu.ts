/** `gnu`: a release tarball of the GNU project. The original refuses a ref in the element's file; here it is accepted. */
import * as Access from "../../yaml/Access.ts";
import type { SourceKind } from "../SourceKind.ts";
import * as Common from "./Common.ts";
import * as RegistryFile from "./RegistryFile.ts";
import * as RegistryUrl from "./RegistryUrl.ts";

export interface Settings {
  readonly name: string;
  /** The directory of the mirror; the name by default. */
  readonly directoryName: string;
  readonly mirror: string | undefined;
  /** Where the list of all files is, as far as the plugin's module tells; for tracking. */
  readonly index: string | undefined;
  readonly track: boolean;
  readonly ref: RegistryFile.FileRef | undefined;
}

const keys = Common.keys("name", "dirname", "mirror", "track", "ref");

function make(defaultMirror: string | undefined, index: string | undefined): SourceKind<Settings> {
  return {
    ...Common.ordinary,
    name: "gnu",
    configure: (config) => {
      Access.validateKeys(config, keys);
      const name = Access.getString(config, "name");
      return {
        name,
        index,
        directoryName: Access.getString(config, "dirname", name),
        track: Access.getBool(config, "track", true),
        ref: RegistryFile.read(Access.optionalMapping(config, "ref")),
        mirror: Access.optionalString(config, "mirror") ?? defaultMirror,
      };
    },
    isResolved: (settings) => settings.ref !== undefined,
    uniqueKey: (settings) => RegistryFile.keyItems(settings.ref),
    ref: (settings) => RegistryFile.json(settings.ref),
    withRef: (settings, ref) => ({ ...settings, ref: RegistryFile.read(Common.mappingRef(ref)) }),
    urls: (settings) => RegistryFile.urls(settings.mirror),
    pinned: (module) => make(RegistryUrl.fallback(module, "mirror"), RegistryUrl.constant(module, "index_url")),
  };
}

/** The kind. */
export const kind = make(undefined, undefined);
