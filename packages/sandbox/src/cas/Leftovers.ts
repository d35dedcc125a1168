/** What processes that were killed left in the directories for temporary files. Names say whose each is; what other tools left is theirs. */
import { join } from "node:path";
import * as Owners from "../staging/Owners.ts";
import type * as ObjectStore from "./ObjectStore.ts";

/** Removes objects in the making and scratch directories of dead processes. */
export function clean(store: ObjectStore.ObjectStore, cachedir: string): void {
  cleanDirectory(join(store.directory, "tmp"));
  cleanDirectory(join(cachedir, "tmp"));
}

/** Removes from one directory what dead processes left there; other names are not touched. */
export function cleanDirectory(directory: string): void {
  for (const name of Owners.list(directory)) {
    if (!/^\d+-\d+-\d+-/.test(name) || Owners.lives(name)) continue;
    try {
      Owners.remove(join(directory, name));
    } catch {
      // Of another user, as in `Owners.clean`.
    }
  }
}
