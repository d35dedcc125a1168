/**
 * A lock between processes for work that takes milliseconds: a file that only one of them can create.
 *
 * Whoever is killed while holding it leaves the file, so a lock that is older than such work can take counts as abandoned and is taken over; processes in other
 * containers, whose ids say nothing here, can share it.
 */
import { closeSync, linkSync, lstatSync, openSync, renameSync, rmSync } from "node:fs";

/** Milliseconds between two tries, and of a lock's life. */
const pause = 10;
const abandoned = 5000;

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Does something while nobody else holds the lock at a path, whose directory is there. Throws what the file system says when it cannot be created, or when an abandoned one cannot be removed. */
export function hold<A>(path: string, work: () => A): A {
  while (!take(path)) Atomics.wait(sleeper, 0, 0, pause);
  try {
    return work();
  } finally {
    rmSync(path, { force: true });
  }
}

function take(path: string): boolean {
  try {
    closeSync(openSync(path, "wx"));
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
  }
  // Whatever stands there, a link to nowhere too.
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found !== undefined && Math.abs(Date.now() - found.mtimeMs) > abandoned) clear(path, found.ino);
  return false;
}

/** Removes an abandoned lock, and puts back what turns out to be another one, taken a moment ago. */
function clear(path: string, inode: number): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (cause) {
    // Somebody else was faster.
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return;
    throw cause;
  }
  try {
    if (lstatSync(aside).ino !== inode) linkSync(aside, path);
  } catch {
    // The place is taken again already.
  }
  rmSync(aside, { recursive: true, force: true });
}
