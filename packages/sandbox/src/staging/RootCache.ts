/**
 * Extracted roots under the cache directory, by the digest of their tree: `roots/HASH/tree`, with `entry.json` beside it. A root that differs little
 * from another holds only what it has beyond it, as a layer over it.
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
  /** The root that this one is a layer over. */
  readonly parent?: string | undefined;
  /** Layers below this one. */
  readonly height: number;
}

/** How many roots are compared with a wanted one. */
const candidates = 12;
/** More layers than this would make every look-up of a file slower, and mount options too long. */
const maximumHeight = 6;

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

/** The directories of a root's layers, uppermost first. */
export function layers(cache: RootCache, hash: string): readonly string[] {
  return chain(cache, hash).map((layer) => join(cache.directory, layer, "tree"));
}

/** A root and those it is a layer over. */
function chain(cache: RootCache, hash: string): readonly string[] {
  const hashes: string[] = [];
  for (let next: string | undefined = hash; next !== undefined; next = read(cache, next)?.parent) hashes.push(next);
  return hashes;
}

function read(cache: RootCache, hash: string): Entry | undefined {
  try {
    return JSON.parse(readFileSync(join(cache.directory, hash, "entry.json"), "utf8")) as Entry;
  } catch {
    // Somebody evicts it right now.
    return undefined;
  }
}

interface Listed extends Entry {
  readonly hash: string;
  readonly time: number;
}

/** All roots, most recently used first. */
function entries(cache: RootCache): readonly Listed[] {
  const found: Listed[] = [];
  for (const hash of Owners.list(cache.directory)) {
    if (hash === "tmp") continue;
    const entry = read(cache, hash);
    const stats = statSync(join(cache.directory, hash, "entry.json"), { throwIfNoEntry: false });
    if (entry !== undefined && stats !== undefined) found.push({ ...entry, hash, time: stats.mtimeMs });
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

/** Says that this process uses a root and all it lies over; false when something of it is not there. */
export function use(cache: RootCache, hash: string, user: string): boolean {
  const now = Date.now() / 1000;
  for (const layer of chain(cache, hash)) {
    const root = join(cache.directory, layer);
    try {
      writeFileSync(join(root, "used", user), "");
      utimesSync(join(root, "entry.json"), now, now);
    } catch {
      cache.recent.delete(hash);
      // What it lies over was evicted while it was made, or removed by hand: it is of no use to anybody.
      if (layer !== hash) Owners.remove(join(cache.directory, hash));
      return false;
    }
  }
  return true;
}

export function release(cache: RootCache, hash: string, user: string): void {
  for (const layer of chain(cache, hash)) rmSync(join(cache.directory, layer, "used", user), { force: true });
}

/** Extracts a root, unless it is there. */
export function* extract(cache: RootCache, tree: Directory): Generator<void, string> {
  // Its address must lead to it in later processes too.
  const { hash, size } = ObjectStore.putTree(cache.store, tree);
  if (statSync(join(cache.directory, hash, "tree"), { throwIfNoEntry: false }) === undefined) {
    const temporary = join(cache.directory, "tmp", Owners.name());
    try {
      mkdirSync(join(temporary, "tree"), { recursive: true });
      mkdirSync(join(temporary, "used"));
      const below = parentFor(cache, tree);
      const destination = join(temporary, "tree");
      const { files, bytes } =
        below === undefined
          ? yield* Extract.whole(cache.store, tree, destination, true)
          : yield* Extract.layer(cache.store, below.tree, tree, destination, below.height + 1);
      const height = below === undefined ? 0 : below.height + 1;
      const entry: Entry = { size, files, bytes, parent: below?.hash, height };
      writeFileSync(join(temporary, "entry.json"), JSON.stringify(entry));
      // The clock that later uses are told by; the file system's own may lag behind it.
      const now = Date.now() / 1000;
      utimesSync(join(temporary, "entry.json"), now, now);
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

/** The root to make a new one a layer of: worth it when the layer is smaller than what it lies over. */
function parentFor(
  cache: RootCache,
  tree: Directory,
): { readonly hash: string; readonly tree: Directory; readonly height: number } | undefined {
  const found = nearest(cache, tree, layerLimit);
  if (found === undefined) return undefined;
  const entry = read(cache, found.hash);
  if (entry === undefined || entry.height >= maximumHeight) return undefined;
  const reader = ObjectStore.reader(cache.store);
  const { entries = 0 } = Extract.difference(found.tree, tree, reader, layerLimit) ?? {};
  const below = chain(cache, found.hash).reduce((sum, hash) => sum + (read(cache, hash)?.files ?? 0), 0);
  return entries < below / 2 ? { ...found, height: entry.height } : undefined;
}

/** Files and links of a layer at most; above this a root of its own costs little more. */
const layerLimit = 20_000;

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
  const below = new Set(all.map((entry) => entry.parent));
  for (const entry of [...all].reverse()) {
    if (bytes <= cache.maximumBytes && count <= cache.maximumRoots) break;
    // What lies over it goes first; it is older than this root's last use then, and the next eviction finds this one free.
    if (below.has(entry.hash)) continue;
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
