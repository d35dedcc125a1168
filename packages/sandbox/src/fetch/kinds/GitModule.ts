/**
 * `git_module`: one submodule of the git source before it, in its place below the element's sources.
 *
 * Tracking reads which commit the staged work tree wants; nothing is asked of the submodule's server.
 */
import { BstError } from "@millrace/core/error/BstError";
import type { Settings } from "@millrace/core/source/kinds/GitModule";
import type { Directory } from "@millrace/core/tree/Directory";
import * as Paths from "@millrace/core/tree/Paths";
import * as Tree from "@millrace/core/tree/Tree";
import * as Effect from "effect/Effect";
import { attempt } from "../../cas/Cas.ts";
import * as Git from "../git/Git.ts";
import * as KeptRepository from "../git/KeptRepository.ts";
import type { SourceDriver, Subject } from "../SourceDriver.ts";
import * as SourceRef from "../SourceRef.ts";

function settingsOf({ source }: Subject): Settings {
  return source.settings as Settings;
}

function kept(subject: Subject): KeptRepository.Kept {
  const { url, fullClone, useLfs } = settingsOf(subject);
  return { url, ref: SourceRef.textRef(subject), full: fullClone, useLfs };
}

/** The driver. */
export const driver: SourceDriver = {
  kind: "git_module",
  isCached: (subject) => KeptRepository.isThere(subject, kept(subject)),
  fetch: (subject) => attempt(() => kept(subject)).pipe(Effect.flatMap((one) => KeptRepository.fetch(subject, one))),
  track: Effect.fnUntraced(function* (subject, previous) {
    const { path } = settingsOf(subject);
    const { text } = yield* Git.local(
      previous ?? ".",
      ["ls-files", "--stage", "--", path],
      `Cannot read the git index of the sources before the git_module source of ${subject.source.context.elementName}`,
    );
    const commit = /^160000 ([0-9a-f]{40}) /.exec(text)?.[1];
    if (commit !== undefined) return commit;
    return yield* new BstError({
      domain: "SOURCE",
      reason: null,
      message: `The sources before it in ${subject.source.context.elementName} have no submodule at '${path}'`,
      hint: "A git_module source follows a git_repo or git_tag source with the repository that has the submodule.",
    });
  }),
  stage: {
    type: "tree",
    make: Effect.fnUntraced(function* (subject): Effect.fn.Return<Directory, BstError> {
      const { path } = settingsOf(subject);
      const tree = yield* KeptRepository.tree(subject, kept(subject));
      if (Paths.parts(path).length === 0) return tree;
      return yield* attempt(() => Paths.insert(Tree.empty, path, Tree.directory(tree)));
    }),
  },
  initWorkspace: (subject, directory) =>
    KeptRepository.workspace(subject, kept(subject), directory, settingsOf(subject).path),
};
