/** Executable copies of objects that are not executable themselves, below `cachedir/millrace/executable`, made when they are first linked. */
import { randomBytes } from "node:crypto";
import { closeSync, constants, copyFileSync, fchmodSync, mkdirSync, openSync, renameSync, statSync } from "node:fs";
import type { Digest } from "@millrace/core/tree/Digest";
import * as ObjectStore from "./ObjectStore.ts";

/**
 * The path of an executable copy of an object, for hard links. Objects are shared by all who link them and mode is part of the inode, so
 * that making the object itself executable (as BuildStream does) would change files that others linked without that bit.
 */
export function path(store: ObjectStore.ObjectStore, digest: Digest): string {
  const directory = `${store.privateDirectory}/executable/${digest.hash.slice(0, 2)}`;
  const twin = `${directory}/${digest.hash.slice(2)}`;
  if (statSync(twin, { throwIfNoEntry: false })?.size === digest.size) return twin;
  mkdirSync(directory, { recursive: true });
  const name = `${twin}.${randomBytes(6).toString("hex")}`;
  ObjectStore.writing(store, name, () => {
    copyFileSync(ObjectStore.path(store, digest), name, constants.COPYFILE_FICLONE);
    const opened = openSync(name, constants.O_RDONLY);
    try {
      fchmodSync(opened, 0o555);
    } finally {
      closeSync(opened);
    }
    renameSync(name, twin);
  });
  return twin;
}
