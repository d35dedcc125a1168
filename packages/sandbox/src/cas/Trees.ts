/**
 * All blobs of a tree, and whether a whole tree is in the store. Looks at every directory and every file it names, each once: records (artifact refs, source
 * refs) outlive blobs, since the daemon expires blobs one by one.
 */
import type { Digest } from "@millrace/core/tree/Digest";
import * as ObjectStore from "./ObjectStore.ts";
import * as Slices from "./Slices.ts";
import * as Walk from "./Walk.ts";

const slice = 2048;

/** Whether a directory and everything below it is in the store. Raises where it can be no tree of files (`Cas.isNoTree`). */
export function has(store: ObjectStore.ObjectStore, root: Digest): boolean {
  return Slices.atOnce(hasInSlices(store, root));
}

/** The same, pausing every few thousand blobs. */
export function* hasInSlices(store: ObjectStore.ObjectStore, root: Digest): Generator<void, boolean> {
  return (yield* firstMissing(store, root)) === undefined;
}

/** A directory or file of a tree that is not in the store; undefined where the tree is there whole. Raises and pauses as {@link hasInSlices}. */
export function* firstMissing(store: ObjectStore.ObjectStore, root: Digest): Generator<void, Digest | undefined> {
  if (ObjectStore.isWhole(store, root)) return undefined;
  const walk = Walk.begin([root]);
  let looks = 0;
  for (let next = Walk.next(walk); next !== undefined; next = Walk.next(walk)) {
    if (!ObjectStore.has(store, next)) return next;
    const directory = ObjectStore.findDirectory(store, next);
    if (directory === undefined) return next;
    for (const file of Walk.enter(walk, directory)) {
      if (!ObjectStore.has(store, file)) return file;
      if (++looks % slice === 0) yield;
    }
  }
  yield* Walk.end(walk, ObjectStore.reader(store));
  ObjectStore.noteWhole(store, [root]);
  return undefined;
}

/** Every blob of a tree, each once: its directories and the files they name. Raises when a directory is missing. */
export function* blobs(store: ObjectStore.ObjectStore, root: Digest): Generator<void, readonly Digest[]> {
  // A file may have the bytes of a directory, as in a tree of what a store holds.
  const found = new Map<string, Digest>();
  const walk = Walk.begin([root]);
  for (let next = Walk.next(walk); next !== undefined; next = Walk.next(walk)) {
    found.set(next.hash, next);
    if (walk.seen.size % 512 === 0) yield;
    for (const file of Walk.enter(walk, ObjectStore.readDirectory(store, next))) found.set(file.hash, file);
  }
  return [...found.values()];
}
