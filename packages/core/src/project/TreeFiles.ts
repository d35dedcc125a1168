/**
 * A project's files as they lie in a Merkle tree: a junction that was never checked out, or a record in a test.
 *
 * Symbolic links are followed inside the tree only; one that leads out of it leads nowhere. The digest of a directory is known without
 * reading anything, since the tree is made of digests.
 */

import { raise } from "../error/BstError.ts";
import type { Digest } from "../tree/Digest.ts";
import type { Directory, Entry, Reader, Stored } from "../tree/Directory.ts";
import * as DirectoryCodec from "../tree/DirectoryCodec.ts";
import * as Tree from "../tree/Tree.ts";
import * as Names from "../yaml/PythonText.ts";
import type { FileKind, ProjectFiles } from "./ProjectFiles.ts";

export interface TreeSource {
  /** Stands for the project directory in messages and in `%{project-root}`. */
  readonly directory: string;
  readonly root: Directory | Stored;
  readonly reader: Reader;
  /** The bytes of a file. */
  readonly blob: (digest: Digest) => Uint8Array;
}

/** Links followed before a path counts as a loop, as many as Linux follows. */
const maximumLinks = 40;

/** The files of a tree. */
export function make(source: TreeSource): ProjectFiles {
  const root: Entry = { type: "directory", tree: source.root };
  const opened = (entry: Entry | undefined): Directory | undefined =>
    entry?.type === "directory" ? Tree.open(entry, source.reader) : undefined;

  /** Walks to a path; the last component is followed only when asked. Gives the resolved path and what stands there. */
  const walk = (
    path: string,
    followLast: boolean,
  ): { readonly path: string; readonly entry: Entry | undefined } | undefined => {
    const todo = components(path).reverse();
    const at: { readonly name: string; readonly entry: Entry }[] = [];
    let links = 0;
    for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
      if (name === "..") {
        if (at.pop() === undefined) return undefined;
        continue;
      }
      const here = opened(at.length === 0 ? root : at[at.length - 1]?.entry);
      const entry = here?.entries.get(name);
      if (entry === undefined)
        return { path: [...at.map((step) => step.name), name, ...todo.reverse()].join("/"), entry };
      if (entry.type === "symlink" && (followLast || todo.length > 0)) {
        if (++links > maximumLinks || entry.target.startsWith("/")) return undefined;
        todo.push(...components(entry.target).reverse());
        continue;
      }
      at.push({ name, entry });
    }
    return {
      path: at.map((step) => step.name).join("/") || ".",
      entry: at.length === 0 ? root : at[at.length - 1]?.entry,
    };
  };
  const file = (path: string) => {
    const entry = walk(path, true)?.entry;
    return entry?.type === "file" ? entry : undefined;
  };
  return {
    directory: source.directory,
    kind: (path) => kindOf(walk(path, false)?.entry),
    read: (path) => {
      const entry = file(path);
      return entry === undefined ? undefined : source.blob(entry.digest);
    },
    list: (path) => {
      const directory = opened(walk(path, true)?.entry);
      if (directory === undefined) return undefined;
      return [...directory.entries]
        .map(([name, entry]) => ({ name, kind: kindOf(entry) as FileKind }))
        .sort((a, b) => Names.compare(a.name, b.name));
    },
    treeDigest: (path) => {
      const found = walk(path, false);
      if (found?.entry?.type === "directory") return DirectoryCodec.digestOfEntry(found.entry.tree);
      if (found?.entry?.type === "file") {
        const name = found.path.slice(found.path.lastIndexOf("/") + 1);
        const { digest, executable } = found.entry;
        return DirectoryCodec.digestOf(Tree.make([[name, Tree.file(digest, executable)]]));
      }
      return raise({
        domain: "CAS",
        reason: null,
        message: `Cannot capture '${path}' below ${source.directory}: no file or directory is there`,
      });
    },
    sha256: (path) => file(path)?.digest.hash,
    resolve: (path) => walk(path, true)?.path,
  };
}

function components(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}

function kindOf(entry: Entry | undefined): FileKind | undefined {
  return entry?.type;
}
