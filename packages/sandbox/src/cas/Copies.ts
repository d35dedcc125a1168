/**
 * Files copied by the runtime's threads, so many at a time: what a copy costs is the kernel's work, which other cores can do, and one request copies a file
 * of any size without its bytes passing through here.
 */
import { constants, copyFile } from "node:fs";
import { setImmediate } from "node:timers/promises";
import * as SparseCopy from "./SparseCopy.ts";

export interface Copies {
  running: number;
  /** What went wrong first; no further copy starts then. */
  failure: { readonly cause: unknown } | undefined;
  /** Whoever waits for copies to end. */
  wake: (() => void) | undefined;
}

/** Copies under way at once; more would only be kept in a queue. */
const width = 32;
/** Smaller files are not worth the question whether the file system can clone them. */
const worthCloning = 128 * 1024;

export function make(): Copies {
  return { running: 0, failure: undefined, wake: undefined };
}

/** Starts the copy of a file to a place where nothing is. `finish` is called when it is there, `recover` when it failed; what they throw fails all. */
export function start(
  copies: Copies,
  from: string,
  to: string,
  size: number,
  finish: () => void,
  recover: (cause: NodeJS.ErrnoException) => void,
): void {
  copies.running++;
  const ended = (cause: NodeJS.ErrnoException | null): void => {
    copies.running--;
    try {
      if (cause === null) finish();
      else if (copies.failure === undefined) recover(cause);
    } catch (error) {
      copies.failure ??= { cause: error };
    }
    if (copies.running < width) copies.wake?.();
  };
  if (SparseCopy.hasHoles(from, size)) {
    slowly(SparseCopy.copy(from, to)).then(() => ended(null), ended);
    return;
  }
  const how = constants.COPYFILE_EXCL | (size > worthCloning ? constants.COPYFILE_FICLONE : 0);
  copyFile(from, to, how, ended);
}

/** Runs something through, giving way to others at each pause. */
async function slowly(steps: Generator<void, void>): Promise<void> {
  while (steps.next().done !== true) await setImmediate();
}

/** Whether {@link room} must be waited for. */
export function isFull(copies: Copies): boolean {
  return copies.running >= width || copies.failure !== undefined;
}

/** Waits until another copy may start; throws what went wrong. */
export async function room(copies: Copies): Promise<void> {
  while (copies.running >= width && copies.failure === undefined) await ended(copies);
  if (copies.failure !== undefined) throw copies.failure.cause;
}

/** Waits until no copy is under way, also after a failure; throws what went wrong. */
export async function settle(copies: Copies): Promise<void> {
  while (copies.running > 0) await ended(copies);
  if (copies.failure !== undefined) throw copies.failure.cause;
}

function ended(copies: Copies): Promise<void> {
  return new Promise((resolve) => {
    copies.wake = () => {
      copies.wake = undefined;
      resolve();
    };
  });
}
