/**
 * A storage service behind the store (`cache: storage-service`): the local store is then a part of what the user has, and objects come when something here needs them.
 *
 * Directories of trees are always brought, since everything that is worked out about trees reads them; files come where their content is needed: a sandbox on this
 * machine, a checkout, a file that is read. What is added here is sent there before any record names it, so that records of several machines may share one service.
 */
import type { BstError } from "@millrace/core/error/BstError";
import type { Digest } from "@millrace/core/tree/Digest";
import type { Directory } from "@millrace/core/tree/Directory";
import * as Tree from "@millrace/core/tree/Tree";
import * as Context from "effect/Context";
import type * as Effect from "effect/Effect";
import * as ObjectStore from "./ObjectStore.ts";

/** Trees with all that is in them, and single blobs. */
export interface Content {
  readonly trees: readonly Digest[];
  readonly blobs: readonly Digest[];
}

export interface BackingShape {
  /** Brings those of some blobs that are not in the store, in batches; gives those that the service does not have either. */
  readonly fetch: (digests: Iterable<Digest>) => Effect.Effect<readonly Digest[], BstError>;
  /** Brings the directories of trees; gives those that are nowhere. */
  readonly fetchDirectories: (roots: readonly Digest[]) => Effect.Effect<readonly Digest[], BstError>;
  /** Those of some blobs that neither the store nor the service has. */
  readonly absent: (digests: readonly Digest[]) => Effect.Effect<readonly Digest[], BstError>;
  /** Sends what the service lacks of some content; false when part of it is neither there nor in the store. */
  readonly keep: (content: Content) => Effect.Effect<boolean, BstError>;
}

/** How a store gets what is behind it; undefined where it has everything itself. */
export const Backing = Context.Reference<((store: ObjectStore.ObjectStore) => BackingShape) | undefined>(
  "@millrace/sandbox/cas/Backing",
  { defaultValue: () => undefined },
);

/** The files of a tree that are not in the store; its directories are. */
export function* missingFiles(store: ObjectStore.ObjectStore, root: Directory): Generator<void, readonly Digest[]> {
  const reader = ObjectStore.reader(store);
  const seen = new Set<Directory>();
  const files = new Map<string, Digest>();
  const pending = [root];
  let looks = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    for (const entry of next.entries.values()) {
      if (entry.type === "directory") pending.push(Tree.open(entry, reader));
      else if (entry.type === "file" && !ObjectStore.has(store, entry.digest))
        files.set(entry.digest.hash, entry.digest);
      if (++looks % 2048 === 0) yield;
    }
  }
  return [...files.values()];
}
