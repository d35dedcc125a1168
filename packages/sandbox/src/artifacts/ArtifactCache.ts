/**
 * Artifacts by name: `artifacts/refs/PROJECT/NORMALNAME/KEY`, each an Artifact message that names content of the store.
 *
 * A ref may outlive its content, which the daemon expires blob by blob, and may be removed by hand at any time. An artifact is therefore cached when
 * the ref is there and so is everything that using it needs: the whole tree of files, the metadata, the public data and the logs. Build trees and
 * what else is kept for debugging may be gone.
 */
import { join } from "node:path";
import type { Artifact } from "@millrace/core/artifact/Artifact";
import * as ArtifactCodec from "@millrace/core/artifact/ArtifactCodec";
import * as ArtifactName from "@millrace/core/artifact/ArtifactName";
import { BstError } from "@millrace/core/error/BstError";
import type { Digest } from "@millrace/core/tree/Digest";
import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import type { BackingShape } from "../cas/Backing.ts";
import { attempt, Cas, type CasShape, hasTreeOf } from "../cas/Cas.ts";
import { Locations } from "../cas/Locations.ts";
import * as ObjectStore from "../cas/ObjectStore.ts";
import * as Records from "../cas/Records.ts";
import * as KeyInputs from "./KeyInputs.ts";

export interface Listed {
  readonly name: ArtifactName.ArtifactName;
  /** Milliseconds, last use. */
  readonly mtime: number;
}

export interface ArtifactCacheShape {
  /** The record under a name, renewed for expiry; undefined when there is none or it cannot be read. Says nothing about its content. */
  readonly find: (name: ArtifactName.ArtifactName) => Effect.Effect<Artifact | undefined, BstError>;
  /** The record, when everything that using the artifact needs is in the store. */
  readonly findComplete: (name: ArtifactName.ArtifactName) => Effect.Effect<Artifact | undefined, BstError>;
  /** Whether a tree that may be left out (build tree, build root, sources) is there. */
  readonly hasTree: (root: Digest | undefined) => Effect.Effect<boolean, BstError>;
  /** The record under a name as it is, for those who only look: nothing is renewed. Raises where it cannot be read. */
  readonly peek: (name: ArtifactName.ArtifactName) => Artifact | undefined;
  /** The names of an element's records, most recently used first. */
  readonly history: (project: string, elementName: string) => Effect.Effect<readonly Listed[], BstError>;
  /** Keeps what an element is beside the weak key of its artifact ({@link KeyInputs}). */
  readonly keepInputs: (weakKey: string, inputs: () => string) => Effect.Effect<void, BstError>;
  /** What was kept for a weak key. */
  readonly inputs: (weakKey: string) => string | undefined;
  /** Stores a record under keys of one element, usually the strong and the weak one. Its content must be stored already. `elementName` is the name inside the project, `base/libc.bst`. */
  readonly store: (
    artifact: Artifact,
    project: string,
    elementName: string,
    keys?: readonly string[],
  ) => Effect.Effect<void, BstError>;
  /** All names, least recently used first. */
  readonly list: Effect.Effect<readonly Listed[], BstError>;
  /** Removes a name; false when there is none. Content goes when the store is cleaned. */
  readonly remove: (name: ArtifactName.ArtifactName) => Effect.Effect<boolean, BstError>;
}

export class ArtifactCache extends Context.Service<ArtifactCache, ArtifactCacheShape>()(
  "@millrace/sandbox/artifacts/ArtifactCache",
) {
  static readonly layer: Layer.Layer<ArtifactCache, never, Cas | Locations> = Layer.effect(
    ArtifactCache,
    Effect.gen(function* () {
      const cas = yield* Cas;
      const { cachedir } = yield* Locations;
      return make(cas, join(cachedir, "artifacts", "refs"));
    }),
  );
}

function make(cas: CasShape, base: string): ArtifactCacheShape {
  const { store, backing } = cas;
  const read = (name: ArtifactName.ArtifactName): Artifact | undefined => {
    const path = join(base, ArtifactName.format(name));
    const bytes = Records.read(path);
    if (bytes === undefined) return undefined;
    try {
      const artifact = ArtifactCodec.decode(bytes, ArtifactName.format(name));
      if (!ArtifactCodec.isWhole(artifact)) {
        store.warn(`Ignoring the damaged artifact record ${ArtifactName.format(name)}: its end is missing`);
        return undefined;
      }
      return artifact;
    } catch (cause) {
      if (!(cause instanceof BstError)) throw cause;
      store.warn(`Ignoring the damaged artifact record ${ArtifactName.format(name)}: ${cause.message}`);
      return undefined;
    }
  };
  const find = (name: ArtifactName.ArtifactName): Artifact | undefined => {
    const artifact = read(name);
    if (artifact !== undefined) Records.renew(join(base, ArtifactName.format(name)));
    return artifact;
  };
  return {
    peek: read,
    history: (project, elementName) =>
      attempt(() => {
        const { element } = ArtifactName.make(project, elementName, "");
        const listed = Records.list(join(base, project, element)).flatMap(({ name, mtime }) => {
          const parsed = ArtifactName.tryParse(`${project}/${element}/${name}`);
          return parsed === undefined ? [] : [{ name: parsed, mtime }];
        });
        return listed.reverse();
      }),
    keepInputs: (weakKey, inputs) => attempt(() => KeyInputs.keep(store.privateDirectory, weakKey, inputs)),
    inputs: (weakKey) => KeyInputs.find(store.privateDirectory, weakKey),
    find: (name) => attempt(() => find(name)),
    findComplete: Effect.fnUntraced(function* (name) {
      const artifact = yield* attempt(() => find(name));
      if (artifact === undefined) return undefined;
      const blobs = requiredBlobs(artifact);
      if ((yield* backing?.fetch(blobs) ?? attempt(() => ObjectStore.missing(store, blobs))).length > 0)
        return undefined;
      const label = `the artifact ${ArtifactName.format(name)}`;
      if (artifact.files !== undefined && !(yield* hasTreeOf(cas, label, artifact.files))) return undefined;
      return artifact;
    }),
    hasTree: (root) => (root === undefined ? Effect.succeed(false) : hasTreeOf(cas, "a tree of an artifact", root)),
    store: Effect.fnUntraced(function* (artifact, project, elementName, keys = [artifact.strongKey, artifact.weakKey]) {
      if (backing !== undefined) yield* keep(backing, artifact);
      yield* attempt(() => {
        const bytes = ArtifactCodec.encode(artifact);
        const [first, ...others] = [...new Set(keys)].map((key) =>
          join(base, ArtifactName.format(ArtifactName.make(project, elementName, key))),
        );
        if (first === undefined) return;
        Records.writeUnsynced(first, bytes);
        for (const path of others) Records.writeAlso(first, path, bytes);
      });
    }),
    list: attempt(() => {
      const result: Listed[] = [];
      for (const { name, mtime } of Records.list(base)) {
        const parsed = ArtifactName.tryParse(name);
        if (parsed !== undefined) result.push({ name: parsed, mtime });
      }
      return result;
    }),
    remove: (name) => attempt(() => Records.remove(base, ArtifactName.format(name))),
  };
}

/** Has the service behind the store keep what an artifact names. What is kept for debugging may be gone. */
const keep = Effect.fnUntraced(function* (backing: BackingShape, artifact: Artifact): Effect.fn.Return<void, BstError> {
  const trees = artifact.files === undefined ? [] : [artifact.files];
  if (!(yield* backing.keep({ trees, blobs: requiredBlobs(artifact) })))
    return yield* new BstError({
      domain: "CAS",
      reason: null,
      message: `Content of the artifact ${artifact.strongKey} is neither in the store nor in the storage service`,
      hint: "Build or pull the artifact again; what is missing is then written anew.",
    });
  for (const tree of debuggingTrees(artifact)) yield* backing.keep({ trees: [tree], blobs: [] });
});

/** The trees that are kept for looking into a build, present ones. */
export function debuggingTrees({ buildTree, sources, buildRoot, buildSandbox }: Artifact): readonly Digest[] {
  return [buildTree, sources, buildRoot, ...(buildSandbox?.subsandboxDigests ?? [])].filter(
    (digest) => digest !== undefined,
  );
}

/** Single blobs without which an artifact cannot be used. */
export function requiredBlobs(artifact: Artifact): readonly Digest[] {
  const { lowDiversityMeta, highDiversityMeta, publicData, logs } = artifact;
  return [lowDiversityMeta, highDiversityMeta, publicData, ...logs.map((log) => log.digest)].filter(
    (digest) => digest !== undefined,
  );
}
