/** Content that needs no pull from a cache, since the storage service behind the store has it. */
import type { BstError } from "@millrace/core/error/BstError";
import * as Effect from "effect/Effect";
import type { Content } from "../cas/Backing.ts";
import type { CasShape } from "../cas/Cas.ts";
import * as InputRoot from "./InputRoot.ts";

/** Whether there is a storage service that has some content whole; then its single blobs and the directories of its trees are here, and files come when something reads them. */
export const has = Effect.fnUntraced(function* (
  { store, backing }: CasShape,
  { trees, blobs }: Content,
): Effect.fn.Return<boolean, BstError> {
  if (backing === undefined) return false;
  if ((yield* backing.fetch(blobs)).length > 0) return false;
  if ((yield* backing.fetchDirectories(trees)).length > 0) return false;
  const all = yield* InputRoot.unknown(store, trees, InputRoot.nothing);
  return (yield* backing.absent([...all.trees, ...all.blobs])).length === 0;
});
