/** Objects read with few system calls, for those who send them. */
import { closeSync, openSync, readSync } from "node:fs";
import type { Digest } from "@millrace/core/tree/Digest";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Sha256 from "@millrace/core/tree/Sha256";
import * as Wire from "@millrace/core/tree/Wire";
import * as ObjectStore from "./ObjectStore.ts";

let scratch = new Uint8Array(2 ** 20);
/** Bytes for which there is room at most: a digest that somebody else wrote may say any number. */
const most = 64 * 2 ** 20;

/** The bytes of an object, checked against its digest, until the next call; raises when it is missing or damaged. */
export function view(store: ObjectStore.ObjectStore, digest: Digest): Uint8Array {
  if (digest.size > most) return ObjectStore.read(store, digest);
  if (digest.size > scratch.length) scratch = new Uint8Array(digest.size);
  const bytes = scratch.subarray(0, digest.size);
  // The slow way says what is wrong, and takes a damaged object out.
  return fill(ObjectStore.path(store, digest), bytes) && Sha256.hex(bytes) === digest.hash
    ? bytes
    : ObjectStore.read(store, digest);
}

/** Writes an object of the message being written: field 2, which is how REAPI writes uploads of many (`BatchUpdateBlobsRequest`). */
export function write(digest: Digest, bytes: Uint8Array): void {
  const start = Wire.open(2);
  DirectoryCodec.writeDigest(1, digest);
  Wire.bytes(2, bytes);
  Wire.close(start);
}

/** Objects as an upload of many, behind what the message begins with. Raises when one is missing or damaged. */
export function gather(
  store: ObjectStore.ObjectStore,
  digests: readonly Digest[],
  prefix: Uint8Array,
): Uint8Array<ArrayBuffer> {
  return Wire.bytesOf(() => {
    Wire.raw(prefix);
    for (const digest of digests) write(digest, view(store, digest));
  });
}

/** Reads as many bytes as there is room for; false when there are fewer or none. */
function fill(path: string, into: Uint8Array): boolean {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return false;
  }
  try {
    for (let at = 0; at < into.length; ) {
      const read = readSync(file, into, at, into.length - at, null);
      if (read === 0) return false;
      at += read;
    }
    return true;
  } finally {
    closeSync(file);
  }
}
