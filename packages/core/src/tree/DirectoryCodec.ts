/**
 * Directories as REAPI `Directory` messages: canonical bytes out, checked bytes in, and the digest of a tree.
 *
 * Encoding is canonical by construction (fields in number order, names in code point order, zero values left out), so equal trees have equal bytes
 * however they were made. A directory's digest is found once and remembered with the object; a directory that was decoded keeps the digest of the
 * bytes it came from, even when those hold properties that this model has no place for.
 *
 * What comes from a store may come from another machine. Decoding therefore refuses names that could leave the tree, repeated names and lists out of
 * order: two readings of one address would otherwise be possible.
 */
import { BstError } from "../error/BstError.ts";
import * as Digest from "./Digest.ts";
import type { Directory, Entry, Timestamp } from "./Directory.ts";
import * as Names from "./Names.ts";
import * as Sha256 from "./Sha256.ts";
import * as Tree from "./Tree.ts";
import * as Wire from "./Wire.ts";

/** An encoded directory and its address. */
export interface Blob {
  readonly digest: Digest.Digest;
  readonly bytes: Uint8Array;
}

const digests = new WeakMap<Directory, Digest.Digest>();
const storedIn = new WeakMap<object, WeakSet<Directory>>();

/** Stands for the one store of a program that has only one. */
const onlyStore: object = {};

function storedSet(store: object): WeakSet<Directory> {
  let set = storedIn.get(store);
  if (set === undefined) {
    set = new WeakSet();
    storedIn.set(store, set);
  }
  return set;
}

/** The canonical bytes of one directory; sub-directories enter by digest. */
export function encode(directory: Directory): Uint8Array {
  digestChildren(directory, 0);
  return Wire.bytesOf(() => writeDirectory(directory));
}

/** The digest of a directory. Costs only what was not digested before. */
export function digestOf(directory: Directory): Digest.Digest {
  return digests.get(directory) ?? digestAt(directory, 0);
}

/** The digest of a sub-directory, without reading it. */
export function digestOfEntry(
  tree: Directory | { readonly type: "stored"; readonly digest: Digest.Digest },
): Digest.Digest {
  return tree.type === "stored" ? tree.digest : digestOf(tree);
}

/**
 * The encoded directories of a tree that a store is not known to have, children before parents, each address once. Directories that were decoded from it,
 * and those given to {@link markStored}, are known to be stored with all that is below them.
 *
 * @param store the store, as any object that stands for it; programs with one store may leave it out, here and in the functions that know about stores.
 */
export function collectNew(directory: Directory, store: object = onlyStore): readonly Blob[] {
  const blobs = new Map<string, Blob>();
  collect(directory, 0, blobs, storedSet(store));
  return [...blobs.values()];
}

/** Says that a store has this directory and all below it, after what {@link collectNew} gave was written. */
export function markStored(directory: Directory, store: object = onlyStore): void {
  const stored = storedSet(store);
  const waiting = [directory];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (stored.has(next)) continue;
    stored.add(next);
    for (const entry of next.entries.values()) {
      if (entry.type === "directory" && entry.tree.type === "tree") waiting.push(entry.tree);
    }
  }
}

/**
 * The directory that some bytes say.
 *
 * @param digest its address where known (it is not checked here); without it the bytes are hashed.
 * @param store where it came from.
 * Raises `malformed-directory` on malformed or dangerous content.
 */
export function decode(
  bytes: Uint8Array,
  digest: Digest.Digest = Digest.ofBytes(bytes),
  store: object = onlyStore,
): Directory {
  const directory = readNamed(Wire.read(bytes, `directory ${Digest.format(digest)}`), bytes.length);
  digests.set(directory, digest);
  storedSet(store).add(directory);
  return directory;
}

/** Reads a directory that is an object: that it is none says nothing against whoever has it, since anybody may have put it there. */
function readNamed(reading: Wire.Reading, end: number): Directory {
  try {
    return readDirectory(reading, end);
  } catch (cause) {
    if (!(cause instanceof BstError)) throw cause;
    const { message, hint } = cause;
    throw new BstError({ domain: "CAS", reason: "malformed-directory", message, hint });
  }
}

/** Decodes a directory inside a larger message, which no store need have on its own. */
export function decodePart(reading: Wire.Reading, end: number): Directory {
  return readDirectory(reading, end);
}

/** Writes the body of a directory into the running encoder; for messages that contain directories. */
export function writePart(directory: Directory): void {
  writeDirectory(directory);
}

function digestChildren(directory: Directory, depth: number): void {
  for (const entry of directory.entries.values()) {
    if (entry.type === "directory" && entry.tree.type === "tree" && !digests.has(entry.tree))
      digestAt(entry.tree, depth + 1);
  }
}

function digestAt(directory: Directory, depth: number): Digest.Digest {
  Tree.checkDepth(depth, "");
  digestChildren(directory, depth);
  const digest = Wire.encoded(
    () => writeDirectory(directory),
    (bytes) => ({ hash: Sha256.hex(bytes), size: bytes.length }),
  );
  digests.set(directory, digest);
  return digest;
}

function collect(directory: Directory, depth: number, into: Map<string, Blob>, stored: WeakSet<Directory>): void {
  if (stored.has(directory)) return;
  Tree.checkDepth(depth, "");
  const known = digests.get(directory);
  if (known !== undefined && into.has(known.hash)) return;
  for (const entry of directory.entries.values()) {
    if (entry.type === "directory" && entry.tree.type === "tree") collect(entry.tree, depth + 1, into, stored);
  }
  const bytes = encode(directory);
  const digest = known ?? { hash: Sha256.hex(bytes), size: bytes.length };
  digests.set(directory, digest);
  into.set(digest.hash, { digest, bytes });
}

/** Writes a `Digest` message as a field of the message being written. */
export function writeDigest(field: number, digest: Digest.Digest): void {
  const start = Wire.open(field);
  Wire.text(1, digest.hash);
  Wire.integer(2, digest.size);
  Wire.close(start);
}

function writeTimestamp(field: number, time: Timestamp): void {
  const start = Wire.open(field);
  Wire.integer(1, time.seconds);
  Wire.integer(2, time.nanos);
  Wire.close(start);
}

function writeDirectory(directory: Directory): void {
  const children = Tree.ordered(directory);
  for (const [name, entry] of children) {
    if (entry.type !== "file") continue;
    const start = Wire.open(1);
    Wire.text(1, name);
    writeDigest(2, entry.digest);
    Wire.boolean(4, entry.executable);
    if (entry.mtime !== undefined) {
      const properties = Wire.open(6);
      writeTimestamp(2, entry.mtime);
      Wire.close(properties);
    }
    Wire.close(start);
  }
  for (const [name, entry] of children) {
    if (entry.type !== "directory") break;
    const start = Wire.open(2);
    Wire.text(1, name);
    writeDigest(2, entry.tree.type === "stored" ? entry.tree.digest : digests.get(entry.tree)!);
    Wire.close(start);
  }
  for (const [name, entry] of children) {
    if (entry.type !== "symlink") continue;
    const start = Wire.open(3);
    Wire.text(1, name);
    Wire.text(2, entry.target);
    Wire.close(start);
  }
  if (directory.readOnly === undefined && directory.mtime === undefined) return;
  const properties = Wire.open(5);
  if (directory.readOnly !== undefined) {
    const property = Wire.open(1);
    Wire.text(1, "SubtreeReadOnly");
    Wire.text(2, directory.readOnly ? "true" : "false");
    Wire.close(property);
  }
  if (directory.mtime !== undefined) writeTimestamp(2, directory.mtime);
  Wire.close(properties);
}

/** What a node's fields say; every kind of node uses some of them. */
interface Fields {
  name: string;
  target: string;
  digest: Digest.Digest | undefined;
  executable: boolean;
  mtime: Timestamp | undefined;
  readOnly: boolean | undefined;
}

function readDirectory(reading: Wire.Reading, end: number): Directory {
  const files: [string, Entry][] = [];
  const entries = new Map<string, Entry>();
  const links: [string, Entry][] = [];
  let properties: Fields | undefined;
  const last = ["", "", ""];
  while (reading.at < end) {
    const tag = Wire.readVarint(reading, end);
    if (tag === 10 || tag === 18 || tag === 26) {
      const kind = tag >> 3;
      const node = readNode(reading, Wire.readEnd(reading, end), kind);
      checkName(reading, node.name, last[kind - 1]!);
      last[kind - 1] = node.name;
      if (kind === 3) {
        if (node.target === "")
          return Wire.malformed(reading, `the symbolic link ${JSON.stringify(node.name)} has no target`);
        if (node.target.includes("\0"))
          return Wire.malformed(reading, `the target of ${JSON.stringify(node.name)} contains a NUL character`);
        links.push([node.name, { type: "symlink", target: node.target }]);
        continue;
      }
      if (node.digest === undefined) return Wire.malformed(reading, `${JSON.stringify(node.name)} has no digest`);
      if (kind === 2) {
        entries.set(node.name, { type: "directory", tree: { type: "stored", digest: node.digest } });
      } else {
        const entry: Entry = { type: "file", digest: node.digest, executable: node.executable };
        files.push([node.name, node.mtime === undefined ? entry : { ...entry, mtime: node.mtime }]);
      }
    } else if (tag === 42) {
      properties = readProperties(reading, Wire.readEnd(reading, end), properties);
    } else {
      Wire.skip(reading, end, tag);
    }
  }
  const count = entries.size + files.length + links.length;
  for (const [name, entry] of files) entries.set(name, entry);
  for (const [name, entry] of links) entries.set(name, entry);
  if (entries.size !== count) return Wire.malformed(reading, "two entries have the same name");
  return properties === undefined
    ? { type: "tree", entries }
    : { type: "tree", entries, mtime: properties.mtime, readOnly: properties.readOnly };
}

function checkName(reading: Wire.Reading, name: string, last: string): void {
  const flaw = Names.flaw(name);
  if (flaw !== undefined) Wire.malformed(reading, `the entry name ${JSON.stringify(name)} ${flaw}`);
  const order = last === "" ? 1 : Names.compare(name, last);
  if (order === 0) Wire.malformed(reading, `the name ${JSON.stringify(name)} is there twice`);
  if (order < 0)
    Wire.malformed(reading, `${JSON.stringify(name)} comes after ${JSON.stringify(last)}, entries are not sorted`);
}

function blank(): Fields {
  return { name: "", target: "", digest: undefined, executable: false, mtime: undefined, readOnly: undefined };
}

function readNode(reading: Wire.Reading, end: number, kind: number): Fields {
  const fields = blank();
  while (reading.at < end) {
    const tag = Wire.readVarint(reading, end);
    if (tag === 10) fields.name = Wire.readText(reading, end);
    else if (tag === 18 && kind === 3) fields.target = Wire.readText(reading, end);
    else if (tag === 18) fields.digest = readDigest(reading, Wire.readEnd(reading, end));
    else if (tag === 32 && kind === 1) fields.executable = Wire.readVarint(reading, end) !== 0;
    else if (tag === 50 && kind === 1) readProperties(reading, Wire.readEnd(reading, end), fields);
    else Wire.skip(reading, end, tag);
  }
  return fields;
}

/** Reads a `Digest` message; also for the other messages that hold one. */
export function readDigest(reading: Wire.Reading, end: number): Digest.Digest {
  return readUsualDigest(reading, end) ?? readAnyDigest(reading, end);
}

/** Bytes of a hash with its tag and its length. */
const hashLength = 66;

/** Reads a digest as everybody writes it: a hash, and a size behind it unless that is zero. Undefined, with nothing read, where it is another one. */
function readUsualDigest(reading: Wire.Reading, end: number): Digest.Digest | undefined {
  const { bytes, text, at } = reading;
  const sizeAt = at + hashLength;
  if (text === undefined || end < sizeAt || bytes[at] !== 10 || bytes[at + 1] !== 64) return undefined;
  if (end > sizeAt && bytes[sizeAt] !== 16) return undefined;
  for (let index = at + 2; index < sizeAt; index++) if (!isHexDigit(bytes[index]!)) return undefined;
  let size = 0;
  let scale = 1;
  for (let index = sizeAt + 1; index < end; index++) {
    const next = bytes[index]!;
    // Sizes from 2^49 on are for the slow way, and so is whatever stands behind the size.
    if (next < 0x80 !== (index === end - 1) || scale > 2 ** 42) return undefined;
    size += (next & 0x7f) * scale;
    scale *= 128;
  }
  if (end === sizeAt + 1) return undefined;
  reading.at = end;
  return { hash: text.slice(at + 2, sizeAt), size };
}

function readAnyDigest(reading: Wire.Reading, end: number): Digest.Digest {
  let hash = "";
  let size = 0;
  while (reading.at < end) {
    const tag = Wire.readVarint(reading, end);
    if (tag === 10) hash = Wire.readText(reading, end);
    else if (tag === 16) size = Wire.readSigned(reading, end);
    else Wire.skip(reading, end, tag);
  }
  if (!isHash(hash)) return Wire.malformed(reading, `${JSON.stringify(hash.slice(0, 80))} is no SHA-256 hash`);
  if (size < 0) return Wire.malformed(reading, `a size of ${size} bytes`);
  return { hash, size };
}

/** Whether a text is 64 lower-case hex digits. Hashes become file names, so anything else is refused. */
function isHash(text: string): boolean {
  if (text.length !== 64) return false;
  for (let index = 0; index < 64; index++) {
    if (!isHexDigit(text.charCodeAt(index))) return false;
  }
  return true;
}

function isHexDigit(unit: number): boolean {
  return (unit >= 0x30 && unit <= 0x39) || (unit >= 0x61 && unit <= 0x66);
}

function readProperties(reading: Wire.Reading, end: number, into: Fields = blank()): Fields {
  while (reading.at < end) {
    const tag = Wire.readVarint(reading, end);
    if (tag === 10) readProperty(reading, Wire.readEnd(reading, end), into);
    else if (tag === 18) into.mtime = readTimestamp(reading, Wire.readEnd(reading, end));
    else Wire.skip(reading, end, tag);
  }
  return into;
}

function readProperty(reading: Wire.Reading, end: number, into: Fields): void {
  let name = "";
  let value = "";
  while (reading.at < end) {
    const tag = Wire.readVarint(reading, end);
    if (tag === 10) name = Wire.readText(reading, end);
    else if (tag === 18) value = Wire.readText(reading, end);
    else Wire.skip(reading, end, tag);
  }
  if (name === "SubtreeReadOnly") into.readOnly = value === "true";
}

function readTimestamp(reading: Wire.Reading, end: number): Timestamp {
  let seconds = 0;
  let nanos = 0;
  while (reading.at < end) {
    const tag = Wire.readVarint(reading, end);
    if (tag === 8) seconds = Wire.readSigned(reading, end);
    else if (tag === 16) nanos = Wire.readSigned(reading, end);
    else Wire.skip(reading, end, tag);
  }
  return { seconds, nanos };
}
