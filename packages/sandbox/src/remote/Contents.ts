/**
 * Whole trees and single blobs as servers are asked about them: nothing is read of a tree but its directories, and that on threads where there is much of it.
 *
 * For what a tool stores itself. What a sandbox is given is for `InputRoot`, since most of a root is the same from one element to the next.
 */
import type { BstError } from "@millrace/core/error/BstError";
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
  const connection = Storage.connection(storage);
  const known = Storage.known(storage);
  const wanted = {
    trees: content.trees.filter(({ hash }) => !known.trees.has(hash)),
    blobs: content.blobs.filter(({ hash }) => !known.blobs.has(hash)),
  };
  const absent = yield* Storage.missingOf(storage, yield* list(store, wanted));
  if (absent.length > 0 && backing !== undefined) yield* backing.fetch(absent);
  yield* Storage.send(storage, store, absent);
  Storage.learn(storage, content, connection);
});

/** Trials of {@link steadily}: each of them was answered by every server, so that the last one counts in any case. */
const trials = 3;

/**
 * Does what tells servers of content. It is done again where a connection was lost meanwhile, since a server that is back may have lost what it took before.
 * Gives true when one of the trials did; fails as the last one did.
 */
export const steadily = Effect.fnUntraced(function* (
  storages: readonly Storage.Storage[],
  trial: Effect.Effect<boolean, BstError>,
): Effect.fn.Return<boolean, BstError> {
  const connections = () => storages.map(Storage.connection).join();
  let done = false;
  for (let left = trials; ; left--) {
    const before = connections();
    const outcome = yield* Effect.result(trial);
    if (outcome._tag === "Success" && outcome.success) done = true;
    if (left > 1 && connections() !== before) continue;
    return outcome._tag === "Success" ? done : yield* outcome.failure;
  }
});
