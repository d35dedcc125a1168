/**
 * Whole trees and single blobs as servers are asked about them: nothing is read of a tree but its directories, and that on threads where there is much of it.
 *
 * For what a tool stores itself. What a sandbox is given is for `InputRoot`, since most of a root is the same from one element to the next.
 */
import type { BstError } from "@millrace/core/error/BstError";
import type { Digest } from "@millrace/core/tree/Digest";
import * as Effect from "effect/Effect";
import type { Content } from "../cas/Backing.ts";
import type { CasShape } from "../cas/Cas.ts";
import * as Departures from "../cas/Departures.ts";
import type * as ObjectStore from "../cas/ObjectStore.ts";
import * as TreeList from "../cas/TreeList.ts";
import * as Storage from "./Storage.ts";

/** The blobs of some content as a list (`TreeList`). Fails where directories are not here. */
export function list(store: ObjectStore.ObjectStore, { trees, blobs }: Content): Effect.Effect<Uint8Array, BstError> {
  const below = trees.length === 0 ? Effect.succeed(new Uint8Array(0)) : Departures.list(store, trees);
  return Effect.map(below, (found) => Buffer.concat([found, TreeList.write(blobs)]));
}

/** Brings a server what it lacks of some content. Trees that it is known to have are not looked into; what is not in the store comes from where the store gets its objects. */
export const send = Effect.fnUntraced(function* (
  storage: Storage.Storage,
  { store, backing }: CasShape,
  content: Content,
): Effect.fn.Return<void, BstError> {
  const known = Storage.known(storage);
  const isNew = ({ hash }: Digest): boolean => !known.has(hash);
  const wanted = { trees: content.trees.filter(isNew), blobs: content.blobs.filter(isNew) };
  const absent = yield* Storage.missingOf(storage, yield* list(store, wanted));
  if (absent.length > 0 && backing !== undefined) yield* backing.fetch(absent);
  yield* Storage.send(storage, store, absent);
  learn(storage, content);
});

/** Notes that a server has some content. */
export function learn(storage: Storage.Storage, { trees, blobs }: Content): void {
  Storage.learn(storage, trees);
  Storage.learn(storage, blobs);
}
