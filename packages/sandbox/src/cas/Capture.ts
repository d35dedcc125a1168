/**
 * A real directory made into a tree in the store.
 *
 * What a tree keeps of a file is its content and whether its owner may execute it; of a symbolic link its text; empty directories stay. Workspaces
 * also keep modification times, of files and sub-directories, in whole microseconds. Devices, pipes and sockets are left out, as BuildStream's
 * daemon does; the caller is told their paths. A name that is not UTF-8 cannot be written down in a tree: that is an error.
 */
import { lstatSync, readdirSync, readlinkSync, type Stats } from "node:fs";
import { BstError, raise } from "@millrace/core/error/BstError";
import type { Digest } from "@millrace/core/tree/Digest";
import type { Directory, Entry, Timestamp } from "@millrace/core/tree/Directory";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as FileHash from "./FileHash.ts";
import * as FileTime from "./FileTime.ts";
import * as Intake from "./Intake.ts";
import * as Intakes from "./Intakes.ts";
import * as ObjectStore from "./ObjectStore.ts";
import * as StatIndex from "./StatIndex.ts";

export interface CaptureOptions {
  /** Keeps modification times, as the `workspace` source does. */
  readonly keepMtimes?: boolean | undefined;
  /** The files may be given to the store without a copy: nobody else has them, nobody will write to them again. */
  readonly own?: boolean | undefined;
  /** Remembers digests by the files' times from one capture of this directory to the next; for directories that live on. */
  readonly remember?: boolean | undefined;
  /** Only computes the digest; nothing is written to the store. */
  readonly digestOnly?: boolean | undefined;
}

export interface Captured {
  readonly digest: Digest;
  /** The root; its sub-directories are addresses. */
  readonly directory: Directory;
  readonly files: number;
  readonly bytes: number;
  /** Paths (relative) of what a tree cannot hold: devices, pipes, sockets. */
  readonly skipped: readonly string[];
}

interface State {
  readonly store: ObjectStore.ObjectStore;
  readonly options: CaptureOptions;
  readonly index: StatIndex.StatIndex | undefined;
  readonly skipped: string[];
  readonly now: number;
  /** Files that are to be taken in with the next batch. */
  batch: Intakes.Batch;
  root: Made | undefined;
  files: number;
  bytes: number;
}

interface Made {
  readonly directory: Directory;
  readonly digest: Digest;
}

/** A directory of which not everything is known yet. */
interface Open {
  readonly name: string;
  readonly parent: Open | undefined;
  readonly mtime: Timestamp | undefined;
  readonly entries: Map<string, Entry>;
  /** Files and sub-directories that are not in `entries` yet, and one while it is being listed. */
  missing: number;
}

/** Files between two points where the caller may do something else. */
const slice = 256;

/** Captures a directory, synchronously. */
export function capture(store: ObjectStore.ObjectStore, root: string, options: CaptureOptions = {}): Captured {
  return Intakes.runThrough(store, walk(store, root, options));
}

/** The same as a walk, for `Intakes.drive`. */
export function* walk(
  store: ObjectStore.ObjectStore,
  root: string,
  options: CaptureOptions = {},
): Generator<Intakes.Step, Captured> {
  const state: State = {
    store,
    options,
    index: options.remember === true ? StatIndex.load(store.privateDirectory, root) : undefined,
    skipped: [],
    now: Date.now(),
    batch: Intakes.make(),
    root: undefined,
    files: 0,
    bytes: 0,
  };
  try {
    yield* list(state, root, "", open("", undefined, undefined));
    yield state.batch;
    yield "settle";
    if (state.index !== undefined) StatIndex.save(state.index);
    return { ...(state.root as Made), files: state.files, bytes: state.bytes, skipped: state.skipped };
  } catch (cause) {
    throw failure(root, cause);
  }
}

/** What is told of trouble. */
function failure(root: string, cause: unknown): unknown {
  if (cause instanceof BstError) return cause;
  const { path, message } = cause as NodeJS.ErrnoException;
  return new BstError({
    domain: "CAS",
    reason: null,
    message: `Cannot capture ${path ?? root}: ${message}`,
    hint: "Check that the files are readable and not changed while they are captured.",
  });
}

/** Captures a single file as a directory that holds it alone, as the `local` source does for a path to a file. */
export function captureFile(
  store: ObjectStore.ObjectStore,
  file: string,
  name: string,
  executable: boolean,
  options: Pick<CaptureOptions, "digestOnly"> = {},
): Captured {
  const digest = options.digestOnly === true ? FileHash.hashFile(file) : Intake.putFile(store, file, executable);
  const directory: Directory = { type: "tree", entries: new Map([[name, { type: "file", digest, executable }]]) };
  return {
    digest: address(store, directory, options.digestOnly === true),
    directory,
    files: 1,
    bytes: digest.size,
    skipped: [],
  };
}

function open(name: string, parent: Open | undefined, mtime: Timestamp | undefined): Open {
  return { name, parent, mtime, entries: new Map(), missing: 1 };
}

function* list(state: State, directory: string, relative: string, into: Open): Generator<Intakes.Step, void> {
  const { keepMtimes } = state.options;
  for (const name of readdirSync(directory)) {
    if (name.includes("\uFFFD")) checkName(directory, name);
    const path = `${directory}/${name}`;
    const stats = lstatSync(path);
    if (stats.isFile()) {
      into.missing++;
      if (captureFileEntry(state, path, stats, into, name)) {
        yield state.batch;
        state.batch = Intakes.make();
      }
      if (++state.files % slice === 0) yield "pause";
    } else if (stats.isDirectory()) {
      into.missing++;
      yield* list(
        state,
        path,
        `${relative}${name}/`,
        open(name, into, keepMtimes ? FileTime.modified(path) : undefined),
      );
    } else if (stats.isSymbolicLink()) into.entries.set(name, { type: "symlink", target: readlinkSync(path) });
    else state.skipped.push(`${relative}${name}`);
  }
  arrived(state, into);
}

/** Stores a directory when nothing of it is missing any more, and then the one above. */
function arrived(state: State, directory: Open): void {
  if (--directory.missing > 0) return;
  const { name, parent, mtime, entries } = directory;
  const made: Directory = mtime === undefined ? { type: "tree", entries } : { type: "tree", entries, mtime };
  const digest = address(state.store, made, state.options.digestOnly === true);
  if (parent === undefined) state.root = { directory: made, digest };
  else {
    // By address: parents then encode without asking their children again, and the store has the child at hand.
    parent.entries.set(name, { type: "directory", tree: { type: "stored", digest } });
    arrived(state, parent);
  }
}

function address(store: ObjectStore.ObjectStore, directory: Directory, digestOnly: boolean): Digest {
  if (!digestOnly) return ObjectStore.putTree(store, directory);
  const digest = DirectoryCodec.digestOf(directory);
  // An artifact or a source with the same directories need not be read then.
  ObjectStore.remember(store, digest, directory);
  return digest;
}

/** Takes in a file, now or with the next batch; whether that is full. */
function captureFileEntry(state: State, path: string, stats: Stats, into: Open, name: string): boolean {
  const { store, options, index, batch } = state;
  const executable = (stats.mode & 0o100) !== 0;
  const remembered = index === undefined ? undefined : StatIndex.find(index, stats);
  const time = remembered?.mtime ?? (options.keepMtimes || index !== undefined ? FileTime.modified(path) : undefined);
  const enter = (digest: Digest): void => {
    state.bytes += digest.size;
    into.entries.set(
      name,
      options.keepMtimes && time !== undefined
        ? { type: "file", digest, executable, mtime: time }
        : { type: "file", digest, executable },
    );
    arrived(state, into);
  };
  if (remembered !== undefined) {
    const known = { hash: remembered.hash, size: stats.size };
    if (options.digestOnly === true || ObjectStore.has(store, known)) {
      enter(known);
      return false;
    }
  }
  const type = options.digestOnly === true ? "hash" : options.own === true && stats.nlink === 1 ? "give" : "copy";
  return Intakes.add(batch, { type, path, executable, size: stats.size }, (digest) => {
    if (index !== undefined && time !== undefined && digest.size === stats.size)
      StatIndex.add(index, stats, { hash: digest.hash, mtime: time }, state.now);
    enter(digest);
  });
}

/** A replacement character may be part of the name, or stand for bytes that are no UTF-8. */
function checkName(directory: string, name: string): void {
  const bytes = Buffer.from(name);
  if (readdirSync(directory, { encoding: "buffer" }).some((found) => found.equals(bytes))) return;
  raise({
    domain: "CAS",
    reason: null,
    message: `${directory} holds a file whose name is not valid UTF-8 (it reads like “${name}”)`,
    hint: "Rename the file: names in artifacts and sources are UTF-8.",
  });
}
