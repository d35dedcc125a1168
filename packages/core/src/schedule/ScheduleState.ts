/**
 * What the scheduler is given, holds, is told and decides, as types; {@link Schedule} says how one leads to the next.
 *
 * A state is a value like any other: tables of numbers by element, a heap of ready elements for each queue, and the pool of resources.
 */
import type { Action } from "../event/Event.ts";
import type * as Heap from "./Heap.ts";
import type * as Knowledge from "./Knowledge.ts";
import type { Queue } from "./Queue.ts";
import type * as Resource from "./Resource.ts";
import type * as Table from "./Table.ts";
import type { Workload } from "./Workload.ts";

export interface Required {
  readonly element: number;
  /** Whether its run-time dependencies are required with it. */
  readonly withRuntime: boolean;
}

export interface Plan {
  readonly workload: Workload;
  readonly queues: readonly Queue[];
  readonly limits: Resource.Limits;
  /** What is required from the start; undefined requires every member (sessions that do not build). */
  readonly required: readonly Required[] | undefined;
  /** What is known from the start. */
  readonly facts: (element: number) => Knowledge.Facts;
}

export interface Group {
  readonly ready: Heap.Heap;
  readonly processed: number;
  readonly skipped: number;
  /** Elements whose job failed, in the order of failing. */
  readonly failed: readonly number[];
}

/** `quit`: the imperative queue and those before it start nothing any more. `terminate`: nothing starts. */
export type Mode = "run" | "quit" | "terminate";

export interface State {
  readonly plan: Plan;
  /** {@link Knowledge} of each element. */
  readonly elements: Table.Table;
  /** How many direct build dependencies are not usable yet. */
  readonly waitingBuild: Table.Table;
  /** How many direct run-time dependencies are not usable yet. */
  readonly waitingRun: Table.Table;
  /** How often the running job of an element was started. */
  readonly attempts: Table.Table;
  readonly groups: readonly Group[];
  readonly pool: Resource.Pool;
  readonly mode: Mode;
  readonly suspended: boolean;
  /** Number of running jobs. */
  readonly running: number;
  /** Number of the last job started. */
  readonly jobs: number;
  readonly arrivals: number;
  /** How many elements came to the first queue: the summary's `Session`. */
  readonly session: number;
}

export type Outcome = "success" | "failure" | "skipped" | "cancelled" | "retry";

export type Input =
  | { readonly type: "start" }
  /** The running job of an element ended. `retry` is the answer of a person to its failure: the element goes back into the queue. */
  | {
      readonly type: "finished";
      readonly element: number;
      readonly outcome: Outcome;
      readonly facts?: Knowledge.Facts | undefined;
      /** The failure may pass: the job is tried again when its queue allows. */
      readonly temporary?: boolean | undefined;
    }
  | { readonly type: "learned"; readonly element: number; readonly facts: Knowledge.Facts }
  | { readonly type: "quit" }
  | { readonly type: "terminate" }
  | { readonly type: "suspend" }
  | { readonly type: "resume" };

export type Decision =
  | {
      readonly type: "start";
      /** Number of the job, from 1; a new try is a new job. */
      readonly job: number;
      readonly queue: number;
      readonly action: Action;
      readonly element: number;
      /** From 1. */
      readonly attempt: number;
    }
  | { readonly type: "cancel"; readonly element: number };

export interface Step {
  readonly state: State;
  readonly decisions: readonly Decision[];
}

/** How a session stands: `error` when a job failed, whatever else happened. */
export type Status = "running" | "success" | "error" | "terminated";
