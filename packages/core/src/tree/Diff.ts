/**
 * What differs between two trees, found without reading what is equal: sub-trees with one address are passed over whole.
 */
import type { Directory, DirectoryEntry, Entry, Reader } from "./Directory.ts";
import * as DirectoryCodec from "./DirectoryCodec.ts";
import * as Draft from "./Draft.ts";
import * as Names from "./Names.ts";
import * as Tree from "./Tree.ts";

/**
 * One difference. A directory that is only on one side is one change, whatever is in it; a directory that became a file or the other way is one too.
 */
export type Change =
  | { readonly type: "added"; readonly path: string; readonly after: Entry }
  | { readonly type: "removed"; readonly path: string; readonly before: Entry }
  | { readonly type: "changed"; readonly path: string; readonly before: Entry; readonly after: Entry };

/** The differences, by directory in canonical order: what is in `after` first, then what is only in `before`. */
export function between(before: Directory, after: Directory, reader: Reader = Tree.noReader): readonly Change[] {
  const changes: Change[] = [];
  compare(before, after, "", 0, reader, changes);
  return changes;
}

function compare(
  before: Directory,
  after: Directory,
  path: string,
  depth: number,
  reader: Reader,
  changes: Change[],
): void {
  if (before === after) return;
  Tree.checkDepth(depth, path);
  for (const [name, entry] of Tree.ordered(after)) {
    const old = before.entries.get(name);
    if (old === undefined) changes.push({ type: "added", path: Names.join(path, name), after: entry });
    else if (same(old, entry)) continue;
    else if (old.type === "directory" && entry.type === "directory") {
      compare(Tree.open(old, reader), Tree.open(entry, reader), Names.join(path, name), depth + 1, reader, changes);
    } else changes.push({ type: "changed", path: Names.join(path, name), before: old, after: entry });
  }
  for (const [name, entry] of Tree.ordered(before)) {
    if (!after.entries.has(name)) changes.push({ type: "removed", path: Names.join(path, name), before: entry });
  }
}

/** Whether two entries say the same; directories by address. */
export function same(a: Entry, b: Entry): boolean {
  if (a.type !== "directory" || b.type !== "directory") return Tree.sameLeaf(a, b);
  return a.tree === b.tree || digest(a) === digest(b);
}

function digest(entry: DirectoryEntry): string {
  return DirectoryCodec.digestOfEntry(entry.tree).hash;
}

/**
 * Carries the changes between `before` and `after` over to a third tree: how an incremental workspace build brings edited sources into the last build
 * tree. What changed between the two replaces what the tree has; what both have alike is left to the tree; what was removed is removed.
 */
export function carryOver(
  tree: Directory,
  before: Directory,
  after: Directory,
  reader: Reader = Tree.noReader,
): Directory {
  const draft = Draft.open(tree);
  carryInto(draft, before, after, reader, 0);
  return Draft.freeze(draft);
}

function carryInto(draft: Draft.Draft, before: Directory, after: Directory, reader: Reader, depth: number): void {
  Tree.checkDepth(depth, "");
  for (const [name, entry] of Tree.ordered(after)) {
    const mine = draft.entries.get(name);
    const old = before.entries.get(name);
    if ((mine !== undefined && same(mine, entry)) || (old !== undefined && same(old, entry))) continue;
    if (mine?.type === "directory" && entry.type === "directory") {
      const oldTree = old?.type === "directory" ? Tree.open(old, reader) : Tree.empty;
      carryInto(Draft.enter(draft, name, mine, reader), oldTree, Tree.open(entry, reader), reader, depth + 1);
    } else Draft.put(draft, name, entry);
  }
  for (const name of before.entries.keys()) if (!after.entries.has(name)) Draft.remove(draft, name);
}
