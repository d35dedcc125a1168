/**
 * A storage service behind the store (`cache: storage-service`): the local store is then a part of what the user has, and objects come when something here needs them.
 *
 * Directories of trees are always brought, since everything that is worked out about trees reads them; files come where their content is needed: a sandbox on this
 * machine, a checkout, a file that is read. What is added here is sent there before any record names it, so that records of several machines may share one service.
 */
import type { BstError } from "@millrace/core/error/BstError";
import type { Digest } from "@millrace/core/tree/Digest";
import * as Context from "effect/Context";
import type * as Effect from "effect/Effect";

export interface BackingShape {
  /** Brings those of some blobs that are not in the store, in batches; gives those that the service does not have either. */
  readonly fetch: (digests: Iterable<Digest>) => Effect.Effect<readonly Digest[], BstError>;
  /** Those of some blobs that neither the store nor the service has. */
  readonly absent: (digests: readonly Digest[]) => Effect.Effect<readonly Digest[], BstError>;
  /** Brings the directories of trees, and their files too where asked; gives what the service does not have. */
  readonly fetchTrees: (
    roots: readonly Digest[],
    options: { readonly files: boolean },
  ) => Effect.Effect<readonly Digest[], BstError>;
  /** Sends what the service lacks of these; false when something is neither there nor in the store. */
  readonly keep: (content: {
    readonly trees: readonly Digest[];
    readonly blobs: readonly Digest[];
  }) => Effect.Effect<boolean, BstError>;
}

/** Undefined where the store has everything itself. */
export const Backing = Context.Reference<BackingShape | undefined>("@millrace/sandbox/cas/Backing", {
  defaultValue: () => undefined,
});
