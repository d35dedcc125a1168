/**
 * REAPI `Tree` messages: a root directory with all directories below it in one blob, as remote execution returns output directories.
 */
import * as Digest from "./Digest.ts";
import type { Directory, Reader } from "./Directory.ts";
import * as DirectoryCodec from "./DirectoryCodec.ts";
import * as Tree from "./Tree.ts";
import * as Wire from "./Wire.ts";

/** The message for a tree: the root, then each different directory below it once, parents before children. */
export function encode(root: Directory, reader: Reader = Tree.noReader): Uint8Array {
  DirectoryCodec.digestOf(root);
  const below = new Map<string, Directory>();
  collect(root, reader, below, 0);
  return Wire.bytesOf(() => {
    Wire.message(1, () => DirectoryCodec.writePart(root));
    for (const directory of below.values()) Wire.message(2, () => DirectoryCodec.writePart(directory));
  });
}

function collect(directory: Directory, reader: Reader, into: Map<string, Directory>, depth: number): void {
  Tree.checkDepth(depth, "");
  for (const entry of Tree.ordered(directory).values()) {
    if (entry.type !== "directory") break;
    const { hash } = DirectoryCodec.digestOfEntry(entry.tree);
    if (into.has(hash)) continue;
    const tree = Tree.open(entry, reader);
    into.set(hash, tree);
    collect(tree, reader, into, depth + 1);
  }
}

/**
 * The tree that a message says, whole in memory. Raises a CAS error on malformed content or when a directory that is named is not in the message.
 *
 * @param name what to call it in errors.
 */
export function decode(bytes: Uint8Array, name = "a tree"): Directory {
  const reading = Wire.read(bytes, name);
  const children = new Map<string, Directory>();
  let root: Directory | undefined;
  while (reading.at < bytes.length) {
    const tag = Wire.readVarint(reading, bytes.length);
    if (tag !== 10 && tag !== 18) {
      Wire.skip(reading, bytes.length, tag);
      continue;
    }
    const end = Wire.readEnd(reading, bytes.length);
    const { hash } = Digest.ofBytes(bytes.subarray(reading.at, end));
    const directory = DirectoryCodec.decodePart(reading, end);
    if (tag === 10) root = directory;
    else children.set(hash, directory);
  }
  if (root === undefined) return Wire.malformed(reading, "it has no root directory");
  return link(reading, root, children, new Map(), 0);
}

function link(
  reading: Wire.Reading,
  directory: Directory,
  children: ReadonlyMap<string, Directory>,
  linked: Map<string, Directory>,
  depth: number,
): Directory {
  Tree.checkDepth(depth, "");
  const entries = new Map(directory.entries);
  for (const [name, entry] of directory.entries) {
    if (entry.type !== "directory" || entry.tree.type === "tree") continue;
    const { hash } = entry.tree.digest;
    let tree = linked.get(hash);
    if (tree === undefined) {
      const child = children.get(hash);
      if (child === undefined) return Wire.malformed(reading, `the directory ${JSON.stringify(name)} is not in it`);
      tree = link(reading, child, children, linked, depth + 1);
      linked.set(hash, tree);
    }
    entries.set(name, Tree.directory(tree));
  }
  return { ...directory, entries };
}
