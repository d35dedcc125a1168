/** Copies of files that have holes, with their holes: the copy that the kernel makes of such a file is as large on disk as the file says it is. */
import { closeSync, ftruncateSync, openSync, readSync, rmSync, statSync, writeSync } from "node:fs";
import * as ObjectWriter from "./ObjectWriter.ts";

/** Smaller files are not asked. */
const worthAsking = 1 << 20;

/** Whether a file has holes that are worth keeping. */
export function hasHoles(file: string, size: number): boolean {
  if (size < worthAsking) return false;
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats !== undefined && stats.blocks * 512 < size - worthAsking / 2;
}

/** Copies a file to a place where nothing is, with a pause for every piece. Throws what the file system says, and leaves nothing then. */
export function* copy(file: string, to: string): Generator<void, void> {
  const piece = new Uint8Array(1 << 20);
  const from = openSync(file, "r");
  try {
    const into = openSync(to, "wx", 0o600);
    let whole = false;
    try {
      let size = 0;
      for (let length = readSync(from, piece); length > 0; length = readSync(from, piece)) {
        const bytes = piece.subarray(0, length);
        if (!ObjectWriter.isHole(bytes))
          for (let at = 0; at < length; ) at += writeSync(into, bytes, at, length - at, size + at);
        size += length;
        yield;
      }
      ftruncateSync(into, size);
      whole = true;
    } finally {
      closeSync(into);
      if (!whole) rmSync(to, { force: true });
    }
  } finally {
    closeSync(from);
  }
}
