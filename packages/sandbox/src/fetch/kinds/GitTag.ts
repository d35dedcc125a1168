/** `git_tag`: one commit of a git repository with its `.git` and its submodules, tracked by the tags of branches. */
import type { Json } from "@millrace/core/element/Element";
import type { BstError } from "@millrace/core/error/BstError";
import type { Settings } from "@millrace/core/source/kinds/GitTag";
import type { Directory } from "@millrace/core/tree/Directory";
import * as Import from "@millrace/core/tree/Import";
import * as Paths from "@millrace/core/tree/Paths";
import * as Tree from "@millrace/core/tree/Tree";
import * as Effect from "effect/Effect";
import { attempt } from "../../cas/Cas.ts";
import * as ObjectStore from "../../cas/ObjectStore.ts";
import { tryEach, withoutSecrets } from "../AliasUrls.ts";
import * as Git from "../git/Git.ts";
import * as GitMirror from "../git/GitMirror.ts";
import * as GitRef from "../git/GitRef.ts";
import * as GitSubmodules from "../git/GitSubmodules.ts";
import * as KeptRepository from "../git/KeptRepository.ts";
import type { SourceDriver, Subject } from "../SourceDriver.ts";
import * as SourceRef from "../SourceRef.ts";
import * as Timed from "../Timed.ts";

/** A repository that takes part: the source's own (path empty), or a submodule. */
interface Member extends KeptRepository.Kept {
  readonly path: string;
}

function settingsOf({ source }: Subject): Settings {
  return source.settings as Settings;
}

function root(subject: Subject): Member {
  const { url, fullClone, useLfs } = settingsOf(subject);
  return { path: "", url, ref: SourceRef.textRef(subject), full: fullClone, useLfs };
}

/** The submodules that are to be checked out (not those of submodules). The repository itself must be there. */
function submodules(subject: Subject): readonly Member[] {
  const own = root(subject);
  const { listed, checkout } = settingsOf(subject).submodules;
  const result: Member[] = [];
  const repository = KeptRepository.repositoryOf(subject, own);
  for (const { path, url, commit } of GitSubmodules.list(repository, GitRef.parse(own.ref).commit)) {
    const configured = listed.get(path);
    if (!(configured?.checkout ?? checkout)) continue;
    if (commit === undefined) {
      subject.source.context.warn(
        null,
        `Ignoring the submodule '${path}': .gitmodules lists it, but no commit of it was ever added`,
      );
      continue;
    }
    const written = configured?.url ?? "";
    const from = written === "" ? GitSubmodules.resolve(own.url, SourceRef.translate(subject, own.url), url) : written;
    result.push({ path, url: from, ref: commit, full: false, useLfs: own.useLfs });
  }
  return result;
}

/** The driver. */
export const driver: SourceDriver = {
  kind: "git_tag",
  isCached: (subject) =>
    KeptRepository.isThere(subject, root(subject)) &&
    submodules(subject).every((member) => KeptRepository.isThere(subject, member)),
  fetch: Effect.fnUntraced(function* (subject: Subject): Effect.fn.Return<void, BstError> {
    const own = yield* attempt(() => root(subject));
    if (!(yield* attempt(() => KeptRepository.isThere(subject, own)))) yield* KeptRepository.fetch(subject, own);
    for (const member of yield* attempt(() => submodules(subject)))
      if (!KeptRepository.isThere(subject, member)) yield* KeptRepository.fetch(subject, member);
  }),
  track: Effect.fnUntraced(function* (subject: Subject): Effect.fn.Return<Json | undefined, BstError> {
    const { track: tracked, url } = settingsOf(subject);
    if (tracked === undefined || tracked === "") return undefined;
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
    make: Effect.fnUntraced(function* (subject): Effect.fn.Return<Directory, BstError> {
      const reader = ObjectStore.reader(subject.environment.cas.store);
      let tree = yield* KeptRepository.tree(subject, root(subject));
      for (const member of yield* attempt(() => submodules(subject))) {
        const files = yield* KeptRepository.tree(subject, member);
        tree = yield* attempt(() => {
          const below = Paths.makeDirectory(Tree.empty, member.path);
          return Import.into(tree, Paths.insert(below, member.path, Tree.directory(files)), { reader }).tree;
        });
      }
      return tree;
    }),
  },
  initWorkspace: Effect.fnUntraced(function* (subject, directory) {
    for (const member of yield* attempt(() => [root(subject), ...submodules(subject)]))
      yield* KeptRepository.workspace(subject, member, directory, member.path);
  }),
};

/** Of the newest commit (or tag) of each branch the one with the latest date, described by its nearest tag. */
const track = Effect.fnUntraced(function* (
  subject: Subject,
  url: string,
  tracked: string,
): Effect.fn.Return<Json | undefined, BstError> {
  const { trackExtra, trackTags, match, exclude, url: written } = settingsOf(subject);
  const repository = KeptRepository.wholeMirror(subject, written);
  yield* GitMirror.fetchAll(repository, url);
  const patterns = [...match.map((one) => `--match=${one}`), ...exclude.map((one) => `--exclude=${one}`)];
  const ask = (parameters: readonly string[], failure: string, answers: readonly number[] = []) =>
    Git.local(repository, parameters, failure, { answers }).pipe(
      Effect.map(({ code, text }) => (code === 0 ? text.trim() : undefined)),
    );
  let newest: { readonly ref: string; readonly date: number } | undefined;
  for (const branch of [tracked, ...trackExtra]) {
    yield* attempt(() => Git.checkName(branch));
    const missing = `${withoutSecrets(url)} has no '${branch}'`;
    const found = trackTags
      ? yield* ask(["describe", "--tags", "--abbrev=0", ...patterns, branch], missing, [128])
      : yield* ask(["rev-parse", "--verify", "--end-of-options", `${branch}^{commit}`], missing);
    if (found === undefined) {
      subject.environment.report({ type: "info", text: `No tag describes '${branch}'` });
      continue;
    }
    const described = yield* ask(["describe", "--tags", "--abbrev=40", "--long", ...patterns, found], missing, [128]);
    const ref = described ?? found;
    const date = Number(
      yield* ask(["show", "--no-patch", "--format=%ct", `${GitRef.parse(ref).commit}^{commit}`], missing),
    );
    if (newest === undefined || date > newest.date) newest = { ref, date };
  }
  return newest?.ref;
});
