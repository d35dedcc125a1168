/** `git_repo`: a commit of a git repository, tracked by a glob over its refs. The url is not in the key: the commit says it all. */
import { raise } from "../../error/BstError.ts";
import * as Access from "../../yaml/Access.ts";
import * as Node from "../../yaml/Node.ts";
import type { SourceKind } from "../SourceKind.ts";
import * as Common from "./Common.ts";

export interface Settings extends Common.Version {
  readonly url: string;
  readonly ref: string | undefined;
  /** Glob of refs. */
  readonly track: string | undefined;
  readonly exclude: readonly string[];
  readonly refFormat: "sha1" | "git-describe";
}

const keys = Common.keys("ref", "url", "track", "exclude", "ref-format", ...Common.versionKeys);

/** A commit, or `TAG-DEPTH-gCOMMIT`; groups are tag, depth and commit. What follows the commit is not looked at. */
export const refPattern = /^(?:(.*)(?:-(\d+)-g))?([0-9a-f]{40})/;

/** Refuses a ref that is neither a commit nor a description of one. */
export function checkRef(ref: Node.Scalar): string {
  if (refPattern.test(ref.value)) return ref.value;
  return raise({
    domain: "SOURCE",
    reason: null,
    message: `The ref '${ref.value}' is neither a commit nor of the form TAG-DEPTH-gCOMMIT`,
    place: Node.place(ref),
    hint: "Write the whole commit, 40 hexadecimal digits, or run `bst source track`.",
  });
}

/** The kind. */
export const kind: SourceKind<Settings> = {
  ...Common.ordinary,
  ...Common.textRefMembers,
  name: "git_repo",
  configure: (config) => {
    Access.validateKeys(config, keys);
    const ref = Access.optionalScalar(config, "ref");
    return {
      ref: ref === undefined ? undefined : checkRef(ref),
      url: Access.getString(config, "url"),
      track: Access.optionalString(config, "track"),
      exclude: Access.getStringList(config, "exclude", []),
      refFormat: Access.getEnum(config, "ref-format", ["sha1", "git-describe"], "sha1"),
      ...Common.version(config),
    };
  },
  uniqueKey: (settings) => ({ ref: Common.orNull(settings.ref), bugfix: 1, ...Common.versionMembers(settings) }),
  withRef: (settings, ref) => {
    Common.textRef(ref);
    return { ...settings, ref: ref?.type === "scalar" ? checkRef(ref) : undefined };
  },
  urls: (settings) => [{ url: settings.url, primary: true }],
};
