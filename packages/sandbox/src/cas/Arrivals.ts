/** Blobs that arrive with their digests: each hashed, and stored when it is what it is said to be; on threads once they have been many. */
import type { BstError } from "@millrace/core/error/BstError";
import type { Digest } from "@millrace/core/tree/Digest";
import type * as Effect from "effect/Effect";
import { inSlices, onThread } from "./Cas.ts";
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

interface Blob {
  readonly digest: Digest;
  /** Of which the digest says how many there should be. */
  readonly bytes: Uint8Array;
}

/** Whether each was kept, which is so when it is what it is said to be. */
type Kept = Effect.Effect<ArrayLike<unknown>, BstError>;

/** Stands for a hash that nothing has. */
const unlike = "-".repeat(64);

function taskOf(blobs: readonly Blob[], message: Uint8Array): Work.KeepTask {
  const places = new Uint32Array(2 * blobs.length);
  for (const [at, { bytes }] of blobs.entries()) {
    places[2 * at] = bytes.byteOffset - message.byteOffset;
    places[2 * at + 1] = bytes.length;
  }
  // What is not as long as it should be cannot be right.
  const hashes = blobs.map(({ digest, bytes }) => (bytes.length === digest.size ? digest.hash : unlike));
  return { type: "keep", message, hashes: hashes.join(""), places };
}

/**
 * Keeps blobs. `message` is what their bytes are parts of, which goes over to a thread where that is possible: nobody may look at it afterwards.
 */
export function keep(store: ObjectStore.ObjectStore, blobs: readonly Blob[], message: Uint8Array): Kept {
  const task = taskOf(blobs, message);
  const cost = Work.cost(task);
  arrived += cost;
  if (cost < little || (arrived < worthThreads && !Threads.areRunning())) return keepHere(store, blobs);
  return onThread(store, task, ownMemory(message));
}

/** The same on this thread, for bytes that are still needed. */
export function keepHere(store: ObjectStore.ObjectStore, blobs: readonly Blob[]): Kept {
  return inSlices(function* () {
    const kept: boolean[] = [];
    for (const [at, { digest, bytes }] of blobs.entries()) {
      if (at % slice === slice - 1) yield;
      kept.push(Work.keep(store, digest, bytes));
    }
    return kept;
  });
}

/** The memory under a message, when nothing but its frame shares it. */
function ownMemory(message: Uint8Array): ArrayBuffer[] {
  const { buffer, byteLength } = message;
  return buffer instanceof ArrayBuffer && buffer.byteLength - byteLength < 64 ? [buffer] : [];
}
