/**
 * A tree while it is being changed: the only mutable thing of the algebra.
 *
 * A draft is opened from an immutable directory, changed by any number of operations, and frozen into an immutable directory again. A directory is
 * copied when it is first written to and not before, once for a whole batch; what nobody wrote to comes out as the same object, so that its digest is
 * known and merges cost what they touch. A draft must not be used after it was frozen.
 */
import type { Directory, DirectoryEntry, Entry, Reader, Stored } from "./Directory.ts";
import * as Tree from "./Tree.ts";

export interface Draft {
  readonly type: "draft";
  /** What it was opened from; undefined for a new directory. */
  readonly base: Directory | undefined;
  /** The children as they are now, except that sub-directories being changed are in `opened`. Shared with the base until the first write. */
  entries: ReadonlyMap<string, Entry>;
  /** The same map once it is this draft's own. */
  own: Map<string, Entry> | undefined;
  /** Sub-directories being changed; each has an entry too. */
  opened: Map<string, Draft> | undefined;
  /** `SubtreeReadOnly` as it is now. */
  readOnly: boolean | undefined;
}

/** Opens a directory for changing. */
export function open(base: Directory): Draft {
  return { type: "draft", base, entries: base.entries, own: undefined, opened: undefined, readOnly: base.readOnly };
}

/** A new, empty directory. */
export function create(): Draft {
  const own = new Map<string, Entry>();
  return { type: "draft", base: undefined, entries: own, own, opened: undefined, readOnly: undefined };
}

function writable(draft: Draft): Map<string, Entry> {
  if (draft.own === undefined) {
    draft.own = new Map(draft.entries);
    draft.entries = draft.own;
  }
  return draft.own;
}

/** Puts an entry, replacing whatever has the name. */
export function put(draft: Draft, name: string, entry: Entry): void {
  const existing = draft.entries.get(name);
  if (existing !== undefined && existing.type === "directory") draft.opened?.delete(name);
  // An equal entry keeps the directory as it is, unless it carries a time, which any write makes void.
  else if (existing !== undefined && Tree.sameLeaf(existing, entry) && draft.base?.mtime === undefined) return;
  writable(draft).set(name, entry);
}

/** Takes a whole sub-directory by address where nothing has the name. */
export function graft(draft: Draft, name: string, entry: DirectoryEntry): void {
  writable(draft).set(name, entry);
}

/** Removes an entry. */
export function remove(draft: Draft, name: string): void {
  if (!draft.entries.has(name)) return;
  draft.opened?.delete(name);
  writable(draft).delete(name);
}

/** Opens the sub-directory of a directory entry for changing. */
export function enter(draft: Draft, name: string, entry: DirectoryEntry, reader: Reader): Draft {
  const known = draft.opened?.get(name);
  if (known !== undefined) return known;
  return remember(draft, name, open(Tree.open(entry, reader)));
}

/** Creates an empty sub-directory where nothing has the name, and opens it. */
export function mkdir(draft: Draft, name: string): Draft {
  writable(draft).set(name, Tree.directory(Tree.empty));
  return remember(draft, name, create());
}

function remember(draft: Draft, name: string, child: Draft): Draft {
  draft.opened ??= new Map();
  draft.opened.set(name, child);
  return child;
}

/** Sets whether the directory and all below it are to be read-only in a sandbox. */
export function setReadOnly(draft: Draft, readOnly: boolean | undefined): void {
  draft.readOnly = readOnly;
}

/** Whether a sub-directory is empty now. */
export function isEmptyDirectory(draft: Draft, name: string, entry: DirectoryEntry, reader: Reader): boolean {
  const child = draft.opened?.get(name);
  return (child ?? Tree.open(entry, reader)).entries.size === 0;
}

/** The current content of a sub-directory: a draft, a directory or an address. */
export function current(draft: Draft, name: string, entry: DirectoryEntry): Draft | Directory | Stored {
  return draft.opened?.get(name) ?? entry.tree;
}

/** Ends changing: the directory as it is now. */
export function freeze(draft: Draft): Directory {
  for (const [name, child] of draft.opened ?? []) {
    const tree = freeze(child);
    if (tree !== child.base) writable(draft).set(name, Tree.directory(tree));
  }
  draft.opened = undefined;
  if (draft.base !== undefined && draft.own === undefined && draft.readOnly === draft.base.readOnly) return draft.base;
  return draft.readOnly === undefined
    ? { type: "tree", entries: draft.entries }
    : { type: "tree", entries: draft.entries, readOnly: draft.readOnly };
}
