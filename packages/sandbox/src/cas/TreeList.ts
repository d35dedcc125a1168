/**
 * What trees consist of, as a list that a server can be asked about as it is: `Digest` messages, each as field 2 of a message, which is how REAPI writes questions
 * about many blobs. Digests become values only where somebody looks at one, which costs more than finding them.
 */
import * as Addresses from "@millrace/core/tree/Addresses";
import type { Digest } from "@millrace/core/tree/Digest";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Wire from "@millrace/core/tree/Wire";
import type * as ObjectStore from "./ObjectStore.ts";
import * as ReadMany from "./ReadMany.ts";
import * as Slices from "./Slices.ts";

/** The field of digests in a list. */
const field = 2;

/** Every blob of some trees, each once: directories and the files that they name. Raises when a directory is missing or damaged. */
export function of(store: ObjectStore.ObjectStore, roots: readonly Digest[]): Uint8Array<ArrayBuffer> {
  return Slices.atOnce(inSlices(store, roots));
}

/** The same, pausing every few hundred directories. */
export function* inSlices(
  store: ObjectStore.ObjectStore,
  roots: readonly Digest[],
): Generator<void, Uint8Array<ArrayBuffer>> {
  const first = new Map(roots.map((root) => [root.hash, root]));
  const found = new Set(first.keys());
  const parts = [write(first.values())];
  // A file may have the bytes of a directory, as in a tree of what a store holds.
  const seen = new Set<string>();
  const pending = [...roots];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    // An empty directory is the empty blob.
    if (seen.has(next.hash) || next.size === 0) continue;
    seen.add(next.hash);
    if (seen.size % 512 === 0) yield;
    const bytes = ReadMany.view(store, next);
    const visit: Addresses.Visit = (isDirectory, digest, start, end) => {
      if (isDirectory) pending.push(digest);
      if (found.has(digest.hash) || digest.size === 0) return;
      found.add(digest.hash);
      // As it stands there, but for one that nobody writes so long.
      if (end - start < 128) Wire.bytes(field, bytes.subarray(start, end));
      else DirectoryCodec.writeDigest(field, digest);
    };
    parts.push(Wire.bytesOf(() => Addresses.each(bytes, `directory ${next.hash}/${next.size}`, visit)));
  }
  return concatenated(parts);
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A list of single digests. The empty blob is everywhere and stands in no list. */
export function write(digests: Iterable<Digest>): Uint8Array<ArrayBuffer> {
  return Wire.bytesOf(() => {
    for (const digest of digests) if (digest.size > 0) DirectoryCodec.writeDigest(field, digest);
  });
}

/** Hears of a digest of a list, and where it begins and ends there. */
export type Visit = (digest: Digest, start: number, end: number) => void;

/** Tells of the digests of a list, in their order. */
export function each(list: Uint8Array, visit: Visit): void {
  const reading = Wire.read(list, "a list of blobs", true);
  while (reading.at < list.length) {
    const start = reading.at;
    Wire.readVarint(reading, list.length);
    visit(DirectoryCodec.readDigest(reading, Wire.readEnd(reading, list.length)), start, reading.at);
  }
}

/** The digests of a list. */
export function read(list: Uint8Array): readonly Digest[] {
  const digests: Digest[] = [];
  each(list, (digest) => digests.push(digest));
  return digests;
}

/** The list of those digests of a list that are wanted, in memory of its own. */
export function select(list: Uint8Array, isWanted: (digest: Digest) => boolean): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  let from = 0;
  let to = 0;
  each(list, (digest, start, end) => {
    if (!isWanted(digest)) return;
    if (start !== to) {
      parts.push(list.subarray(from, to));
      from = start;
    }
    to = end;
  });
  parts.push(list.subarray(from, to));
  return concatenated(parts);
}

/** A list in pieces of so many digests at most, as views. */
export function* pieces(list: Uint8Array, most: number): Generator<Uint8Array> {
  let start = 0;
  let end = 0;
  for (let count = 0; end < list.length; ) {
    // Each is a tag, a length, and so many bytes; a digest is short enough for a length of one byte.
    end += 2 + list[end + 1]!;
    if (++count < most && end < list.length) continue;
    yield list.subarray(start, end);
    start = end;
    count = 0;
  }
}
