/** `pypi`: a source distribution of a Python package index. */
import * as Access from "../../yaml/Access.ts";
import type { SourceKind } from "../SourceKind.ts";
import * as Common from "./Common.ts";
import * as RegistryFile from "./RegistryFile.ts";
import * as RegistryUrl from "./RegistryUrl.ts";

export interface Settings extends Common.Version {
  /** Of the files; undefined when neither written nor known. */
  readonly url: string | undefined;
  /** What the plugin's module knows of the index, for tracking: the url of a package's page, `{name}` in it, and what the urls of files begin with. */
  readonly index: { readonly pages: string; readonly files: string } | undefined;
  readonly name: string;
  readonly ref: RegistryFile.FileRef | undefined;
  readonly prereleases: boolean;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

const keys = Common.keys("url", "name", "ref", "prereleases", "include", "exclude", ...Common.versionKeys);

function make(defaultUrl: string | undefined, index: Settings["index"]): SourceKind<Settings> {
  return {
    ...Common.ordinary,
    name: "pypi",
    configure: (config) => {
      Access.validateKeys(config, keys);
      return {
        index,
        name: Access.getString(config, "name"),
        prereleases: Access.getBool(config, "prereleases", false),
        include: Access.getStringList(config, "include", []),
        exclude: Access.getStringList(config, "exclude", []),
        url: Access.optionalString(config, "url") ?? defaultUrl,
        ...Common.version(config),
        ref: RegistryFile.read(Access.optionalMapping(config, "ref")),
      };
    },
    isResolved: (settings) => settings.ref !== undefined,
    uniqueKey: (settings) => [...RegistryFile.keyItems(settings.ref), ...Common.versionItems(settings)],
    ref: (settings) => RegistryFile.json(settings.ref),
    withRef: (settings, ref) => ({ ...settings, ref: RegistryFile.read(Common.mappingRef(ref)) }),
    urls: (settings) => RegistryFile.urls(settings.url),
    pinned: (module) => {
      const pages = RegistryUrl.constant(module, "REST_API");
      const files = RegistryUrl.constant(module, "STORAGE_ROOT");
      return make(files, pages === undefined || files === undefined ? undefined : { pages, files });
    },
  };
}

/** The kind. */
export const kind = make(undefined, undefined);
