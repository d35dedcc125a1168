/**
 * Trees written as directories for a sandbox: a whole root, as links to the file pool, or what a wanted tree has beyond one that is there
 * already, as files of its own in an upper layer.
 */
import { chmodSync, mkdirSync, symlinkSync, utimesSync } from "node:fs";
import type { Directory, DirectoryEntry, Entry, Reader } from "@millrace/core/tree/Directory";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Tree from "@millrace/core/tree/Tree";
import * as ObjectStore from "../cas/ObjectStore.ts";
import * as FilePool from "./FilePool.ts";

/** Files between two points where the caller may do something else. */
const slice = 256;

interface Writing {
  readonly store: ObjectStore.ObjectStore;
  /** Where the root is written, when its files are links to the pool. */
  readonly pooled: string | undefined;
  readonly onFile: ((path: string, entry: Entry & { readonly type: "file" }) => void) | undefined;
  entries: number;
  bytes: number;
}

export interface Extracted {
  /** Files, links and directories. */
  readonly entries: number;
  readonly bytes: number;
}

/** Writes a whole tree into a directory that exists and is empty. With `pool`, files are links to the pool; else they are the run's own. */
export function* whole(
  store: ObjectStore.ObjectStore,
  tree: Directory,
  destination: string,
  pool: boolean,
): Generator<void, Extracted> {
  const state: Writing = { store, pooled: pool ? destination : undefined, onFile: undefined, entries: 0, bytes: 0 };
  yield* writeDirectory(state, tree, destination);
  return { entries: state.entries, bytes: state.bytes };
}

function* writeDirectory(state: Writing, tree: Directory, path: string): Generator<void, void> {
  for (const [name, entry] of tree.entries) {
    yield* writeEntry(state, entry, `${path}/${name}`);
  }
  finishDirectory(tree, path);
}

function* writeEntry(state: Writing, entry: Entry, path: string): Generator<void, void> {
  if (entry.type === "directory") {
    mkdirSync(path);
    yield* writeDirectory(state, open(state.store, entry), path);
  } else if (entry.type === "symlink") {
    symlinkSync(entry.target, path);
    FilePool.setLinkTime(path);
  } else {
    if (state.pooled === undefined) FilePool.write(state.store, entry, path);
    else FilePool.link(state.store, entry, path, path.slice(state.pooled.length));
    state.onFile?.(path, entry);
    state.bytes += entry.digest.size;
  }
  if (++state.entries % slice === 0) yield;
}

function open(store: ObjectStore.ObjectStore, entry: DirectoryEntry): Directory {
  return Tree.open(entry, ObjectStore.reader(store));
}

/** Mode and time of a directory whose content is complete. */
export function finishDirectory(tree: Directory | undefined, path: string): void {
  chmodSync(path, 0o755);
  const time = FilePool.seconds(tree?.mtime);
  utimesSync(path, time, time);
}

/** What a tree has that another has not. */
export interface Difference {
  /** Number of files and links to write. */
  readonly entries: number;
  readonly bytes: number;
}

/**
 * How much of `target` an upper layer over `base` must hold; undefined when it would take more than `limit` entries, or when something of `base` would have to
 * go, which this does not do.
 */
export function difference(base: Directory, target: Directory, reader: Reader, limit: number): Difference | undefined {
  const sum = { entries: 0, bytes: 0 };
  return compare(base, target, reader, limit, sum) ? sum : undefined;
}

interface Sum {
  entries: number;
  bytes: number;
}

function compare(base: Directory, target: Directory, reader: Reader, limit: number, sum: Sum): boolean {
  for (const [name, entry] of base.entries) {
    const wanted = target.entries.get(name);
    if (wanted === undefined) return false;
    // A directory replaced as a whole by another kind of thing needs no mark either.
    if (entry.type === "directory" && wanted.type === "directory" && !same(entry, wanted)) {
      if (!compare(Tree.open(entry, reader), Tree.open(wanted, reader), reader, limit, sum)) return false;
    }
  }
  for (const [name, wanted] of target.entries) {
    const entry = base.entries.get(name);
    if (wanted.type === "directory") {
      if (entry?.type === "directory") continue;
      if (!count(Tree.open(wanted, reader), reader, limit, sum)) return false;
    } else if (entry === undefined || !Tree.sameLeaf(entry, wanted)) {
      if (++sum.entries > limit) return false;
      if (wanted.type === "file") sum.bytes += wanted.digest.size;
    }
  }
  return true;
}

function count(tree: Directory, reader: Reader, limit: number, sum: Sum): boolean {
  if (++sum.entries > limit) return false;
  for (const entry of tree.entries.values()) {
    if (entry.type === "directory") {
      if (!count(Tree.open(entry, reader), reader, limit, sum)) return false;
    } else {
      if (++sum.entries > limit) return false;
      if (entry.type === "file") sum.bytes += entry.digest.size;
    }
  }
  return true;
}

function same(a: DirectoryEntry, b: DirectoryEntry): boolean {
  return a.tree === b.tree || DirectoryCodec.digestOfEntry(a.tree).hash === DirectoryCodec.digestOfEntry(b.tree).hash;
}

/** Writes what `target` has beyond `base` as a layer to lie over it, as links to the file pool. */
export function* layer(
  store: ObjectStore.ObjectStore,
  base: Directory,
  target: Directory,
  destination: string,
): Generator<void, Extracted> {
  const state: Writing = { store, pooled: destination, onFile: undefined, entries: 0, bytes: 0 };
  yield* writeBeyond(state, base, target, destination);
  return { entries: state.entries, bytes: state.bytes };
}

/** Writes what `target` has beyond `base` into an empty upper layer; `onFile` hears of each file. */
export function* beyond(
  store: ObjectStore.ObjectStore,
  base: Directory,
  target: Directory,
  upper: string,
  onFile: (path: string, entry: Entry & { readonly type: "file" }) => void,
): Generator<void, Extracted> {
  const state: Writing = { store, pooled: undefined, onFile, entries: 0, bytes: 0 };
  yield* writeBeyond(state, base, target, upper);
  return { entries: state.entries, bytes: state.bytes };
}

function* writeBeyond(state: Writing, base: Directory, target: Directory, path: string): Generator<void, void> {
  for (const [name, wanted] of target.entries) {
    const entry = base.entries.get(name);
    const child = `${path}/${name}`;
    if (wanted.type === "directory" && entry?.type === "directory") {
      if (same(entry, wanted)) continue;
      mkdirSync(child);
      yield* writeBeyond(state, open(state.store, entry), open(state.store, wanted), child);
    } else if (entry === undefined || entry.type === "directory" || !sameEntry(entry, wanted)) {
      yield* writeEntry(state, wanted, child);
    }
  }
  finishDirectory(target, path);
}

function sameEntry(a: Entry, b: Entry): boolean {
  return a.type !== "directory" && b.type !== "directory" && Tree.sameLeaf(a, b);
}
