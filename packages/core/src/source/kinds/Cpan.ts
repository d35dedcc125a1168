/** `cpan`: a distribution of the Perl archive. Its ref is two keys beside the others. */
import * as Access from "../../yaml/Access.ts";
import type * as Node from "../../yaml/Node.ts";
import type { SourceKind } from "../SourceKind.ts";
import * as Common from "./Common.ts";
import * as RegistryFile from "./RegistryFile.ts";
import * as RegistryUrl from "./RegistryUrl.ts";

export interface Settings extends Common.Version {
  readonly name: string;
  /** Url of the archive; undefined when neither written nor known. */
  readonly index: string | undefined;
  readonly suffix: string | undefined;
  readonly sha256sum: string | undefined;
}

const keys = Common.keys("name", "suffix", "sha256sum", "index", ...Common.versionKeys);

function readRef(node: Node.Mapping | undefined): Pick<Settings, "suffix" | "sha256sum"> {
  if (node === undefined) return { suffix: undefined, sha256sum: undefined };
  return { sha256sum: Access.optionalString(node, "sha256sum"), suffix: Access.optionalString(node, "suffix") };
}

function make(defaultIndex: string | undefined): SourceKind<Settings> {
  return {
    ...Common.ordinary,
    name: "cpan",
    configure: (config) => {
      Access.validateKeys(config, keys);
      return {
        name: Access.getString(config, "name"),
        index: Access.optionalString(config, "index") ?? defaultIndex,
        ...Common.version(config),
        ...readRef(config),
      };
    },
    isResolved: (settings) => settings.suffix !== undefined && settings.sha256sum !== undefined,
    uniqueKey: (settings) => [
      Common.orNull(settings.suffix),
      Common.orNull(settings.sha256sum),
      ...Common.versionItems(settings),
    ],
    ref: ({ suffix, sha256sum }) =>
      suffix === undefined || sha256sum === undefined ? undefined : { suffix, sha256sum },
    withRef: (settings, ref) => ({ ...settings, ...readRef(Common.mappingRef(ref)) }),
    refKeys: ["suffix", "sha256sum"],
    urls: (settings) => RegistryFile.urls(settings.index),
    pinned: (module) => make(RegistryUrl.fallback(module, "index")),
  };
}

/** The kind. */
export const kind = make(undefined);
