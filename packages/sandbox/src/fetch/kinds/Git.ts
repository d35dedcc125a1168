/** `git` of buildstream-plugins: one commit of a repository with its submodules, without a `.git` (unless tags are to be recreated). */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Json } from "@millrace/core/element/Element";
import { BstError } from "@millrace/core/error/BstError";
import * as GitKind from "@millrace/core/source/kinds/Git";
import type { Directory } from "@millrace/core/tree/Directory";
import * as Import from "@millrace/core/tree/Import";
import * as Paths from "@millrace/core/tree/Paths";
import * as Tree from "@millrace/core/tree/Tree";
import * as Effect from "effect/Effect";
import { attempt } from "../../cas/Cas.ts";
import * as ObjectStore from "../../cas/ObjectStore.ts";
import { tryEach, withoutSecrets } from "../AliasUrls.ts";
import * as Checkout from "../git/Checkout.ts";
import * as Git from "../git/Git.ts";
import * as GitMirror from "../git/GitMirror.ts";
import * as GitSubmodules from "../git/GitSubmodules.ts";
import * as GitTags from "../git/GitTags.ts";
import * as GitTree from "../git/GitTree.ts";
import * as GitWorkspace from "../git/GitWorkspace.ts";
import type { SourceDriver, Subject } from "../SourceDriver.ts";
import * as SourceRef from "../SourceRef.ts";
import * as Timed from "../Timed.ts";
import * as UrlDirectory from "../UrlDirectory.ts";

/** A repository that takes part: the source's own (path empty), or a submodule. */
interface Member {
  readonly path: string;
  readonly url: string;
  /** The url after which its mirror is named: that of `.gitmodules`, whatever the source says instead. */
  readonly name: string;
  readonly commit: string;
}

function settingsOf({ source }: Subject): GitKind.Settings {
  return source.settings as GitKind.Settings;
}

function repositoryOf({ environment }: Subject, { name }: Pick<Member, "name">): string {
  return UrlDirectory.path(environment.locations.sourcedir, "git", name);
}

function root(subject: Subject): Member {
  const { url, ref } = settingsOf(subject);
  return { path: "", url, name: url, commit: GitKind.commit(ref ?? "") };
}

function isThere(subject: Subject, member: Member): boolean {
  return GitMirror.has(repositoryOf(subject, member), { commit: member.commit, tag: undefined });
}

/** The submodules of a member that are to be checked out, with the urls to use. */
function submodules(subject: Subject, member: Member): readonly Member[] {
  const { checkout, listed } = settingsOf(subject).submodules;
  const result: Member[] = [];
  for (const found of GitSubmodules.list(repositoryOf(subject, member), member.commit)) {
    if (found.commit === undefined) {
      subject.source.context.warn(
        "git:inconsistent-submodule",
        `Ignoring the submodule '${found.path}': .gitmodules lists it, but no commit of it was ever added`,
      );
      continue;
    }
    const path = join(member.path, found.path);
    const own = listed.get(path);
    if (!(own?.checkout ?? checkout)) continue;
    const name = GitSubmodules.resolve(member.url, SourceRef.translate(subject, member.url), found.url);
    result.push({ path, url: own?.url ?? name, name, commit: found.commit });
  }
  return result;
}

/** The source's repository and all submodules whose commits are there, parents first. */
function present(subject: Subject): readonly Member[] {
  const result: Member[] = [];
  const pending = [root(subject)];
  for (let member = pending.shift(); member !== undefined; member = pending.shift()) {
    result.push(member);
    if (isThere(subject, member)) pending.push(...submodules(subject, member));
  }
  return result;
}

/** The driver. */
export const driver: SourceDriver = {
  kind: "git",
  isCached: (subject) => present(subject).every((member) => isThere(subject, member)),
  fetch: Effect.fnUntraced(function* (subject: Subject): Effect.fn.Return<void, BstError> {
    const pending = [root(subject)];
    for (let member = pending.shift(); member !== undefined; member = pending.shift()) {
      if (!isThere(subject, member)) yield* fetchMember(subject, member);
      const current = member;
      pending.push(...(yield* attempt(() => submodules(subject, current))));
    }
  }),
  track: Effect.fnUntraced(function* (subject: Subject): Effect.fn.Return<Json | undefined, BstError> {
    const { track: tracked, ref, url } = settingsOf(subject);
    if (tracked === undefined || tracked === "") {
      if (ref !== undefined) return undefined;
      return yield* new BstError({
        domain: "SOURCE",
        reason: "track-attempt-no-track",
        message: `The git source of ${subject.source.context.elementName} has neither a \`track\` nor a \`ref\``,
        hint: "Say with `track` which branch or tag to follow, or give the commit as `ref`.",
      });
    }
    return yield* tryEach(subject, url, SourceRef.translate(subject, url), "track", (candidate) =>
      Timed.activity(
        subject.environment,
        `Tracking ${tracked} from ${withoutSecrets(candidate.url)}`,
        track(subject, candidate.url, tracked),
      ),
    );
  }),
  stage: {
    type: "tree",
    make: Effect.fnUntraced(function* (subject) {
      const members = yield* attempt(() => present(subject));
      yield* attempt(() => checkCache(subject));
      const { store } = subject.environment.cas;
      const reader = ObjectStore.reader(store);
      let tree: Directory = Tree.empty;
      for (const member of members) {
        let files = yield* filesOf(subject, member);
        if (member.path === "") {
          const { tags } = settingsOf(subject);
          if (tags.length > 0) {
            const metadata = yield* GitTags.make(store, repositoryOf(subject, member), member.commit, tags);
            files = Tree.make([...files.entries, [".git", Tree.directory(metadata)]]);
          }
          tree = files;
        } else {
          const below = yield* attempt(() => Paths.makeDirectory(Tree.empty, member.path));
          const placed = yield* attempt(() => Paths.insert(below, member.path, Tree.directory(files)));
          tree = yield* attempt(() => Import.into(tree, placed, { reader }).tree);
        }
      }
      return tree;
    }),
  },
  initWorkspace: Effect.fnUntraced(function* (subject, directory) {
    for (const member of yield* attempt(() => present(subject)))
      yield* GitWorkspace.make({
        repository: repositoryOf(subject, member),
        directory: join(directory, member.path),
        url: SourceRef.translate(subject, member.url),
        commit: member.commit,
      });
  }),
};

const fetchMember = Effect.fnUntraced(function* (subject: Subject, member: Member): Effect.fn.Return<void, BstError> {
  const { tags, track: tracked } = settingsOf(subject);
  const repository = repositoryOf(subject, member);
  // A branch to track is checked against the ref, and tags lead back through history: both need more than the commit.
  const whole = member.path === "" && tracked !== undefined;
  const depth = member.path === "" && tags.length > 0 ? undefined : 1;
  yield* tryEach(subject, member.url, SourceRef.translate(subject, member.url), "fetch", (candidate) =>
    Timed.activity(
      subject.environment,
      `Fetching from ${withoutSecrets(candidate.url)}`,
      Effect.gen(function* () {
        if (whole) yield* GitMirror.fetchAll(repository, candidate.url);
        yield* GitMirror.fetch(repository, candidate.url, { commit: member.commit, tag: undefined, depth });
      }),
    ),
  );
});

const filesOf = Effect.fnUntraced(function* (subject: Subject, member: Member): Effect.fn.Return<Directory, BstError> {
  const { commit, url } = member;
  const repository = repositoryOf(subject, member);
  const listed = yield* GitTree.list(repository, commit);
  return yield* Checkout.files(subject.environment, { repository, commit, url }, listed);
});

const track = Effect.fnUntraced(function* (
  subject: Subject,
  url: string,
  tracked: string,
): Effect.fn.Return<Json, BstError> {
  const { refFormat, trackTags, url: written } = settingsOf(subject);
  const repository = repositoryOf(subject, { name: written });
  yield* GitMirror.fetchAll(repository, url);
  const run = (parameters: readonly string[], failure: string) =>
    Git.local(repository, parameters, failure).pipe(Effect.map(({ text }) => text.trim()));
  const commit = yield* run(
    ["rev-list", "-n", "1", "--end-of-options", tracked],
    `${withoutSecrets(url)} has no '${tracked}'`,
  );
  const tags = trackTags ? yield* attempt(() => GitTags.reachable(repository, commit)) : [];
  const ref =
    refFormat === "sha1"
      ? commit
      : yield* run(["describe", "--tags", "--abbrev=40", "--long", "--always", commit], `Cannot describe ${commit}`);
  return { ref, ...(tags.length === 0 ? {} : { tags: tags.map((tag) => ({ ...tag })) }) };
});

/** Warns of submodules that nobody listed or nobody has, and of a ref outside the tracked branch. */
function checkCache(subject: Subject): void {
  const { ref = "", submodules: configured, track: tracked, url } = settingsOf(subject);
  const { warn } = subject.source.context;
  const repository = repositoryOf(subject, { name: url });
  const found = GitSubmodules.list(repository, GitKind.commit(ref)).filter(({ commit }) => commit !== undefined);
  const lines = (items: readonly (readonly [string, string | undefined])[]) =>
    items.map(([path, from]) => `  Submodule URL '${from}' at path '${path}'`).join("\n");
  const nested = present(subject).map(({ path }) => path);
  const invalid = [...configured.listed].filter(
    ([path]) => !found.some((one) => one.path === path) && !nested.includes(path),
  );
  if (invalid.length > 0)
    warn(
      "git:invalid-submodule",
      `Submodules are specified that the repository does not have:\n${lines(invalid.map(([path, one]) => [path, one.url]))}`,
    );
  const unlisted = found.filter(({ path }) => configured.checkout && !configured.listed.has(path));
  if (unlisted.length > 0)
    warn(
      "git:unlisted-submodule",
      `The repository has submodules that the source does not list:\n${lines(unlisted.map((one) => [one.path, one.url]))}`,
    );
  if (tracked === undefined || tracked === "" || /.*-0-g/.test(ref) || !existsSync(repository)) return;
  const commit = GitKind.commit(ref);
  const among = (kind: "branch" | "tag") => Git.read(repository, [kind, "--list", "--contains", commit, "--", tracked]);
  if (!among("branch") && !among("tag"))
    warn(
      "ref-not-in-track",
      `The ref ${ref} of ${subject.source.context.elementName} is not in the branch or tag '${tracked}' that is tracked (${withoutSecrets(url)})`,
    );
}
