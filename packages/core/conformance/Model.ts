/**
 * The import rules once more, as plainly as they can be said: the slow twin that implementations are held against.
 *
 * It shares nothing with `src/tree`. Each {@link Mutation} turns one decision into a plausible mistake; the harness has to catch every one of them.
 */
import type { Request } from "./Arbitraries.ts";
import type { Outcome } from "./Implementation.ts";
import { isLeaf, type Leaf, type Sample } from "./Sample.ts";

/** The mistakes that the model can make. */
export const mutations = [
  "directory-replaces-file",
  "directory-replaces-link",
  "directory-follows-link",
  "directory-replaces-directory",
  "leaf-replaces-full-directory",
  "leaf-spares-empty-directory",
  "leaf-spares-leaf",
  "leaf-writes-through-link",
  "equal-content-is-not-reported",
  "overwritten-is-not-written",
  "ignored-is-not-reported",
  "ignored-is-written",
  "empty-directories-are-dropped",
  "executable-bit-is-lost",
  "executable-bit-of-old-file-stays",
  "absolute-links-become-relative",
  "links-are-copied-as-files",
  "directories-are-reported",
  "order-is-by-name-only",
  "order-is-by-code-unit",
  "filter-stops-at-rejected-directory",
  "filter-keeps-empty-directory",
  "filter-drops-accepted-empty-directory",
  "filter-prunes-existing-directory",
  "filter-hides-conflict",
  "filter-sees-names-only",
] as const;
export type Mutation = (typeof mutations)[number];

type Node = Leaf | Folder;
type Folder = Map<string, Node>;

class Conflict extends Error {
  readonly path: string;
  constructor(path: string) {
    super(path);
    this.path = path;
  }
}

interface Run {
  readonly accept: ReadonlySet<string> | undefined;
  readonly mistake: Mutation | undefined;
  readonly root: Folder;
  readonly written: string[];
  readonly overwritten: string[];
  readonly ignored: string[];
}

/** What an import must give. */
export function run(request: Request, mistake?: Mutation): Outcome {
  const root = thaw(request.destination);
  const accept = request.accept === undefined ? undefined : new Set(request.accept);
  const state: Run = { accept, mistake, root, written: [], overwritten: [], ignored: [] };
  try {
    importFolder(state, root, thaw(request.source), "");
  } catch (cause) {
    if (cause instanceof Conflict) return { type: "conflict", path: cause.path };
    throw cause;
  }
  const { written, overwritten, ignored } = state;
  return { type: "imported", tree: freeze(root), written, overwritten, ignored };
}

function thaw(sample: Sample): Folder {
  return new Map(Object.entries(sample).map(([name, node]) => [name, isLeaf(node) ? node : thaw(node)]));
}

function freeze(folder: Folder): Sample {
  const names = [...folder.keys()].sort();
  return Object.fromEntries(
    names.map((name) => {
      const node = folder.get(name)!;
      return [name, node instanceof Map ? freeze(node) : node];
    }),
  );
}

function accepts(state: Run, path: string): boolean {
  if (state.accept === undefined) return true;
  return state.accept.has(state.mistake === "filter-sees-names-only" ? path.slice(path.lastIndexOf("/") + 1) : path);
}

/** Directories, then files, then links; each by code point. */
function inOrder(state: Run, folder: Folder): [string, Node][] {
  const rank = (node: Node): number => (node instanceof Map ? 0 : node[0] === "link" ? 2 : 1);
  const points = (name: string): number[] => [...name].map((point) => point.codePointAt(0)!);
  const byPoint = (a: string, b: string): number => {
    const [left, right] = [points(a), points(b)];
    const at = left.findIndex((point, index) => point !== right[index]);
    return at === -1 ? left.length - right.length : left[at]! - (right[at] ?? -1);
  };
  const byUnit = (a: string, b: string): number => (a < b ? -1 : 1);
  const byName = state.mistake === "order-is-by-code-unit" ? byUnit : byPoint;
  const byRank = (a: Node, b: Node): number => (state.mistake === "order-is-by-name-only" ? 0 : rank(a) - rank(b));
  return [...folder].sort(([aName, a], [bName, b]) => byRank(a, b) || byName(aName, bName));
}

function importFolder(state: Run, into: Folder, from: Folder, path: string): void {
  for (const [name, node] of inOrder(state, from)) {
    const here = path === "" ? name : `${path}/${name}`;
    if (node instanceof Map) importSubfolder(state, into, name, node, here);
    else if (accepts(state, here)) importLeaf(state, into, name, node, here);
  }
}

function importSubfolder(state: Run, into: Folder, name: string, from: Folder, path: string): void {
  const { mistake } = state;
  if (mistake === "filter-stops-at-rejected-directory" && !accepts(state, path)) return;
  const existing = into.get(name);
  let folder: Folder;
  if (existing === undefined || (mistake === "directory-replaces-directory" && existing instanceof Map)) {
    folder = new Map();
    into.set(name, folder);
  } else if (existing instanceof Map) folder = existing;
  else folder = conflict(state, into, name, existing, path);
  if (mistake === "directories-are-reported") state.written.push(path);
  importFolder(state, folder, from, path);
  const dropped =
    mistake === "filter-keeps-empty-directory"
      ? false
      : existing === undefined
        ? !accepts(state, path) || mistake === "filter-drops-accepted-empty-directory"
        : mistake === "filter-prunes-existing-directory" && !accepts(state, path);
  const lost = mistake === "empty-directories-are-dropped" && existing === undefined;
  if (folder.size === 0 && ((state.accept !== undefined && dropped) || lost)) into.delete(name);
}

/** A directory where a file or link is: an error, unless a mistake says otherwise. */
function conflict(state: Run, into: Folder, name: string, existing: Leaf, path: string): Folder {
  const { mistake } = state;
  const isLink = existing[0] === "link";
  if (mistake === (isLink ? "directory-replaces-link" : "directory-replaces-file")) {
    const folder: Folder = new Map();
    into.set(name, folder);
    return folder;
  }
  if (mistake === "directory-follows-link" && isLink) {
    const target = follow(state.root, path, existing[1]);
    if (target instanceof Map) return target;
  }
  if (mistake === "filter-hides-conflict" && !accepts(state, path)) return new Map();
  throw new Conflict(path);
}

function importLeaf(state: Run, into: Folder, name: string, leaf: Leaf, path: string): void {
  const { mistake } = state;
  const existing = into.get(name);
  const full = existing instanceof Map && existing.size > 0;
  const spared =
    existing instanceof Map
      ? mistake === "leaf-spares-empty-directory"
      : existing !== undefined && mistake === "leaf-spares-leaf";
  if ((full && mistake !== "leaf-replaces-full-directory") || spared) {
    if (mistake !== "ignored-is-not-reported") state.ignored.push(path);
    if (mistake === "ignored-is-written") state.written.push(path);
    return;
  }
  if (existing !== undefined) {
    const equal = !(existing instanceof Map) && existing[0] === leaf[0] && existing[1] === leaf[1];
    if (!(equal && mistake === "equal-content-is-not-reported")) state.overwritten.push(path);
  }
  if (!(existing !== undefined && mistake === "overwritten-is-not-written")) state.written.push(path);
  if (
    mistake === "leaf-writes-through-link" &&
    existing !== undefined &&
    !(existing instanceof Map) &&
    existing[0] === "link"
  ) {
    const parent = path.split("/").slice(0, -1).join("/");
    const target = resolve(parent, existing[1]);
    const folder = walk(state.root, target.slice(0, -1));
    if (folder instanceof Map && target.length > 0) folder.set(target.at(-1)!, leaf);
    return;
  }
  into.set(name, mistaken(mistake, leaf, existing, path));
}

function mistaken(mistake: Mutation | undefined, leaf: Leaf, existing: Node | undefined, path: string): Leaf {
  const [kind, text] = leaf;
  if (mistake === "executable-bit-is-lost" && kind === "exec") return ["file", text];
  if (
    mistake === "executable-bit-of-old-file-stays" &&
    kind === "file" &&
    !(existing instanceof Map) &&
    existing?.[0] === "exec"
  ) {
    return ["exec", text];
  }
  if (mistake === "absolute-links-become-relative" && kind === "link" && text.startsWith("/")) {
    return ["link", "../".repeat(path.split("/").length - 1) + (text.slice(1) || ".")];
  }
  if (mistake === "links-are-copied-as-files" && kind === "link") return ["file", text];
  return leaf;
}

/** The names that a link's target leads through, from the root. */
function resolve(parent: string, target: string): string[] {
  const names = target.startsWith("/") || parent === "" ? [] : parent.split("/");
  for (const part of target.split("/")) {
    if (part === "..") names.pop();
    else if (part !== "" && part !== ".") names.push(part);
  }
  return names;
}

function walk(root: Folder, names: readonly string[]): Node | undefined {
  let node: Node | undefined = root;
  for (const name of names) node = node instanceof Map ? node.get(name) : undefined;
  return node;
}

function follow(root: Folder, path: string, target: string): Node | undefined {
  const parent = path.split("/").slice(0, -1).join("/");
  return walk(root, resolve(parent, target));
}
