/**
 * Who works on a store right now: one file for each process below `cachedir/millrace/sessions`, named by its owner.
 *
 * Expiry must not take what a running process counts on. Each one renews the objects that it looks at, so that whatever is older than the start of the
 * oldest living process is used by none. A process that sees no need to hurry renews an object once an hour only; its file says so by a time that
 * is an hour earlier.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as Owners from "../staging/Owners.ts";

/** Milliseconds by which a file's time may lag behind the clock. */
const lag = 20;

function directoryOf(privateDirectory: string): string {
  return join(privateDirectory, "sessions");
}

/**
 * Says that this process works on the store; gives the file to hand to {@link leave}. `since`: what is older (milliseconds) may be expired. Where it cannot
 * be said (another user's store, a full disk) the work goes on: at worst something of it is expired, and missed.
 */
export function enter(privateDirectory: string, since: number): string {
  const directory = directoryOf(privateDirectory);
  const file = join(directory, Owners.name());
  try {
    mkdirSync(directory, { recursive: true });
    Owners.clean(directory);
    writeFileSync(file, String(since));
  } catch {
    // See above.
  }
  return file;
}

/** Says that what is older than another time (milliseconds) may be expired from now on. */
export function renew(file: string, since: number): void {
  try {
    writeFileSync(`${file}-next`, String(since));
    renameSync(`${file}-next`, file);
  } catch {
    // What was said before protects more.
  }
}

/** Says that it does not any longer. */
export function leave(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // It was never there.
  }
}

/** Objects last used before this time (milliseconds) are used by no running process; `now` when none runs. */
export function horizon(privateDirectory: string, now: number): number {
  const directory = directoryOf(privateDirectory);
  let earliest = now;
  for (const name of Owners.list(directory)) {
    if (!Owners.lives(name)) continue;
    try {
      const since = Number(readFileSync(join(directory, name), "utf8"));
      // A file that is being written has no content yet: its process starts now.
      if (since > 0) earliest = Math.min(earliest, since);
    } catch {
      // It ended meanwhile.
    }
  }
  return earliest - lag;
}
