/**
 * The loop that drives the scheduler with fibers: one fiber a job, one inbox for all that happens.
 *
 * The loop knows nothing of elements; what a job does is a function from its start to what came of it. Jobs live in the scope of the run: whatever ends the
 * run (the last job, termination, interruption from outside) leaves no fiber behind, and so nothing that a fiber holds.
 */
import * as Schedule from "@millrace/core/schedule/Schedule";
import type * as ScheduleState from "@millrace/core/schedule/ScheduleState";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Fiber from "effect/Fiber";
import * as Queue from "effect/Queue";

export type Start = Extract<ScheduleState.Decision, { type: "start" }>;
export type Ended = Omit<Extract<ScheduleState.Input, { type: "finished" }>, "type" | "element">;

/** What is done when a job failed for good. */
export type Verdict = "continue" | "quit" | "terminate" | "retry";

/** What may be asked of a running session from outside. */
export type Control = Extract<ScheduleState.Input, { type: "quit" | "terminate" | "suspend" | "resume" | "learned" }>;

export interface Work<R> {
  readonly plan: ScheduleState.Plan;
  /** Carries out a job. Must not fail: what went wrong is told on the way and is part of the result. */
  readonly perform: (start: Start) => Effect.Effect<Ended, never, R>;
  /** Asked once for each job that failed for good, before the scheduler hears of it. */
  readonly verdict: (start: Start) => Effect.Effect<Verdict, never, R>;
  /** Hears of every new state. */
  readonly observe: (state: ScheduleState.State) => void;
  /** Hears that a running job is to be ended, just before it is. */
  readonly cancelling: (start: Start) => void;
}

/** A way to reach the loop while it runs. */
export interface Controls {
  readonly give: (control: Control) => void;
}

type Letter =
  | { readonly type: "control"; readonly control: Control }
  | { readonly type: "ended"; readonly start: Start; readonly ended: Ended }
  | { readonly type: "judged"; readonly start: Start; readonly ended: Ended; readonly verdict: Verdict };

/** Whether the scheduler would try again by itself. */
function isFinal(state: ScheduleState.State, start: Start, ended: Ended): boolean {
  const queue = state.plan.queues[start.queue]!;
  return ended.outcome === "failure" && !(ended.temporary === true && start.attempt <= queue.retries);
}

/** Runs a plan to its end, and gives the last state. `open` receives the controls before anything starts. */
export const run = Effect.fnUntraced(function* <R>(
  work: Work<R>,
  open: (controls: Controls) => void = () => {},
): Effect.fn.Return<ScheduleState.State, never, R> {
  return yield* Effect.scoped(
    Effect.gen(function* () {
      const inbox = yield* Queue.unbounded<Letter>();
      const fibers = new Map<number, { readonly start: Start; readonly fiber: Fiber.Fiber<unknown, unknown> }>();
      let state = Schedule.initial(work.plan);
      open({ give: (control) => Queue.offerUnsafe(inbox, { type: "control", control }) });

      const launch = Effect.fnUntraced(function* (start: Start) {
        const fiber = yield* work.perform(start).pipe(
          Effect.onExit((exit) =>
            Effect.sync(() => {
              // A defect is a mistake of ours; the job counts as failed and the session goes on to say so.
              const ended: Ended = Exit.isSuccess(exit)
                ? exit.value
                : { outcome: Exit.hasInterrupts(exit) ? "cancelled" : "failure" };
              Queue.offerUnsafe(inbox, { type: "ended", start, ended });
            }),
          ),
          // Begun at once, so that an interruption always finds the job where it tells of its end.
          Effect.forkScoped({ startImmediately: true }),
        );
        fibers.set(start.element, { start, fiber });
      });

      const step = Effect.fnUntraced(function* (input: ScheduleState.Input) {
        const next = Schedule.step(state, input);
        state = next.state;
        work.observe(state);
        for (const decision of next.decisions) {
          if (decision.type === "start") yield* launch(decision);
          else {
            const running = fibers.get(decision.element);
            if (running === undefined) continue;
            work.cancelling(running.start);
            // Not waited for: the others are to end at the same time, and each tells the inbox when it has.
            yield* Effect.forkScoped(Fiber.interrupt(running.fiber));
          }
        }
      });

      const judge = Effect.fnUntraced(function* (start: Start, ended: Ended) {
        const verdict = yield* work.verdict(start);
        Queue.offerUnsafe(inbox, { type: "judged", start, ended, verdict });
      });

      yield* step({ type: "start" });
      while (Schedule.status(state) === "running") {
        const letter = yield* Queue.take(inbox);
        switch (letter.type) {
          case "control":
            yield* step(letter.control);
            break;
          case "ended": {
            const { start, ended } = letter;
            fibers.delete(start.element);
            if (isFinal(state, start, ended) && state.mode !== "terminate") {
              yield* Effect.forkScoped(judge(start, ended));
            } else yield* step({ type: "finished", element: start.element, ...ended });
            break;
          }
          case "judged": {
            const { start, ended, verdict } = letter;
            const outcome = verdict === "retry" ? "retry" : ended.outcome;
            if (verdict === "terminate" || verdict === "quit") yield* step({ type: verdict });
            yield* step({ type: "finished", element: start.element, ...ended, outcome });
            break;
          }
        }
      }
      return state;
    }),
  );
});
