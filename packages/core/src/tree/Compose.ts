/**
 * The selection that `compose` elements make: of a root, the files that split rules of the staged elements take, corrected by what integration did.
 *
 * What integration commands added is kept whatever the rules say, and what they removed is gone. What they changed counts as what it was.
 */
import type { Split } from "../plan/Plan.ts";
import * as Diff from "./Diff.ts";
import type { Directory, Entry, Reader } from "./Directory.ts";
import * as Import from "./Import.ts";
import * as Names from "./Names.ts";
import * as Paths from "./Paths.ts";
import * as SplitRules from "./SplitRules.ts";
import * as Tree from "./Tree.ts";

/** One staged artifact: its own files, and the rules of its element. */
export interface Part {
  readonly tree: Directory;
  readonly rules: SplitRules.Rules;
}

export interface Composition {
  readonly tree: Directory;
  /** How many files and directories integration added. */
  readonly added: number;
  /** How many selected ones integration removed. */
  readonly removed: number;
  /** How many paths were selected; undefined when everything was. */
  readonly selected: number | undefined;
}

export interface Roots {
  /** The root as staged, before integration; the same as `after` when nothing was integrated. */
  readonly before: Directory;
  readonly after: Directory;
}

/** Whether a split takes less than everything. */
function isSelective(split: Split): boolean {
  return !split.orphans || (split.include ?? []).length > 0 || (split.exclude ?? []).length > 0;
}

/** Selects from a root. With a split that takes everything the root itself is the answer. */
export function select(
  roots: Roots,
  parts: readonly Part[],
  split: Split,
  reader: Reader = Tree.noReader,
): Composition {
  const manifest = new Set<string>();
  const selective = isSelective(split);
  if (selective) {
    for (const { rules, tree } of parts) {
      for (const path of SplitRules.manifest(rules, split, tree, reader)) manifest.add(path);
    }
  }
  let added = 0;
  let removed = 0;
  const each = (path: string, entry: Entry, visit: (path: string) => void): void => {
    visit(path);
    if (entry.type !== "directory") return;
    for (const below of Paths.listPaths(Tree.open(entry, reader), reader)) visit(Names.join(path, below));
  };
  const keep = (path: string): void => {
    added++;
    manifest.add(path);
  };
  const drop = (path: string): void => {
    if (manifest.delete(path)) removed++;
  };
  for (const change of selective ? Diff.between(roots.before, roots.after, reader) : []) {
    if (change.type === "added") each(change.path, change.after, keep);
    else if (change.type === "removed") each(change.path, change.before, drop);
    else if (change.before.type === "directory") {
      for (const below of Paths.listPaths(Tree.open(change.before, reader), reader))
        drop(Names.join(change.path, below));
    } else if (change.after.type === "directory") {
      for (const below of Paths.listPaths(Tree.open(change.after, reader), reader))
        keep(Names.join(change.path, below));
    }
  }
  if (!selective) return { tree: roots.after, added, removed, selected: undefined };
  const { tree } = Import.into(Tree.empty, roots.after, { reader, filter: (path) => manifest.has(path) });
  return { tree, added, removed, selected: manifest.size };
}
