/**
 * What `git_tag` and `git_module` share: a commit checked out with a `.git`, from a mirror of the whole repository when there is one, else from one of
 * this ref only.
 */
import { join } from "node:path";
import type { BstError } from "@millrace/core/error/BstError";
import type { Directory } from "@millrace/core/tree/Directory";
import * as Tree from "@millrace/core/tree/Tree";
import * as Effect from "effect/Effect";
import { attempt } from "../../cas/Cas.ts";
import { tryEach, withoutSecrets } from "../AliasUrls.ts";
import type { Subject } from "../SourceDriver.ts";
import * as SourceRef from "../SourceRef.ts";
import * as Timed from "../Timed.ts";
import * as UrlDirectory from "../UrlDirectory.ts";
import * as Checkout from "./Checkout.ts";
import * as Git from "./Git.ts";
import * as GitMetadata from "./GitMetadata.ts";
import * as GitMirror from "./GitMirror.ts";
import * as GitRef from "./GitRef.ts";
import * as GitTree from "./GitTree.ts";
import * as GitWorkspace from "./GitWorkspace.ts";
import * as Lfs from "./Lfs.ts";
import * as WholeHistory from "./WholeHistory.ts";

/** One repository that is checked out. */
export interface Kept {
  /** As the project has it, with its alias. */
  readonly url: string;
  /** A commit, or a description of one. */
  readonly ref: string;
  /** Whether the whole history is wanted. */
  readonly full: boolean;
  /** Whether large files are wanted; undefined when the source does not say. */
  readonly useLfs: boolean | undefined;
}

/** Where the mirror of the whole repository is, if there is one. */
export function wholeMirror({ source, environment }: Subject, url: string): string {
  return UrlDirectory.path(environment.locations.sourcedir, source.kind.name, url);
}

/** The mirror to use. */
export function repositoryOf(subject: Subject, { url, ref, full }: Kept): string {
  const whole = wholeMirror(subject, url);
  if (full || GitMirror.has(whole, { commit: GitRef.parse(ref).commit, tag: undefined })) return whole;
  return wholeMirror(subject, `${url}#${ref}`);
}

/** Whether it can be staged without the network. */
export function isThere(subject: Subject, kept: Kept): boolean {
  const { commit } = GitRef.parse(kept.ref);
  const repository = repositoryOf(subject, kept);
  return GitMirror.has(repository, { commit, tag: undefined }) && (kept.useLfs !== true || Lfs.has(repository, commit));
}

/** Gets it. */
export const fetch = Effect.fnUntraced(function* (subject: Subject, kept: Kept): Effect.fn.Return<void, BstError> {
  const { commit, tag, distance } = yield* attempt(() => GitRef.parse(kept.ref));
  const repository = repositoryOf(subject, kept);
  const depth = kept.full ? undefined : (distance ?? 0) + 1;
  yield* tryEach(subject, kept.url, SourceRef.translate(subject, kept.url), "fetch", (candidate) =>
    Timed.activity(
      subject.environment,
      `Fetching from ${withoutSecrets(candidate.url)}`,
      Effect.gen(function* () {
        if (kept.full) yield* GitMirror.fetchAll(repository, candidate.url);
        const tagged = yield* Effect.result(GitMirror.fetch(repository, candidate.url, { commit, tag, depth }));
        // A tag that is gone from the server takes the description with it, not the commit.
        if (tagged._tag === "Failure")
          yield* GitMirror.fetch(repository, candidate.url, { commit, tag: undefined, depth });
        if (kept.useLfs === true) yield* Lfs.fetch(repository, candidate.url, commit);
      }),
    ),
  );
  // BuildStream clones such a mirror, and a clone needs a head.
  yield* Git.local(repository, ["update-ref", "--no-deref", "HEAD", commit], `Cannot set the head of ${repository}`);
  if (kept.useLfs === undefined && Lfs.isUsed(repository, commit))
    yield* attempt(() =>
      subject.source.context.warn(
        `${subject.source.kind.name}:unused-lfs`,
        `The repository ${withoutSecrets(kept.url)} keeps files in Git LFS, and the source does not say with \`use-lfs\` whether they are wanted`,
      ),
    );
});

/** Its files, and the `.git`. */
export const tree = Effect.fnUntraced(function* (subject: Subject, kept: Kept): Effect.fn.Return<Directory, BstError> {
  const { environment } = subject;
  const { commit, tag } = yield* attempt(() => GitRef.parse(kept.ref));
  const repository = repositoryOf(subject, kept);
  const listed = yield* GitTree.list(repository, commit);
  const settings = kept.useLfs === true ? Lfs.settings(repository) : [];
  const files = yield* Checkout.files(environment, { repository, commit, url: kept.url, settings }, listed);
  const described = tag !== undefined && GitMirror.has(repository, { commit, tag }) ? tag : undefined;
  const metadata = kept.full
    ? yield* WholeHistory.make(environment, repository, commit, listed)
    : yield* GitMetadata.make(environment.cas.store, repository, { commit, tag: described, listed });
  return Tree.make([...files.entries, [".git", Tree.directory(metadata)]]);
});

/** A work tree for people at a path below a directory. */
export const workspace = Effect.fnUntraced(function* (
  subject: Subject,
  kept: Kept,
  directory: string,
  path: string,
): Effect.fn.Return<void, BstError> {
  const { commit } = yield* attempt(() => GitRef.parse(kept.ref));
  const url = SourceRef.translate(subject, kept.url);
  const work = join(directory, path);
  yield* GitWorkspace.make({ repository: repositoryOf(subject, kept), directory: work, url, commit });
  if (kept.useLfs !== true) return;
  yield* Git.remote(work, ["lfs", "install", "--local"], `Cannot set up Git LFS in ${work}`);
  yield* Git.remote(work, ["lfs", "pull", "origin"], `Cannot get large files from ${withoutSecrets(url)}`);
});
