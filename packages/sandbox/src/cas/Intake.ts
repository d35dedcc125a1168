/**
 * Files of the disk that become objects of the store: copied, or given away.
 *
 * Both are one pass over the content where they can be. A copied file may be written to by somebody meanwhile; what is stored is then still what was hashed.
 */
import { closeSync, constants, fchmodSync, fstatSync, linkSync, openSync, readSync, utimesSync } from "node:fs";
import type { Digest } from "@millrace/core/tree/Digest";
import * as FileHash from "./FileHash.ts";
import * as ObjectStore from "./ObjectStore.ts";
import * as ObjectWriter from "./ObjectWriter.ts";
import * as Scratch from "./Scratch.ts";

const piece = new Uint8Array(1 << 20);

/**
 * Stores a file's content, hashing and copying it in one pass, so that what is stored is what was hashed even when someone writes to the
 * file meanwhile. Constant memory, whatever its size.
 */
export function putFile(store: ObjectStore.ObjectStore, file: string, executable = false): Digest {
  const from = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    return putOpened(store, from, executable);
  } finally {
    closeSync(from);
  }
}

function putOpened(store: ObjectStore.ObjectStore, from: number, executable: boolean): Digest {
  const first = readSync(from, piece, 0, piece.length, null);
  // Most files fit into one read; a short read ends a regular file.
  if (first < piece.length) return ObjectStore.putBytes(store, piece.subarray(0, first), undefined, executable);
  const writer = ObjectWriter.start(store, executable);
  try {
    for (let length = first; length > 0; length = readSync(from, piece, 0, piece.length, null))
      writer.write(piece.subarray(0, length));
    return writer.finish();
  } finally {
    writer.close();
  }
}

/**
 * Stores a file of the store's own file system by giving it away: it becomes the object, without a copy. Only for files that nobody else can
 * have open for writing. Falls back to copying across file systems.
 */
export function takeFile(store: ObjectStore.ObjectStore, file: string, executable = false): Digest {
  const digest = FileHash.hashFile(file);
  if (ObjectStore.has(store, digest)) return digest;
  const name = Scratch.temporary(store);
  let foreign = false;
  ObjectStore.writing(store, name, () => {
    try {
      linkSync(file, name);
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code;
      if (code !== "EXDEV" && code !== "EPERM" && code !== "EMLINK") throw cause;
      foreign = true;
      return;
    }
    const opened = openSync(name, constants.O_RDONLY);
    try {
      if (fstatSync(opened).size !== digest.size) ObjectStore.raiseMissing(digest);
      fchmodSync(opened, ObjectStore.modeOf(executable));
    } finally {
      closeSync(opened);
    }
    const now = Date.now() / 1000;
    utimesSync(name, now, now);
    ObjectStore.publish(store, name, digest);
  });
  return foreign ? putFile(store, file, executable) : digest;
}
