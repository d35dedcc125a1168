/**
 * Finding and changing things in a tree by path.
 *
 * Paths are relative to the tree's root; a leading slash means the same, empty parts and `.` are passed over and `..` stops at the root. Symbolic
 * links are resolved only when asked for and always inside the tree: an absolute target starts at its root, never at the host's.
 *
 * One rule surprises: `..` after a symbolic link leaves the directory that the link led to, as an operating system does it, not the one it stands in.
 */
import { type ReasonOf, raise } from "../error/BstError.ts";
import type { Directory, Entry, Reader } from "./Directory.ts";
import * as Draft from "./Draft.ts";
import * as Names from "./Names.ts";
import * as Tree from "./Tree.ts";

/** As many links as a path may go through before it counts as a loop. */
export const maximumLinks = 40;

/** What a path leads to. */
export type Found =
  | { readonly type: "root"; readonly directory: Directory }
  | { readonly type: "entry"; readonly entry: Entry; readonly path: string }
  | { readonly type: "missing"; readonly path: string }
  | { readonly type: "blocked"; readonly path: string; readonly by: "file" | "symlink" }
  | { readonly type: "loop"; readonly path: string };

export interface Resolving {
  readonly reader?: Reader | undefined;
  /** Whether symbolic links are followed, in the middle of the path and at its end. */
  readonly follow?: boolean | undefined;
}

/** Resolves a path. `path` in the answer is the real one: of the thing found, or of the part that stopped the way. */
export function find(root: Directory, path: string, options: Resolving = {}): Found {
  const reader = options.reader ?? Tree.noReader;
  const waiting = path.split("/").reverse();
  const trail: { readonly name: string; readonly directory: Directory }[] = [];
  let here = root;
  let links = 0;
  const real = (name: string): string => [...trail.map((step) => step.name), name].join("/");
  let part = waiting.pop();
  for (; part !== undefined; part = waiting.pop()) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      trail.pop();
      here = trail.at(-1)?.directory ?? root;
      continue;
    }
    const entry = here.entries.get(part);
    if (entry === undefined) return { type: "missing", path: real(part) };
    if (entry.type === "directory") {
      here = Tree.open(entry, reader);
      trail.push({ name: part, directory: here });
    } else if (entry.type === "symlink" && options.follow === true) {
      if (++links > maximumLinks) return { type: "loop", path: real(part) };
      if (entry.target.startsWith("/")) {
        trail.length = 0;
        here = root;
      }
      for (const next of entry.target.split("/").reverse()) waiting.push(next);
    } else if (waiting.every((next) => next === "")) {
      return { type: "entry", entry, path: real(part) };
    } else return { type: "blocked", path: real(part), by: entry.type };
  }
  if (trail.length === 0) return { type: "root", directory: root };
  return { type: "entry", entry: Tree.directory(here), path: real("").slice(0, -1) };
}

/** The entry at a path; undefined when nothing is there, and for the root, which is no entry. */
export function lookup(root: Directory, path: string, options: Resolving = {}): Entry | undefined {
  const found = find(root, path, options);
  return found.type === "entry" ? found.entry : undefined;
}

/** Whether something is at a path. A link in a loop is not. */
export function exists(root: Directory, path: string, options: Resolving = {}): boolean {
  const { type } = find(root, path, options);
  return type === "entry" || type === "root";
}

/** The directory at a path. Raises VIRTUAL_FS with reason `directory-not-found` or `not-a-directory`. */
export function openDirectory(root: Directory, path: string, options: Resolving = {}): Directory {
  const found = find(root, path, options);
  if (found.type === "root") return found.directory;
  if (found.type === "missing") return missing(found.path, path);
  if (found.type === "loop") return loop(found.path, path);
  if (found.type === "blocked") return notDirectory(found.path, found.by, path);
  if (found.entry.type !== "directory") return notDirectory(found.path, found.entry.type, path);
  return Tree.open(found.entry, options.reader ?? Tree.noReader);
}

/** Opens the directory at a path for changing, making it and its parents where nothing is there. Links are not followed. */
export function openDraft(root: Draft.Draft, path: string, reader: Reader = Tree.noReader): Draft.Draft {
  const way = [root];
  const names: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      // What the path goes back from is made as well: the kernel, which is given the same path, goes through it.
      if (names.pop() !== undefined) way.pop();
      continue;
    }
    const here = way.at(-1) as Draft.Draft;
    const entry = here.entries.get(part);
    names.push(part);
    if (entry === undefined) way.push(Draft.mkdir(here, part));
    else if (entry.type === "directory") way.push(Draft.enter(here, part, entry, reader));
    else return notDirectory(names.join("/"), entry.type, path);
  }
  return way.at(-1) as Draft.Draft;
}

/** The tree with a directory at a path, parents included. */
export function makeDirectory(root: Directory, path: string, reader: Reader = Tree.noReader): Directory {
  const draft = Draft.open(root);
  openDraft(draft, path, reader);
  return Draft.freeze(draft);
}

/** The tree with an entry at a path, replacing what is there; parents are made. Raises when the path is the root or goes through a file. */
export function insert(root: Directory, path: string, entry: Entry, reader: Reader = Tree.noReader): Directory {
  const [parent, name] = split(path);
  const draft = Draft.open(root);
  Draft.put(openDraft(draft, parent, reader), name, entry);
  return Draft.freeze(draft);
}

export interface Removing {
  readonly reader?: Reader | undefined;
  /** Whether a directory goes with all that is in it. Without, one that is not empty is an error. */
  readonly recursive?: boolean | undefined;
}

/** The tree without what is at a path. Raises VIRTUAL_FS when nothing is there or a directory is not empty. */
export function remove(root: Directory, path: string, options: Removing = {}): Directory {
  const reader = options.reader ?? Tree.noReader;
  const [parent, name] = split(path);
  openDirectory(root, parent, { reader });
  const draft = Draft.open(root);
  const directory = openDraft(draft, parent, reader);
  const entry = directory.entries.get(name);
  if (entry === undefined) return missing(Names.join(parent, name), path);
  if (entry.type === "directory" && options.recursive !== true && Tree.open(entry, reader).entries.size > 0) {
    return fail(null, `/${Names.join(parent, name)} is not empty`);
  }
  Draft.remove(directory, name);
  return Draft.freeze(draft);
}

/** The tree with the thing at `from` moved to `to`, replacing what is there. The parent of `to` must exist. */
export function move(root: Directory, from: string, to: string, reader: Reader = Tree.noReader): Directory {
  const entry = lookup(root, from, { reader });
  if (entry === undefined) return missing(parts(from).join("/"), from);
  const without = remove(root, from, { reader, recursive: true });
  const [parent, name] = split(to);
  openDirectory(without, parent, { reader });
  return insert(without, Names.join(parent, name), entry, reader);
}

/** The tree with `SubtreeReadOnly` set at a directory; undefined takes the property away. Raises when no directory is there. */
export function setReadOnly(
  root: Directory,
  path: string,
  readOnly: boolean | undefined,
  reader: Reader = Tree.noReader,
): Directory {
  openDirectory(root, path, { reader });
  const draft = Draft.open(root);
  Draft.setReadOnly(openDraft(draft, path, reader), readOnly);
  return Draft.freeze(draft);
}

/** One entry of a listing. */
export interface Listed {
  readonly path: string;
  readonly entry: Entry;
}

/**
 * All entries of a tree: of each directory first the directory itself, then its files and links together by name, then its sub-directories by name. The
 * order of BuildStream's `list_relative_paths`.
 */
export function* list(root: Directory, reader: Reader = Tree.noReader): Generator<Listed> {
  yield* listBelow(root, "", reader, 0);
}

/** The paths of {@link list}, made in one go. */
export function listPaths(root: Directory, reader: Reader = Tree.noReader): string[] {
  const paths: string[] = [];
  const visit = (directory: Directory, path: string, depth: number): void => {
    Tree.checkDepth(depth, path);
    for (const name of leafNames(directory)) paths.push(Names.join(path, name));
    for (const [name, entry] of Tree.ordered(directory)) {
      if (entry.type !== "directory") break;
      const below = Names.join(path, name);
      paths.push(below);
      visit(Tree.open(entry, reader), below, depth + 1);
    }
  };
  visit(root, "", 0);
  return paths;
}

function* listBelow(directory: Directory, path: string, reader: Reader, depth: number): Generator<Listed> {
  Tree.checkDepth(depth, path);
  for (const name of leafNames(directory)) yield { path: Names.join(path, name), entry: directory.entries.get(name)! };
  for (const [name, entry] of Tree.ordered(directory)) {
    if (entry.type !== "directory") break;
    const below = Names.join(path, name);
    yield { path: below, entry };
    yield* listBelow(Tree.open(entry, reader), below, reader, depth + 1);
  }
}

/** Names of files and links in one order, which is not that of {@link Tree.ordered}. */
function leafNames(directory: Directory): readonly string[] {
  const names: string[] = [];
  let links = 0;
  for (const [name, entry] of Tree.ordered(directory)) {
    if (entry.type === "directory") continue;
    if (entry.type === "symlink") links++;
    names.push(name);
  }
  return links === 0 || links === names.length ? names : names.sort(Names.compare);
}

/** The parts of a path inside a tree: no empty ones, no `.`, and `..` undone. */
export function parts(path: string): readonly string[] {
  const out: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") out.pop();
    else if (part !== "" && part !== ".") out.push(part);
  }
  return out;
}

function split(path: string): readonly [parent: string, name: string] {
  const all = parts(path);
  const name = all.at(-1);
  if (name === undefined)
    return fail(null, `${JSON.stringify(path)} is the root of the tree, it cannot be replaced or removed`);
  return [all.slice(0, -1).join("/"), name];
}

function asked(path: string, real: string): string {
  return parts(path).join("/") === real ? "" : ` (looking for ${path})`;
}

function missing(real: string, path: string): never {
  return fail("directory-not-found", `/${real} was not found${asked(path, real)}`);
}

function notDirectory(real: string, type: string, path: string): never {
  return fail("not-a-directory", `/${real} is a ${type}, not a directory${asked(path, real)}`);
}

function loop(real: string, path: string): never {
  return fail(
    "symlink-loop",
    `Too many symbolic links at /${real}${asked(path, real)}`,
    "The links point at each other; break the circle.",
  );
}

function fail(reason: ReasonOf<"VIRTUAL_FS">, message: string, hint?: string): never {
  return raise({ domain: "VIRTUAL_FS", reason, message, hint });
}
