/**
 * Runs a plan through the scheduler with made-up durations: how long a session would take with other builders, or with the durations of a recorded one.
 *
 * Time is a number in any unit. Jobs that end at the same time end in the order in which they started.
 */
import type { Action } from "../event/Event.ts";
import type { Facts } from "./Knowledge.ts";
import * as Schedule from "./Schedule.ts";
import type * as ScheduleState from "./ScheduleState.ts";

export interface Result {
  readonly outcome: ScheduleState.Outcome;
  readonly facts?: Facts | undefined;
  readonly temporary?: boolean | undefined;
}

/** What a job does when it is run: how long, and what came of it. */
export interface World {
  readonly duration: (element: number, action: Action) => number;
  readonly result: (element: number, action: Action, attempt: number) => Result;
}

export interface Job {
  readonly element: number;
  readonly action: Action;
  readonly attempt: number;
  readonly start: number;
  readonly end: number;
  readonly outcome: ScheduleState.Outcome;
}

export interface Simulation {
  /** All jobs, in the order in which they ended. */
  readonly jobs: readonly Job[];
  readonly elapsed: number;
  readonly inputs: readonly ScheduleState.Input[];
  readonly state: ScheduleState.State;
}

interface Pending {
  readonly end: number;
  readonly start: number;
  readonly decision: Extract<ScheduleState.Decision, { type: "start" }>;
}

/** What a successful job teaches, when nobody says otherwise. */
export function learned(action: Action): Facts {
  switch (action) {
    case "pull":
      return { artifact: "present", pullPending: false };
    case "fetch":
      return { sources: "staged" };
    case "build":
      return { artifact: "present" };
    case "cache-query":
      return { artifact: "absent" };
    case "track":
    case "push":
    case "src-push":
      return {};
  }
}

/** Inserts by end, after those that end at the same time. */
function insert(pending: Pending[], job: Pending): void {
  let low = 0;
  let high = pending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (pending[middle]!.end <= job.end) low = middle + 1;
    else high = middle;
  }
  pending.splice(low, 0, job);
}

/** Runs a plan to its end. */
export function run(plan: ScheduleState.Plan, world: World): Simulation {
  const inputs: ScheduleState.Input[] = [];
  const jobs: Job[] = [];
  const pending: Pending[] = [];
  let state = Schedule.initial(plan);
  let now = 0;
  const give = (input: ScheduleState.Input) => {
    inputs.push(input);
    const next = Schedule.step(state, input);
    state = next.state;
    for (const decision of next.decisions) {
      if (decision.type !== "start") continue;
      insert(pending, { start: now, end: now + world.duration(decision.element, decision.action), decision });
    }
  };
  give({ type: "start" });
  for (let job = pending.shift(); job !== undefined; job = pending.shift()) {
    const { element, action, attempt } = job.decision;
    now = job.end;
    const result = world.result(element, action, attempt);
    jobs.push({ element, action, attempt, start: job.start, end: job.end, outcome: result.outcome });
    give({ type: "finished", element, ...result });
  }
  return { jobs, elapsed: now, inputs, state };
}
