/**
 * Extracted roots under the cache directory, by the digest of their tree: `roots/HASH/tree`, with `entry.json` beside it.
 *
 * Any number of processes share them without a lock. A root appears by one rename, complete. Who uses it leaves a file with its owner's name in
 * `roots/HASH/used`; who evicts renames the root away first and looks for such files of living owners then: finding one, it renames the root
 * back. A user therefore looks once more, after leaving its file, whether the root is there.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Directory } from "@millrace/core/tree/Directory";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as ObjectStore from "../cas/ObjectStore.ts";
import * as Extract from "./Extract.ts";
import * as FilePool from "./FilePool.ts";
import * as Owners from "./Owners.ts";

export interface RootCache {
  readonly store: ObjectStore.ObjectStore;
  readonly directory: string;
  /** Roots that this process knows, most recently used last. */
  readonly recent: Map<string, Directory>;
  /** Bytes that roots may take together, each counted as if it shared nothing. */
  readonly maximumBytes: number;
  readonly maximumRoots: number;
}

export interface Limits {
  readonly maximumBytes?: number | undefined;
  readonly maximumRoots?: number | undefined;
}

interface Entry {
  readonly size: number;
  readonly files: number;
  readonly bytes: number;
}

/** How many roots are compared with a wanted one. */
const candidates = 12;

export function open(store: ObjectStore.ObjectStore, limits: Limits = {}): RootCache {
  const directory = join(store.privateDirectory, "roots");
  mkdirSync(join(directory, "tmp"), { recursive: true });
  Owners.clean(join(directory, "tmp"));
  const cache: RootCache = {
    store,
    directory,
    recent: new Map(),
    maximumBytes: limits.maximumBytes ?? 40 * 1024 ** 3,
    maximumRoots: limits.maximumRoots ?? 64,
  };
  for (const { hash, size } of entries(cache).slice(0, candidates).reverse()) {
    const tree = ObjectStore.findDirectory(store, { hash, size });
    if (tree !== undefined) cache.recent.set(hash, tree);
  }
  return cache;
}

/** The path of a root's tree. */
export function path(cache: RootCache, hash: string): string {
  return join(cache.directory, hash, "tree");
}

/** All roots with their sizes, most recently used first. */
function entries(
  cache: RootCache,
): readonly { readonly hash: string; readonly size: number; readonly bytes: number; readonly time: number }[] {
  const found = [];
  for (const hash of Owners.list(cache.directory)) {
    if (hash === "tmp") continue;
    try {
      const file = join(cache.directory, hash, "entry.json");
      const { size, bytes } = JSON.parse(readFileSync(file, "utf8")) as Entry;
      found.push({ hash, size, bytes, time: statSync(file).mtimeMs });
    } catch {
      // Somebody evicts it right now.
    }
  }
  return found.sort((a, b) => b.time - a.time);
}

/** The root that a wanted tree differs least from, and how much; only roots that nothing has to be taken away from. */
export function nearest(
  cache: RootCache,
  target: Directory,
  limit: number,
): { readonly hash: string; readonly tree: Directory } | undefined {
  const wanted = DirectoryCodec.digestOf(target).hash;
  let best: { hash: string; tree: Directory } | undefined;
  let smallest = limit;
  for (const [hash, tree] of [...cache.recent].reverse().slice(0, candidates)) {
    if (hash === wanted) return { hash, tree };
    const difference = Extract.difference(tree, target, ObjectStore.reader(cache.store), smallest);
    if (difference === undefined) continue;
    best = { hash, tree };
    smallest = difference.entries - 1;
    if (smallest < 0) break;
  }
  return best;
}

/** Says that this process uses a root; false when it is not there. */
export function use(cache: RootCache, hash: string, user: string): boolean {
  const root = join(cache.directory, hash);
  try {
    writeFileSync(join(root, "used", user), "");
    const now = Date.now() / 1000;
    utimesSync(join(root, "entry.json"), now, now);
    return true;
  } catch {
    cache.recent.delete(hash);
    return false;
  }
}

export function release(cache: RootCache, hash: string, user: string): void {
  rmSync(join(cache.directory, hash, "used", user), { force: true });
}

/** Extracts a root, unless it is there. */
export function* extract(cache: RootCache, tree: Directory): Generator<void, string> {
  // Its address must lead to it in later processes too.
  const { hash, size } = ObjectStore.putTree(cache.store, tree);
  if (statSync(path(cache, hash), { throwIfNoEntry: false }) === undefined) {
    const temporary = join(cache.directory, "tmp", Owners.name());
    try {
      mkdirSync(join(temporary, "tree"), { recursive: true });
      mkdirSync(join(temporary, "used"));
      const { files, bytes } = yield* Extract.whole(cache.store, tree, join(temporary, "tree"), true);
      writeFileSync(join(temporary, "entry.json"), JSON.stringify({ size, files, bytes } satisfies Entry));
      evict(cache, bytes);
      renameSync(temporary, join(cache.directory, hash));
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      // Another process was faster.
      if (code !== "ENOTEMPTY" && code !== "EEXIST") throw cause;
    } finally {
      Owners.remove(temporary);
    }
  }
  remember(cache, hash, tree);
  return hash;
}

/** Marks a root as the most recently used one. */
export function remember(cache: RootCache, hash: string, tree: Directory): void {
  cache.recent.delete(hash);
  cache.recent.set(hash, tree);
  const oldest = cache.recent.keys().next().value;
  if (cache.recent.size > candidates && oldest !== undefined) cache.recent.delete(oldest);
}

/** Makes room: the least recently used roots that nobody uses go, then the files that no root links to. */
export function evict(cache: RootCache, needed: number): void {
  const all = entries(cache);
  let bytes = needed + all.reduce((sum, entry) => sum + entry.bytes, 0);
  let count = all.length + 1;
  let gone = 0;
  for (const entry of [...all].reverse()) {
    if (bytes <= cache.maximumBytes && count <= cache.maximumRoots) break;
    if (!remove(cache, entry.hash)) continue;
    bytes -= entry.bytes;
    count--;
    gone++;
  }
  if (gone > 0) FilePool.sweep(cache.store.privateDirectory);
}

function remove(cache: RootCache, hash: string): boolean {
  const root = join(cache.directory, hash);
  const away = join(cache.directory, "tmp", Owners.name());
  try {
    renameSync(root, away);
  } catch {
    return false;
  }
  if (Owners.list(join(away, "used")).some(Owners.lives)) {
    try {
      renameSync(away, root);
      return false;
    } catch {
      // It was extracted anew meanwhile; those who use the old one keep it until they end.
      return false;
    }
  }
  cache.recent.delete(hash);
  Owners.remove(away);
  return true;
}
