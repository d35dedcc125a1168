/** A project's files given as a record of paths: what tests load projects from. */
import * as Digest from "../tree/Digest.ts";
import type { Directory, Entry } from "../tree/Directory.ts";
import * as Tree from "../tree/Tree.ts";
import type { ProjectFiles } from "./ProjectFiles.ts";
import * as TreeFiles from "./TreeFiles.ts";

/** A file's content, or a symbolic link. */
export type Content = string | Uint8Array | { readonly symlink: string };

interface Building {
  readonly entries: Map<string, Entry | Building>;
}

/** Files by path; directories are there because something is in them. A path that ends in `/` is an empty directory. */
export function make(files: Readonly<Record<string, Content>>, directory = "/project"): ProjectFiles {
  const blobs = new Map<string, Uint8Array>();
  const root: Building = { entries: new Map() };
  for (const [path, content] of Object.entries(files)) {
    const names = path.split("/");
    const last = names.pop() as string;
    let here = root;
    for (const name of names) {
      let next = here.entries.get(name);
      if (next === undefined || !("entries" in next)) {
        next = { entries: new Map() };
        here.entries.set(name, next);
      }
      here = next;
    }
    if (last === "") continue;
    if (typeof content === "object" && "symlink" in content) here.entries.set(last, Tree.symlink(content.symlink));
    else {
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      const digest = Digest.ofBytes(bytes);
      blobs.set(digest.hash, bytes);
      here.entries.set(last, Tree.file(digest));
    }
  }
  return TreeFiles.make({
    directory,
    root: finish(root),
    reader: Tree.noReader,
    blob: (digest) => blobs.get(digest.hash) as Uint8Array,
  });
}

function finish(building: Building): Directory {
  return Tree.make(
    [...building.entries].map(([name, entry]): [string, Entry] => [
      name,
      "entries" in entry ? Tree.directory(finish(entry)) : entry,
    ]),
  );
}
