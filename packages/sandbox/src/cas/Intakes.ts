/**
 * Walks that take in many files, and who drives them.
 *
 * A walk is a generator that finds files and tells what is to be done with each; it hears of digests later, in any order. {@link drive} does what is found on threads
 * once it is much, and here while it is little, and gives way between; {@link runThrough} does all of it here, at once.
 */
import { setImmediate } from "node:timers/promises";
import type { Digest } from "@millrace/core/tree/Digest";
import type * as ObjectStore from "./ObjectStore.ts";
import * as Threads from "./Threads.ts";
import * as Work from "./Work.ts";

/** Files found by a walk, with who hears of each digest. */
export interface Batch {
  readonly tasks: Work.FileTask[];
  readonly hear: ((digest: Digest) => void)[];
  cost: number;
}

/** What a walk asks for: a batch to be taken in, or that all batches before be done; `pause` is a point where others may go on. */
export type Step = Batch | "settle" | "pause";

/** Cost (see `Work.cost`) of a batch, and tasks in it: so much that asking a thread is nothing beside it. */
const batchCost = 4 * 2 ** 20;
/** Cost from which starting threads pays. */
const worthThreads = 32 * 2 ** 20;
/** Batches under way for each thread. */
const ahead = 3;

export function make(): Batch {
  return { tasks: [], hear: [], cost: 0 };
}

/** Adds a file; whether the batch is full now. */
export function add(batch: Batch, task: Work.FileTask, hear: (digest: Digest) => void): boolean {
  batch.tasks.push(task);
  batch.hear.push(hear);
  batch.cost += Work.cost(task);
  return batch.cost >= batchCost;
}

function settle(batch: Batch, digests: readonly Work.Outcome<Work.FileTask>[]): void {
  for (const [at, hear] of batch.hear.entries()) hear(digests[at] as Digest);
}

function doHere(store: ObjectStore.ObjectStore, batch: Batch): void {
  settle(batch, Work.carryOut(store, batch.tasks));
}

/** Runs a walk through, synchronously. What fails is thrown where the walk is, which may say more of it. */
export function runThrough<A>(store: ObjectStore.ObjectStore, walk: Generator<Step, A>): A {
  try {
    for (;;) {
      const step = walk.next();
      if (step.done === true) return step.value;
      if (typeof step.value === "object") doHere(store, step.value);
    }
  } catch (cause) {
    walk.throw(cause);
    throw cause;
  }
}

/** The same, giving way to others. `stop` ends it at the next step; when the promise settles, nothing is under way any more. */
export async function drive<A>(
  store: ObjectStore.ObjectStore,
  walk: Generator<Step, A>,
  stop: AbortSignal,
): Promise<A> {
  const running = new Set<Promise<void>>();
  let waiting: Batch[] = [];
  let cost = 0;
  const send = (batch: Batch): void => {
    const done = Threads.run(store, batch.tasks).then((digests) => {
      running.delete(done);
      settle(batch, digests);
    });
    running.add(done);
    // Whoever waits for them hears of it; until then it must not count as unheard.
    done.catch(() => {});
  };
  try {
    for (;;) {
      const step = walk.next();
      if (step.done === true) return step.value;
      stop.throwIfAborted();
      if (step.value === "pause") await setImmediate();
      else if (step.value === "settle") {
        for (const batch of waiting) {
          doHere(store, batch);
          await setImmediate();
        }
        waiting = [];
        await Promise.all(running);
      } else {
        waiting.push(step.value);
        cost += step.value.cost;
        if (cost < (Threads.areRunning() ? batchCost : worthThreads)) continue;
        for (const batch of waiting) send(batch);
        waiting = [];
        while (running.size >= Threads.width * ahead) await Promise.race(running);
      }
    }
  } catch (cause) {
    await Promise.allSettled(running);
    walk.throw(cause);
    throw cause;
  }
}
