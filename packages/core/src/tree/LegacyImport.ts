/**
 * The import rules of BuildStream 1.x, as its list-based copying and linking had them: an alternative to `Import.ts` for comparing and for old habits.
 *
 * They differ in two ways that matter. Symbolic links of the destination are followed: a directory over a link goes to where the link leads, and so does
 * everything below it; where a broken link leads, directories are made. And the source is first made a list, sorted as plain text, whose order decides
 * what a link that comes in changes for the entries after it. Resolution never leaves the tree: absolute targets start at its root, `..` stops there.
 *
 * Absolute targets of links that come in are rewritten relative to where they stand, as 1.x did to keep them inside a staging area.
 */
import { raise } from "../error/BstError.ts";
import type { Directory, Entry, Reader } from "./Directory.ts";
import * as Draft from "./Draft.ts";
import type { Options, Result } from "./Import.ts";
import * as Names from "./Names.ts";
import * as Paths from "./Paths.ts";
import * as Tree from "./Tree.ts";

/**
 * What of a tree is listed: files, links, and directories that hold neither of the two. Sorted as text, so `a-b` comes before `a/b`.
 */
export function list(source: Directory, reader: Reader = Tree.noReader): string[] {
  const paths: string[] = [];
  const visit = (directory: Directory, path: string, depth: number): void => {
    Tree.checkDepth(depth, path);
    let leaves = 0;
    for (const [name, entry] of directory.entries) {
      const here = Names.join(path, name);
      if (entry.type === "directory") visit(Tree.open(entry, reader), here, depth + 1);
      else {
        leaves++;
        paths.push(here);
      }
    }
    if (leaves === 0 && path !== "") paths.push(path);
  };
  visit(source, "", 0);
  return paths.sort(Names.compare);
}

/**
 * Imports a tree into another by the old rules.
 *
 * Raises UTIL when a directory of the source meets a file, or a path leads through one or through links in a circle.
 */
export function into(destination: Directory, source: Directory, options: Options = {}): Result {
  const reader = options.reader ?? Tree.noReader;
  const draft = Draft.open(destination);
  const report: Lists = { written: [], overwritten: [], ignored: [] };
  for (const path of list(source, reader)) {
    if (options.filter !== undefined && !options.filter(path)) continue;
    const entry = Paths.lookup(source, path, { reader })!;
    importOne({ root: draft, reader, links: 0 }, path, entry, report);
  }
  const { written, overwritten, ignored } = report;
  return {
    tree: Draft.freeze(draft),
    report: { written: options.listWritten === true ? written : undefined, overwritten, ignored },
  };
}

interface Lists {
  readonly written: string[];
  readonly overwritten: string[];
  readonly ignored: string[];
}

function importOne(walk: Walk, path: string, entry: Entry, report: Lists): void {
  report.written.push(path);
  if (entry.type === "directory") {
    enter(walk, path, path.split("/"));
    return;
  }
  const parts = path.split("/");
  const name = parts.pop()!;
  const trail = enter(walk, path, parts);
  const parent = trail.at(-1)!.draft;
  const existing = parent.entries.get(name);
  if (existing?.type === "directory" && !Draft.isEmptyDirectory(parent, name, existing, walk.reader)) {
    report.ignored.push(path);
    return;
  }
  // A link that leads to a directory counts as a directory here, and one that leads nowhere as a file.
  if (existing !== undefined && existing.type !== "directory" && !leadsToDirectory(walk, trail, existing)) {
    report.overwritten.push(path);
  }
  const real = trail.slice(1).map((step) => step.name);
  Draft.put(parent, name, entry.type === "symlink" ? Tree.symlink(relative(entry.target, real)) : entry);
}

interface Step {
  readonly name: string;
  readonly draft: Draft.Draft;
}

interface Walk {
  readonly root: Draft.Draft;
  readonly reader: Reader;
  /** Links gone through so far, for this entry. */
  links: number;
}

/** Goes to a directory through links, making what is missing; the answer starts with the root. */
function enter(walk: Walk, path: string, parts: readonly string[]): Step[] {
  const root: Step = { name: "", draft: walk.root };
  let trail: Step[] = [root];
  const waiting = [...parts].reverse();
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      if (trail.length > 1) trail.pop();
      continue;
    }
    const here = trail.at(-1)!.draft;
    const entry = here.entries.get(part);
    if (entry === undefined) trail.push({ name: part, draft: Draft.mkdir(here, part) });
    else if (entry.type === "directory") trail.push({ name: part, draft: Draft.enter(here, part, entry, walk.reader) });
    else if (entry.type === "file") return blocked(path, Names.join(namesOf(trail), part));
    else {
      if (++walk.links > Paths.maximumLinks) return circular(path);
      if (entry.target.startsWith("/")) trail = [root];
      for (const next of entry.target.split("/").reverse()) waiting.push(next);
    }
  }
  return trail;
}

function namesOf(trail: readonly Step[]): string {
  return trail
    .slice(1)
    .map(({ name }) => name)
    .join("/");
}

/** Whether a link in the directory at the end of a trail leads to a directory that is there. Makes nothing. */
function leadsToDirectory(walk: Walk, trail: readonly Step[], entry: Entry): boolean {
  if (entry.type !== "symlink") return false;
  const stack: string[] = entry.target.split("/").reverse();
  let steps = entry.target.startsWith("/") ? [trail[0]!] : [...trail];
  let links = 0;
  for (let part = stack.pop(); part !== undefined; part = stack.pop()) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      if (steps.length > 1) steps.pop();
      continue;
    }
    const here = steps.at(-1)!.draft;
    const next = here.entries.get(part);
    if (next === undefined || next.type === "file") return false;
    if (next.type === "directory") steps.push({ name: part, draft: Draft.enter(here, part, next, walk.reader) });
    else {
      if (++links > Paths.maximumLinks) return false;
      if (next.target.startsWith("/")) steps = [trail[0]!];
      for (const more of next.target.split("/").reverse()) stack.push(more);
    }
  }
  return true;
}

/** An absolute target as seen from the directory that the link is in. */
function relative(target: string, directory: readonly string[]): string {
  if (!target.startsWith("/")) return target;
  const parts = Paths.parts(target);
  let common = 0;
  while (common < parts.length && common < directory.length && parts[common] === directory[common]) common++;
  const up = directory.slice(common).map(() => "..");
  return [...up, ...parts.slice(common)].join("/") || ".";
}

function blocked(path: string, by: string): never {
  return raise({
    domain: "UTIL",
    reason: null,
    message: `/${path} cannot be staged: /${by} is a file, not a directory`,
    hint: "Two artifacts disagree about what this path is.",
  });
}

function circular(path: string): never {
  return raise({
    domain: "UTIL",
    reason: null,
    message: `/${path} cannot be staged: symbolic links on its way point at each other`,
    hint: "Break the circle of links.",
  });
}
