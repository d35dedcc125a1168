/**
 * Sessions: building, fetching, tracking, pulling and pushing elements, from asking the caches to the summary.
 *
 * Each kind of session is a choice of queues and of what is asked beforehand; the rest is the same. A session reports what happens as events and ends with an
 * outcome; its jobs' failures are part of that and have been told, so that only what keeps a session from beginning is a failure of the effect.
 */
import { BstError } from "@millrace/core/error/BstError";
import type { Event, Status } from "@millrace/core/event/Event";
import type { Graph } from "@millrace/core/graph/Graph";
import * as Scope from "@millrace/core/graph/Scope";
import * as Selection from "@millrace/core/graph/Selection";
import type * as Keys from "@millrace/core/key/Keys";
import * as Queue from "@millrace/core/schedule/Queue";
import * as Workload from "@millrace/core/schedule/Workload";
import * as Clock from "effect/Clock";
import * as Effect from "effect/Effect";
import type { ArtifactCache } from "../artifacts/ArtifactCache.ts";
import { Locations } from "../cas/Locations.ts";
import * as Threads from "../cas/Threads.ts";
import type { ElementSources, Tracked } from "../sources/ElementSources.ts";
import * as CarryOut from "./CarryOut.ts";
import type * as Conduct from "./Conduct.ts";
import * as Consistency from "./Consistency.ts";
import * as Durations from "./Durations.ts";
import * as Jobs from "./Jobs.ts";
import { type Caches, Remotes } from "./Remotes.ts";
import * as SessionClock from "./SessionClock.ts";
import type { Settings } from "./Settings.ts";
import * as Table from "./Table.ts";
import * as Voice from "./Voice.ts";

export type Outcome = CarryOut.Outcome;

export interface Options {
  readonly settings: Settings;
  readonly conduct: Conduct.Options;
  readonly report: (event: Event) => void;
  /** The clock of the command, so that what it tells leaves out suspension too; one that starts at `began` when left out. */
  readonly clock?: SessionClock.SessionClock | undefined;
  /** When the command began, milliseconds since the epoch: elapsed times of the session count from there. */
  readonly began?: number | undefined;
  /** The elements that were asked for, when they are not all targets of the graph; the listing and the total are of what they reach. */
  readonly targets?: readonly number[] | undefined;
  /** The servers that the session asks were connected to. */
  readonly connected?: boolean | undefined;
  /** The graph's keys, when they are known already. */
  readonly keys?: Keys.Keys | undefined;
}

/** The failure that a command ends with; undefined after success. Its message is empty, since all was said. */
export function failureOf(outcome: CarryOut.Outcome): BstError | undefined {
  if (outcome.status === "success") return undefined;
  const { lastError } = outcome;
  const task = lastError === undefined ? undefined : { domain: lastError.domain, reason: lastError.reason };
  return new BstError({ domain: "STREAM", reason: null, message: "", task });
}

const both: Caches = { artifacts: true, sources: true };
const artifactCaches: Caches = { artifacts: true, sources: false };
const sourceCaches: Caches = { artifacts: false, sources: true };

/** Begins a session; `caches` says which remote caches it may ask. */
const open = Effect.fnUntraced(function* (
  graph: Graph,
  options: Options,
  caches: Caches | undefined,
): Effect.fn.Return<CarryOut.Session, BstError> {
  const { report, conduct, targets = graph.targets } = options;
  const clock = options.clock ?? SessionClock.make(yield* Clock.Clock, options.began);
  const table = Table.make(graph, options.settings, options.keys);
  const voice = Voice.core(report, clock);
  if (caches !== undefined && options.connected !== true) {
    const remotes = yield* Remotes;
    const warn = (message: string) => voice.say("warning", message);
    yield* voice.activity("Initializing remote caches", remotes.connect(graph.projects, caches, warn));
  }
  return { table, view: Scope.make(graph.elements), targets, report, conduct, clock, voice };
});

function edges(graph: Graph): Workload.Edges {
  const build = graph.elements.map((element) =>
    element.dependencies.filter((dependency) => dependency.build).map((dependency) => dependency.element),
  );
  const run = graph.elements.map((element) =>
    element.dependencies.filter((dependency) => dependency.runtime).map((dependency) => dependency.element),
  );
  return { size: graph.elements.length, build: (id) => build[id]!, run: (id) => run[id]! };
}

/** Elements that are looked at together, when threads of the store do the looking. */
const crowd = 16;
/** Elements whose trees are so much to read before a push that a thread pays. */
const many = 50;
/** Elements that a thread looks at before a build; for fewer than two of them have, it is done here. */
const share = 100;

/** Asks the local caches about elements. */
const query = Effect.fnUntraced(function* (
  session: CarryOut.Session,
  members: readonly number[],
  what: {
    readonly artifacts: boolean;
    readonly sources: "missing" | "all";
    readonly original: boolean;
    readonly building: boolean;
    /** Whether the artifacts are asked for in order to push them. */
    readonly pushing?: boolean;
  },
): Effect.fn.Return<void, BstError, ArtifactCache | ElementSources> {
  const { table, voice } = session;
  const quiet: Voice.Voice = { ...voice, say: (kind, text, said) => kind === "info" && voice.say(kind, text, said) };
  const work = Effect.gen(function* () {
    const settled = what.pushing === true ? yield* settle(table, members) : new Set();
    const one = Effect.fnUntraced(function* (id: number) {
      if (what.artifacts) yield* Table.queryArtifact(table, id, what.building, quiet);
      if (what.sources === "missing" && table.entries[id]!.artifact?.buildSuccess === true) return;
      const manner = Jobs.manner(table, id, quiet, () => {});
      yield* Table.querySources(table, id, manner, what.original);
    });
    const unsettled = members.filter((id) => !settled.has(id));
    yield* Effect.forEach(unsettled, one, { concurrency: Threads.areRunning() ? crowd : 1, discard: true });
    if (!what.artifacts) return;
    const pending = members.filter((id) => table.entries[id]!.pullPending);
    const wanted = pending.map((id) => ({ element: table.graph.elements[id]!, keys: Table.pulledKeys(table, id) }));
    const remotes = yield* Remotes;
    yield* remotes.foresee(wanted, (message) => voice.say("warning", message));
  });
  yield* voice.activity("Query cache", work);
});

/** Finds the elements whose artifacts every server has already. */
const settle = Effect.fnUntraced(function* (
  table: Table.Table,
  members: readonly number[],
): Effect.fn.Return<ReadonlySet<number>, BstError> {
  const remotes = yield* Remotes;
  const settled = new Set<number>();
  // Build trees that are to be pulled have to be looked for.
  if (remotes.buildTrees) return settled;
  const wanted = members.flatMap((id) => {
    const element = table.graph.elements[id]!;
    const key = table.keys.strict[id];
    return key !== undefined && remotes.canPush(element) ? [{ element, key }] : [];
  });
  const found = yield* remotes.settled(wanted);
  for (const id of members) {
    const artifact = found.get(table.graph.elements[id]!);
    if (artifact === undefined) continue;
    Table.settle(table, id, artifact);
    settled.add(id);
  }
  return settled;
});

/** Which part of the graph a build is for: BuildStream's `--deps`. */
export type BuildSelection = Selection.Mode;

/** Builds the targets of a graph, and of what they need only what is not cached. */
export const build = Effect.fn("Session.build")(function* (
  graph: Graph,
  selection: BuildSelection,
  options: Options,
): Effect.fn.Return<CarryOut.Outcome, BstError, Jobs.Needs> {
  const session = yield* open(graph, options, both);
  const { settings, targets = graph.targets } = options;
  const remotes = yield* Remotes;
  const { networkRetries } = settings;
  const roots = selection === "build" ? Selection.directBuildDependencies(session.view, targets) : targets;
  const { cachedir } = yield* Locations;
  const recorded = Durations.read(cachedir);
  const duration = (id: number) => Durations.of(recorded, graph.elements[id]!);
  const known = graph.elements.map((_, id) => duration(id)).filter((length) => length !== undefined);
  // An element that was never built counts as a usual one. Where nothing is recorded, ways are as long as they are deep, as in BuildStream.
  const usual = known.length === 0 ? 1 : known.reduce((sum, length) => sum + length, 0) / known.length;
  const workload = Workload.planned(edges(graph), roots, (id) => duration(id) ?? usual);
  yield* Consistency.check(graph, workload.members);
  const threads = Math.floor(workload.members.length / share);
  if (threads > 1) Threads.prepare(threads);
  const sources = remotes.pushesSources ? "all" : "missing";
  yield* query(session, workload.members, { artifacts: true, sources, original: false, building: true });
  const required = (selection === "all" ? workload.members : roots).map((element) => ({
    element,
    withRuntime: selection !== "none",
  }));
  const measured = new Map<string, number>();
  const measure = Durations.measure(graph.elements, measured);
  const report = (event: Event) => {
    measure(event);
    options.report(event);
  };
  const shape: CarryOut.Shape = {
    queues: [
      ...(remotes.pulls ? [Queue.make("pull", { networkRetries })] : []),
      Queue.make("fetch", { networkRetries, skipCached: true }),
      Queue.make("build", { imperative: true }),
      ...(remotes.pushes ? [Queue.make("push", { networkRetries })] : []),
      ...(remotes.pushesSources ? [Queue.make("src-push", { networkRetries })] : []),
    ],
    workload,
    required,
    building: true,
    original: false,
    tracked: () => Effect.void,
    resolved: Effect.succeed([]),
    duration,
  };
  return yield* CarryOut.run({ ...session, report }, shape).pipe(
    Effect.ensuring(Effect.sync(() => Durations.write(cachedir, measured))),
  );
});

/** Fetches the sources of elements. `original` asks for the upstream data even where staged sources are cached. */
export const fetch = Effect.fn("Session.fetch")(function* (
  graph: Graph,
  members: readonly number[],
  options: Options,
  original = false,
): Effect.fn.Return<CarryOut.Outcome, BstError, Jobs.Needs> {
  const session = yield* open(graph, options, sourceCaches);
  yield* query(session, members, { artifacts: false, sources: "all", original, building: false });
  yield* Consistency.check(graph, members);
  return yield* CarryOut.run(session, {
    queues: [Queue.make("fetch", { networkRetries: options.settings.networkRetries, original })],
    ...still(graph, members),
    original,
  });
});

export interface Tracking {
  /** Writes the refs that were found for an element; a failure makes its job fail. */
  readonly save: (element: number, refs: readonly Tracked[]) => Effect.Effect<void, BstError>;
  /** What the summary lists: elements whose keys the new refs changed. */
  readonly resolved: Effect.Effect<readonly Status[]>;
}

/** Looks for newer refs of the sources of elements. */
export const track = Effect.fn("Session.track")(function* (
  graph: Graph,
  members: readonly number[],
  options: Options,
  tracking: Tracking,
): Effect.fn.Return<CarryOut.Outcome, BstError, Jobs.Needs> {
  const session = yield* open(graph, options, undefined);
  return yield* CarryOut.run(session, {
    queues: [Queue.make("track", { networkRetries: options.settings.networkRetries })],
    ...still(graph, members),
    tracked: tracking.save,
    resolved: tracking.resolved,
  });
});

/** Pulls the artifacts of elements that are not in the cache. */
export const pull = Effect.fn("Session.pull")(function* (
  graph: Graph,
  members: readonly number[],
  options: Options,
): Effect.fn.Return<CarryOut.Outcome, BstError, Jobs.Needs> {
  const session = yield* open(graph, options, artifactCaches);
  yield* assertRemotes("pulls", "No artifact cache is available to pull from");
  yield* Consistency.check(graph, members);
  yield* query(session, members, { artifacts: true, sources: "missing", original: false, building: false });
  const { networkRetries } = options.settings;
  return yield* CarryOut.run(session, {
    ...still(graph, members),
    queues: [Queue.make("pull", { networkRetries })],
  });
});

/** Pushes the artifacts of elements, pulling them first where they are missing. */
export const push = Effect.fn("Session.push")(function* (
  graph: Graph,
  members: readonly number[],
  options: Options,
): Effect.fn.Return<CarryOut.Outcome, BstError, Jobs.Needs> {
  if (members.length >= many) Threads.prepare(1);
  const session = yield* open(graph, options, artifactCaches);
  yield* assertRemotes("pushes", "No artifact cache is available to push to");
  yield* Consistency.check(graph, members);
  yield* query(session, members, {
    artifacts: true,
    sources: "missing",
    original: false,
    building: false,
    pushing: true,
  });
  const { networkRetries } = options.settings;
  return yield* CarryOut.run(session, {
    ...still(graph, members),
    queues: [Queue.make("pull", { networkRetries }), Queue.make("push", { networkRetries, imperative: true })],
  });
});

/** Pushes the sources of elements, fetching them first where they are missing. */
export const pushSources = Effect.fn("Session.pushSources")(function* (
  graph: Graph,
  members: readonly number[],
  options: Options,
): Effect.fn.Return<CarryOut.Outcome, BstError, Jobs.Needs> {
  const session = yield* open(graph, options, sourceCaches);
  yield* query(session, members, { artifacts: false, sources: "all", original: false, building: false });
  yield* assertRemotes("pushesSources", "No source cache is available to push to");
  yield* Consistency.check(graph, members);
  const { networkRetries } = options.settings;
  return yield* CarryOut.run(session, {
    ...still(graph, members),
    queues: [Queue.make("fetch", { networkRetries }), Queue.make("src-push", { networkRetries, imperative: true })],
  });
});

function still(graph: Graph, members: readonly number[]): Omit<CarryOut.Shape, "queues"> {
  return {
    workload: Workload.plain(edges(graph), members),
    required: undefined,
    building: false,
    original: false,
    tracked: () => Effect.void,
    resolved: Effect.succeed([]),
  };
}

const assertRemotes = Effect.fnUntraced(function* (what: "pulls" | "pushes" | "pushesSources", message: string) {
  const remotes = yield* Remotes;
  if (remotes[what]) return;
  return yield* new BstError({
    domain: "STREAM",
    reason: null,
    message,
    hint: "Configure one in the user configuration or the project, or name one on the command line.",
  });
});
