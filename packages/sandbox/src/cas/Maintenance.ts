/**
 * Looking after a cache directory: what takes how much space, whether every object is what its name says, and taking out what nobody needs.
 *
 * All of it runs beside builds. Nothing that a running process counts on is removed (see `Presence`); a damaged object is moved aside into
 * `cachedir/millrace/quarantine`, so that whoever needs it makes it again, and can be looked at there.
 */
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, type Stats } from "node:fs";
import { join } from "node:path";
import type { Digest } from "@millrace/core/tree/Digest";
import * as Owners from "../staging/Owners.ts";
import * as Census from "./Census.ts";
import * as Expiry from "./Expiry.ts";
import * as FileHash from "./FileHash.ts";
import * as Leftovers from "./Leftovers.ts";
import * as ObjectStore from "./ObjectStore.ts";
import * as Presence from "./Presence.ts";
import * as Records from "./Records.ts";
import * as Usage from "./Usage.ts";

/** One line of disk use. */
export interface Share {
  readonly kind: string;
  readonly count: number;
  /** Bytes on disk, a file with several names counted once. */
  readonly bytes: number;
}

/** Disk use by kind. */
export function* inventory(cachedir: string, sourcedir: string, logdir: string): Generator<void, readonly Share[]> {
  const places: readonly (readonly [string, string])[] = [
    ["objects", join(cachedir, "cas/objects")],
    ["artifact records", join(cachedir, "artifacts/refs")],
    ["source records", join(cachedir, "source_protos")],
    ["element source records", join(cachedir, "elementsources")],
    ["files of extracted roots", join(cachedir, "millrace/files")],
    ["extracted roots", join(cachedir, "millrace/roots")],
    ["executable copies", join(cachedir, "millrace/executable")],
    ["integrated results", join(cachedir, "millrace/integrated")],
    ["inputs of elements", join(cachedir, "millrace/inputs")],
    ["quarantine", join(cachedir, "millrace/quarantine")],
    ["downloads", sourcedir],
    ["logs", logdir],
  ];
  const seen = new Set<number>();
  const shares: Share[] = [];
  for (const [kind, directory] of places) {
    let count = 0;
    let bytes = 0;
    for (const stats of files(directory)) {
      count++;
      if (stats.nlink > 1 && seen.has(stats.ino)) continue;
      if (stats.nlink > 1) seen.add(stats.ino);
      bytes += stats.blocks * 512;
      if (count % 2048 === 0) yield;
    }
    shares.push({ kind, count, bytes });
  }
  return shares;
}

function* files(directory: string): Generator<Stats> {
  const pending = [directory];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    let entries: readonly { readonly name: string; readonly isDirectory: () => boolean }[];
    try {
      entries = readdirSync(next, { withFileTypes: true });
    } catch {
      // It went meanwhile, or is a directory of a build that lets nobody in.
      continue;
    }
    for (const entry of entries) {
      const path = `${next}/${entry.name}`;
      if (entry.isDirectory()) pending.push(path);
      else {
        const stats = lstatSync(path, { throwIfNoEntry: false });
        if (stats !== undefined) yield stats;
      }
    }
  }
}

/** What verification found. */
export interface Verified {
  readonly objects: number;
  readonly bytes: number;
  /** Hashes of objects that were not what their names say. */
  readonly damaged: readonly string[];
  /** Names of records that need one of these, or are damaged themselves. */
  readonly hit: readonly string[];
}

/** Hashes every object; puts those that are damaged into quarantine and finds out who needs them. */
export function* verify(store: ObjectStore.ObjectStore, cachedir: string): Generator<void, Verified> {
  const quarantine = join(store.privateDirectory, "quarantine");
  const damaged = new Set<string>();
  let objects = 0;
  let bytes = 0;
  for (const { path, hash, stats } of Usage.objects(store)) {
    let actual: Digest;
    try {
      actual = FileHash.hashFile(path);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ENOENT") continue;
      throw cause;
    }
    objects++;
    bytes += stats.size;
    if (actual.hash !== hash) {
      damaged.add(hash);
      mkdirSync(quarantine, { recursive: true });
      renameSync(path, join(quarantine, hash));
      ObjectStore.unsee(store, hash);
      store.directories.delete(hash);
    }
    if (objects % 64 === 0) yield;
  }
  const hit: string[] = [];
  const isHit = Census.treeQuestion(store, (digest) => damaged.has(digest.hash));
  const reads = (digest: Digest) =>
    damaged.has(digest.hash) || (existsSync(ObjectStore.path(store, digest)) && isHit(digest));
  for (const { name, content } of Census.holders(cachedir)) {
    if (content === undefined) hit.push(name);
    else if (damaged.size > 0) {
      const { required, optional } = content;
      const blobs = [...required.blobs, ...optional.blobs];
      if (blobs.some(({ hash }) => damaged.has(hash)) || [...required.trees, ...optional.trees].some(reads))
        hit.push(name);
    }
    yield;
  }
  return { objects, bytes, damaged: [...damaged], hit };
}

/** What collection removed. */
export interface Collected {
  readonly objects: number;
  readonly bytes: number;
  /** Records whose content was gone. */
  readonly records: number;
}

/**
 * Removes what no record reaches, records whose content is gone, what can be made again, and what killed processes left. In a `partial` store, which has something
 * behind it, content that is not here is not gone.
 */
export function* collect(
  store: ObjectStore.ObjectStore,
  cachedir: string,
  partial: boolean,
): Generator<void, Collected> {
  const { renewBefore } = store.pace;
  // Asking who needs an object is no use of it.
  store.pace.renewBefore = Number.NEGATIVE_INFINITY;
  try {
    return yield* sweep(store, cachedir, partial);
  } finally {
    store.pace.renewBefore = renewBefore;
  }
}

function* sweep(store: ObjectStore.ObjectStore, cachedir: string, partial: boolean): Generator<void, Collected> {
  const now = Date.now();
  const horizon = Presence.horizon(store.privateDirectory, now);
  Leftovers.clean(store, cachedir);
  const reached = new Set<string>();
  const there = new Map<string, boolean>();
  const missing = (digest: Digest): boolean => {
    const known = there.get(digest.hash) ?? existsSync(ObjectStore.path(store, digest));
    there.set(digest.hash, known);
    return !known;
  };
  const incomplete = Census.treeQuestion(store, missing);
  let records = 0;
  for (const { content, path, mtime } of Census.holders(cachedir)) {
    const whole =
      content !== undefined &&
      (partial || (!content.required.blobs.some(missing) && !content.required.trees.some(incomplete)));
    if (!whole) {
      if (mtime < horizon && Records.remove(path.base, path.name)) records++;
      continue;
    }
    for (const { trees, blobs } of [content.required, content.optional]) {
      for (const blob of blobs) reached.add(blob.hash);
      for (const tree of trees) yield* Census.reach(store, tree, reached);
    }
    yield;
  }
  Expiry.dropExtras(store, horizon);
  for (const { path, stats } of Usage.shelved(join(store.privateDirectory, "files")))
    if (stats.nlink === 1 && stats.mtimeMs < horizon && stats.ctimeMs < horizon) rmSync(path, { force: true });
  // What integrations and nested actions once gave only saves time too, and what elements were only explains.
  for (const name of ["integrated", "actions", "inputs"])
    for (const { path, stats } of Usage.shelved(join(store.privateDirectory, name)))
      if (stats.mtimeMs < now - unusedIndex) rmSync(path, { force: true });
  // Indexes of directories that were not captured for long only save time.
  for (const name of Owners.list(join(store.privateDirectory, "captured"))) {
    const path = join(store.privateDirectory, "captured", name);
    if ((lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now) < now - unusedIndex) rmSync(path, { force: true });
  }
  let objects = 0;
  let bytes = 0;
  let left = 0;
  for (const object of Usage.objects(store)) {
    if (!reached.has(object.hash) && Expiry.remove(store, object, horizon)) {
      objects++;
      bytes += object.stats.size;
    } else left += object.stats.size;
    if (objects % 512 === 511) yield;
  }
  Usage.record(store, left, now);
  return { objects, bytes, records };
}

/** Milliseconds (thirty days). */
const unusedIndex = 30 * 86_400_000;

/** The bytes of a quarantined object, for tests and the curious. */
export function quarantined(store: ObjectStore.ObjectStore, hash: string): Uint8Array {
  return readFileSync(join(store.privateDirectory, "quarantine", hash));
}
