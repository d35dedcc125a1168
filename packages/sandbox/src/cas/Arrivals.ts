/** Blobs that arrive with their digests: each hashed, and stored when it is what it is said to be; on threads once they have been many. */
import type { BstError } from "@millrace/core/error/BstError";
import type * as Effect from "effect/Effect";
import { attemptPromise, inSlices } from "./Cas.ts";
import type * as ObjectStore from "./ObjectStore.ts";
import * as Threads from "./Threads.ts";
import * as Work from "./Work.ts";

/** What has arrived in this process from which on starting threads pays; see `Work.cost`. */
const worthThreads = 32 * 2 ** 20;
/** What is so little that it is done here in any case. */
const little = 2 ** 20;
/** Blobs after which others have their turn. */
const slice = 256;

let arrived = 0;

type Blobs = readonly Omit<Work.KeepTask, "type">[];

const tasksOf = (blobs: Blobs): readonly Work.KeepTask[] =>
  blobs.map(({ digest, bytes }) => ({ type: "keep", digest, bytes }));

/**
 * Keeps blobs; gives for each its digest, or undefined when it is something else. `message` is what the bytes are parts of, which goes over to a thread where that is
 * possible: nobody may look at it afterwards.
 */
export function keep(
  store: ObjectStore.ObjectStore,
  blobs: Blobs,
  message: Uint8Array,
): Effect.Effect<readonly Work.Outcome<Work.KeepTask>[], BstError> {
  const tasks = tasksOf(blobs);
  const cost = tasks.reduce((sum, task) => sum + Work.cost(task), 0);
  arrived += cost;
  if (cost < little || (arrived < worthThreads && !Threads.areRunning())) return keepHere(store, blobs);
  return attemptPromise(() => Threads.run(store, tasks, ownMemory(message)));
}

/** The same on this thread, for bytes that are still needed. */
export function keepHere(
  store: ObjectStore.ObjectStore,
  blobs: Blobs,
): Effect.Effect<readonly Work.Outcome<Work.KeepTask>[], BstError> {
  return inSlices(function* () {
    const tasks = tasksOf(blobs);
    const outcomes: Work.Outcome<Work.KeepTask>[] = [];
    for (let at = 0; at < tasks.length; at += slice) {
      if (at > 0) yield;
      outcomes.push(...Work.carryOut(store, tasks.slice(at, at + slice)));
    }
    return outcomes;
  });
}

/** The memory under a message, when nothing but its frame shares it. */
function ownMemory(message: Uint8Array): ArrayBuffer[] {
  const { buffer, byteLength } = message;
  return buffer instanceof ArrayBuffer && buffer.byteLength - byteLength < 64 ? [buffer] : [];
}
