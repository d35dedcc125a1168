/**
 * How many bytes the store takes, known without looking at every object each time.
 *
 * `cachedir/millrace/usage` begins with what was measured, and when; whoever stores appends what it added, a line each. The daemon of BuildStream adds nothing
 * there, so a measurement is believed for an hour only. The sum errs upwards when a line survives the objects that it counts, which costs one
 * measurement, and downwards by what is appended in the moment of a measurement.
 */
import { appendFileSync, readdirSync, readFileSync, renameSync, type Stats, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as Owners from "../staging/Owners.ts";
import type { ObjectStore } from "./ObjectStore.ts";

/** Milliseconds for which a measurement is believed. */
const believed = 3_600_000;

/** One object on disk. */
export interface Found {
  readonly path: string;
  readonly hash: string;
  readonly stats: Stats;
}

function fileOf(store: ObjectStore): string {
  return join(store.privateDirectory, "usage");
}

/** Every object, in no order. */
export function* objects(store: ObjectStore): Generator<Found> {
  for (let n = 0; n < 256; n++) {
    const shelf = n.toString(16).padStart(2, "0");
    const directory = `${store.directory}/objects/${shelf}`;
    for (const name of Owners.list(directory)) {
      const path = `${directory}/${name}`;
      const stats = statSync(path, { throwIfNoEntry: false });
      if (stats?.isFile() === true) yield { path, hash: shelf + name, stats };
    }
  }
}

/** What the record says, and whether it can be believed; undefined when there is none. */
function recorded(store: ObjectStore, now: number): number | undefined {
  let lines: readonly string[];
  try {
    lines = readFileSync(fileOf(store), "utf8").split("\n");
  } catch {
    return undefined;
  }
  const [measured, time] = (lines[0] ?? "").split(" ").map(Number);
  if (measured === undefined || time === undefined || !(now - time < believed && now >= time)) return undefined;
  let sum = measured;
  for (const line of lines.slice(1)) sum += Number(line) || 0;
  return Number.isNaN(sum) ? undefined : Math.max(0, sum);
}

/** Bytes of all objects, as recorded or else measured now. */
export function bytes(store: ObjectStore, now: number): number {
  return recorded(store, now) ?? measure(store, now);
}

/** Looks at every object, and records the sum. */
export function measure(store: ObjectStore, now: number): number {
  let sum = 0;
  for (const { stats } of objects(store)) sum += stats.size;
  record(store, sum, now);
  return sum;
}

/** Records a sum that was measured. */
export function record(store: ObjectStore, sum: number, now: number): void {
  const name = `${fileOf(store)}.${Owners.name()}`;
  try {
    writeFileSync(name, `${sum} ${now}\n`);
    renameSync(name, fileOf(store));
  } catch {
    // The next process measures again.
  }
}

/** Adds what this process stored since it last said so. */
export function add(store: ObjectStore, amount: number): void {
  if (amount === 0) return;
  try {
    appendFileSync(fileOf(store), `${amount}\n`);
  } catch {
    // The next process measures again.
  }
}

/** The names below a directory of two levels (`ab/cdef…`), with what is known of each. */
export function* shelved(directory: string): Generator<Found> {
  for (const shelf of Owners.list(directory)) {
    let names: readonly string[];
    try {
      names = readdirSync(`${directory}/${shelf}`);
    } catch {
      continue;
    }
    for (const name of names) {
      const path = `${directory}/${shelf}/${name}`;
      const stats = statSync(path, { throwIfNoEntry: false });
      if (stats?.isFile() === true) yield { path, hash: shelf + name, stats };
    }
  }
}
