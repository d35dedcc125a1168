/**
 * The input root of an action: which of its directories may change, and which part of it other actions are likely to share.
 *
 * A directory may say with the property `SubtreeReadOnly` that it and what is below it are read-only or not. The root of a build is read-only but for a few directories;
 * a root that says nothing is writable. The property is for staging only and is in no output.
 */
import type { Directory, Reader } from "@millrace/core/tree/Directory";
import * as Draft from "@millrace/core/tree/Draft";
import * as Paths from "@millrace/core/tree/Paths";
import * as Tree from "@millrace/core/tree/Tree";

export interface Inputs {
  /** The root without properties. */
  readonly tree: Directory;
  readonly readOnlyRoot: boolean;
  /** Directories that may change below a read-only root. */
  readonly writable: readonly string[];
  /** Directories that may not change below a writable root. */
  readonly readOnly: readonly string[];
  /** The root without what is in the directories that one action has for its own. */
  readonly base: Directory;
}

/** Whether anything says something, by directory; roots share most of theirs. */
const marked = new WeakMap<Directory, boolean>();

function isMarked(directory: Directory, reader: Reader): boolean {
  const known = marked.get(directory);
  if (known !== undefined) return known;
  let found = directory.readOnly !== undefined;
  for (const entry of directory.entries.values()) {
    if (found) break;
    if (entry.type === "directory") found = isMarked(Tree.open(entry, reader), reader);
  }
  marked.set(directory, found);
  return found;
}

/** Reads a root. Raises when a directory of it is missing. */
export function read(root: Directory, workingDirectory: string, reader: Reader): Inputs {
  const readOnlyRoot = root.readOnly === true;
  const changing: string[] = [];
  const strip = (directory: Directory, path: string, inherited: boolean): Directory => {
    if (!isMarked(directory, reader)) return directory;
    const own = directory.readOnly ?? inherited;
    if (path !== "" && own !== inherited && inherited === readOnlyRoot) changing.push(path);
    const entries = new Map(directory.entries);
    for (const [name, entry] of entries) {
      if (entry.type !== "directory") continue;
      const child = Tree.open(entry, reader);
      const stripped = strip(child, `${path}/${name}`, own);
      if (stripped !== child) entries.set(name, Tree.directory(stripped));
    }
    return directory.mtime === undefined
      ? { type: "tree", entries }
      : { type: "tree", entries, mtime: directory.mtime };
  };
  const tree = strip(root, "", readOnlyRoot);
  const own = readOnlyRoot ? changing : [workingDirectory];
  return {
    tree,
    readOnlyRoot,
    writable: readOnlyRoot ? changing : [],
    readOnly: readOnlyRoot ? [] : changing,
    base: emptied(tree, own, reader),
  };
}

/** The tree with nothing in some directories; the root itself among them is left as it is. */
function emptied(tree: Directory, paths: readonly string[], reader: Reader): Directory {
  const draft = Draft.open(tree);
  for (const path of paths) {
    const parts = Paths.parts(path);
    const name = parts.at(-1);
    if (name === undefined || Paths.lookup(tree, path, { reader })?.type !== "directory") continue;
    Draft.put(Paths.openDraft(draft, parts.slice(0, -1).join("/"), reader), name, Tree.directory(Tree.empty));
  }
  return Draft.freeze(draft);
}
