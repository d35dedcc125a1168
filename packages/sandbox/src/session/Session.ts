/**
 * Sessions: building, fetching, tracking, pulling and pushing elements, from asking the caches to the summary.
 *
 * Each kind of session is a choice of queues and of what is asked beforehand; the rest is the same. A session reports what happens as events and ends with an
 * {@link Outcome}; its jobs' failures are part of that and have been told, so that only what keeps a session from beginning is a failure of the effect.
 */
import type { GraphView } from "@millrace/core/element/ElementKind";
import { BstError } from "@millrace/core/error/BstError";
import type { Event, QueueCounts, Status } from "@millrace/core/event/Event";
import type { Graph } from "@millrace/core/graph/Graph";
import * as Scope from "@millrace/core/graph/Scope";
import * as Selection from "@millrace/core/graph/Selection";
import type * as Keys from "@millrace/core/key/Keys";
import * as Queue from "@millrace/core/schedule/Queue";
import * as Resource from "@millrace/core/schedule/Resource";
import * as Schedule from "@millrace/core/schedule/Schedule";
import * as Workload from "@millrace/core/schedule/Workload";
import * as Clock from "effect/Clock";
import * as Effect from "effect/Effect";
import type { ArtifactCache } from "../artifacts/ArtifactCache.ts";
import type { ElementSources, Tracked } from "../sources/ElementSources.ts";
import * as Conduct from "./Conduct.ts";
import * as JobFrame from "./JobFrame.ts";
import * as Jobs from "./Jobs.ts";
import { Remotes } from "./Remotes.ts";
import * as Runner from "./Runner.ts";
import * as SessionClock from "./SessionClock.ts";
import type { Settings } from "./Settings.ts";
import * as Signals from "./Signals.ts";
import * as Table from "./Table.ts";
import * as Voice from "./Voice.ts";

export interface Options {
  readonly settings: Settings;
  readonly conduct: Conduct.Options;
  readonly report: (event: Event) => void;
  /** When the command began, milliseconds since the epoch: elapsed times of the session count from there. */
  readonly began?: number | undefined;
  /** The graph's keys, when they are known already. */
  readonly keys?: Keys.Keys | undefined;
  /** How long elements took to build when they were built last, in any unit; for the order of builds. */
  readonly durations?: ((element: number) => number) | undefined;
}

export interface Outcome {
  readonly status: "success" | "error" | "terminated";
  /** What the last job that failed said. */
  readonly lastError: BstError | undefined;
  /** Milliseconds since the session began, without suspension. */
  readonly elapsed: number;
  readonly queues: readonly QueueCounts[];
}

/** The failure that a command ends with; undefined after success. Its message is empty, since all was said. */
export function failureOf(outcome: Outcome): BstError | undefined {
  if (outcome.status === "success") return undefined;
  const { lastError } = outcome;
  const task = lastError === undefined ? undefined : { domain: lastError.domain, reason: lastError.reason };
  return new BstError({ domain: "STREAM", reason: null, message: "", task });
}

/** What one kind of session adds to the common shape. */
interface Shape {
  readonly queues: readonly Queue.Queue[];
  readonly workload: Workload.Workload;
  readonly required: readonly Schedule.Required[] | undefined;
  readonly building: boolean;
  readonly original: boolean;
  readonly tracked: Jobs.Context["tracked"];
  /** Listings of elements whose keys changed, for the summary. */
  readonly resolved: () => readonly Status[];
}

interface Session {
  readonly table: Table.Table;
  readonly view: GraphView;
  readonly options: Options;
  readonly clock: SessionClock.SessionClock;
  readonly voice: Voice.Voice;
}

const open = Effect.fnUntraced(function* (graph: Graph, options: Options): Effect.fn.Return<Session> {
  const clock = SessionClock.make(yield* Clock.Clock, options.began);
  const table = Table.make(graph, options.settings, options.keys);
  return { table, view: Scope.make(graph.elements), options, clock, voice: Voice.core(options.report, clock) };
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

/** Fails when elements cannot be worked on because they name no exact version of their sources. */
function assertConsistent(graph: Graph, members: readonly number[]): Effect.Effect<void, BstError> {
  const loose = members.filter((id) => !graph.elements[id]!.sources.every((source) => source.resolved));
  if (loose.length === 0) return Effect.void;
  const workspaced = loose.every((id) => graph.elements[id]!.workspace !== undefined);
  const lines = loose.flatMap((id) => {
    const element = graph.elements[id]!;
    const sources = element.sources.filter((source) => !source.resolved);
    return [
      `${element.fullName}:`,
      ...sources.map((source) => `  ${source.kind.name} source ${source.index + 1} has no ref`),
    ];
  });
  return Effect.fail(
    new BstError({
      domain: "PIPELINE",
      reason: workspaced ? "inconsistent-pipeline-workspaced" : "inconsistent-pipeline",
      message: `Inconsistent pipeline: ${loose.length === 1 ? "an element has" : `${loose.length} elements have`} sources without a ref`,
      detail: lines.join("\n"),
      hint: workspaced ? "Close the workspaces with `bst workspace close`." : "Run `bst source track` on them first.",
    }),
  );
}

/** Asks the local caches about elements. */
const query = Effect.fnUntraced(function* (
  session: Session,
  members: readonly number[],
  what: {
    readonly artifacts: boolean;
    readonly sources: "missing" | "all";
    readonly original: boolean;
    readonly building: boolean;
  },
): Effect.fn.Return<void, BstError, ArtifactCache | ElementSources> {
  const { table, voice } = session;
  const quiet: Voice.Voice = { ...voice, say: (kind, text, said) => kind === "info" && voice.say(kind, text, said) };
  const work = Effect.gen(function* () {
    for (const id of members) {
      if (what.artifacts) yield* Table.queryArtifact(table, id, what.building, quiet);
      if (what.sources === "missing" && table.entries[id]!.artifact?.buildSuccess === true) continue;
      yield* Table.querySources(
        table,
        id,
        Jobs.manner(table, id, quiet, () => {}),
        what.original,
      );
    }
  });
  yield* voice.activity("Query cache", work);
});

function counts(table: Table.Table, state: Schedule.State): readonly QueueCounts[] {
  return state.plan.queues.map((queue, at) => {
    const { processed, skipped, failed } = state.groups[at]!;
    const names = failed.map((id) => table.graph.elements[id]!.fullName);
    return { name: queue.name, completeName: queue.completeName, processed, skipped, failed: names };
  });
}

/** Announces the plan and carries it out. */
const carryOut = Effect.fnUntraced(function* (
  session: Session,
  shape: Shape,
): Effect.fn.Return<Outcome, BstError, Jobs.Needs> {
  const { table, view, options, clock } = session;
  const { settings, report } = options;
  const { graph } = table;
  const remotes = yield* Remotes;
  const plan: Schedule.Plan = {
    workload: shape.workload,
    queues: shape.queues,
    limits: Resource.limits(settings.fetchers, settings.builders, settings.pushers),
    required: shape.required,
    facts: (id) => {
      const known = Table.facts(table, id);
      const element = graph.elements[id]!;
      const push =
        remotes.canPush(element) && (known.artifact === "present" || known.artifact === "failure" || !shape.building);
      const here = known.sources === "staged" || known.sources === "both";
      return { ...known, push, sourcePush: here && element.sources.length > 0 && remotes.canPushSources(element) };
    },
  };
  // The first step, without starting anything, tells what the session is going to need.
  const held = Schedule.step(Schedule.initial(plan), { type: "suspend" }).state;
  const preview = Schedule.step(held, { type: "start" }).state;
  if (shape.building && !settings.strict) {
    for (let id = 0; id < graph.elements.length; id++) if (Schedule.isScheduled(preview, id)) table.strong.compute(id);
  }
  const listed = Selection.allScopeOf(view, graph.targets);
  const total = listed.length;
  const before = listed.map((id) => Table.fullKey(table, id));
  report({
    type: "announce",
    elements: listed.map((id) => Table.status(table, id, Schedule.isBuildable(preview, id))),
    session: preview.session,
  });

  const failures = new Map<number, JobFrame.Failed>();
  let lastError: BstError | undefined;
  const tried = new Set<number>();
  let controls: Runner.Controls | undefined;
  let brake: Conduct.Brake | undefined;
  const conduct = yield* Conduct.make(
    options.conduct,
    () => controls,
    () => brake,
  );
  const core = yield* Effect.context<never>();
  let shown = "";
  const state = yield* Effect.scoped(
    Effect.gen(function* () {
      yield* Signals.watch({
        interrupt: () => void Effect.runForkWith(core)(conduct.interrupt),
        terminate: conduct.terminate,
        suspend: () => brake?.suspend(),
        resume: () => brake?.resume(),
      });
      return yield* Runner.run(
        {
          plan,
          perform: (start) => {
            const id = start.element;
            const element = graph.elements[id]!;
            if (shape.building && !settings.strict) table.strong.compute(id);
            const subject = Table.subject(table, id);
            const queue = plan.queues[start.queue]!;
            const stem = `${element.project.name}/${element.normalName}/${subject.key}-${start.action}`;
            const context: Jobs.Context = {
              table,
              view,
              building: shape.building,
              original: shape.original,
              tried,
              tracked: shape.tracked,
              bytes: (done, of) => report({ type: "job-progress", job: start.job, done, total: of, unit: "bytes" }),
            };
            return JobFrame.run(
              {
                report,
                clock,
                keyLength: settings.keyLength,
                version: settings.version,
                job: start.job,
                action: start.action,
                subject,
                attempt: start.attempt,
                tries: queue.retries + 1,
                log: queue.logs ? { directory: settings.logDirectory, stem } : undefined,
                failed: (failure) => {
                  failures.set(id, failure);
                  lastError = failure.error;
                },
              },
              (voice) => Jobs.perform(context, start.action, id, voice),
            );
          },
          verdict: (start) => {
            const failure = failures.get(start.element);
            if (failure === undefined) return Effect.succeed("continue");
            const element = Table.subject(table, start.element);
            const { artifact } = table.entries[start.element]!;
            return conduct.verdict({ id: start.element, element, action: start.action, artifact, ...failure });
          },
          observe: (next) => {
            const numbers = next.groups.map((group) => [group.processed, group.skipped, group.failed.length]).join();
            if (numbers === shown) return;
            shown = numbers;
            report({ type: "queues", queues: counts(table, next), session: next.session, total });
          },
          cancelling: (start) => {
            const speaker = Table.subject(table, start.element);
            session.voice.say("status", `${Queue.nameOf(start.action)} terminating`, { speaker, scheduler: true });
          },
        },
        (given) => {
          controls = given;
          brake = Conduct.brake(clock, given);
        },
      );
    }),
  );
  const changed = listed.filter((id, at) => Table.fullKey(table, id) !== before[at]);
  const byName = (a: Status, b: Status) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  const resolved = [...changed.map((id) => Table.status(table, id, false)), ...shape.resolved()].sort(byName);
  const queues = counts(table, state);
  report({ type: "summary", total, session: state.session, queues, resolved });
  const status = Schedule.status(state);
  return { status: status === "running" ? "terminated" : status, lastError, elapsed: clock.elapsed(), queues };
});

const nothingTracked = () => Effect.void;
const nothingResolved = () => [];

/** Which part of the graph a build is for: BuildStream's `--deps`. */
export type BuildSelection = Selection.Mode;

/** Builds the targets of a graph, and of what they need only what is not cached. */
export const build = Effect.fn("Session.build")(function* (
  graph: Graph,
  selection: BuildSelection,
  options: Options,
): Effect.fn.Return<Outcome, BstError, Jobs.Needs> {
  const session = yield* open(graph, options);
  const { settings } = options;
  const remotes = yield* Remotes;
  const { networkRetries } = settings;
  const roots = selection === "build" ? Selection.directBuildDependencies(session.view, graph.targets) : graph.targets;
  const workload = Workload.planned(edges(graph), roots, options.durations);
  yield* assertConsistent(graph, workload.members);
  const sources = remotes.pushesSources ? "all" : "missing";
  yield* query(session, workload.members, { artifacts: true, sources, original: false, building: true });
  const required = (selection === "all" ? workload.members : roots).map((element) => ({
    element,
    withRuntime: selection !== "none",
  }));
  return yield* carryOut(session, {
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
    tracked: nothingTracked,
    resolved: nothingResolved,
  });
});

/** Fetches the sources of elements. `original` asks for the upstream data even where staged sources are cached. */
export const fetch = Effect.fn("Session.fetch")(function* (
  graph: Graph,
  members: readonly number[],
  options: Options,
  original = false,
): Effect.fn.Return<Outcome, BstError, Jobs.Needs> {
  const session = yield* open(graph, options);
  yield* query(session, members, { artifacts: false, sources: "all", original, building: false });
  yield* assertConsistent(graph, members);
  return yield* carryOut(session, {
    queues: [Queue.make("fetch", { networkRetries: options.settings.networkRetries, original })],
    workload: Workload.plain(edges(graph), members),
    required: undefined,
    building: false,
    original,
    tracked: nothingTracked,
    resolved: nothingResolved,
  });
});

export interface Tracking {
  /** Writes the refs that were found for an element; a failure makes its job fail. */
  readonly save: (element: number, refs: readonly Tracked[]) => Effect.Effect<void, BstError>;
  /** What the summary lists: elements whose keys the new refs changed. */
  readonly resolved: () => readonly Status[];
}

/** Looks for newer refs of the sources of elements. */
export const track = Effect.fn("Session.track")(function* (
  graph: Graph,
  members: readonly number[],
  options: Options,
  tracking: Tracking,
): Effect.fn.Return<Outcome, BstError, Jobs.Needs> {
  const session = yield* open(graph, options);
  return yield* carryOut(session, {
    queues: [Queue.make("track", { networkRetries: options.settings.networkRetries })],
    workload: Workload.plain(edges(graph), members),
    required: undefined,
    building: false,
    original: false,
    tracked: tracking.save,
    resolved: tracking.resolved,
  });
});

/** Pulls the artifacts of elements that are not in the cache. */
export const pull = Effect.fn("Session.pull")(function* (
  graph: Graph,
  members: readonly number[],
  options: Options,
): Effect.fn.Return<Outcome, BstError, Jobs.Needs> {
  const session = yield* open(graph, options);
  yield* assertRemotes("pulls", "No artifact cache is available to pull from");
  yield* assertConsistent(graph, members);
  yield* query(session, members, { artifacts: true, sources: "missing", original: false, building: false });
  const { networkRetries } = options.settings;
  return yield* carryOut(session, {
    ...still(graph, members),
    queues: [Queue.make("pull", { networkRetries })],
  });
});

/** Pushes the artifacts of elements, pulling them first where they are missing. */
export const push = Effect.fn("Session.push")(function* (
  graph: Graph,
  members: readonly number[],
  options: Options,
): Effect.fn.Return<Outcome, BstError, Jobs.Needs> {
  const session = yield* open(graph, options);
  yield* assertRemotes("pushes", "No artifact cache is available to push to");
  yield* assertConsistent(graph, members);
  yield* query(session, members, { artifacts: true, sources: "missing", original: false, building: false });
  const { networkRetries } = options.settings;
  return yield* carryOut(session, {
    ...still(graph, members),
    queues: [Queue.make("pull", { networkRetries }), Queue.make("push", { networkRetries, imperative: true })],
  });
});

/** Pushes the sources of elements, fetching them first where they are missing. */
export const pushSources = Effect.fn("Session.pushSources")(function* (
  graph: Graph,
  members: readonly number[],
  options: Options,
): Effect.fn.Return<Outcome, BstError, Jobs.Needs> {
  const session = yield* open(graph, options);
  yield* query(session, members, { artifacts: false, sources: "all", original: false, building: false });
  yield* assertRemotes("pushesSources", "No source cache is available to push to");
  yield* assertConsistent(graph, members);
  const { networkRetries } = options.settings;
  return yield* carryOut(session, {
    ...still(graph, members),
    queues: [Queue.make("fetch", { networkRetries }), Queue.make("src-push", { networkRetries, imperative: true })],
  });
});

function still(graph: Graph, members: readonly number[]): Omit<Shape, "queues"> {
  return {
    workload: Workload.plain(edges(graph), members),
    required: undefined,
    building: false,
    original: false,
    tracked: nothingTracked,
    resolved: nothingResolved,
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
