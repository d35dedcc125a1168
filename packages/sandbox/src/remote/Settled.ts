/**
 * Which of many artifacts need no push at all: every index has their record under their names, and every storage all that they consist of.
 *
 * All of it is asked in few large questions, and only directories are read here: files that the servers have need not be looked at, or be, on this machine.
 */
import type { Artifact } from "@millrace/core/artifact/Artifact";
import * as ArtifactCodec from "@millrace/core/artifact/ArtifactCodec";
import type * as ArtifactName from "@millrace/core/artifact/ArtifactName";
import type { BstError } from "@millrace/core/error/BstError";
import * as Digest from "@millrace/core/tree/Digest";
import * as Effect from "effect/Effect";
import * as ArtifactCache from "../artifacts/ArtifactCache.ts";
import * as ObjectStore from "../cas/ObjectStore.ts";
import * as Artifacts from "./Artifacts.ts";
import * as Assets from "./Assets.ts";
import * as InputRoot from "./InputRoot.ts";
import * as Servers from "./Servers.ts";
import * as Storage from "./Storage.ts";

export interface Candidate {
  readonly name: ArtifactName.ArtifactName;
  readonly artifact: Artifact;
}

/** Questions under way at one server. */
const crowd = 200;
/** Digests of one question about content, about. */
const handful = 20_000;

/** Those of some artifacts that need no push. A server that fails settles nothing: the pushes themselves tell. */
export const find = Effect.fnUntraced(function* <C extends Candidate>(
  work: Artifacts.Work,
  candidates: readonly C[],
): Effect.fn.Return<readonly C[]> {
  const listed = yield* Effect.filter(candidates, (candidate) => isListed(work, candidate), { concurrency: crowd });
  let settled: readonly C[] = listed;
  const storages = new Set(listed.flatMap(({ name }) => storagesOf(work, name)));
  for (const storage of storages) settled = yield* stored(work, storage, settled);
  return settled;
});

const storagesOf = (work: Artifacts.Work, { project }: ArtifactName.ArtifactName): readonly Storage.Storage[] =>
  Servers.of(work.servers, project, true).flatMap(({ storage }) => (storage === undefined ? [] : [storage]));

/** Whether every index has the record under the artifact's names. */
const isListed = Effect.fnUntraced(function* (
  work: Artifacts.Work,
  { name, artifact }: Candidate,
): Effect.fn.Return<boolean> {
  const record = Digest.ofBytes(ArtifactCodec.encode(artifact));
  const uris = Artifacts.urisOf(name, artifact);
  for (const { index } of Servers.of(work.servers, name.project, true)) {
    if (index === undefined) continue;
    const answer = yield* Effect.result(Assets.fetch(index, "FetchBlob", uris));
    if (answer._tag === "Failure" || answer.success === undefined || !Digest.equals(answer.success, record))
      return false;
  }
  return true;
});

/** Those of some artifacts that a storage has whole, or that do not go there. */
const stored = Effect.fnUntraced(function* <C extends Candidate>(
  work: Artifacts.Work,
  storage: Storage.Storage,
  candidates: readonly C[],
): Effect.fn.Return<readonly C[]> {
  const settled: C[] = [];
  let group: { readonly candidate: C; readonly blobs: readonly Digest.Digest[] }[] = [];
  let size = 0;
  const ask = Effect.fnUntraced(function* (): Effect.fn.Return<void> {
    const asked = group;
    group = [];
    size = 0;
    const wanted = asked.flatMap(({ blobs }) => blobs);
    const answer = yield* Effect.result(Storage.missing(storage, wanted));
    if (answer._tag === "Failure") return;
    const missing = new Set(answer.success.map(({ hash }) => hash));
    for (const { candidate, blobs } of asked) {
      if (blobs.some(({ hash }) => missing.has(hash))) continue;
      Storage.learn(storage, blobs);
      settled.push(candidate);
    }
  });
  for (const candidate of candidates) {
    if (!storagesOf(work, candidate.name).includes(storage)) {
      settled.push(candidate);
      continue;
    }
    const blobs = yield* Effect.result(contentOf(work, storage, candidate.artifact));
    if (blobs._tag === "Failure") continue;
    group.push({ candidate, blobs: blobs.success });
    size += blobs.success.length;
    if (size >= handful) yield* ask();
  }
  if (group.length > 0) yield* ask();
  return settled;
});

/** What an artifact consists of, without what the storage is known to have. Fails where directories are not here. */
const contentOf = Effect.fnUntraced(function* (
  { cas }: Artifacts.Work,
  storage: Storage.Storage,
  artifact: Artifact,
): Effect.fn.Return<readonly Digest.Digest[], BstError> {
  // Trees that are kept for debugging are pushed where they are here.
  const trees = Artifacts.treesOf(artifact).filter(
    (tree) => tree === artifact.files || ObjectStore.has(cas.store, tree),
  );
  const record = Digest.ofBytes(ArtifactCodec.encode(artifact));
  const below = yield* InputRoot.unknown(cas.store, trees, Storage.known(storage));
  return [...below, record, ...ArtifactCache.requiredBlobs(artifact)];
});
