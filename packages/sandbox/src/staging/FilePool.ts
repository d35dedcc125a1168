/**
 * Files as a sandbox sees them, shared by all extracted roots.
 *
 * A stored object cannot itself be a file of a root: objects are read-only and have the time of their last use, while a sandbox shows 0644 or 0755 and one fixed
 * time; and a root's file must never be the store's inode. So what is staged has a twin here, cloned where the file system can, and
 * roots link to it. Roots are only ever lower layers, which nothing writes to.
 *
 * Within one root every file is an inode of its own, since tools take two names of one inode for a hard link (an archive would keep them so, an
 * edit of a copy would change both). A twin therefore is of a content (and a time of its own, as files of workspaces have) at a path: layers of one root can be made apart from each other, put together
 * anew, and never share one. Links also spare the file system what costs it most, making and freeing inodes.
 */
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from "node:fs";
import type { FileEntry, Timestamp } from "@millrace/core/tree/Directory";
import * as Sha256 from "@millrace/core/tree/Sha256";
import * as ObjectStore from "../cas/ObjectStore.ts";
import * as SparseCopy from "../cas/SparseCopy.ts";

/** 2011-11-11 11:11:11 UTC in seconds: the time of everything staged that has none of its own. */
export const stagedTime = 1321009871;

/** Up to this size reading and writing beats the system calls of a kernel copy. */
const small = 128 * 1024;

export function mode(entry: FileEntry): number {
  return entry.executable ? 0o755 : 0o644;
}

/**
 * A time for the system call, which takes a fraction that is exact to a quarter of a microsecond only: half a microsecond more leads to the one that is meant, as
 * times in trees are whole ones and are read back rounded down.
 */
export function seconds(mtime: Timestamp | undefined): number {
  return mtime === undefined ? stagedTime : mtime.seconds + (mtime.nanos + 500) / 1e9;
}

/**
 * Writes a file of its own at a path where nothing is: content, mode and time as a sandbox shows them. The content is checked, once, since what is built on
 * a damaged file would be stored under keys that promise the right one.
 */
export function write(store: ObjectStore.ObjectStore, entry: FileEntry, path: string): void {
  const object = ObjectStore.path(store, entry.digest);
  if (entry.digest.size <= small) {
    let bytes: Uint8Array;
    try {
      bytes = readFileSync(object);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw cause;
      ObjectStore.raiseMissing(entry.digest);
    }
    if (bytes.length !== entry.digest.size || !ObjectStore.verify(store, entry.digest, bytes))
      ObjectStore.raiseMissing(entry.digest);
    const file = openSync(path, "wx", 0o600);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    } finally {
      closeSync(file);
    }
  } else {
    if (
      statSync(object, { throwIfNoEntry: false })?.size !== entry.digest.size ||
      !ObjectStore.verify(store, entry.digest)
    )
      ObjectStore.raiseMissing(entry.digest);
    if (SparseCopy.hasHoles(object, entry.digest.size)) for (const _ of SparseCopy.copy(object, path));
    else copyFileSync(object, path, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  }
  chmodSync(path, mode(entry));
  const time = seconds(entry.mtime);
  utimesSync(path, time, time);
}

/** Links a file into a root that is being extracted; `place` is its path in the root. */
export function link(store: ObjectStore.ObjectStore, entry: FileEntry, path: string, place: string): void {
  const { hash } = entry.digest;
  const directory = `${store.privateDirectory}/files/${hash.slice(0, 2)}`;
  const identity = entry.mtime === undefined ? place : `${place}\0${entry.mtime.seconds}.${entry.mtime.nanos}`;
  const twin = `${directory}/${hash.slice(2)}${entry.executable ? "x" : ""}.${Sha256.hex(identity).slice(0, 16)}`;
  const linked = tryLink(twin, path);
  if (linked === "linked") return;
  write(store, entry, path);
  if (linked === "refused" || tryLink(path, twin) !== "missing") return;
  mkdirSync(directory, { recursive: true });
  tryLink(path, twin);
}

/** Links are only ever a shorter way: too many of them, or a file system without them, is no failure. */
function tryLink(from: string, to: string): "linked" | "missing" | "refused" {
  try {
    linkSync(from, to);
    return "linked";
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") return "missing";
    if (code === "EMLINK" || code === "EPERM" || code === "EXDEV" || code === "EEXIST") return "refused";
    throw cause;
  }
}

/** Sets the time of a symbolic link. */
export function setLinkTime(path: string): void {
  lutimesSync(path, stagedTime, stagedTime);
}

/** Removes the twins that no root links to any more; gives the bytes freed. */
export function sweep(privateDirectory: string): number {
  let freed = 0;
  for (const shelf of list(`${privateDirectory}/files`))
    for (const name of list(`${privateDirectory}/files/${shelf}`)) {
      const path = `${privateDirectory}/files/${shelf}/${name}`;
      const stats = statSync(path, { throwIfNoEntry: false });
      if (stats === undefined || stats.nlink > 1) continue;
      rmSync(path, { force: true });
      freed += stats.size;
    }
  return freed;
}

function list(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
