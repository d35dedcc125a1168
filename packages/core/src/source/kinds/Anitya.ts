/** `anitya`: a file whose url a release monitor's version completes. */
import type { Json } from "../../element/Element.ts";
import * as Access from "../../yaml/Access.ts";
import type * as Node from "../../yaml/Node.ts";
import type { SourceKind } from "../SourceKind.ts";
import * as Common from "./Common.ts";
import * as RegistryUrl from "./RegistryUrl.ts";

export interface Ref {
  readonly version: string;
  readonly sha256sum: string;
}

export interface Settings {
  /** Of the monitor's interface; only tracking needs it. */
  readonly apiUrl: string | undefined;
  readonly projectId: number;
  /** A url with a place for the version in braces. */
  readonly url: string;
  readonly exclude: readonly string[];
  readonly ref: Ref | undefined;
}

const keys = Common.keys("project-id", "url", "ref", "exclude", "api-url");
const refKeys = ["version", "sha256sum"];

function readRef(node: Node.Mapping | undefined): Ref | undefined {
  if (node === undefined) return undefined;
  Access.validateKeys(node, refKeys);
  return { version: Access.getString(node, "version"), sha256sum: Access.getString(node, "sha256sum") };
}

function make(defaultApi: string | undefined): SourceKind<Settings> {
  return {
    ...Common.ordinary,
    name: "anitya",
    configure: (config) => {
      Access.validateKeys(config, keys);
      return {
        apiUrl: Access.optionalString(config, "api-url") ?? defaultApi,
        projectId: Access.getInt(config, "project-id"),
        url: Access.getString(config, "url"),
        exclude: Access.getStringList(config, "exclude", []),
        ref: readRef(Access.optionalMapping(config, "ref")),
      };
    },
    isResolved: (settings) => settings.ref !== undefined,
    uniqueKey: ({ url, ref, exclude }): Json => [url, ref?.version ?? null, ref?.sha256sum ?? null, exclude],
    ref: ({ ref }) => (ref === undefined ? undefined : { version: ref.version, sha256sum: ref.sha256sum }),
    withRef: (settings, ref) => ({ ...settings, ref: readRef(Common.mappingRef(ref)) }),
    urls: (settings) => [{ url: settings.url.split("{", 1)[0] as string, primary: true }],
    pinned: (module) => make(RegistryUrl.fallback(module, "api-url")),
  };
}

/** The kind. */
export const kind = make(undefined);
