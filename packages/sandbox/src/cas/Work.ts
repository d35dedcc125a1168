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

/** Bytes that are said to have a digest, to be stored if they have. */
export interface KeepTask {
  readonly type: "keep";
  readonly digest: Digest;
  readonly bytes: Uint8Array;
}

/** Trees whose blobs are to be listed (`TreeList`). */
export interface ListTask {
  readonly type: "list";
  readonly roots: readonly Digest[];
}

/** Objects that are wanted with their contents, behind some bytes (`ReadMany.gather`). */
export interface GatherTask {
  readonly type: "gather";
  readonly digests: readonly Digest[];
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

/** The digest of what was stored or hashed, undefined for bytes that have another one than they are said to have; what was read, with memory of its own; what was seen. */
export type Outcome<T extends Task = Task> = T extends ReadTask
  ? Uint8Array<ArrayBuffer>
  : T extends LookTask
    ? boolean
    : Digest | undefined;

/** Does some tasks here and now. Raises, or throws what the file system says. */
export function carryOut<T extends Task>(store: ObjectStore.ObjectStore, tasks: readonly T[]): readonly Outcome<T>[] {
  return tasks.map((task) => carryOutOne(store, task) as Outcome<T>);
}

function carryOutOne(store: ObjectStore.ObjectStore, task: Task): Outcome {
  switch (task.type) {
    case "list":
      return TreeList.of(store, task.roots);
    case "gather":
      return ReadMany.gather(store, task.digests, task.prefix);
    case "look":
      return Trees.has(store, task.root);
    case "hash":
      return FileHash.hashFile(task.path);
    case "copy":
      return Intake.putFile(store, task.path, task.executable);
    case "give":
      return Intake.takeFile(store, task.path, task.executable);
    case "keep": {
      const { digest, bytes } = task;
      if (bytes.length !== digest.size || Sha256.hex(bytes) !== digest.hash) return undefined;
      ObjectStore.writeBytes(store, bytes, digest);
      return digest;
    }
  }
}

/** What making and naming a file costs, in bytes that are hashed and written meanwhile. */
const costOfFile = 32 * 1024;

/** What reading the directories of a tree costs, about, in the same measure. */
const costOfTree = 2 ** 18;

/** What a task costs, in bytes that are hashed and written. */
export function cost(task: Task): number {
  switch (task.type) {
    case "keep":
      return costOfFile + task.digest.size;
    case "look":
      return costOfTree;
    case "list":
      return costOfTree * task.roots.length;
    case "gather":
      return task.digests.reduce((sum, { size }) => sum + costOfFile / 2 + size, 0);
    default:
      return costOfFile + task.size;
  }
}
