/**
 * Staged sources by key: `source_protos/KIND/KEY` for one source, `elementsources/KEY` for all sources of an element together. Both are Source messages
 * that name a tree; both are shared with BuildStream.
 */
import { join } from "node:path";
import * as SourceCodec from "@millrace/core/artifact/SourceCodec";
import { BstError } from "@millrace/core/error/BstError";
import type { Digest } from "@millrace/core/tree/Digest";
import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import { attempt, Cas, type CasShape, hasTreeOf } from "../cas/Cas.ts";
import { Locations } from "../cas/Locations.ts";
import type * as ObjectStore from "../cas/ObjectStore.ts";
import * as Records from "../cas/Records.ts";

/** Which record: of one source, or of an element's sources. */
export type Reference =
  | { readonly type: "source"; readonly kind: string; readonly key: string }
  | { readonly type: "element"; readonly key: string };

export interface SourceCacheShape {
  /** The tree under a key, when all of it is in the store. */
  readonly find: (reference: Reference) => Effect.Effect<Digest | undefined, BstError>;
  /** Records a tree, which must be stored already. */
  readonly store: (reference: Reference, tree: Digest) => Effect.Effect<void, BstError>;
}

export class SourceCache extends Context.Service<SourceCache, SourceCacheShape>()(
  "@millrace/sandbox/sources/SourceCache",
) {
  static readonly layer: Layer.Layer<SourceCache, never, Cas | Locations> = Layer.effect(
    SourceCache,
    Effect.gen(function* () {
      const cas = yield* Cas;
      const { cachedir } = yield* Locations;
      return make(cas, cachedir);
    }),
  );
}

/** The service over a content store. */
export function make(cas: CasShape, cachedir: string): SourceCacheShape {
  const { store, backing } = cas;
  return {
    find: Effect.fnUntraced(function* (reference) {
      const path = pathOf(cachedir, reference);
      const files = yield* attempt(() => {
        const bytes = Records.read(path);
        return bytes === undefined ? undefined : decode(store, bytes, path);
      });
      if (files === undefined || !(yield* hasTreeOf(cas, `the sources in ${path}`, files))) return undefined;
      yield* attempt(() => Records.renew(path));
      return files;
    }),
    store: Effect.fnUntraced(function* (reference, files) {
      if (backing !== undefined) yield* backing.keep({ trees: [files], blobs: [] });
      const bytes = SourceCodec.encode({ version: 0, files });
      yield* attempt(() => Records.writeUnsynced(pathOf(cachedir, reference), bytes));
    }),
  };
}

function pathOf(cachedir: string, reference: Reference): string {
  return reference.type === "element"
    ? join(cachedir, "elementsources", reference.key)
    : join(cachedir, "source_protos", reference.kind, reference.key);
}

function decode(store: ObjectStore.ObjectStore, bytes: Uint8Array, path: string): Digest | undefined {
  try {
    return SourceCodec.decode(bytes, path).files;
  } catch (cause) {
    if (!(cause instanceof BstError)) throw cause;
    store.warn(`Ignoring the damaged source record ${path}: ${cause.message}`);
    return undefined;
  }
}
