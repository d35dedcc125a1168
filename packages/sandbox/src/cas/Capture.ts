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
  files: number;
  bytes: number;
}

/** Files between two points where the caller may do something else. */
const slice = 256;

/** Captures a directory, synchronously. */
export function capture(store: ObjectStore.ObjectStore, root: string, options: CaptureOptions = {}): Captured {
  const steps = captureInSlices(store, root, options);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** The same, pausing every few hundred files; {@link capture} runs it through. */
export function* captureInSlices(
  store: ObjectStore.ObjectStore,
  root: string,
  options: CaptureOptions = {},
): Generator<void, Captured> {
  const state: State = {
    store,
    options,
    index: options.remember === true ? StatIndex.load(store.privateDirectory, root) : undefined,
    skipped: [],
    now: Date.now(),
    files: 0,
    bytes: 0,
  };
  try {
    const { directory, digest } = yield* captureDirectory(state, root, "", undefined);
    if (state.index !== undefined) StatIndex.save(state.index);
    return { digest, directory, files: state.files, bytes: state.bytes, skipped: state.skipped };
  } catch (cause) {
    if (cause instanceof BstError) throw cause;
    const { path, message } = cause as NodeJS.ErrnoException;
    return raise({
      domain: "CAS",
      reason: null,
      message: `Cannot capture ${path ?? root}: ${message}`,
      hint: "Check that the files are readable and not changed while they are captured.",
    });
  }
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

interface Made {
  readonly directory: Directory;
  readonly digest: Digest;
}

function* captureDirectory(
  state: State,
  directory: string,
  relative: string,
  mtime: Timestamp | undefined,
): Generator<void, Made> {
  const { keepMtimes } = state.options;
  const names = readdirSync(directory);
  const entries = new Map<string, Entry>();
  for (const name of names) {
    if (name.includes("\uFFFD")) checkName(directory, name);
    const path = `${directory}/${name}`;
    const stats = lstatSync(path);
    if (stats.isFile()) {
      entries.set(name, captureFileEntry(state, path, stats));
      if (++state.files % slice === 0) yield;
    } else if (stats.isDirectory()) {
      const made = yield* captureDirectory(
        state,
        path,
        `${relative}${name}/`,
        keepMtimes ? FileTime.modified(path) : undefined,
      );
      // By address: parents then encode without asking their children again, and the store has the child at hand.
      entries.set(name, { type: "directory", tree: { type: "stored", digest: made.digest } });
    } else if (stats.isSymbolicLink()) entries.set(name, { type: "symlink", target: readlinkSync(path) });
    else state.skipped.push(`${relative}${name}`);
  }
  const made: Directory = mtime === undefined ? { type: "tree", entries } : { type: "tree", entries, mtime };
  return { directory: made, digest: address(state.store, made, state.options.digestOnly === true) };
}

function address(store: ObjectStore.ObjectStore, directory: Directory, digestOnly: boolean): Digest {
  return digestOnly ? DirectoryCodec.digestOf(directory) : ObjectStore.putTree(store, directory);
}

function captureFileEntry(state: State, path: string, stats: Stats): Entry {
  const { store, options, index } = state;
  const executable = (stats.mode & 0o100) !== 0;
  const remembered = index === undefined ? undefined : StatIndex.find(index, stats);
  const time = remembered?.mtime ?? (options.keepMtimes || index !== undefined ? FileTime.modified(path) : undefined);
  let digest: Digest | undefined;
  if (remembered !== undefined) {
    const known = { hash: remembered.hash, size: stats.size };
    if (options.digestOnly === true || ObjectStore.has(store, known)) digest = known;
  }
  if (digest === undefined) {
    digest =
      options.digestOnly === true
        ? FileHash.hashFile(path)
        : options.own === true && stats.nlink === 1
          ? Intake.takeFile(store, path, executable)
          : Intake.putFile(store, path, executable);
    if (index !== undefined && time !== undefined && digest.size === stats.size)
      StatIndex.add(index, stats, { hash: digest.hash, mtime: time }, state.now);
  }
  state.bytes += digest.size;
  return options.keepMtimes && time !== undefined
    ? { type: "file", digest, executable, mtime: time }
    : { type: "file", digest, executable };
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
