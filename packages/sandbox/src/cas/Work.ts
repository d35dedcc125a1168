/**
 * Work on contents that can be done on any thread: files hashed, copied or given to the store, bytes that arrived kept there, and objects read for those who send
 * them. What `Threads` carries to a thread as one message, or does on the spot where that is less trouble.
 */
import type { Digest } from "@millrace/core/tree/Digest";
import * as Sha256 from "@millrace/core/tree/Sha256";
import * as FileHash from "./FileHash.ts";
import * as Intake from "./Intake.ts";
import * as ObjectStore from "./ObjectStore.ts";
import * as ReadMany from "./ReadMany.ts";
import * as TreeList from "./TreeList.ts";
import * as Trees from "./Trees.ts";

/** A file whose digest is wanted; the store gets nothing of it, a copy, or the file itself (see `Intake.takeFile`). */
export interface FileTask {
  readonly type: "hash" | "copy" | "give";
  readonly path: string;
  readonly executable: boolean;
  /** Bytes, as far as is known. */
  readonly size: number;
}

/** Bytes that are said to have digests, to be stored where they have. All are parts of one message, which goes to a thread with little beside it. */
export interface KeepTask {
  readonly type: "keep";
  readonly message: Uint8Array;
  /** The hashes, one after the other. */
  readonly hashes: string;
  /** Where each begins in the message, and how long it is, in turn. */
  readonly places: Uint32Array;
}

/** Trees whose blobs are to be listed (`TreeList`). */
export interface ListTask {
  readonly type: "list";
  readonly roots: readonly Digest[];
}

/** Objects, as a list (`TreeList`), that are wanted with their contents behind some bytes (`ReadMany.gather`). */
export interface GatherTask {
  readonly type: "gather";
  readonly list: Uint8Array;
  /** Bytes of all of them. */
  readonly size: number;
  readonly prefix: Uint8Array;
}

/** A tree of which it is asked whether all of it is here. */
export interface LookTask {
  readonly type: "look";
  readonly root: Digest;
}

export type WriteTask = FileTask | KeepTask;
export type ReadTask = ListTask | GatherTask;
export type Task = WriteTask | ReadTask | LookTask;

/** The digest of a file; of what was to be kept, 1 for each that was kept and 0 for each that has another digest; what was read, with memory of its own; what was seen. */
export type Outcome<T extends Task = Task> = T extends ReadTask | KeepTask
  ? Uint8Array<ArrayBuffer>
  : T extends LookTask
    ? boolean
    : Digest;

/** Does some tasks here and now. Raises, or throws what the file system says. */
export function carryOut<T extends Task>(store: ObjectStore.ObjectStore, tasks: readonly T[]): readonly Outcome<T>[] {
  return tasks.map((task) => carryOutOne(store, task) as Outcome<T>);
}

function carryOutOne(store: ObjectStore.ObjectStore, task: Task): Outcome {
  switch (task.type) {
    case "list":
      return TreeList.of(store, task.roots);
    case "gather":
      return ReadMany.gather(store, TreeList.read(task.list), task.prefix);
    case "look":
      return Trees.has(store, task.root);
    case "hash":
      return FileHash.hashFile(task.path);
    case "copy":
      return Intake.putFile(store, task.path, task.executable);
    case "give":
      return Intake.takeFile(store, task.path, task.executable);
    case "keep":
      return keepAll(store, task);
  }
}

function keepAll(store: ObjectStore.ObjectStore, { message, hashes, places }: KeepTask): Uint8Array<ArrayBuffer> {
  const kept = new Uint8Array(places.length / 2);
  for (let at = 0; at < kept.length; at++) {
    const start = places[2 * at]!;
    const bytes = message.subarray(start, start + places[2 * at + 1]!);
    kept[at] = keep(store, { hash: hashes.slice(64 * at, 64 * (at + 1)), size: bytes.length }, bytes) ? 1 : 0;
  }
  return kept;
}

/** Stores bytes that are said to have a digest; false when they have another one. */
export function keep(store: ObjectStore.ObjectStore, digest: Digest, bytes: Uint8Array): boolean {
  if (bytes.length !== digest.size || Sha256.hex(bytes) !== digest.hash) return false;
  ObjectStore.writeBytes(store, bytes, digest);
  return true;
}

/** What making and naming a file costs, in bytes that are hashed and written meanwhile. */
const costOfFile = 32 * 1024;

/** Bytes of a list (`TreeList`) for each digest, about. */
const listed = 70;

/** What reading the directories of a tree costs, about, in the same measure. */
const costOfTree = 2 ** 18;

/** What a task costs, in bytes that are hashed and written. */
export function cost(task: Task): number {
  switch (task.type) {
    case "keep":
      return (costOfFile * task.places.length) / 2 + task.message.length;
    case "look":
      return costOfTree;
    case "list":
      return costOfTree * task.roots.length;
    case "gather":
      return (costOfFile / 2) * (task.list.length / listed) + task.size;
    default:
      return costOfFile + task.size;
  }
}
