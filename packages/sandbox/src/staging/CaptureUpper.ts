/**
 * The result of a run: the tree that was staged, with what the run changed.
 *
 * Only what is in the overlay's upper layer is looked at. Which names a changed directory still has is read from the merged view, through the
 * namespace of the run: the marks that an overlay leaves for removed files and replaced directories are not files' business everywhere (some are
 * extended attributes), the merged view is always right.
 *
 * Metadata is not part of a tree: a file whose mode or time alone was changed comes out equal. Devices, pipes and sockets are left out, set-uid bits have
 * no place in a tree, and the executable bit is the owner's. Files made unreadable are made readable first, as only their owner could have done it.
 */
import { chmodSync, lstatSync, readdirSync, readlinkSync, type Stats } from "node:fs";
import { BstError, raise } from "@millrace/core/error/BstError";
import type { Directory, Entry, FileEntry } from "@millrace/core/tree/Directory";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Tree from "@millrace/core/tree/Tree";
import * as FileTime from "../cas/FileTime.ts";
import * as Intake from "../cas/Intake.ts";
import * as ObjectStore from "../cas/ObjectStore.ts";

/** Files that were put into the upper layer before the run: while their stamps are as they were, their digests are known. */
export type Known = ReadonlyMap<string, { readonly stamp: string; readonly entry: FileEntry }>;

/** What identifies an unchanged file. */
export function stamp(stats: Stats): string {
  return `${stats.ino} ${stats.size} ${stats.mtimeMs} ${stats.ctimeMs}`;
}

export interface Options {
  readonly store: ObjectStore.ObjectStore;
  /** Keeps modification times, for open workspaces. */
  readonly keepMtimes: boolean;
  readonly known: Known;
}

interface State extends Options {
  files: number;
}

const slice = 256;

/** A directory of the run: where it is in the upper layer, in the merged view, and what was staged there. */
export interface Place {
  readonly upper: string;
  readonly merged: string;
  readonly staged: Directory | undefined;
}

/** Captures a directory of a run. Gives the staged directory itself when nothing in it changed. */
export function* capture(place: Place, options: Options): Generator<void, Directory> {
  const state: State = { ...options, files: 0 };
  try {
    const stats = lstatSync(place.upper, { throwIfNoEntry: false });
    if (stats === undefined || !stats.isDirectory()) return place.staged ?? Tree.empty;
    const directory = yield* captureDirectory(state, place);
    ObjectStore.putTree(options.store, directory);
    return directory;
  } catch (cause) {
    if (cause instanceof BstError) throw cause;
    const { path, message } = cause as NodeJS.ErrnoException;
    return raise({
      domain: "SANDBOX",
      reason: null,
      message: `Cannot read what the build wrote${path === undefined ? "" : ` at ${path}`}: ${message}`,
    });
  }
}

function* captureDirectory(state: State, place: Place): Generator<void, Directory> {
  const { upper, merged, staged } = place;
  const entries = new Map<string, Entry>();
  const names = readNames(merged);
  for (const name of names) {
    const path = `${upper}/${name}`;
    const before = staged?.entries.get(name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) {
      // Not touched: it shows through from below.
      if (before !== undefined) entries.set(name, before);
    } else if (stats.isDirectory()) {
      // Through the merged view, which would not hear of a change below it.
      if ((stats.mode & 0o700) !== 0o700) chmodSync(`${merged}/${name}`, 0o755);
      const child = yield* captureDirectory(state, {
        upper: path,
        merged: `${merged}/${name}`,
        staged: before?.type === "directory" ? Tree.open(before, ObjectStore.reader(state.store)) : undefined,
      });
      entries.set(name, before?.type === "directory" && isSame(before, child) ? before : Tree.directory(child));
    } else if (stats.isFile()) {
      entries.set(name, captureFile(state, path, stats));
      if (++state.files % slice === 0) yield;
    } else if (stats.isSymbolicLink()) entries.set(name, Tree.symlink(readlinkSync(path)));
  }
  const mtime = state.keepMtimes ? FileTime.modified(merged) : undefined;
  if (staged !== undefined && mtime === undefined && isUnchanged(staged, entries)) return staged;
  return mtime === undefined ? { type: "tree", entries } : { type: "tree", entries, mtime };
}

function isSame(before: Entry & { readonly type: "directory" }, after: Directory): boolean {
  return (
    before.tree === after ||
    (before.tree.type === "stored" && before.tree.digest.hash === DirectoryCodec.digestOf(after).hash)
  );
}

function isUnchanged(staged: Directory, entries: ReadonlyMap<string, Entry>): boolean {
  if (staged.entries.size !== entries.size || staged.mtime !== undefined) return false;
  for (const [name, entry] of entries) {
    const before = staged.entries.get(name);
    if (before === entry) continue;
    if (before === undefined || entry.type === "directory" || !Tree.sameLeaf(before, entry)) return false;
  }
  return true;
}

/** The names in a directory of the merged view. A name that is not UTF-8 cannot be written down in a tree. */
function readNames(directory: string): readonly string[] {
  const names = readdirSync(directory);
  if (!names.some((name) => name.includes("\uFFFD"))) return names;
  const known = new Set(names.map((name) => Buffer.from(name).toString("hex")));
  for (const bytes of readdirSync(directory, { encoding: "buffer" }))
    if (!known.has(bytes.toString("hex")))
      raise({
        domain: "SANDBOX",
        reason: null,
        message: `The build wrote a file whose name is not valid UTF-8 (it reads like “${bytes.toString()}”)`,
        hint: "Names in artifacts are UTF-8; let the build choose another name.",
      });
  return names;
}

function captureFile(state: State, path: string, stats: Stats): FileEntry {
  const mtime = state.keepMtimes ? FileTime.modified(path) : undefined;
  const known = state.known.get(path);
  if (known !== undefined && known.stamp === stamp(stats)) {
    const { digest, executable } = known.entry;
    return mtime === undefined ? { type: "file", digest, executable } : { type: "file", digest, executable, mtime };
  }
  if ((stats.mode & 0o400) === 0) chmodSync(path, stats.mode | 0o600);
  const executable = (stats.mode & 0o100) !== 0;
  // Hard links within the layer may be opened by other names; such a file is copied.
  const digest = (stats.nlink === 1 ? Intake.takeFile : Intake.putFile)(state.store, path, executable);
  return mtime === undefined ? { type: "file", digest, executable } : { type: "file", digest, executable, mtime };
}
