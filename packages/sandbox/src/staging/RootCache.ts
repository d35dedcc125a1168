/**
 * Extracted roots under the cache directory, by the digest of their tree: `roots/HASH/tree`, with `entry.json` beside it. A root that differs little
 * from another holds only what it has beyond it, as a layer over it.
 *
 * Layers are kept as a binary counter keeps its digits: each is larger than the one over it, and where a new one would not be smaller than the one below,
 * both become one. So a chain of elements that each add a little costs each file a few links in all, and a root has as many layers as the logarithm
 * of what was added.
 *
 * Any number of processes share the roots without a lock. A root appears by one rename, complete. Who uses it leaves a mark with its owner's name in
 * `roots/HASH/used`, once for the whole process; who evicts renames the root away first and looks for marks of living owners then: finding one, it
 * renames the root back. A user therefore leaves its mark by a link, which fails when the root is gone.
 *
 * What there is was read from disk once, at the beginning: nothing done for one element grows with the number of roots.
 */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BstError } from "@millrace/core/error/BstError";
import type { Directory } from "@millrace/core/tree/Directory";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as ObjectStore from "../cas/ObjectStore.ts";
import * as Spread from "../cas/Spread.ts";
import * as Extract from "./Extract.ts";
import * as FilePool from "./FilePool.ts";
import * as Owners from "./Owners.ts";

export interface RootCache {
  readonly store: ObjectStore.ObjectStore;
  readonly directory: string;
  /** Roots that this process knows, most recently used last. */
  readonly recent: Map<string, Directory>;
  /** What is known of roots on disk, by hash. An entry never changes; it may have been evicted by another process since. */
  readonly known: Map<string, Entry>;
  /** How many runs of this process use a root now, for all that it has marked. */
  readonly marked: Map<string, number>;
  /** Bytes that roots may take together, each counted as if it shared nothing. */
  readonly maximumBytes: number;
  readonly maximumRoots: number;
}

export interface Limits {
  readonly maximumBytes?: number | undefined;
  readonly maximumRoots?: number | undefined;
}

interface Entry {
  /** Of the directory message, so that the tree can be read. */
  readonly size: number;
  /** Files, links and directories of this layer. */
  readonly entries: number;
  readonly bytes: number;
  /** The root that this one is a layer over. */
  readonly parent?: string | undefined;
  /** Layers below this one. */
  readonly height: number;
}

/** How many roots are compared with a wanted one. */
const candidates = 12;
/** More layers than this would make every look-up of a file slower, and mount options longer than the page that the kernel takes. */
const maximumHeight = 10;

function directoryOf({ privateDirectory }: ObjectStore.ObjectStore): string {
  return join(privateDirectory, "roots");
}

/** Where roots are while they are made. */
export function making(store: ObjectStore.ObjectStore): string {
  return join(directoryOf(store), "tmp");
}

export function open(store: ObjectStore.ObjectStore, limits: Limits = {}): RootCache {
  const directory = directoryOf(store);
  Spread.make([making(store), join(store.privateDirectory, "files")]);
  Owners.clean(making(store));
  const cache: RootCache = {
    store,
    directory,
    recent: new Map(),
    known: new Map(),
    marked: new Map(),
    maximumBytes: limits.maximumBytes ?? 40 * 1024 ** 3,
    maximumRoots: limits.maximumRoots ?? 256,
  };
  for (const { hash, size } of scan(cache).slice(0, candidates).reverse()) {
    const tree = ObjectStore.findDirectory(store, { hash, size });
    if (tree !== undefined) cache.recent.set(hash, tree);
  }
  return cache;
}

/** Takes this process' marks away. */
export function close(cache: RootCache): void {
  for (const hash of cache.marked.keys()) rmSync(mark(cache, hash), { force: true });
  cache.marked.clear();
  rmSync(emptyFile(cache), { force: true });
}

function emptyFile(cache: RootCache): string {
  return join(cache.directory, "tmp", `${Owners.owner()}-mark`);
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
  const known = cache.known.get(hash);
  if (known !== undefined) return known;
  try {
    const entry = JSON.parse(readFileSync(join(cache.directory, hash, "entry.json"), "utf8")) as Entry;
    cache.known.set(hash, entry);
    return entry;
  } catch {
    // Somebody evicts it right now.
    return undefined;
  }
}

function forget(cache: RootCache, hash: string): void {
  cache.known.delete(hash);
  cache.recent.delete(hash);
}

interface Listed extends Entry {
  readonly hash: string;
  readonly time: number;
}

/** Reads again what is on disk; all roots, most recently used first. */
function scan(cache: RootCache): readonly Listed[] {
  const found: Listed[] = [];
  cache.known.clear();
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
): { readonly hash: string; readonly tree: Directory; readonly entries: number } | undefined {
  const wanted = DirectoryCodec.digestOf(target).hash;
  let best: { hash: string; tree: Directory; entries: number } | undefined;
  let smallest = limit;
  for (const [hash, tree] of [...cache.recent].reverse()) {
    if (hash === wanted) return { hash, tree, entries: 0 };
    const difference = differenceFrom(cache, hash, tree, target, smallest);
    if (difference === undefined) continue;
    best = { hash, tree, entries: difference.entries };
    smallest = difference.entries - 1;
    if (smallest < 0) break;
  }
  return best;
}

/** How much a wanted tree has beyond a root. A root whose directories expired cannot be compared any more, and is forgotten. */
function differenceFrom(cache: RootCache, hash: string, tree: Directory, target: Directory, limit: number) {
  try {
    return Extract.difference(tree, target, ObjectStore.reader(cache.store), limit);
  } catch (cause) {
    if (!(cause instanceof BstError)) throw cause;
    cache.recent.delete(hash);
    return undefined;
  }
}

function mark(cache: RootCache, hash: string): string {
  return join(cache.directory, hash, "used", Owners.owner());
}

/** Says that a run uses a root and all it lies over; false when something of it is not there. Each use is followed by one {@link release}. */
export function use(cache: RootCache, hash: string): boolean {
  const layers = chain(cache, hash);
  for (const [at, layer] of layers.entries()) {
    if (hold(cache, layer)) continue;
    for (const taken of layers.slice(0, at)) cache.marked.set(taken, (cache.marked.get(taken) ?? 1) - 1);
    forget(cache, layer);
    forget(cache, hash);
    // What it lies over was evicted while it was made, or removed by hand: it is of no use to anybody.
    if (layer !== hash) {
      cache.marked.delete(hash);
      Owners.remove(join(cache.directory, hash));
    }
    return false;
  }
  return true;
}

function hold(cache: RootCache, layer: string): boolean {
  const uses = cache.marked.get(layer);
  const root = join(cache.directory, layer);
  try {
    if (uses === undefined) {
      Owners.clean(join(root, "used"));
      leave(cache, layer);
      const now = Date.now() / 1000;
      utimesSync(join(root, "entry.json"), now, now);
    }
  } catch {
    return false;
  }
  cache.marked.set(layer, (uses ?? 0) + 1);
  return true;
}

/** Leaves this process' mark: a further link to one empty file, which is cheaper than a file. */
function leave(cache: RootCache, layer: string): void {
  const empty = emptyFile(cache);
  for (let attempt = 0; ; attempt++) {
    try {
      linkSync(empty, mark(cache, layer));
      return;
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === "EEXIST") return;
      if (code === "EMLINK" || code === "EPERM") {
        writeFileSync(mark(cache, layer), "");
        return;
      }
      if (code !== "ENOENT" || attempt > 0) throw cause;
      writeFileSync(empty, "");
    }
  }
}

/** Ends one use. The mark stays until the process ends or wants to evict the root. */
export function release(cache: RootCache, hash: string): void {
  for (const layer of chain(cache, hash)) {
    const uses = cache.marked.get(layer);
    if (uses !== undefined) cache.marked.set(layer, Math.max(0, uses - 1));
  }
}

/** Extracts a root, unless it is there. */
export function* extract(cache: RootCache, tree: Directory): Generator<void, string> {
  // Its address must lead to it in later processes too.
  const { hash, size } = ObjectStore.putTree(cache.store, tree);
  if (statSync(join(cache.directory, hash, "tree"), { throwIfNoEntry: false }) === undefined) {
    const temporary = join(cache.directory, "tmp", Owners.name());
    let gone = true;
    try {
      mkdirSync(join(temporary, "tree"), { recursive: true });
      mkdirSync(join(temporary, "used"));
      const below = parentFor(cache, tree);
      const destination = join(temporary, "tree");
      const { entries, bytes } =
        below === undefined
          ? yield* Extract.whole(cache.store, tree, destination, true)
          : yield* Extract.layer(cache.store, below.tree, tree, destination);
      const height = below === undefined ? 0 : below.height + 1;
      const entry: Entry = { size, entries, bytes, parent: below?.hash, height };
      writeFileSync(join(temporary, "entry.json"), JSON.stringify(entry));
      // The clock that later uses are told by; the file system's own may lag behind it.
      const now = Date.now() / 1000;
      utimesSync(join(temporary, "entry.json"), now, now);
      evict(cache, bytes, below === undefined ? [] : chain(cache, below.hash));
      renameSync(temporary, join(cache.directory, hash));
      gone = false;
      cache.known.set(hash, entry);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      // Another process was faster.
      if (code !== "ENOTEMPTY" && code !== "EEXIST") throw cause;
      cache.known.delete(hash);
    } finally {
      if (gone) Owners.remove(temporary);
    }
  }
  remember(cache, hash, tree);
  return hash;
}

/** The root to make a new one a layer of: the nearest one, or what that lies over when the new layer would not be smaller than what is below it. */
function parentFor(
  cache: RootCache,
  tree: Directory,
): { readonly hash: string; readonly tree: Directory; readonly height: number } | undefined {
  let below = nearest(cache, tree, layerLimit);
  while (below !== undefined) {
    const entry = read(cache, below.hash);
    if (entry === undefined) return undefined;
    if (entry.height < maximumHeight && entry.entries > below.entries) return { ...below, height: entry.height };
    const hash = entry.parent;
    const size = hash === undefined ? undefined : read(cache, hash)?.size;
    if (hash === undefined || size === undefined) return undefined;
    const next = ObjectStore.findDirectory(cache.store, { hash, size });
    const difference = next === undefined ? undefined : differenceFrom(cache, hash, next, tree, layerLimit);
    if (next === undefined || difference === undefined) return undefined;
    below = { hash, tree: next, entries: difference.entries };
  }
  return undefined;
}

/** Entries of a layer at most; above this a root of its own costs little more. */
const layerLimit = 20_000;

/** Marks a root as the most recently used one. */
export function remember(cache: RootCache, hash: string, tree: Directory): void {
  cache.recent.delete(hash);
  cache.recent.set(hash, tree);
  const oldest = cache.recent.keys().next().value;
  if (cache.recent.size > candidates && oldest !== undefined) cache.recent.delete(oldest);
}

/**
 * Makes room: the least recently used roots that nobody uses go, then the files that no root links to. As this looks at all there is, it makes room for
 * more than the one that asks. Roots of `keep` stay.
 */
export function evict(cache: RootCache, needed: number, keep: readonly string[] = []): void {
  let bytes = needed;
  for (const entry of cache.known.values()) bytes += entry.bytes;
  if (bytes <= cache.maximumBytes && cache.known.size + 1 <= cache.maximumRoots) return;
  const all = scan(cache);
  bytes = needed + all.reduce((sum, entry) => sum + entry.bytes, 0);
  let count = all.length + 1;
  let gone = 0;
  const over = new Set(all.map(({ parent }) => parent));
  for (const entry of [...all].reverse()) {
    if (bytes <= cache.maximumBytes * roomy && count <= Math.ceil(cache.maximumRoots * roomy)) break;
    // What lies over it goes first; it is older than this root's last use then, and the next eviction finds this one free.
    if (over.has(entry.hash) || keep.includes(entry.hash)) continue;
    if (!remove(cache, entry.hash)) continue;
    bytes -= entry.bytes;
    count--;
    gone++;
  }
  if (gone > 0) FilePool.sweep(cache.store.privateDirectory);
}

/** Share of the limits that an eviction leaves. */
const roomy = 0.75;

function remove(cache: RootCache, hash: string): boolean {
  const uses = cache.marked.get(hash);
  if (uses !== undefined) {
    if (uses > 0) return false;
    rmSync(mark(cache, hash), { force: true });
    cache.marked.delete(hash);
  }
  const root = join(cache.directory, hash);
  const away = join(cache.directory, "tmp", Owners.name());
  // Even for a moment a root in use must not be away: somebody may be mounting it.
  if (Owners.list(join(root, "used")).some(Owners.lives)) return false;
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
  forget(cache, hash);
  Owners.remove(away);
  return true;
}
