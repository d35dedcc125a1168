/**
 * `go_module`: one Go module vendored from its git repository.
 *
 * Releases differ in `explicit`, a member of the ref: before 2.4.0 it is required and enters the key as a boolean; from then on it is ignored with a warning, but
 * when present enters the key as null.
 */
import type { Json } from "../../element/Element.ts";
import * as Access from "../../yaml/Access.ts";
import type * as Node from "../../yaml/Node.ts";
import type { SourceKind } from "../SourceKind.ts";
import * as Common from "./Common.ts";
import * as GitRepo from "./GitRepo.ts";

export interface Ref {
  readonly goVersion: string;
  readonly gitRef: string;
  /** Null: given, but ignored. */
  readonly explicit: boolean | null | undefined;
  readonly subdirectory: string | undefined;
}

export interface Settings {
  readonly url: string;
  readonly module: string;
  readonly ref: Ref | undefined;
  /** Whether `explicit` belongs to the ref. */
  readonly explicitCounts: boolean;
}

const keys = Common.keys("ref", "url", "module");
const refKeys = ["go-version", "git-ref", "explicit", "subdirectory"];

/** A ref as it is written. */
export function refJson(ref: Ref): { readonly [name: string]: Json } {
  return {
    "go-version": ref.goVersion,
    "git-ref": ref.gitRef,
    ...(ref.explicit === undefined ? {} : { explicit: ref.explicit }),
    ...(ref.subdirectory === undefined ? {} : { subdirectory: ref.subdirectory }),
  };
}

/** `explicitCounts`: before 2.4.0; `edition`: a number in keys that changed when what is staged changed. */
function make(explicitCounts: boolean, edition: number): SourceKind<Settings> {
  const read = (node: Node.Mapping, warn: (message: string, node: Node.Node) => void): Ref => {
    Access.validateKeys(node, refKeys);
    const explicit = node.entries.get("explicit");
    if (explicit !== undefined && !explicitCounts) warn("'explicit' is deprecated and ignored", explicit);
    return {
      goVersion: Access.getString(node, "go-version"),
      gitRef: GitRepo.checkRef(Access.getScalar(node, "git-ref")),
      explicit: explicitCounts ? Access.getBool(node, "explicit") : explicit === undefined ? undefined : null,
      subdirectory: Access.optionalString(node, "subdirectory"),
    };
  };
  return {
    ...Common.ordinary,
    name: "go_module",
    requiresPreviousTrack: true,
    requiresPreviousStage: true,
    configure: (config, context) => {
      Access.validateKeys(config, keys);
      const ref = Access.optionalMapping(config, "ref");
      return {
        ref: ref === undefined ? undefined : read(ref, (message, node) => context.warn(null, message, node)),
        url: Access.getString(config, "url"),
        module: Access.getString(config, "module"),
        explicitCounts,
      };
    },
    isResolved: (settings) => settings.ref !== undefined,
    uniqueKey: (settings) => ({
      ref: settings.ref === undefined ? null : refJson(settings.ref),
      module: settings.module,
      bugfix: edition,
    }),
    ref: (settings) => (settings.ref === undefined ? undefined : refJson(settings.ref)),
    withRef: (settings, ref, context) => {
      const node = Common.mappingRef(ref);
      return {
        ...settings,
        ref: node === undefined ? undefined : read(node, (message, at) => context.warn(null, message, at)),
      };
    },
    urls: (settings) => [{ url: settings.url, primary: true }],
    pinned: (module) =>
      make(/get_bool\(\s*["']explicit["']/.test(module), Number(/"bugfix":\s*(\d+)/.exec(module)?.[1] ?? 1)),
  };
}

/** The kind, as of 2.4.0. */
export const kind = make(false, 1);
