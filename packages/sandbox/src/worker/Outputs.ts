/** What an action leaves: its output paths looked up in the root as it is afterwards. */
import type { Digest } from "@millrace/core/tree/Digest";
import type { Directory, Reader } from "@millrace/core/tree/Directory";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Draft from "@millrace/core/tree/Draft";
import * as Paths from "@millrace/core/tree/Paths";
import * as Tree from "@millrace/core/tree/Tree";
import * as ObjectStore from "../cas/ObjectStore.ts";
import * as Trees from "../cas/Trees.ts";
import * as ActionMessages from "../remote/ActionMessages.ts";

export interface Outputs extends Pick<ActionMessages.ActionResult, "files" | "directories" | "symlinks"> {
  /** Everything that a reader of the result needs; all of it is in the store. */
  readonly blobs: readonly Digest[];
}

/** Every directory below one, each once, parents first. */
function below(root: Directory, reader: Reader): readonly Directory[] {
  const found = new Map<string, Directory>();
  const pending = [root];
  for (let next = pending.pop(); next !== undefined; next = pending.pop())
    for (const entry of next.entries.values()) {
      if (entry.type !== "directory") continue;
      const { hash } = DirectoryCodec.digestOfEntry(entry.tree);
      if (found.has(hash)) continue;
      const child = Tree.open(entry, reader);
      found.set(hash, child);
      pending.push(child);
    }
  return [...found.values()];
}

/** The tree with the directories that output paths lie in, which a command may count on. Those of a read-only root are there or nowhere. */
export function withParents(
  tree: Directory,
  command: ActionMessages.Command,
  readOnlyRoot: boolean,
  reader: Reader,
): Directory {
  if (readOnlyRoot) return tree;
  const draft = Draft.open(tree);
  for (const path of command.outputPaths)
    Paths.openDraft(draft, `${command.workingDirectory}/${path}`.replace(/[^/]*\/*$/, ""), reader);
  return Draft.freeze(draft);
}

/** Collects outputs, in slices. A path where nothing is has no output. */
export function* collect(
  store: ObjectStore.ObjectStore,
  tree: Directory,
  command: ActionMessages.Command,
): Generator<void, Outputs> {
  const reader = ObjectStore.reader(store);
  const files: ActionMessages.OutputFile[] = [];
  const directories: ActionMessages.OutputDirectory[] = [];
  const symlinks: ActionMessages.OutputSymlink[] = [];
  const blobs: Digest[] = [];
  const wanted = command.outputFormat;
  for (const path of command.outputPaths) {
    const found = Paths.find(tree, `${command.workingDirectory}/${path}`, { reader });
    if (found.type !== "root" && found.type !== "entry") continue;
    const entry = found.type === "root" ? Tree.directory(found.directory) : found.entry;
    if (entry.type === "symlink") symlinks.push({ path, target: entry.target });
    else if (entry.type === "file") {
      files.push({ path, digest: entry.digest, executable: entry.executable });
      blobs.push(entry.digest);
    } else {
      const directory = Tree.open(entry, reader);
      const root = ObjectStore.putTree(store, directory);
      for (const digest of yield* Trees.blobs(store, root)) blobs.push(digest);
      if (wanted === ActionMessages.format.directory) {
        directories.push({ path, root });
        continue;
      }
      const message = ActionMessages.encodeTree({ root: directory, children: below(directory, reader) });
      const whole = ObjectStore.putBytes(store, message);
      blobs.push(whole);
      directories.push({ path, tree: whole, root: wanted === ActionMessages.format.both ? root : undefined });
    }
  }
  return { files, directories, symlinks, blobs };
}
