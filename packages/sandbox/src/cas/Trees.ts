/**
 * All blobs of a tree, and whether a whole tree is in the store. Looks at every directory and every file it names, each once: records (artifact refs, source
 * refs) outlive blobs, since the daemon expires blobs one by one.
 */
import type { Digest } from "@millrace/core/tree/Digest";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Entries from "@millrace/core/tree/Entries";
import * as ObjectStore from "./ObjectStore.ts";
import * as Slices from "./Slices.ts";

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
  const seen = new Set<string>();
  const pending = [root];
  let looks = 0;
  let shared = false;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (seen.has(next.hash)) {
      shared = true;
      continue;
    }
    seen.add(next.hash);
    if (!ObjectStore.has(store, next)) return next;
    const directory = ObjectStore.findDirectory(store, next);
    if (directory === undefined) return next;
    for (const entry of directory.entries.values()) {
      if (entry.type === "file") {
        if (!ObjectStore.has(store, entry.digest)) return entry.digest;
        if (++looks % slice === 0) yield;
      } else if (entry.type === "directory") {
        pending.push(DirectoryCodec.digestOfEntry(entry.tree));
      }
    }
  }
  if (shared) yield* Entries.check(root, ObjectStore.reader(store));
  ObjectStore.noteWhole(store, [root]);
  return undefined;
}

/** Every blob of a tree, each once: its directories and the files they name. Raises when a directory is missing. */
export function* blobs(store: ObjectStore.ObjectStore, root: Digest): Generator<void, readonly Digest[]> {
  const found = new Map<string, Digest>();
  // A file may have the bytes of a directory, as in a tree of what a store holds.
  const seen = new Set<string>();
  const pending = [root];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (seen.has(next.hash)) continue;
    seen.add(next.hash);
    found.set(next.hash, next);
    if (seen.size % 512 === 0) yield;
    for (const entry of ObjectStore.readDirectory(store, next).entries.values()) {
      if (entry.type === "file") found.set(entry.digest.hash, entry.digest);
      else if (entry.type === "directory") pending.push(DirectoryCodec.digestOfEntry(entry.tree));
    }
  }
  return [...found.values()];
}
