/**
 * What elements were when they were built, below `cachedir/millrace/inputs`, for `bst why`: an artifact's record holds the keys of dependencies, but of the element itself
 * only a hash. Each file is named by a weak key and holds the inputs that are in its document, as compressed JSON; elements that are built again since a dependency changed
 * share it.
 *
 * These files only explain: one that cannot be written or read is as good as none. A checksum of the compression tells damaged ones; what is no JSON was not written here. Each of 256 directories keeps what was
 * used last.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";

/** A directory with more files than this goes down to the second number. With about 2 KiB a file all of them take some 100 MB at most. */
const most = 96;
const fewer = 64;

/** Milliseconds (a day): a file's time is not renewed more often. */
const renewAfter = 86_400_000;

function place(directory: string, weakKey: string): string {
  return join(directory, "inputs", weakKey.slice(0, 2), weakKey.slice(2));
}

/** Keeps what `inputs` gives, which is asked only if nothing is kept yet. `directory` is the store's private one. */
export function keep(directory: string, weakKey: string, inputs: () => string): void {
  const path = place(directory, weakKey);
  const text = renewed(path) ? undefined : inputs();
  if (text === undefined) return;
  const beside = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    expire(dirname(path));
    writeFileSync(beside, gzipSync(text));
    renameSync(beside, path);
  } catch {
    discard(beside);
  }
}

/** Removes what is half written; where that is not possible either, there is mostly nothing. */
function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // A file may stand where a directory belongs.
  }
}

/** What is kept for a weak key; undefined when there is nothing. */
export function find(directory: string, weakKey: string): string | undefined {
  try {
    const text = gunzipSync(readFileSync(place(directory, weakKey))).toString("utf8");
    return typeof JSON.parse(text) === "object" ? text : undefined;
  } catch {
    return undefined;
  }
}

function renewed(path: string): boolean {
  try {
    const now = Date.now();
    if (statSync(path).mtimeMs < now - renewAfter) utimesSync(path, now / 1000, now / 1000);
    return true;
  } catch {
    return false;
  }
}

function expire(directory: string): void {
  const names = readdirSync(directory);
  if (names.length <= most) return;
  const aged = names
    .map((name) => join(directory, name))
    .map((path) => ({ path, time: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.time - a.time);
  for (const { path } of aged.slice(fewer)) rmSync(path, { force: true });
}
