/**
 * Work on contents that can be done on any thread: files hashed, copied or given to the store, what arrived kept there, and objects read for those who send
 * them. What `Threads` carries to a thread as one message, or does on the spot where that is less trouble.
 */
import type { Digest } from "@millrace/core/tree/Digest";
import * as FileHash from "./FileHash.ts";
import * as Intake from "./Intake.ts";
import type * as ObjectStore from "./ObjectStore.ts";
import * as ReadMany from "./ReadMany.ts";
import * as Slices from "./Slices.ts";
import * as TakeMany from "./TakeMany.ts";
import * as TakeTree from "./TakeTree.ts";
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

/** An answer to `BatchReadBlobs`, of which the blobs of a list are wanted (`TakeMany`). */
export interface KeepTask {
  readonly type: "keep";
  readonly answer: Uint8Array;
  readonly wanted: Uint8Array;
}

/** Directories of a tree that came (`TakeTree`). */
export interface PlantTask {
  readonly type: "plant";
  readonly root: Digest;
  readonly came: TakeTree.Came;
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

/** A tree of which it is asked what of it is not here (`Trees.firstMissing`). */
export interface LookTask {
  readonly type: "look";
  readonly root: Digest;
}

export type ArrivalTask = KeepTask | PlantTask;
export type ReadTask = ListTask | GatherTask;
export type Task = FileTask | ArrivalTask | ReadTask | LookTask;

/** The digest of a file; what became of blobs that were wanted; the files of a tree; what was read, with memory of its own; what of a tree is missing. */
export type Outcome<T extends Task = Task> = T extends ReadTask
  ? Uint8Array<ArrayBuffer>
  : T extends KeepTask
    ? TakeMany.Taken
    : T extends PlantTask
      ? Uint8Array<ArrayBuffer> | undefined
      : T extends LookTask
        ? Digest | undefined
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
      return Slices.atOnce(Trees.firstMissing(store, task.root));
    case "hash":
      return FileHash.hashFile(task.path);
    case "copy":
      return Intake.putFile(store, task.path, task.executable);
    case "give":
      return Intake.takeFile(store, task.path, task.executable);
    case "keep":
      return TakeMany.take(store, task.answer, task.wanted);
    case "plant":
      return TakeTree.take(store, task.root, task.came);
  }
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
      return (costOfFile * task.wanted.length) / listed + task.answer.length;
    case "plant":
      return costOfFile * task.came.sizes.length + task.came.bytes.length;
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
