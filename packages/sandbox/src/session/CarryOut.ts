/**
 * Carrying out a plan: the announcement, the scheduler's loop with the jobs of this session, signals and questions, and the summary.
 */
import type { GraphView } from "@millrace/core/element/ElementKind";
import type { BstError } from "@millrace/core/error/BstError";
import type { Event, QueueCounts, Status } from "@millrace/core/event/Event";
import * as Selection from "@millrace/core/graph/Selection";
import * as Queue from "@millrace/core/schedule/Queue";
import * as Resource from "@millrace/core/schedule/Resource";
import * as Schedule from "@millrace/core/schedule/Schedule";
import type * as ScheduleState from "@millrace/core/schedule/ScheduleState";
import * as Simulator from "@millrace/core/schedule/Simulator";
import type * as Workload from "@millrace/core/schedule/Workload";
import * as Effect from "effect/Effect";
import * as Conduct from "./Conduct.ts";
import * as JobFrame from "./JobFrame.ts";
import * as Jobs from "./Jobs.ts";
import { Remotes } from "./Remotes.ts";
import * as Runner from "./Runner.ts";
import type * as SessionClock from "./SessionClock.ts";
import * as Signals from "./Signals.ts";
import * as Table from "./Table.ts";
import type * as Voice from "./Voice.ts";

export interface Outcome {
  readonly status: "success" | "error" | "terminated";
  /** What the last job that failed said. */
  readonly lastError: BstError | undefined;
  /** Milliseconds since the session began, without suspension. */
  readonly elapsed: number;
  readonly queues: readonly QueueCounts[];
}

/** What one kind of session adds to the common shape. */
export interface Shape {
  readonly queues: readonly Queue.Queue[];
  readonly workload: Workload.Workload;
  readonly required: readonly ScheduleState.Required[] | undefined;
  readonly building: boolean;
  readonly original: boolean;
  readonly tracked: Jobs.Context["tracked"];
  /** How long the build of an element took before, in milliseconds; for the estimate. */
  readonly duration?: ((element: number) => number | undefined) | undefined;
  /** Listings of elements whose keys changed, for the summary. */
  readonly resolved: Effect.Effect<readonly Status[]>;
}

export interface Session {
  readonly table: Table.Table;
  readonly view: GraphView;
  /** What the session is for; the listing and the total are of all that these reach. */
  readonly targets: readonly number[];
  readonly report: (event: Event) => void;
  readonly conduct: Conduct.Options;
  readonly clock: SessionClock.SessionClock;
  readonly voice: Voice.Voice;
}

function counts(table: Table.Table, state: ScheduleState.State): readonly QueueCounts[] {
  return state.plan.queues.map((queue, at) => {
    const { processed, skipped, failed } = state.groups[at]!;
    const names = failed.map((id) => table.graph.elements[id]!.fullName);
    return { name: queue.name, completeName: queue.completeName, processed, skipped, failed: names };
  });
}

/** Share of the builds ahead that must have been timed before for an estimate to be worth showing. */
const enoughKnown = 0.8;

/** How long the session would take if everything took what it took before; undefined when too little is known. */
function estimate(plan: ScheduleState.Plan, preview: ScheduleState.State, shape: Shape): number | undefined {
  const { duration } = shape;
  if (duration === undefined) return undefined;
  const ahead = plan.workload.members.filter((id) => Schedule.isScheduled(preview, id));
  const known = ahead.map(duration).filter((length) => length !== undefined);
  if (ahead.length === 0 || known.length < enoughKnown * ahead.length) return undefined;
  const usual = known.reduce((sum, length) => sum + length, 0) / known.length;
  return Simulator.run(plan, {
    duration: (id, action) => (action === "build" ? (duration(id) ?? usual) : 0),
    result: (_, action) => ({ outcome: "success", facts: Simulator.learned(action) }),
  }).elapsed;
}

/** Finds out for artifacts that were there from the start, in the order of their pushes, which of them servers have already. */
const settle = Effect.fnUntraced(function* (table: Table.Table, preview: ScheduleState.State): Effect.fn.Return<void> {
  const remotes = yield* Remotes;
  const wanted = Schedule.ready(preview, "push").map((id) => ({
    element: table.graph.elements[id]!,
    key: Table.fullKey(table, id),
    artifact: table.entries[id]!.artifact,
  }));
  yield* Effect.ignore(remotes.settled(wanted));
});

/** Announces the plan and carries it out. */
export const run = Effect.fnUntraced(function* (
  session: Session,
  shape: Shape,
): Effect.fn.Return<Outcome, BstError, Jobs.Needs> {
  const { table, view, targets, report, clock } = session;
  const { graph, settings } = table;
  const remotes = yield* Remotes;
  const pushed = new Set<number>();
  if (shape.building && remotes.pushes)
    for (const id of shape.workload.members) if (yield* Table.pushable(table, id)) pushed.add(id);
  const plan: ScheduleState.Plan = {
    workload: shape.workload,
    queues: shape.queues,
    limits: Resource.limits(settings.fetchers, settings.builders, settings.pushers),
    required: shape.required,
    facts: (id) => {
      const known = Table.facts(table, id);
      const element = graph.elements[id]!;
      const push = shape.building ? pushed.has(id) : remotes.canPush(element);
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
  const listed = Selection.allScopeOf(view, targets);
  const total = listed.length;
  const before = listed.map((id) => Table.fullKey(table, id));
  report({
    type: "announce",
    elements: listed.map((id) => Table.status(table, id, Schedule.isBuildable(preview, id))),
    session: preview.session,
    // Worth its time only where somebody waits.
    estimate: session.conduct.person === undefined ? undefined : estimate(plan, preview, shape),
  });

  const failures = new Map<number, JobFrame.Failed>();
  let lastError: BstError | undefined;
  const tried = new Set<number>();
  let controls: Runner.Controls | undefined;
  let brake: Conduct.Brake | undefined;
  const conduct = yield* Conduct.make(
    session.conduct,
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
      // Beside the jobs: a build waits for none of it, and a push for what concerns its artifact.
      if (shape.building) yield* Effect.forkScoped(settle(table, preview), { startImmediately: true });
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
          brake = Conduct.brake(clock, given, report);
        },
      );
    }),
  );
  const changed = listed.filter((id, at) => Table.fullKey(table, id) !== before[at]);
  const byName = (a: Status, b: Status) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  const resolved = [...changed.map((id) => Table.status(table, id, false)), ...(yield* shape.resolved)].sort(byName);
  const queues = counts(table, state);
  report({ type: "summary", total, session: state.session, queues, resolved });
  const status = Schedule.status(state);
  return { status: status === "running" ? "terminated" : status, lastError, elapsed: clock.elapsed(), queues };
});
