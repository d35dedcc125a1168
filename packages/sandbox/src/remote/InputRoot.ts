/**
 * What a server has to be sent so that it has whole trees.
 *
 * Most of a root is the same from one element to the next: a tree that the server is known to have is not looked into again.
 */
import type { BstError } from "@millrace/core/error/BstError";
import type { Digest } from "@millrace/core/tree/Digest";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Effect from "effect/Effect";
import type { BackingShape } from "../cas/Backing.ts";
import { inSlices } from "../cas/Cas.ts";
import * as ObjectStore from "../cas/ObjectStore.ts";
import * as Storage from "./Storage.ts";

/** What the server is known to have, by hash: directories with all that is below them, and files. */
export type Known = Set<string>;

/** The directories and files of some trees that the server is not known to have. All directories are in the store. */
export function unknown(
  store: ObjectStore.ObjectStore,
  roots: readonly Digest[],
  known: Known,
): Effect.Effect<readonly Digest[], BstError> {
  return inSlices(function* () {
    const found = new Map<string, Digest>();
    // A file may have the bytes of a directory.
    const seen = new Set<string>();
    const pending = [...roots];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (known.has(next.hash) || seen.has(next.hash)) continue;
      seen.add(next.hash);
      found.set(next.hash, next);
      if (seen.size % 512 === 0) yield;
      for (const entry of ObjectStore.readDirectory(store, next).entries.values()) {
        if (entry.type === "directory") pending.push(DirectoryCodec.digestOfEntry(entry.tree));
        else if (entry.type === "file" && !known.has(entry.digest.hash)) found.set(entry.digest.hash, entry.digest);
      }
    }
    return [...found.values()];
  });
}

/** Sends what the server lacks of some trees and blobs; false when it lacked nothing. What is not in the store comes from where the store gets its objects. */
export const send = Effect.fnUntraced(function* (
  storage: Storage.Storage,
  store: ObjectStore.ObjectStore,
  backing: BackingShape | undefined,
  known: Known,
  { trees, blobs }: { readonly trees: readonly Digest[]; readonly blobs: readonly Digest[] },
): Effect.fn.Return<boolean, BstError> {
  const wanted = [...(yield* unknown(store, trees, known)), ...blobs];
  const absent = yield* Storage.missing(storage, wanted);
  if (absent.length > 0) {
    if (backing !== undefined) yield* backing.fetch(absent);
    yield* Storage.send(storage, store, absent);
  }
  for (const { hash } of wanted) known.add(hash);
  return absent.length > 0;
});
