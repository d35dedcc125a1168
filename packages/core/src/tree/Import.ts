/**
 * What happens when trees meet: BuildStream 2.8's rules for importing one directory into another (docs/import-rules.md has them numbered).
 *
 * Nothing is followed: a symbolic link in the destination is an entry like a file. Files replace files, links and empty directories; a directory that
 * holds something is never replaced, the file is reported as ignored instead; a directory over a file or a link is an error.
 *
 * Without a filter, a sub-directory that the destination does not have is taken by its address and never read, so that an import costs what the two
 * trees have in common. The list of all written paths costs reading everything and is made only when asked for; whoever wants to know about single
 * paths uses `Writers.ts`.
 */
import { raise } from "../error/BstError.ts";
import type { Directory, DirectoryEntry, Reader } from "./Directory.ts";
import * as Draft from "./Draft.ts";
import * as Names from "./Names.ts";
import * as Tree from "./Tree.ts";

/** Decides by path (relative to the import's root, no leading slash) whether an entry takes part. Must be a pure function. */
export type Filter = (path: string) => boolean;

export interface Options {
  /** Reads sub-directories known by address, of either side. */
  readonly reader?: Reader | undefined;
  readonly filter?: Filter | undefined;
  /** Whether to list every written path; reads the whole source. */
  readonly listWritten?: boolean | undefined;
  /** A directory of the source, by path, that is passed over: the destination itself, when a tree is imported into a part of itself. */
  readonly except?: string | undefined;
}

/** What an import did. Paths are relative to the import's root, in canonical order of the source (see `Tree.ordered`). */
export interface Report {
  /** Files and links that were written, when asked for. Directories are never listed. */
  readonly written: readonly string[] | undefined;
  /** Files, links and empty directories that were replaced, by equal content too. */
  readonly overwritten: readonly string[];
  /** Files and links that were not written because a directory with something in it has their place. */
  readonly ignored: readonly string[];
}

export interface Result {
  readonly tree: Directory;
  readonly report: Report;
}

/**
 * Imports a tree into another.
 *
 * Raises VIRTUAL_FS when a directory of the source meets a file or link of the destination.
 */
export function into(destination: Directory, source: Directory, options: Options = {}): Result {
  const draft = Draft.open(destination);
  const report = intoDraft(draft, source, options);
  return { tree: Draft.freeze(draft), report };
}

/** Imports into a tree that is being changed; the way to import many artifacts into one root. A failed import leaves the draft unusable. */
export function intoDraft(destination: Draft.Draft, source: Directory, options: Options = {}): Report {
  const run: Run = {
    reader: options.reader ?? Tree.noReader,
    filter: options.filter,
    except: options.except,
    written: options.listWritten === true ? [] : undefined,
    overwritten: [],
    ignored: [],
  };
  importDirectory(run, destination, source, "", 0);
  return { written: run.written, overwritten: run.overwritten, ignored: run.ignored };
}

interface Run {
  readonly reader: Reader;
  readonly filter: Filter | undefined;
  readonly except: string | undefined;
  readonly written: string[] | undefined;
  readonly overwritten: string[];
  readonly ignored: string[];
}

function importDirectory(run: Run, destination: Draft.Draft, source: Directory, path: string, depth: number): void {
  Tree.checkDepth(depth, path);
  for (const [name, entry] of Tree.ordered(source)) {
    const entryPath = Names.join(path, name);
    if (entry.type === "directory") importSubdirectory(run, destination, name, entry, entryPath, depth);
    else if (run.filter === undefined || run.filter(entryPath)) {
      if (!makeRoom(run, destination, name, entryPath)) continue;
      Draft.put(destination, name, entry);
      run.written?.push(entryPath);
    }
  }
}

function importSubdirectory(
  run: Run,
  destination: Draft.Draft,
  name: string,
  entry: DirectoryEntry,
  path: string,
  depth: number,
): void {
  const { filter, reader, except } = run;
  if (path === except) return;
  const existing = destination.entries.get(name);
  if (existing === undefined && filter === undefined && except?.startsWith(`${path}/`) !== true) {
    Draft.graft(destination, name, entry);
    if (run.written !== undefined) listFiles(Tree.open(entry, reader), path, depth + 1, reader, run.written);
    return;
  }
  if (existing !== undefined && existing.type !== "directory") blocked(existing.type, path);
  if (existing !== undefined && filter === undefined && isUntouched(destination, name, existing, entry)) {
    // The same directory object or address on both sides: every file is overwritten by itself.
    listOverwritten(run, Tree.open(entry, reader), path, depth + 1);
    return;
  }
  const source = Tree.open(entry, reader);
  const child =
    existing === undefined ? Draft.mkdir(destination, name) : Draft.enter(destination, name, existing, reader);
  importDirectory(run, child, source, path, depth + 1);
  if (existing === undefined && filter !== undefined && child.entries.size === 0 && !filter(path)) {
    Draft.remove(destination, name);
  }
}

/** Whether the destination's sub-directory is, unchanged, the very one that comes in. */
function isUntouched(destination: Draft.Draft, name: string, existing: DirectoryEntry, entry: DirectoryEntry): boolean {
  const current = Draft.current(destination, name, existing);
  if (current === entry.tree) return current.type === "stored" || current.mtime === undefined;
  return current.type === "stored" && entry.tree.type === "stored" && current.digest.hash === entry.tree.digest.hash;
}

function listOverwritten(run: Run, directory: Directory, path: string, depth: number): void {
  const from = run.overwritten.length;
  listFiles(directory, path, depth, run.reader, run.overwritten);
  if (run.written === undefined) return;
  for (let index = from; index < run.overwritten.length; index++) run.written.push(run.overwritten[index]!);
}

function listFiles(directory: Directory, path: string, depth: number, reader: Reader, into: string[]): void {
  Tree.checkDepth(depth, path);
  for (const [name, entry] of Tree.ordered(directory)) {
    const entryPath = Names.join(path, name);
    if (entry.type === "directory") listFiles(Tree.open(entry, reader), entryPath, depth + 1, reader, into);
    else into.push(entryPath);
  }
}

/** Prepares the place of a file or link; false when a directory with something in it keeps the place. */
function makeRoom(run: Run, destination: Draft.Draft, name: string, path: string): boolean {
  const existing = destination.entries.get(name);
  if (existing === undefined) return true;
  if (existing.type === "directory" && !Draft.isEmptyDirectory(destination, name, existing, run.reader)) {
    run.ignored.push(path);
    return false;
  }
  run.overwritten.push(path);
  return true;
}

function blocked(type: "file" | "symlink", path: string): never {
  return raise({
    domain: "VIRTUAL_FS",
    reason: null,
    message: `/${path} is a ${type === "file" ? "file" : "symbolic link"} already, a directory cannot be staged over it`,
    hint: "Two artifacts disagree about what this path is. Symbolic links are never followed when files are staged; let both use the directory that the link points to.",
  });
}
