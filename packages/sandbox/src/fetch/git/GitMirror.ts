/**
 * A bare repository below the source directory that holds what was fetched from one url, shared by all sources with that url and with BuildStream.
 *
 * Fetches ask for one commit first, with only as much history as its ref speaks of: nearly every server grants that, and it is what makes a
 * fetch of a large repository quick. A server that does not gives everything. Commits fetched by name get a branch of ours, so that later fetches build
 * on them, no clean-up takes them away, and clones (BuildStream stages some kinds by cloning) have them.
 */
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { BstError } from "@millrace/core/error/BstError";
import * as Effect from "effect/Effect";
import { attempt } from "../../cas/Cas.ts";
import { withoutSecrets } from "../AliasUrls.ts";
import * as UrlDirectory from "../UrlDirectory.ts";
import * as Git from "./Git.ts";
import * as GitRef from "./GitRef.ts";
import * as MirrorLock from "./MirrorLock.ts";

export interface Wanted {
  readonly commit: string;
  readonly tag: string | undefined;
  /** How many commits of history; undefined for all. */
  readonly depth: number | undefined;
}

/** Whether the commit, the tag where one is named, and the way between them are there. */
export function has(repository: string, { commit, tag }: Pick<Wanted, "commit" | "tag">): boolean {
  if (!existsSync(repository) || !Git.hasObject(repository, commit) || !isWhole(repository, commit)) return false;
  if (tag === undefined) return true;
  if (!Git.hasObject(repository, `refs/tags/${tag}`)) return false;
  // Where history was cut for another source, the commits that lead back to the tag may be missing.
  return !isCut(repository) || Git.isAncestor(repository, `refs/tags/${tag}`, commit);
}

/**
 * Whether a commit came with its files. What we fetch appears as one pack. Objects that git writes one by one appear one by one, commits first: in a fetch of BuildStream's
 * that goes on, and for ever where a fetch was killed.
 */
function isWhole(repository: string, commit: string): boolean {
  const object = join(repository, "objects", commit.slice(0, 2), commit.slice(2));
  if (seenWhole.has(object) || !existsSync(object)) return true;
  const isThere = Git.read(repository, ["rev-list", "--objects", "--no-walk", "--quiet", commit]) !== undefined;
  if (isThere) seenWhole.add(object);
  return isThere;
}

/** Commits of which that was found out: it takes 20 ms for 50,000 files, and is asked several times for each source. */
const seenWhole = new Set<string>();

/** Whether some history in the repository is cut off. */
function isCut(repository: string): boolean {
  return existsSync(join(repository, "shallow"));
}

function satisfies(repository: string, wanted: Wanted): boolean {
  return has(repository, wanted) && (wanted.depth !== undefined || !isCut(repository));
}

/** Makes the repository when it is not there. */
const ensure = Effect.fnUntraced(function* (repository: string): Effect.fn.Return<void, BstError> {
  if (existsSync(repository)) return;
  const parent = dirname(repository);
  yield* UrlDirectory.make(parent);
  const made = `${repository}.${randomBytes(6).toString("hex")}.new`;
  yield* Git.local(
    parent,
    ["init", "--quiet", "--bare", "--template=", made],
    `Cannot make a git repository below ${parent}`,
  ).pipe(
    Effect.andThen(attempt(() => rename(made, repository))),
    // What is left when another process was faster, or when this failed.
    Effect.ensuring(Effect.sync(() => rmSync(made, { recursive: true, force: true }))),
  );
});

function rename(made: string, repository: string): void {
  try {
    renameSync(made, repository);
  } catch (cause) {
    if (!existsSync(repository)) throw cause;
  }
}

/** Fetches a commit (and tag) from a url, unless it is there. */
export const fetch = Effect.fnUntraced(function* (
  repository: string,
  url: string,
  wanted: Wanted,
): Effect.fn.Return<void, BstError> {
  yield* attempt(() => {
    Git.checkUrl(url);
    Git.checkName(wanted.commit);
  });
  yield* ensure(repository);
  yield* MirrorLock.during(
    repository,
    Effect.gen(function* () {
      if (satisfies(repository, wanted)) return;
      const exact = yield* Effect.result(fetchExact(repository, url, wanted));
      if (exact._tag === "Success" && satisfies(repository, wanted)) return;
      yield* fetchRefs(repository, url);
      if (!has(repository, wanted)) return yield* notThere(url, wanted);
    }),
  );
});

function fetchExact(repository: string, url: string, { commit, tag, depth }: Wanted): Effect.Effect<unknown, BstError> {
  // A repository with whole histories keeps them: a depth would cut them off.
  const cut = depth !== undefined && (isCut(repository) || !hasHistory(repository));
  const history = cut ? [`--depth=${depth}`] : isCut(repository) ? ["--unshallow"] : [];
  const tags = tag === undefined ? [] : [`+refs/tags/${tag}:refs/tags/${tag}`];
  return Git.remote(
    repository,
    [
      "fetch",
      "--quiet",
      "--no-tags",
      "--no-write-fetch-head",
      ...history,
      "--",
      url,
      `+${commit}:refs/heads/millrace-${commit}`,
      ...tags,
    ],
    `Cannot fetch ${commit} from ${withoutSecrets(url)}`,
  );
}

/** Whether anything was fetched before. */
function hasHistory(repository: string): boolean {
  return readdirSync(join(repository, "objects", "pack")).some((name) => name.endsWith(".pack"));
}

/** Fetches all branches and tags with their whole history. */
export const fetchAll = Effect.fnUntraced(function* (
  repository: string,
  url: string,
): Effect.fn.Return<void, BstError> {
  yield* attempt(() => Git.checkUrl(url));
  yield* ensure(repository);
  yield* MirrorLock.during(
    repository,
    Effect.suspend(() => fetchRefs(repository, url)),
  );
});

function fetchRefs(repository: string, url: string): Effect.Effect<unknown, BstError> {
  const shallow = isCut(repository) ? ["--unshallow"] : [];
  return Git.remote(
    repository,
    [
      "fetch",
      "--quiet",
      "--no-write-fetch-head",
      ...shallow,
      "--",
      url,
      "+refs/heads/*:refs/heads/*",
      "+refs/tags/*:refs/tags/*",
    ],
    `Cannot fetch from ${withoutSecrets(url)}`,
  );
}

function notThere(url: string, { commit, tag }: Wanted): BstError {
  const what = tag === undefined ? `commit ${commit}` : `commit ${commit} with the tag ${tag}`;
  return new BstError({
    domain: "SOURCE",
    reason: null,
    message: `The git repository at ${withoutSecrets(url)} does not have ${what}`,
    hint: "Check the ref; commits that no branch or tag reaches any longer are not given out by every server.",
  });
}

/** What a server has. */
export const remoteRefs = Effect.fnUntraced(function* (
  directory: string,
  url: string,
): Effect.fn.Return<GitRef.RemoteRefs, BstError> {
  yield* attempt(() => Git.checkUrl(url));
  yield* UrlDirectory.make(directory);
  const { text } = yield* Git.remote(
    directory,
    ["ls-remote", "--quiet", "--", url],
    `Cannot list the refs of ${withoutSecrets(url)}`,
  );
  return GitRef.parseRemote(text);
});
