/**
 * `git_repo`: one commit of a git repository, with a small `.git` that lets builds describe it.
 *
 * Only the commit (and the way back to the tag that its ref names) is fetched; files go from git's objects into the store. Submodules are not
 * followed: a `git_module` source stands for each.
 */
import { join } from "node:path";
import type { Json } from "@millrace/core/element/Element";
import { BstError } from "@millrace/core/error/BstError";
import type { Settings } from "@millrace/core/source/kinds/GitRepo";
import * as Tree from "@millrace/core/tree/Tree";
import * as Effect from "effect/Effect";
import { attempt } from "../../cas/Cas.ts";
import { tryEach, withoutSecrets } from "../AliasUrls.ts";
import * as CommitFetch from "../git/CommitFetch.ts";
import * as Git from "../git/Git.ts";
import * as GitMetadata from "../git/GitMetadata.ts";
import * as GitMirror from "../git/GitMirror.ts";
import * as GitRef from "../git/GitRef.ts";
import * as GitTree from "../git/GitTree.ts";
import * as GitWorkspace from "../git/GitWorkspace.ts";
import * as LineEnds from "../git/LineEnds.ts";
import type { SourceDriver, Subject } from "../SourceDriver.ts";
import * as SourceRef from "../SourceRef.ts";
import * as UrlDirectory from "../UrlDirectory.ts";

function settingsOf({ source }: Subject): Settings {
  return source.settings as Settings;
}

/** Where the mirror of a url is: a trailing `.git` makes no difference. */
function repositoryOf(subject: Subject): string {
  const { url } = settingsOf(subject);
  return `${UrlDirectory.path(subject.environment.locations.sourcedir, "git_repo", url.replace(/\.git$/, ""))}.git`;
}

/** The driver. */
export const driver: SourceDriver = {
  kind: "git_repo",
  isCached: (subject) => GitMirror.has(repositoryOf(subject), GitRef.parse(SourceRef.textRef(subject))),
  fetch: (subject) => {
    const { commit, tag, distance } = GitRef.parse(SourceRef.textRef(subject));
    return fetchCommit(subject, { commit, tag, depth: (distance ?? 0) + 1 });
  },
  track: Effect.fnUntraced(function* (subject: Subject): Effect.fn.Return<Json | undefined, BstError> {
    const { track: pattern, url } = settingsOf(subject);
    if (pattern === undefined || pattern === "") return undefined;
    return yield* tryEach(subject, url, SourceRef.translate(subject, url), "track", (candidate) =>
      track(subject, candidate.url, pattern),
    );
  }),
  stage: {
    type: "tree",
    make: Effect.fnUntraced(function* (subject) {
      const repository = repositoryOf(subject);
      const { commit, tag } = GitRef.parse(SourceRef.textRef(subject));
      const { cas, locations } = subject.environment;
      const { store } = cas;
      const listed = yield* LineEnds.list(repository, commit, locations.cachedir);
      const files = yield* GitTree.make(store, repository, listed);
      const metadata = yield* GitMetadata.make(store, repository, { commit, tag, listed });
      return Tree.make([...files.entries, [".git", Tree.directory(metadata)]]);
    }),
  },
  initWorkspace: (subject, directory) => {
    const url = SourceRef.translate(subject, settingsOf(subject).url);
    const { commit } = GitRef.parse(SourceRef.textRef(subject));
    return GitWorkspace.make({ repository: repositoryOf(subject), directory, url, commit });
  },
};

function fetchCommit(subject: Subject, wanted: GitMirror.Wanted): Effect.Effect<void, BstError> {
  return CommitFetch.fetch(subject, settingsOf(subject).url, repositoryOf(subject), wanted);
}

const track = Effect.fnUntraced(function* (
  subject: Subject,
  url: string,
  pattern: string,
): Effect.fn.Return<string, BstError> {
  const { exclude, refFormat } = settingsOf(subject);
  const shown = withoutSecrets(url);
  subject.environment.report({ type: "status", text: `Tracking ${pattern} from ${shown}` });
  const refs = yield* GitMirror.remoteRefs(join(subject.environment.locations.sourcedir, "git_repo"), url);
  const name = yield* attempt(() => GitRef.newest(GitRef.matching(refs, pattern, exclude)));
  if (name === undefined)
    return yield* new BstError({
      domain: "SOURCE",
      reason: null,
      message: `No branch or tag of ${shown} matches '${pattern}'`,
      hint: "Change `track` (or `exclude`); patterns are those of the shell, and may name refs in full (`refs/…`).",
    });
  const commit = refs.get(`${name}^{}`) ?? (refs.get(name) as string);
  subject.environment.report({ type: "status", text: `Tracked ${name}: ${commit}` });
  if (refFormat === "sha1") return commit;
  if (name.includes("tags")) return `${name.split("/").slice(2).join("/")}-0-g${commit}`;
  yield* fetchCommit(subject, { commit, tag: undefined, depth: undefined });
  return yield* describe(repositoryOf(subject), commit, refs);
});

/** The nearest tag in the history of a commit, counting commits in the order of their dates. */
const describe = Effect.fnUntraced(function* (
  repository: string,
  commit: string,
  refs: GitRef.RemoteRefs,
): Effect.fn.Return<string, BstError> {
  const tags = new Map<string, string>();
  for (const [name, target] of refs)
    if (name.startsWith("refs/tags/")) tags.set(target, name.slice("refs/tags/".length).replace(/\^\{\}$/, ""));
  const { text } = yield* Git.local(repository, ["rev-list", commit], `Cannot read the history of ${commit}`);
  for (const [count, ancestor] of text.split("\n").entries()) {
    const tag = tags.get(ancestor);
    if (tag !== undefined) return `${tag}-${count}-g${commit}`;
  }
  return commit;
});
