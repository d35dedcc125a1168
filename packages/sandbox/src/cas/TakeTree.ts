/** A tree whose directories arrive all at once. */
import * as Digest from "@millrace/core/tree/Digest";
import type { Directory } from "@millrace/core/tree/Directory";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as ObjectStore from "./ObjectStore.ts";
import * as Slices from "./Slices.ts";
import * as TreeList from "./TreeList.ts";
import * as Walk from "./Walk.ts";

/** Directories as they came: one after the other, with their hashes in the same order and the bytes of each. */
export interface Came {
  readonly bytes: Uint8Array;
  readonly hashes: string;
  readonly sizes: Uint32Array;
}

const nothing = new Uint8Array(0);

/**
 * Stores the directories of a tree out of those that came, which have the hashes that are said; gives the files of the tree (a `TreeList`). Undefined when a directory
 * neither came nor is in the store, or a file cannot be what it is said to be: the rest is stored all the same. Raises
 * where the tree can be no tree of files (`Cas.isNoTree`).
 */
export function take(
  store: ObjectStore.ObjectStore,
  root: Digest.Digest,
  came: Came,
): Uint8Array<ArrayBuffer> | undefined {
  const found = byHash(came);
  const files = new Map<string, Digest.Digest>();
  const walk = Walk.begin([root]);
  let whole = true;
  for (let next = Walk.next(walk); next !== undefined; next = Walk.next(walk)) {
    const directory = takeOne(store, next, found);
    if (directory === undefined) whole = false;
    else for (const file of Walk.enter(walk, directory)) files.set(file.hash, file);
  }
  for (const file of files.values()) {
    // A list leaves out what is empty.
    if (file.size > 0) continue;
    if (Digest.equals(file, Digest.empty)) ObjectStore.putBytes(store, nothing);
    else whole = false;
  }
  if (!whole) return undefined;
  Slices.atOnce(Walk.end(walk, ObjectStore.reader(store)));
  return TreeList.write(files.values());
}

function byHash({ bytes, hashes, sizes }: Came): ReadonlyMap<string, Uint8Array> {
  const found = new Map<string, Uint8Array>([[Digest.empty.hash, nothing]]);
  let start = 0;
  for (const [at, size] of sizes.entries()) {
    found.set(hashes.slice(64 * at, 64 * (at + 1)), bytes.subarray(start, start + size));
    start += size;
  }
  return found;
}

function takeOne(
  store: ObjectStore.ObjectStore,
  digest: Digest.Digest,
  found: ReadonlyMap<string, Uint8Array>,
): Directory | undefined {
  const bytes = found.get(digest.hash);
  if (bytes === undefined || bytes.length !== digest.size)
    // Directories are known that are in no store.
    return ObjectStore.has(store, digest) ? ObjectStore.findDirectory(store, digest) : undefined;
  const directory = DirectoryCodec.decode(bytes, digest);
  if (!ObjectStore.has(store, digest)) ObjectStore.writeBytes(store, bytes, digest);
  ObjectStore.remember(store, digest, directory);
  return directory;
}
