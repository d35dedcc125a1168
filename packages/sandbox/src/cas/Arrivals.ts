/** What arrives from servers, each blob hashed and stored when it is what it is said to be; on threads once it has been much. */
import type { BstError } from "@millrace/core/error/BstError";
import type { Digest } from "@millrace/core/tree/Digest";
import * as Effect from "effect/Effect";
import { attempt, onThread } from "./Cas.ts";
import * as ObjectStore from "./ObjectStore.ts";
import type * as TakeMany from "./TakeMany.ts";
import type * as TakeTree from "./TakeTree.ts";
import * as Threads from "./Threads.ts";
import * as TreeList from "./TreeList.ts";
import * as Work from "./Work.ts";

/** What has arrived in this process from which on starting threads pays; see `Work.cost`. */
const worthThreads = 32 * 2 ** 20;
/** What is so little that it is done here in any case. */
const little = 2 ** 17;

let arrived = 0;

/** Does one task. The memory under `message` goes over to a thread where one does it: nobody may look at it afterwards. */
function done<T extends Work.ArrivalTask>(
  store: ObjectStore.ObjectStore,
  task: T,
  message: Uint8Array,
): Effect.Effect<Work.Outcome<T>, BstError> {
  const cost = Work.cost(task);
  arrived += cost;
  if (cost >= little && (arrived >= worthThreads || Threads.areRunning()))
    return onThread(store, task, ownMemory(message));
  return attempt(() => Work.carryOut(store, [task])[0] as Work.Outcome<T>);
}

/** The blobs of an answer that are wanted, a `TreeList` (`TakeMany.take`). */
export function keep(
  store: ObjectStore.ObjectStore,
  answer: Uint8Array,
  wanted: Uint8Array,
): Effect.Effect<TakeMany.Taken, BstError> {
  const taken = done(store, { type: "keep", answer, wanted }, answer);
  return Effect.tap(taken, ({ lost }) => attempt(() => note(store, wanted, lost)));
}

/** Takes note of what came of blobs that were wanted: all but those that are lost. */
function note(store: ObjectStore.ObjectStore, wanted: Uint8Array, lost: Uint8Array): void {
  const without = new Set(TreeList.read(lost).map(({ hash }) => hash));
  const came: string[] = [];
  let bytes = 0;
  TreeList.each(wanted, ({ hash, size }) => {
    if (without.has(hash)) return;
    came.push(hash);
    bytes += size;
  });
  ObjectStore.adopt(store, came, bytes);
}

/** The directories of a tree, of which some came; gives the files of the tree (`TakeTree.take`). */
export function plant(
  store: ObjectStore.ObjectStore,
  root: Digest,
  came: TakeTree.Came,
): Effect.Effect<Uint8Array | undefined, BstError> {
  return done(store, { type: "plant", root, came }, came.bytes);
}

/** The memory under a message, when nothing but its frame shares it. */
function ownMemory(message: Uint8Array): ArrayBuffer[] {
  const { buffer, byteLength } = message;
  return buffer instanceof ArrayBuffer && byteLength > 0 && buffer.byteLength - byteLength < 64 ? [buffer] : [];
}
