/**
 * Whether a whole tree is in the store. Looks at every directory and every file it names, each once: records (artifact refs, source
 * refs) outlive blobs, since the daemon expires blobs one by one.
 */
import type { Digest } from "@millrace/core/tree/Digest";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as ObjectStore from "./ObjectStore.ts";

const slice = 2048;

/** Whether a directory and everything below it is in the store. */
export function has(store: ObjectStore.ObjectStore, root: Digest): boolean {
  const steps = hasInSlices(store, root);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** The same, pausing every few thousand blobs. */
export function* hasInSlices(store: ObjectStore.ObjectStore, root: Digest): Generator<void, boolean> {
  const seen = new Set<string>();
  const pending = [root];
  let looks = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (seen.has(next.hash)) continue;
    seen.add(next.hash);
    if (!ObjectStore.has(store, next)) return false;
    const directory = ObjectStore.findDirectory(store, next);
    if (directory === undefined) return false;
    for (const entry of directory.entries.values()) {
      if (entry.type === "file") {
        if (!ObjectStore.has(store, entry.digest)) return false;
        if (++looks % slice === 0) yield;
      } else if (entry.type === "directory") {
        pending.push(DirectoryCodec.digestOfEntry(entry.tree));
      }
    }
  }
  return true;
}
