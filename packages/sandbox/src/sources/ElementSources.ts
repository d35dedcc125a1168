/**
 * The sources of an element as one tree: fetched where missing, each made into a tree once, merged in order, and remembered under BuildStream's keys.
 *
 * A source that stands alone is cached by its own key, so that elements share it. One that needs those before it (a patch, vendored crates) has
 * meaning only in their company: it is fetched with them at hand, applied to a real directory that holds what the same sub-directory holds so far, and
 * captured again; only the whole is cached. Sources may overwrite each other's files; that a directory meets a file is an error.
 */
import type { Element, Json } from "@millrace/core/element/Element";
import { attempt as attemptResult, type BstError } from "@millrace/core/error/BstError";
import * as Canonical from "@millrace/core/key/Canonical";
import * as SourceKeys from "@millrace/core/key/SourceKeys";
import type { Source } from "@millrace/core/source/Source";
import type { Digest } from "@millrace/core/tree/Digest";
import type { Directory } from "@millrace/core/tree/Directory";
import * as Draft from "@millrace/core/tree/Draft";
import * as Import from "@millrace/core/tree/Import";
import * as Paths from "@millrace/core/tree/Paths";
import * as Tree from "@millrace/core/tree/Tree";
import * as Clock from "effect/Clock";
import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import * as Result from "effect/Result";
import type * as Scope from "effect/Scope";
import { attempt, Cas, raisable } from "../cas/Cas.ts";
import { Locations } from "../cas/Locations.ts";
import * as ObjectStore from "../cas/ObjectStore.ts";
import * as TemporaryDirectory from "../cas/TemporaryDirectory.ts";
import * as Drivers from "../fetch/Drivers.ts";
import type { Environment, SourceDriver, Subject } from "../fetch/SourceDriver.ts";
import * as HostedSource from "../plugins/HostedSource.ts";
import { Remotes, type Say } from "../session/Remotes.ts";
import { type Reference, SourceCache } from "./SourceCache.ts";
import * as TrackedSource from "./TrackedSource.ts";

/** How one call works: url policies and who hears of progress. */
export type Manner = Pick<Environment, "fetchPolicy" | "trackPolicy" | "report">;

/** What tracking found for one source. */
export interface Tracked {
  readonly source: Source;
  /** The ref, in the form in which it is written to files; undefined when the kind has nothing to track. */
  readonly ref: Json | undefined;
  readonly changed: boolean;
}

export interface ElementSourcesShape {
  /** The merged tree, when it is in the store already. */
  readonly find: (element: Element) => Effect.Effect<Digest | undefined, BstError>;
  /** Whether each source can be staged without the network. */
  readonly hasOriginals: (element: Element, manner: Manner) => Effect.Effect<boolean, BstError>;
  /** Gets whatever is missing so that {@link stage} needs no network; does nothing when the merged tree is there. */
  readonly fetch: (element: Element, manner: Manner) => Effect.Effect<void, BstError>;
  /** Gets the upstream data of every source even when its tree is cached, for workspaces. */
  readonly fetchOriginals: (element: Element, manner: Manner) => Effect.Effect<void, BstError>;
  /** The merged tree, made (fetching what is missing) and remembered when it is not there. */
  readonly stage: (element: Element, manner: Manner) => Effect.Effect<Digest, BstError>;
  /** Finds the newest ref of every source. */
  readonly track: (element: Element, manner: Manner) => Effect.Effect<readonly Tracked[], BstError>;
  /** Fills a directory for a workspace. */
  readonly initWorkspace: (element: Element, directory: string, manner: Manner) => Effect.Effect<void, BstError>;
}

export class ElementSources extends Context.Service<ElementSources, ElementSourcesShape>()(
  "@millrace/sandbox/sources/ElementSources",
) {
  static readonly layer: Layer.Layer<ElementSources, never, Cas | Locations | SourceCache> = Layer.effect(
    ElementSources,
    Effect.gen(function* () {
      const cas = yield* Cas;
      const locations = yield* Locations;
      const cache = yield* SourceCache;
      const work: Work = { cas, locations, cache };
      return {
        find: (element) =>
          attempt(() => SourceKeys.all(element.sources)).pipe(
            Effect.flatMap((key) => cache.find({ type: "element", key })),
          ),
        hasOriginals: (element, manner) =>
          attempt(
            () =>
              element.sources.every(Drivers.has) && subjects(work, element, manner).every((member) => isThere(member)),
          ),
        fetch: Effect.fn("ElementSources.fetch")((element, manner) => raisable(fetch(work, element, manner))),
        fetchOriginals: (element, manner) => raisable(fetchOriginals(work, element, manner)),
        stage: Effect.fn("ElementSources.stage")((element, manner) => raisable(stage(work, element, manner))),
        track: Effect.fn("ElementSources.track")((element, manner) => raisable(track(work, element, manner))),
        initWorkspace: (element, directory, manner) => raisable(initWorkspace(work, element, directory, manner)),
      };
    }),
  );
}

interface Work {
  readonly cas: Cas["Service"];
  readonly locations: Locations["Service"];
  readonly cache: SourceCache["Service"];
}

interface Member {
  readonly driver: SourceDriver;
  readonly subject: Subject;
}

function subjects(work: Work, element: Element, manner: Manner): readonly Member[] {
  const environment: Environment = { cas: work.cas, locations: work.locations, ...manner };
  return element.sources.map((source) => ({
    driver: Drivers.find(source),
    subject: { source, project: element.project, environment },
  }));
}

/** Whether a source is at hand; a plugin that cannot tell is asked again when it is fetched, and fails there. */
function isThere({ driver, subject }: Member): boolean {
  if (HostedSource.mark(subject.source.kind) === undefined) return driver.isCached(subject);
  return Result.getOrElse(
    attemptResult(() => driver.isCached(subject)),
    () => false,
  );
}

/** Whether a source can be cached by itself. */
function standsAlone({ driver, subject }: Member): boolean {
  const { kind } = subject.source;
  return driver.stage.type === "tree" && !kind.requiresPreviousStage && !kind.requiresPreviousFetch;
}

const fetch = Effect.fnUntraced(function* (
  work: Work,
  element: Element,
  manner: Manner,
): Effect.fn.Return<void, BstError> {
  const key = yield* attempt(() => SourceKeys.all(element.sources));
  if ((yield* work.cache.find({ type: "element", key })) !== undefined) return;
  if ((yield* pull(element.project.name, { type: "element", key }, manner)) !== undefined) return;
  yield* fetchMembers(work, yield* attempt(() => subjects(work, element, manner)));
});

const fetchOriginals = Effect.fnUntraced(function* (
  work: Work,
  element: Element,
  manner: Manner,
): Effect.fn.Return<void, BstError> {
  const members = yield* attempt(() => subjects(work, element, manner));
  for (const [at, member] of members.entries())
    if (!member.driver.isCached(member.subject)) yield* fetchOriginal(work, members, at);
});

/** Asks remote caches for sources that are cached by a reference. */
const pull = Effect.fnUntraced(function* (
  project: string,
  reference: Reference,
  manner: Pick<Manner, "report">,
): Effect.fn.Return<Digest | undefined, BstError> {
  const remotes = yield* Remotes;
  const say: Say = (kind, text) => manner.report({ type: kind === "warn" ? "warning" : kind, text });
  return yield* remotes.pullSources(project, reference, say);
});

/** Makes every source ready to be staged. */
const fetchMembers = Effect.fnUntraced(function* (
  work: Work,
  members: readonly Member[],
): Effect.fn.Return<void, BstError> {
  for (const [at, member] of members.entries()) {
    if (standsAlone(member)) yield* treeOf(work, members, at);
    else if (!member.driver.isCached(member.subject)) yield* fetchOriginal(work, members, at);
  }
});

const fetchOriginal = Effect.fnUntraced(function* (
  work: Work,
  members: readonly Member[],
  at: number,
): Effect.fn.Return<void, BstError> {
  const { driver, subject } = members[at] as Member;
  const get = driver.fetch;
  if (get === undefined) return;
  if (!subject.source.kind.requiresPreviousFetch) return yield* get(subject, undefined);
  yield* Effect.scoped(
    Effect.gen(function* () {
      yield* get(subject, yield* previousSources(work, members, at));
    }),
  );
});

/** A real directory with what the sources before one give in its sub-directory; lives as long as the scope. */
const previousSources = Effect.fnUntraced(function* (
  work: Work,
  members: readonly Member[],
  at: number,
): Effect.fn.Return<string, BstError, Scope.Scope> {
  const before = members.slice(0, at);
  yield* fetchMembers(work, before);
  const root = yield* merge(work, before);
  const source = (members[at] as Member).subject.source;
  const reader = ObjectStore.reader(work.cas.store);
  const tree = yield* attempt(() =>
    Paths.openDirectory(Paths.makeDirectory(root, source.directory ?? "", reader), source.directory ?? "", { reader }),
  );
  const directory = yield* TemporaryDirectory.make(work.locations.cachedir, "previous-sources");
  yield* work.cas.checkout(tree, directory);
  return directory;
});

const treeOf = Effect.fnUntraced(function* (
  work: Work,
  members: readonly Member[],
  at: number,
): Effect.fn.Return<Digest, BstError> {
  const { driver, subject } = members[at] as Member;
  const { source } = subject;
  const key = yield* attempt(() => SourceKeys.single(source));
  const reference = { type: "source", kind: source.kind.name, key } as const;
  const known = yield* work.cache.find(reference);
  if (known !== undefined) return known;
  if (!driver.isCached(subject)) {
    const pulled = yield* pull(subject.project.name, reference, subject.environment);
    if (pulled !== undefined) return pulled;
    yield* fetchOriginal(work, members, at);
  }
  if (driver.stage.type !== "tree") return yield* Effect.die(`${driver.kind} does not stand alone`);
  const tree = yield* driver.stage.make(subject);
  const digest = yield* work.cas.putTree(tree);
  yield* work.cache.store(reference, digest);
  return digest;
});

const stage = Effect.fnUntraced(function* (
  work: Work,
  element: Element,
  manner: Manner,
): Effect.fn.Return<Digest, BstError> {
  const key = yield* attempt(() => SourceKeys.all(element.sources));
  const known = yield* work.cache.find({ type: "element", key });
  if (known !== undefined) return known;
  const pulled = yield* pull(element.project.name, { type: "element", key }, manner);
  if (pulled !== undefined) return pulled;
  const members = yield* attempt(() => subjects(work, element, manner));
  yield* fetchMembers(work, members);
  const digest = yield* work.cas.putTree(yield* merge(work, members));
  yield* work.cache.store({ type: "element", key }, digest);
  return digest;
});

/** Merges sources that are ready, in order. */
const merge = Effect.fnUntraced(function* (
  work: Work,
  members: readonly Member[],
): Effect.fn.Return<Directory, BstError> {
  const reader = ObjectStore.reader(work.cas.store);
  let root: Directory = Tree.empty;
  for (const [at, member] of members.entries()) {
    const directory = member.subject.source.directory ?? "";
    if (standsAlone(member)) {
      const digest = yield* treeOf(work, members, at);
      root = yield* attempt(() => {
        const draft = Draft.open(root);
        const target = Paths.openDraft(draft, directory, reader);
        Import.intoDraft(target, ObjectStore.readDirectory(work.cas.store, digest), { reader });
        return Draft.freeze(draft);
      });
    } else root = yield* change(work, member, root, directory);
  }
  return root;
});

/** Applies a source to what is staged so far in its sub-directory. */
const change = Effect.fnUntraced(function* (
  work: Work,
  { driver, subject }: Member,
  root: Directory,
  directory: string,
): Effect.fn.Return<Directory, BstError> {
  const reader = ObjectStore.reader(work.cas.store);
  const { stage } = driver;
  const parent = yield* attempt(() => Paths.makeDirectory(root, directory, reader));
  const current = yield* attempt(() => Paths.openDirectory(parent, directory, { reader }));
  const changed =
    stage.type === "tree"
      ? yield* stage
          .make(subject)
          .pipe(Effect.flatMap((tree) => attempt(() => Import.into(current, tree, { reader }).tree)))
      : yield* Effect.scoped(
          Effect.gen(function* () {
            const scratch = yield* TemporaryDirectory.make(work.locations.cachedir, "staging-temp");
            yield* work.cas.checkout(current, scratch);
            yield* stage.apply(subject, scratch);
            return (yield* work.cas.capture(scratch, { own: true })).directory;
          }),
        );
  if (Paths.parts(directory).length === 0) return changed;
  return yield* attempt(() => Paths.insert(parent, directory, Tree.directory(changed), reader));
});

const track = Effect.fnUntraced(function* (
  work: Work,
  element: Element,
  manner: Manner,
): Effect.fn.Return<readonly Tracked[], BstError> {
  const members = [...(yield* attempt(() => subjects(work, element, manner)))];
  const result: Tracked[] = [];
  for (const [at, { driver, subject }] of members.entries()) {
    const { source } = subject;
    const old = source.kind.ref(source.settings);
    const find = driver.track;
    const ref =
      find === undefined
        ? undefined
        : source.kind.requiresPreviousTrack
          ? yield* Effect.scoped(
              Effect.gen(function* () {
                return yield* find(subject, yield* previousSources(work, members, at));
              }),
            )
          : yield* find(subject, undefined);
    const changed = ref !== undefined && (old === undefined || Canonical.text(old) !== Canonical.text(ref));
    result.push({ source, ref, changed });
    if (ref !== undefined && changed && members.slice(at + 1).some(needsTracked))
      members[at] = { driver, subject: { ...subject, source: yield* attempt(() => TrackedSource.make(source, ref)) } };
  }
  return result;
});

function needsTracked({ subject }: Member): boolean {
  return subject.source.kind.requiresPreviousTrack;
}

const initWorkspace = Effect.fnUntraced(function* (
  work: Work,
  element: Element,
  directory: string,
  manner: Manner,
): Effect.fn.Return<void, BstError> {
  const members = yield* attempt(() => subjects(work, element, manner));
  // One time for all that brings none: files made one after the other would look to make as if some were older than what they are generated from.
  const mtime = Math.floor((yield* Clock.currentTimeMillis) / 1000);
  for (const { driver, subject } of members) {
    const target = [directory, ...Paths.parts(subject.source.directory ?? "")].join("/");
    if (driver.initWorkspace !== undefined) yield* driver.initWorkspace(subject, target);
    else if (driver.stage.type === "change") yield* driver.stage.apply(subject, target);
    else {
      const tree = yield* driver.stage.make(subject, mtime);
      yield* work.cas.putTree(tree);
      yield* work.cas.checkout(tree, target, { force: true, mtime });
    }
  }
});
