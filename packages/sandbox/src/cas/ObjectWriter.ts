/** Objects whose content comes in pieces: written beside the store and hashed on the way, never whole in memory. */
import { closeSync, fchmodSync, ftruncateSync, openSync, rmSync, writeSync } from "node:fs";
import type { Digest } from "@millrace/core/tree/Digest";
import * as Sha256 from "@millrace/core/tree/Sha256";
import * as ObjectStore from "./ObjectStore.ts";
import * as Scratch from "./Scratch.ts";

/** An object in the making. */
export interface ObjectWriter {
  readonly write: (bytes: Uint8Array) => void;
  /** Ends the content and publishes the object. */
  readonly finish: () => Digest;
  /** Removes what was not finished; does nothing afterwards. */
  readonly close: () => void;
}

/** Starts an object whose content comes in pieces and is never whole in memory. `executable` says what the file is. */
export function start(store: ObjectStore.ObjectStore, executable = false): ObjectWriter {
  const hash = Sha256.start();
  const name = Scratch.temporary(store);
  let size = 0;
  let file: number | undefined;
  ObjectStore.writing(store, name, () => {
    file = openSync(name, "wx", 0o600);
  });
  const close = (): void => {
    if (file === undefined) return;
    closeSync(file);
    file = undefined;
    rmSync(name, { force: true });
  };
  return {
    write: (bytes) => {
      const to = file as number;
      hash.update(bytes);
      const begin = size;
      size += bytes.length;
      // A hole stays one: the end is set when the content is complete.
      if (isHole(bytes)) return;
      ObjectStore.writing(store, name, () => {
        for (let at = 0; at < bytes.length; ) at += writeSync(to, bytes, at, bytes.length - at, begin + at);
      });
    },
    finish: () => {
      const digest = { hash: hash.hex(), size };
      if (ObjectStore.has(store, digest)) {
        close();
        return digest;
      }
      const to = file as number;
      file = undefined;
      ObjectStore.writing(store, name, () => {
        ftruncateSync(to, size);
        fchmodSync(to, ObjectStore.modeOf(executable));
        closeSync(to);
        ObjectStore.publish(store, name, digest);
      });
      return digest;
    },
    close,
  };
}

const zeros = new Uint8Array(1 << 20);

/** Whether a piece of a file is worth leaving out of the disk. */
export function isHole(bytes: Uint8Array): boolean {
  return (
    bytes.length >= 1 << 16 &&
    bytes.length <= zeros.length &&
    Buffer.compare(bytes, zeros.subarray(0, bytes.length)) === 0
  );
}
