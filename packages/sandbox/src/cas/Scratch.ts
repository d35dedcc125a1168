/** Where files of a store are written before they are objects: a directory of each thread's own below `cas/tmp` (see `Spread`), made when the first one is written. */
import { existsSync, mkdirSync, openSync, rmdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { threadId } from "node:worker_threads";
import { raise } from "@millrace/core/error/BstError";
import * as Owners from "../staging/Owners.ts";
import type { ObjectStore } from "./ObjectStore.ts";
import * as Spread from "./Spread.ts";

let counter = 0;

/** A fresh name. The directory for it may not be there yet: see {@link openNew}. */
export function fresh(store: ObjectStore): string {
  return `${directoryOf(store)}/${(counter++).toString(36)}`;
}

/** A fresh name in a directory that is there. */
export function temporary(store: ObjectStore): string {
  if (!existsSync(directoryOf(store))) make(store);
  return fresh(store);
}

/** Opens a file with a {@link fresh} name. The directory for it nearly always is there, and looking for it would cost a tenth of the file. */
export function openNew(store: ObjectStore, name: string, mode: number): number {
  try {
    return openSync(name, "wx", mode);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw cause;
    make(store);
    return openSync(name, "wx", mode);
  }
}

/** Removes what this process needed for writing; it comes back when something more is written. */
export function close(store: ObjectStore): void {
  const mine = new RegExp(`^${Owners.owner()}-\\d+-objects$`);
  for (const name of Owners.list(`${store.directory}/tmp`)) {
    if (!mine.test(name)) continue;
    try {
      rmdirSync(`${store.directory}/tmp/${name}`);
    } catch {
      // Somebody is still writing.
    }
  }
}

/** Makes directories of a cache, or raises why they cannot be made. */
export function making(what: string, make: () => void): void {
  try {
    make();
  } catch (cause) {
    raise({
      domain: "CAS",
      reason: null,
      message: `Cannot make the cache directory ${what}: ${(cause as Error).message}`,
      hint: "Check its permissions, or choose another one with `cachedir` in the user configuration.",
    });
  }
}

function directoryOf(store: ObjectStore): string {
  return `${store.directory}/tmp/${Owners.owner()}-${threadId}-objects`;
}

function make(store: ObjectStore): void {
  making(store.directory, () => {
    makeShelves(store.directory);
    mkdirSync(directoryOf(store), { recursive: true });
  });
}

/** Makes the directories that casd would make. */
function makeShelves(directory: string): void {
  const objects = join(directory, "objects");
  Spread.make([join(directory, "tmp"), objects]);
  if (statSync(join(objects, "ff"), { throwIfNoEntry: false }) !== undefined) return;
  for (let n = 0; n < 256; n++) mkdirSync(join(objects, n.toString(16).padStart(2, "0")), { recursive: true });
}
