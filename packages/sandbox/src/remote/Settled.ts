/**
 * Which of many artifacts need no push at all: every index has their record under their names, and every storage all that they consist of.
 *
 * All of it is asked in few large questions, and only directories are read here: files that the servers have need not be looked at, or be, on this machine.
 */
import type { Artifact } from "@millrace/core/artifact/Artifact";
import * as ArtifactCodec from "@millrace/core/artifact/ArtifactCodec";
import type * as ArtifactName from "@millrace/core/artifact/ArtifactName";
import * as Digest from "@millrace/core/tree/Digest";
import * as Effect from "effect/Effect";
import * as Semaphore from "effect/Semaphore";
import * as ArtifactCache from "../artifacts/ArtifactCache.ts";
import type { Content } from "../cas/Backing.ts";
import * as ObjectStore from "../cas/ObjectStore.ts";
import * as Artifacts from "./Artifacts.ts";
import * as Assets from "./Assets.ts";
import * as Contents from "./Contents.ts";
import * as Servers from "./Servers.ts";
import * as Storage from "./Storage.ts";

export interface Candidate {
  readonly name: ArtifactName.ArtifactName;
  readonly artifact: Artifact;
}

/** Artifacts that are asked about together, and such groups under way: together as many questions as an index is asked at once. */
const group = 25;
const groups = 8;
/** Groups of which directories are read at once: that keeps one thread busy. */
const readers = 2;

/** Those of some artifacts that need no push. A server that fails settles nothing: the pushes themselves tell. */
export const find = Effect.fnUntraced(function* <C extends Candidate>(
  work: Artifacts.Work,
  candidates: readonly C[],
): Effect.fn.Return<readonly C[]> {
  const some = Array.from({ length: Math.ceil(candidates.length / group) }, (_, at) =>
    candidates.slice(at * group, (at + 1) * group),
  );
  const reading = yield* Semaphore.make(readers);
  // While everything is listed, what artifacts consist of is found out before an index has answered.
  let likely = true;
  const settle = Effect.fnUntraced(function* (members: readonly C[]): Effect.fn.Return<readonly C[]> {
    const [listed, ahead] = yield* Effect.all(
      [
        Effect.filter(members, (member) => isListed(work, member), { concurrency: "unbounded" }),
        reading.withPermits(1)(Effect.suspend(() => (likely ? listOf(work, members) : Effect.undefined))),
      ],
      { concurrency: 2 },
    );
    if (listed.length < members.length) likely = false;
    let settled: readonly C[] = listed;
    for (const storage of new Set(listed.flatMap(({ name }) => storagesOf(work, name))))
      settled = yield* stored(work, storage, settled, settled.length === members.length ? ahead : undefined);
    return settled;
  });
  return (yield* Effect.forEach(some, settle, { concurrency: groups })).flat();
});

/** Whether every storage is still believed to have an artifact that was found to need no push. */
export function holds(work: Artifacts.Work, { name, artifact }: Candidate): boolean {
  const { hash } = recordOf(artifact);
  return storagesOf(work, name).every((storage) => Storage.known(storage).blobs.has(hash));
}

const storagesOf = (work: Artifacts.Work, { project }: ArtifactName.ArtifactName): readonly Storage.Storage[] =>
  Servers.of(work.servers, project, true).flatMap(({ storage }) => (storage === undefined ? [] : [storage]));

const recordOf = (artifact: Artifact): Digest.Digest => Digest.ofBytes(ArtifactCodec.encode(artifact));

/** Whether every index has the record under the artifact's names. */
const isListed = Effect.fnUntraced(function* (
  work: Artifacts.Work,
  { name, artifact }: Candidate,
): Effect.fn.Return<boolean> {
  const record = recordOf(artifact);
  const uris = Artifacts.urisOf(name, artifact);
  for (const server of Servers.of(work.servers, name.project, true)) {
    if (server.index === undefined) continue;
    const answer = yield* Effect.result(Assets.fetch(server.index, "FetchBlob", uris));
    if (answer._tag === "Success" && answer.success !== undefined && Digest.equals(answer.success, record)) continue;
    if (answer._tag === "Success") note(work, server, record);
    return false;
  }
  return true;
});

/** Notes that an index does not have a record, so that the push need not ask again. */
function note({ unlisted }: Artifacts.Work, server: Servers.Server, { hash }: Digest.Digest): void {
  const hashes = unlisted?.get(server) ?? new Set();
  hashes.add(hash);
  unlisted?.set(server, hashes);
}

/** Those of some artifacts that a storage has whole, or that do not go there. `list` is what they consist of, where that is known. */
const stored = Effect.fnUntraced(function* <C extends Candidate>(
  work: Artifacts.Work,
  storage: Storage.Storage,
  candidates: readonly C[],
  list: Uint8Array | undefined,
): Effect.fn.Return<readonly C[]> {
  const concerned = candidates.filter(({ name }) => storagesOf(work, name).includes(storage));
  const known = concerned.length === candidates.length ? list : undefined;
  const whole = new Set(yield* wholeOnes(work, storage, concerned, known));
  return candidates.filter((candidate) => whole.has(candidate) || !concerned.includes(candidate));
});

/** Those that a storage has whole: all are asked about at once, and halves where something is missing. */
const wholeOnes = Effect.fnUntraced(function* <C extends Candidate>(
  work: Artifacts.Work,
  storage: Storage.Storage,
  candidates: readonly C[],
  known?: Uint8Array,
): Effect.fn.Return<readonly C[]> {
  if (candidates.length === 0) return [];
  const connection = Storage.connection(storage);
  const list = known ?? (yield* listOf(work, candidates));
  const absent = list === undefined ? undefined : yield* Effect.option(Storage.missingOf(storage, list));
  if (absent?._tag === "Some" && absent.value.length === 0) {
    Storage.learn(storage, contentOf(work, candidates), connection);
    return candidates;
  }
  if (candidates.length === 1 || absent?._tag === "None") return [];
  const middle = candidates.length >> 1;
  const halves = [candidates.slice(0, middle), candidates.slice(middle)];
  return (yield* Effect.forEach(halves, (half) => wholeOnes(work, storage, half))).flat();
});

/** The blobs of some artifacts; undefined where directories are not here. */
const listOf = (work: Artifacts.Work, candidates: readonly Candidate[]): Effect.Effect<Uint8Array | undefined> =>
  Effect.orElseSucceed(Contents.list(work.cas.store, contentOf(work, candidates)), () => undefined);

/** What some artifacts consist of. Trees that are kept for debugging are pushed where they are here. */
const contentOf = ({ cas }: Artifacts.Work, candidates: readonly Candidate[]): Content => ({
  trees: candidates.flatMap(({ artifact }) =>
    Artifacts.treesOf(artifact).filter((tree) => tree === artifact.files || ObjectStore.has(cas.store, tree)),
  ),
  blobs: candidates.flatMap(({ artifact }) => [recordOf(artifact), ...ArtifactCache.requiredBlobs(artifact)]),
});
