/** Content that leaves for servers: trees listed and blobs read, each checked against its digest; on threads once it has been much. */
import type { BstError } from "@millrace/core/error/BstError";
import type { Digest } from "@millrace/core/tree/Digest";
import * as Effect from "effect/Effect";
import { attempt, inSlices, onThread } from "./Cas.ts";
import * as ObjectStore from "./ObjectStore.ts";
import * as ReadMany from "./ReadMany.ts";
import * as Threads from "./Threads.ts";
import * as TreeList from "./TreeList.ts";
import * as Work from "./Work.ts";

/** What has left in this process from which on starting threads pays; see `Work.cost`. */
const worthThreads = 8 * 2 ** 20;

let left = 0;

function isMuch(task: Work.ReadTask): boolean {
  left += Work.cost(task);
  return left >= worthThreads || Threads.areRunning();
}

/** The blobs of some trees (`TreeList.of`). Fails when a directory is missing or damaged. */
export function list(store: ObjectStore.ObjectStore, roots: readonly Digest[]): Effect.Effect<Uint8Array, BstError> {
  const task: Work.ListTask = { type: "list", roots };
  const listed = isMuch(task) ? onThread(store, task) : inSlices(() => TreeList.inSlices(store, roots));
  // Something went away that was here, and it is not known what else.
  return Effect.tapError(listed, () => Effect.sync(() => ObjectStore.unseeAll(store)));
}

/** The blobs of a list as an upload of many, behind what the message begins with (`ReadMany.gather`). Fails when one is missing or damaged. */
export function gather(
  store: ObjectStore.ObjectStore,
  { list, size, prefix }: Omit<Work.GatherTask, "type">,
): Effect.Effect<Uint8Array, BstError> {
  const task: Work.GatherTask = { type: "gather", list, size, prefix };
  if (!isMuch(task)) return attempt(() => ReadMany.gather(store, TreeList.read(list), prefix));
  return Effect.tapError(onThread(store, task), () =>
    Effect.sync(() => {
      // One may have been damaged, and was taken out there.
      for (const { hash } of TreeList.read(list)) ObjectStore.unsee(store, hash);
    }),
  );
}
