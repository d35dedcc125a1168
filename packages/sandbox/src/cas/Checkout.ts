/**
 * A tree of the store made into a real directory.
 *
 * By copy, files and directories get the modes that the caller's umask allows, plus the executable bits; files with a modification time (workspaces) get
 * it. By hard link, files are the read-only objects themselves, or their executable twins; a file with a modification time of its own is copied.
 * Symbolic links are made, never followed: the destination's directories are made fresh, and names that could lead elsewhere are refused when a
 * directory is decoded and once more here. Objects that are missing or torn end the checkout with an error before their file appears.
 */
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { BstError, raise } from "@millrace/core/error/BstError";
import type { Digest } from "@millrace/core/tree/Digest";
import type { Directory, FileEntry, Timestamp } from "@millrace/core/tree/Directory";
import * as MakeDirectory from "../files/MakeDirectory.ts";
import * as ExecutableTwin from "./ExecutableTwin.ts";
import * as ObjectStore from "./ObjectStore.ts";

export interface CheckoutOptions {
  /** Links objects instead of copying them; the files are then read-only and shared with the store. */
  readonly link?: boolean | undefined;
  /** Replaces files that are in the way (directories are merged); otherwise they are an error. */
  readonly force?: boolean | undefined;
  /** One modification time (seconds) for every file, directory and link that has none of its own; not for linked files. */
  readonly mtime?: number | undefined;
}

interface State {
  readonly store: ObjectStore.ObjectStore;
  readonly options: CheckoutOptions;
  readonly umask: number;
  files: number;
}

const slice = 256;
/** Up to this size reading and writing beats the system calls of a kernel copy. */
const small = 128 * 1024;

/** Writes a tree at a directory (made when missing), synchronously; returns the number of files. */
export function checkout(
  store: ObjectStore.ObjectStore,
  root: Digest | Directory,
  destination: string,
  options: CheckoutOptions = {},
): number {
  const steps = checkoutInSlices(store, root, destination, options);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** The same, pausing every few hundred files. */
export function* checkoutInSlices(
  store: ObjectStore.ObjectStore,
  root: Digest | Directory,
  destination: string,
  options: CheckoutOptions = {},
): Generator<void, number> {
  const state: State = { store, options, umask: process.umask(), files: 0 };
  try {
    MakeDirectory.make(destination);
    yield* writeDirectory(state, "entries" in root ? root : ObjectStore.readDirectory(store, root), destination);
  } catch (cause) {
    if (cause instanceof BstError) throw cause;
    return raise({ domain: "CAS", reason: null, message: `Cannot write ${destination}: ${(cause as Error).message}` });
  }
  return state.files;
}

function* writeDirectory(state: State, directory: Directory, path: string): Generator<void, void> {
  for (const [name, entry] of directory.entries) {
    if (name === "" || name === "." || name === ".." || name.includes("/") || name.includes("\0"))
      raise({
        domain: "CAS",
        reason: null,
        message: `A tree of the store holds the name ${JSON.stringify(name)}, which would lead out of ${path}`,
        hint: "Whoever made this tree is broken or hostile; delete the artifact and build it yourself.",
      });
    const target = `${path}/${name}`;
    if (entry.type === "file") {
      writeFile(state, entry, target);
      if (++state.files % slice === 0) yield;
    } else if (entry.type === "symlink") {
      replacing(state, target, () => symlinkSync(entry.target, target));
    } else {
      makeDirectory(state, target);
      const { tree } = entry;
      yield* writeDirectory(
        state,
        tree.type === "tree" ? tree : ObjectStore.readDirectory(state.store, tree.digest),
        target,
      );
    }
  }
  const mtime = seconds(directory.mtime) ?? state.options.mtime;
  if (mtime !== undefined) utimesSync(path, mtime, mtime);
}

function makeDirectory(state: State, path: string): void {
  try {
    mkdirSync(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    if (lstatSync(path).isDirectory()) return;
    if (state.options.force !== true) throw cause;
    rmSync(path);
    mkdirSync(path);
  }
}

/** Runs an operation that creates a name; with `force` whatever is in the way goes first. */
function replacing(state: State, path: string, create: () => void): void {
  try {
    create();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST" || state.options.force !== true) throw cause;
    rmSync(path);
    create();
  }
}

function writeFile(state: State, entry: FileEntry, target: string): void {
  const { store, options } = state;
  const object = ObjectStore.path(store, entry.digest);
  if (statSync(object, { throwIfNoEntry: false })?.size !== entry.digest.size) ObjectStore.raiseMissing(entry.digest);
  const mtime = seconds(entry.mtime);
  if (options.link === true && mtime === undefined) {
    const link = () => linkSync(entry.executable ? ExecutableTwin.path(store, entry.digest) : object, target);
    try {
      replacing(state, target, link);
      return;
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code;
      // Another file system, a file system without links, or an object with too many of them: copies do as well.
      if (code !== "EXDEV" && code !== "EPERM" && code !== "EMLINK") throw cause;
    }
  }
  replacing(state, target, () => copy(state, entry, object, target));
  const time = mtime ?? options.mtime;
  if (time !== undefined) utimesSync(target, time, time);
}

function copy(state: State, entry: FileEntry, object: string, target: string): void {
  const mode = entry.executable ? 0o777 : 0o666;
  if (entry.digest.size <= small) {
    const bytes = readFileSync(object);
    const file = openSync(target, "wx", mode);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    } finally {
      closeSync(file);
    }
    return;
  }
  copyFileSync(object, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  chmodSync(target, mode & ~state.umask);
}

function seconds(timestamp: Timestamp | undefined): number | undefined {
  return timestamp === undefined ? undefined : timestamp.seconds + timestamp.nanos / 1e9;
}
