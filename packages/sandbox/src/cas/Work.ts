/**
 * Work on contents that can be done on any thread: files hashed, copied or given to the store, and bytes that arrived kept there. What `Threads` carries to
 * a thread as one message, or does on the spot where that is less trouble.
 */
import type { Digest } from "@millrace/core/tree/Digest";
import * as Sha256 from "@millrace/core/tree/Sha256";
import * as FileHash from "./FileHash.ts";
import * as Intake from "./Intake.ts";
import * as ObjectStore from "./ObjectStore.ts";

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

export type Task = FileTask | KeepTask;

/** The digest of what was stored or hashed; undefined for bytes that have another one than they are said to have. */
export type Outcome = Digest | undefined;

/** Does some tasks here and now. Raises, or throws what the file system says. */
export function carryOut(store: ObjectStore.ObjectStore, tasks: readonly Task[]): readonly Outcome[] {
  return tasks.map((task) => carryOutOne(store, task));
}

function carryOutOne(store: ObjectStore.ObjectStore, task: Task): Outcome {
  switch (task.type) {
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

/** What a task costs, in bytes that are hashed and written. */
export function cost(task: Task): number {
  return costOfFile + (task.type === "keep" ? task.digest.size : task.size);
}
