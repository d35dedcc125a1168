/** Blobs that arrive many at a time, taken out of what a server answered. */
import type { Digest } from "@millrace/core/tree/Digest";
import * as Sha256 from "@millrace/core/tree/Sha256";
import type * as Fields from "../remote/Fields.ts";
import * as Messages from "../remote/Messages.ts";
import * as ObjectStore from "./ObjectStore.ts";
import * as TreeList from "./TreeList.ts";

/** What became of blobs that were asked for. */
export interface Taken {
  /** Those that did not come, or not as what they should be (`TreeList`). */
  readonly lost: Uint8Array;
  /** The first of them that the server could not give for another reason than that it has none, and what it said. */
  readonly trouble: { readonly digest: Digest; readonly status: Fields.Status } | undefined;
}

/** The status of a blob that a server does not have. */
const notFound = 5;

/**
 * Stores the blobs of an answer to `BatchReadBlobs` that are wanted (a `TreeList`) and are what they should be; the store is told of them by whoever asked, who has
 * the list. What nobody asked for is passed over, and so are damaged contents: the same blob may come once more. Raises when the answer is no message or nothing
 * can be stored.
 */
export function take(store: ObjectStore.ObjectStore, answer: Uint8Array, wanted: Uint8Array): Taken {
  const waiting = new Map<string, Digest>();
  TreeList.each(wanted, (digest) => waiting.set(digest.hash, digest));
  let trouble: Taken["trouble"];
  for (const { digest, status, bytes } of Messages.batchReadResponse(answer)) {
    const asked = waiting.get(digest.hash);
    if (asked === undefined) continue;
    if (status.code === 0) {
      if (bytes.length !== asked.size || Sha256.hex(bytes) !== asked.hash) continue;
      ObjectStore.place(store, bytes, asked);
      waiting.delete(asked.hash);
    } else if (status.code !== notFound) trouble ??= { digest: asked, status };
  }
  return { lost: TreeList.select(wanted, ({ hash }) => waiting.has(hash)), trouble };
}
