/**
 * A tree of the store made into a real directory.
 *
 * By copy, files and directories get the modes that the caller's umask allows, plus the executable bits; files with a modification time (workspaces) get
 * it. By hard link, files are the read-only objects themselves, or their executable twins; a file with a modification time of its own is copied, and so is
 * one that must not be executable where its object is.
 *
 * Symbolic links are made, never followed: the destination's directories are made fresh, and names that could lead elsewhere are refused when a
 * directory is decoded and once more here. Objects that are missing or torn end the checkout with an error before their file appears. A checkout into an
 * empty directory that fails or is interrupted leaves it empty.
 */
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import { setImmediate } from "node:timers/promises";
import { BstError, raise } from "@millrace/core/error/BstError";
import type { Digest } from "@millrace/core/tree/Digest";
import type { Directory, FileEntry, Timestamp } from "@millrace/core/tree/Directory";
import * as Tree from "@millrace/core/tree/Tree";
import * as Effect from "effect/Effect";
import * as MakeDirectory from "../files/MakeDirectory.ts";
import * as Copies from "./Copies.ts";
import * as ExecutableTwin from "./ExecutableTwin.ts";
import * as ObjectStore from "./ObjectStore.ts";
import * as Spread from "./Spread.ts";

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
  readonly copies: Copies.Copies;
  /** Directories whose time is set (seconds) when everything is in them. */
  readonly times: (readonly [path: string, time: number])[];
  /** Set when nobody wants the result any more. */
  stopped: boolean;
  files: number;
}

/** Files between two points where the terminal may be served. */
const slice = 256;
/** Entries from which it pays to ask the file system for a quiet part of the disk. */
const many = 500;

/** Writes a tree at a directory (made when missing); gives the number of files. Interruption waits until the destination is left alone. */
export function checkout(
  store: ObjectStore.ObjectStore,
  root: Digest | Directory,
  destination: string,
  options: CheckoutOptions = {},
): Effect.Effect<number, BstError> {
  return Effect.callback<number, BstError>((resume) => {
    const state: State = {
      store,
      options,
      umask: process.umask(),
      copies: Copies.make(),
      times: [],
      stopped: false,
      files: 0,
    };
    const done = write(state, root, destination).then(
      (files) => resume(Effect.succeed(files)),
      (cause) => resume(cause instanceof BstError ? Effect.fail(cause) : Effect.die(cause)),
    );
    return Effect.promise(() => {
      state.stopped = true;
      return done;
    });
  });
}

async function write(state: State, root: Digest | Directory, destination: string): Promise<number> {
  let fresh = false;
  let settled = () => {};
  try {
    MakeDirectory.make(destination);
    fresh = readdirSync(destination).length === 0;
    const tree = "entries" in root ? root : ObjectStore.readDirectory(state.store, root);
    if (fresh && isLarge(state.store, tree)) settled = Spread.during(destination);
    await writeDirectory(state, tree, destination);
    await Copies.settle(state.copies);
    for (const [path, time] of state.times) utimesSync(path, time, time);
    return state.files;
  } catch (cause) {
    await Copies.settle(state.copies).catch(() => {});
    if (fresh) empty(destination);
    throw cause instanceof BstError ? cause : failure(destination, cause as NodeJS.ErrnoException);
  } finally {
    settled();
  }
}

function failure(destination: string, { code, message }: NodeJS.ErrnoException): BstError {
  const full = code === "ENOSPC" || code === "EDQUOT";
  return new BstError({
    domain: "CAS",
    reason: null,
    message: full ? `No space is left for writing ${destination}` : `Cannot write ${destination}: ${message}`,
    hint: full
      ? "Make room on its disk, or choose a directory on another one."
      : "Check that the directory can be written to, and that its file system takes the names of the tree.",
  });
}

/** Takes away what a failed checkout wrote. */
function empty(destination: string): void {
  try {
    for (const name of readdirSync(destination)) rmSync(`${destination}/${name}`, { recursive: true, force: true });
  } catch {
    // The failure that led here says more.
  }
}

function isLarge(store: ObjectStore.ObjectStore, tree: Directory): boolean {
  let entries = 0;
  const pending = [tree];
  for (let next = pending.pop(); next !== undefined && entries < many; next = pending.pop()) {
    entries += next.entries.size;
    for (const entry of next.entries.values())
      if (entry.type === "directory") pending.push(Tree.open(entry, ObjectStore.reader(store)));
  }
  return entries >= many;
}

async function writeDirectory(state: State, directory: Directory, path: string): Promise<void> {
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
      if (Copies.isFull(state.copies)) await Copies.room(state.copies);
      writeFile(state, entry, target);
      if (++state.files % slice === 0) await setImmediate();
      if (state.stopped) raise({ domain: "CAS", reason: null, message: `Interrupted while writing ${path}` });
    } else if (entry.type === "symlink") {
      replacing(state, target, () => symlinkSync(entry.target, target));
    } else {
      makeDirectory(state, target);
      await writeDirectory(state, Tree.open(entry, ObjectStore.reader(state.store)), target);
    }
  }
  const mtime = seconds(directory.mtime) ?? state.options.mtime;
  if (mtime !== undefined) state.times.push([path, mtime]);
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
  const { options } = state;
  if (options.link === true && entry.mtime === undefined && linkFile(state, entry, target)) return;
  if (!ObjectStore.has(state.store, entry.digest)) ObjectStore.raiseMissing(entry.digest);
  copy(state, entry, target, options.force === true);
}

/** Makes a file a link to its object; false when it has to be a copy. */
function linkFile(state: State, { digest, executable }: FileEntry, target: string): boolean {
  const { store } = state;
  const object = ObjectStore.path(store, digest);
  const fits = ObjectStore.isExecutable(store, digest) === executable;
  if (!fits && !executable) return false;
  try {
    replacing(state, target, () => linkSync(fits ? object : ExecutableTwin.path(store, digest), target));
    return true;
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "ENOENT" && !existsSync(object)) ObjectStore.raiseMissing(digest);
    // Another file system, a file system without links, or an object with too many of them: copies do as well.
    if (code !== "EXDEV" && code !== "EPERM" && code !== "EMLINK") throw cause;
    return false;
  }
}

function copy(state: State, entry: FileEntry, target: string, replace: boolean): void {
  const { digest, executable } = entry;
  const object = ObjectStore.path(state.store, digest);
  const finish = () => {
    chmodSync(target, (executable ? 0o777 : 0o666) & ~state.umask);
    const time = seconds(entry.mtime) ?? state.options.mtime;
    if (time !== undefined) utimesSync(target, time, time);
  };
  Copies.start(state.copies, object, target, digest.size, finish, (cause) => {
    if (cause.code === "EEXIST" && replace) {
      rmSync(target);
      copy(state, entry, target, false);
    } else if (cause.code === "ENOENT" && !existsSync(object)) ObjectStore.raiseMissing(digest);
    else throw cause;
  });
}

function seconds(timestamp: Timestamp | undefined): number | undefined {
  return timestamp === undefined ? undefined : timestamp.seconds + timestamp.nanos / 1e9;
}
