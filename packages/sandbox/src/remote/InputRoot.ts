/**
 * What a server has to be sent so that it has whole trees.
 *
 * Most of a root is the same from one element to the next: a tree that the server is known to have is not looked into again.
 */
import type { BstError } from "@millrace/core/error/BstError";
import type { Digest } from "@millrace/core/tree/Digest";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Effect from "effect/Effect";
import type { BackingShape, Content } from "../cas/Backing.ts";
import { inSlices } from "../cas/Cas.ts";
import * as ObjectStore from "../cas/ObjectStore.ts";
import * as Storage from "./Storage.ts";

/** Knowing of nothing. */
export const nothing: Storage.Known = { trees: new Set(), blobs: new Set() };

/** The directories (as trees) and files (as blobs) of some trees that a server is not known to have. All directories are in the store. */
export function unknown(
  store: ObjectStore.ObjectStore,
  roots: readonly Digest[],
  known: Storage.Known,
): Effect.Effect<Content, BstError> {
  return inSlices(function* () {
    const trees = new Map<string, Digest>();
    const files = new Map<string, Digest>();
    const pending = [...roots];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (known.trees.has(next.hash) || trees.has(next.hash)) continue;
      trees.set(next.hash, next);
      if (trees.size % 512 === 0) yield;
      for (const entry of ObjectStore.readDirectory(store, next).entries.values()) {
        if (entry.type === "directory") pending.push(DirectoryCodec.digestOfEntry(entry.tree));
        else if (entry.type === "file" && !known.blobs.has(entry.digest.hash))
          files.set(entry.digest.hash, entry.digest);
      }
    }
    return { trees: [...trees.values()], blobs: [...files.values()] };
  });
}

/** Sends what the server lacks of some trees and blobs; false when it lacked nothing. What is not in the store comes from where the store gets its objects. */
export const send = Effect.fnUntraced(function* (
  storage: Storage.Storage,
  store: ObjectStore.ObjectStore,
  backing: BackingShape | undefined,
  { trees, blobs }: Content,
): Effect.fn.Return<boolean, BstError> {
  const connection = Storage.connection(storage);
  const below = yield* unknown(store, trees, Storage.known(storage));
  const wanted = { trees: below.trees, blobs: [...below.blobs, ...blobs] };
  const absent = yield* Storage.missing(storage, [...wanted.trees, ...wanted.blobs]);
  if (absent.length > 0) {
    if (backing !== undefined) yield* backing.fetch(absent);
    yield* Storage.send(storage, store, absent);
  }
  Storage.learn(storage, wanted, connection);
  return absent.length > 0;
});
