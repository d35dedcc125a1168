/** Many small objects read with few system calls, into one piece of memory. */
import { closeSync, openSync, readSync } from "node:fs";
import type { Digest } from "@millrace/core/tree/Digest";
import * as Sha256 from "@millrace/core/tree/Sha256";
import * as ObjectStore from "./ObjectStore.ts";

export interface Blob {
  readonly digest: Digest;
  readonly bytes: Uint8Array;
}

/** The bytes of objects, each checked against its digest; raises when one is missing or damaged. All are parts of one buffer. */
export function readMany(store: ObjectStore.ObjectStore, digests: readonly Digest[]): readonly Blob[] {
  const buffer = Buffer.allocUnsafeSlow(digests.reduce((sum, { size }) => sum + size, 0));
  let end = 0;
  return digests.map((digest) => {
    const bytes = buffer.subarray(end, end + digest.size);
    end += digest.size;
    // The slow way says what is wrong, and takes a damaged object out.
    return fill(ObjectStore.path(store, digest), bytes) && Sha256.hex(bytes) === digest.hash
      ? { digest, bytes }
      : { digest, bytes: ObjectStore.read(store, digest) };
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
