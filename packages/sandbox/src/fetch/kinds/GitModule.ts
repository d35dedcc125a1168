/**
 * `git_module`: one submodule of the git source before it, in its place below the element's sources.
 *
 * Tracking reads which commit the staged work tree wants; nothing is asked of the submodule's server.
 */
import { join } from "node:path";
import { BstError } from "@millrace/core/error/BstError";
import type { Settings } from "@millrace/core/source/kinds/GitModule";
import type { Directory } from "@millrace/core/tree/Directory";
import * as Paths from "@millrace/core/tree/Paths";
import * as Tree from "@millrace/core/tree/Tree";
import * as Effect from "effect/Effect";
import { attempt } from "../../cas/Cas.ts";
import * as CommitFetch from "../git/CommitFetch.ts";
import * as Git from "../git/Git.ts";
import * as GitMetadata from "../git/GitMetadata.ts";
import * as GitMirror from "../git/GitMirror.ts";
import * as GitRef from "../git/GitRef.ts";
import * as GitTree from "../git/GitTree.ts";
import * as GitWorkspace from "../git/GitWorkspace.ts";
import type { SourceDriver, Subject } from "../SourceDriver.ts";
import * as SourceRef from "../SourceRef.ts";
import * as UrlDirectory from "../UrlDirectory.ts";

function settingsOf({ source }: Subject): Settings {
  return source.settings as Settings;
}

function commitOf(subject: Subject): string {
  return GitRef.parse(SourceRef.textRef(subject)).commit;
}

/** A mirror of the whole repository when there is one, else one of this commit only. */
function repositoryOf(subject: Subject): string {
  const { url, fullClone } = settingsOf(subject);
  const { sourcedir } = subject.environment.locations;
  const whole = UrlDirectory.path(sourcedir, "git_module", url);
  if (fullClone || GitMirror.has(whole, { commit: commitOf(subject), tag: undefined })) return whole;
  return UrlDirectory.path(sourcedir, "git_module", `${url}#${SourceRef.textRef(subject)}`);
}

/** The driver. */
export const driver: SourceDriver = {
  kind: "git_module",
  isCached: (subject) => GitMirror.has(repositoryOf(subject), { commit: commitOf(subject), tag: undefined }),
  fetch: Effect.fnUntraced(function* (subject: Subject): Effect.fn.Return<void, BstError> {
    const { url, fullClone } = settingsOf(subject);
    const commit = yield* attempt(() => commitOf(subject));
    const repository = repositoryOf(subject);
    const depth = fullClone ? undefined : 1;
    yield* CommitFetch.fetch(subject, url, repository, { commit, tag: undefined, depth });
    // BuildStream clones such a mirror, and a clone needs a head.
    yield* Git.local(repository, ["update-ref", "HEAD", commit], `Cannot set the head of ${repository}`);
  }),
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
      const repository = repositoryOf(subject);
      const commit = commitOf(subject);
      const { store } = subject.environment.cas;
      const listed = yield* GitTree.list(repository, commit);
      const files = yield* GitTree.make(store, repository, listed);
      const metadata = yield* GitMetadata.make(store, repository, { commit, tag: undefined, listed });
      const tree = Tree.make([...files.entries, [".git", Tree.directory(metadata)]]);
      if (Paths.parts(path).length === 0) return tree;
      return yield* attempt(() => Paths.insert(Tree.empty, path, Tree.directory(tree)));
    }),
  },
  initWorkspace: (subject, directory) =>
    GitWorkspace.make({
      repository: repositoryOf(subject),
      directory: join(directory, settingsOf(subject).path),
      url: SourceRef.translate(subject, settingsOf(subject).url),
      commit: commitOf(subject),
    }),
};
