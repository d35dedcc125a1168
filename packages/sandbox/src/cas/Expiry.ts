/**
 * Taking objects out of the store: the least recently used first, and never one that a running process counts on (see `Presence`).
 *
 * No lock keeps a process from looking at an object at the moment in which it is chosen. So an object is moved aside first and its time looked at again: one
 * that was renewed meanwhile goes back to its place.
 */
import { renameSync, rmSync, statSync, unlinkSync } from "node:fs";
import * as Owners from "../staging/Owners.ts";
import * as RootCache from "../staging/RootCache.ts";
import * as ObjectStore from "./ObjectStore.ts";
import * as Presence from "./Presence.ts";
import * as Scratch from "./Scratch.ts";
import * as Usage from "./Usage.ts";

/** What came of making room. */
export interface Outcome {
  /** Bytes of the objects that are left. */
  readonly objects: number;
  /** Bytes that what only this tool keeps still takes. */
  readonly extras: number;
  /** Objects that were removed, and their bytes. */
  readonly removed: number;
  readonly freed: number;
}

/** Removes an object unless it was used since `horizon` (milliseconds); whether it went. */
export function remove(store: ObjectStore.ObjectStore, { path, hash }: Usage.Found, horizon: number): boolean {
  const aside = Scratch.temporary(store);
  try {
    if (statSync(path).mtimeMs >= horizon) return false;
    renameSync(path, aside);
  } catch {
    return false;
  }
  if ((statSync(aside, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= horizon) {
    try {
      renameSync(aside, path);
      return false;
    } catch {
      // The directory is gone: so is the object.
    }
  }
  try {
    unlinkSync(aside);
  } catch {
    // Somebody cleaned the directory for temporary files.
  }
  ObjectStore.unsee(store, hash);
  store.directories.delete(hash);
  return true;
}

/** Bytes of what can be made again from objects: files of extracted roots and executable copies. */
function extras(store: ObjectStore.ObjectStore): number {
  let sum = 0;
  for (const name of ["files", "executable"])
    for (const { stats } of Usage.shelved(`${store.privateDirectory}/${name}`)) sum += stats.size;
  return sum;
}

/** Removes extracted roots that nobody uses, and executable copies that nobody links and nobody used since `horizon`. */
export function dropExtras(store: ObjectStore.ObjectStore, horizon: number): void {
  const cache = RootCache.open(store, { maximumBytes: 0, maximumRoots: 0 });
  const count = () => Owners.list(`${store.privateDirectory}/roots`).length;
  // A root that another one lies over goes in the pass after that one.
  for (let left = count(), before = left + 1; left < before; left = count()) {
    before = left;
    RootCache.evict(cache, 0);
  }
  for (const { path, stats } of Usage.shelved(`${store.privateDirectory}/executable`))
    if (stats.nlink === 1 && stats.mtimeMs < horizon) rmSync(path, { force: true });
}

/** Goes down to `target` bytes as far as nothing is removed that is in use: first what can be made again, then objects. */
export function run(store: ObjectStore.ObjectStore, target: number, now: number): Outcome {
  const horizon = Presence.horizon(store.privateDirectory, now);
  const found = [...Usage.objects(store)];
  let objects = found.reduce((sum, { stats }) => sum + stats.size, 0);
  let others = extras(store);
  if (objects + others > target && others > 0) {
    dropExtras(store, horizon);
    others = extras(store);
  }
  let removed = 0;
  let freed = 0;
  found.sort((a, b) => a.stats.mtimeMs - b.stats.mtimeMs);
  for (const object of found) {
    if (objects + others <= target || object.stats.mtimeMs >= horizon) break;
    if (!remove(store, object, horizon)) continue;
    objects -= object.stats.size;
    freed += object.stats.size;
    removed++;
  }
  Usage.record(store, objects, now);
  return { objects, extras: others, removed, freed };
}
