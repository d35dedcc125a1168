/** What a file holds, as a digest, without storing it. */
import { closeSync, constants, openSync, readSync } from "node:fs";
import type { Digest } from "@millrace/core/tree/Digest";
import * as Sha256 from "@millrace/core/tree/Sha256";

const piece = new Uint8Array(1 << 20);

/** The digest of a file's content, in constant memory. */
export function hashFile(file: string): Digest {
  const from = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const first = readSync(from, piece, 0, piece.length, null);
    if (first < piece.length) return { hash: Sha256.hex(piece.subarray(0, first)), size: first };
    const hash = Sha256.start();
    let size = 0;
    for (let length = first; length > 0; length = readSync(from, piece, 0, piece.length, null)) {
      hash.update(piece.subarray(0, length));
      size += length;
    }
    return { hash: hash.hex(), size };
  } finally {
    closeSync(from);
  }
}
