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
import * as Option from "effect/Option";
import * as Semaphore from "effect/Semaphore";
import * as ArtifactCache from "../artifacts/ArtifactCache.ts";
import type { Content } from "../cas/Backing.ts";
import * as ObjectStore from "../cas/ObjectStore.ts";
import * as Artifacts from "./Artifacts.ts";
import * as Assets from "./Assets.ts";
import * as Contents from "./Contents.ts";
import * as Servers from "./Servers.ts";
import * as Storage from "./Storage.ts";
import * as Traffic from "./Traffic.ts";

export interface Candidate {
  readonly name: ArtifactName.ArtifactName;
  readonly artifact: Artifact;
  /** The address of its record. */
  readonly record: Digest.Digest;
}

/** An artifact to be asked about. */
export function candidate(name: ArtifactName.ArtifactName, artifact: Artifact): Candidate {
  return { name, artifact, record: Digest.ofBytes(ArtifactCodec.encode(artifact)) };
}

/** Artifacts that are asked about together, and such groups under way: together as many questions as an index is asked at once. */
const group = 25;
const groups = 8;
/** Groups of which directories are read at once: that keeps one thread busy. */
const readers = 2;
/** How long (milliseconds) a group is waited for. */
const patience = 30_000;

interface Search extends Artifacts.Work {
  /** Whether a server failed, or took too long: it is not asked about the artifacts that are left. */
  troubled: boolean;
}

/** Those of some artifacts that need no push, and the others. */
export interface Answer<C> {
  readonly settled: readonly C[];
  readonly others: readonly C[];
  /** Whether a server failed, so that it is not known what it has of the others. */
  readonly troubled: boolean;
}

/**
 * Those of some artifacts that need no push. A server that fails settles nothing: the pushes themselves tell.
 *
 * @param hear is told of some of them at a time, as soon as it is known which need a push.
 */
export const find = Effect.fnUntraced(function* <C extends Candidate>(
  work: Artifacts.Work,
  candidates: readonly C[],
  hear: (answer: Answer<C>) => Effect.Effect<unknown> = () => Effect.void,
): Effect.fn.Return<readonly C[]> {
  const some = Array.from({ length: Math.ceil(candidates.length / group) }, (_, at) =>
    candidates.slice(at * group, (at + 1) * group),
  );
  const search: Search = { ...work, troubled: false };
  const reading = yield* Semaphore.make(readers);
  // While everything is listed, storages are asked before an index has answered.
  let likely = true;
  const settle = Effect.fnUntraced(function* (members: readonly C[]): Effect.fn.Return<readonly C[]> {
    const [listed, there] = yield* Effect.all(
      [
        Effect.filter(members, (member) => isListed(search, member), { concurrency: "unbounded" }),
        Effect.flatMap(
          reading.withPermits(1)(Effect.suspend(() => (likely ? listOf(search, members) : Effect.undefined))),
          (list) => (list === undefined ? Effect.succeed(false) : areThere(search, members, list)),
        ),
      ],
      { concurrency: 2 },
    );
    if (listed.length < members.length) likely = false;
    else if (there) return members;
    let settled: readonly C[] = listed;
    for (const storage of new Set(listed.flatMap(({ name }) => storagesOf(search, name))))
      settled = yield* stored(search, storage, settled);
    return settled;
  });
  const tried = Effect.fnUntraced(function* (members: readonly C[]): Effect.fn.Return<readonly C[]> {
    const found = search.troubled ? Option.none() : yield* Effect.timeoutOption(settle(members), patience);
    if (found._tag === "None") search.troubled = true;
    const settled = Option.getOrElse(found, () => []);
    const are = new Set(settled);
    yield* hear({ settled, others: members.filter((member) => !are.has(member)), troubled: search.troubled });
    return settled;
  });
  return (yield* Effect.forEach(some, tried, { concurrency: groups })).flat();
});

/** The connections to the indexes that artifacts of a project are named by: over others one may be met that was restarted without its names. */
export function connections({ servers }: Artifacts.Work, project: string): string {
  const indexes = Servers.of(servers, project, true).map(({ index }) => index?.endpoint.target);
  return indexes.map((target) => (target === undefined ? 0 : Traffic.connections(target))).join();
}

/** Whether an artifact that was found to need no push, over some {@link connections}, is still believed to need none. */
export function holds(work: Artifacts.Work, { name, record }: Candidate, over: string): boolean {
  return (
    connections(work, name.project) === over &&
    storagesOf(work, name).every((storage) => Storage.known(storage).blobs.has(record.hash))
  );
}

/** The storages that an artifact goes to. */
export const storagesOf = (work: Artifacts.Work, { project }: ArtifactName.ArtifactName): readonly Storage.Storage[] =>
  Servers.of(work.servers, project, true).flatMap(({ storage }) => (storage === undefined ? [] : [storage]));

/** Whether every index has the record under the artifact's names. */
const isListed = Effect.fnUntraced(function* (
  work: Search,
  { name, artifact, record }: Candidate,
): Effect.fn.Return<boolean> {
  const uris = Artifacts.urisOf(name, artifact);
  for (const server of Servers.of(work.servers, name.project, true)) {
    if (server.index === undefined) continue;
    const answer = yield* Effect.result(Assets.fetch(server.index, "FetchBlob", uris));
    if (answer._tag === "Success" && answer.success !== undefined && Digest.equals(answer.success, record)) continue;
    if (answer._tag === "Success") note(work, server, record);
    else work.troubled = true;
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

/** Whether every storage has some artifacts whole, by one question to each. `list` is what they consist of. */
const areThere = Effect.fnUntraced(function* (
  work: Search,
  candidates: readonly Candidate[],
  list: Uint8Array,
): Effect.fn.Return<boolean> {
  for (const storage of new Set(candidates.flatMap(({ name }) => storagesOf(work, name))))
    if (!(yield* has(work, storage, candidates, list))) return false;
  return true;
});

/** Whether a storage has them whole. */
const has = Effect.fnUntraced(function* (
  work: Search,
  storage: Storage.Storage,
  candidates: readonly Candidate[],
  list: Uint8Array,
): Effect.fn.Return<boolean> {
  const connection = Storage.connection(storage);
  const absent = yield* Effect.option(Storage.missingOf(storage, list));
  if (absent._tag === "None") work.troubled = true;
  if (absent._tag === "None" || absent.value.length > 0) return false;
  Storage.learn(storage, contentOf(work, candidates), connection);
  return true;
});

/** Those of some artifacts that a storage has whole, or that do not go there. */
const stored = Effect.fnUntraced(function* <C extends Candidate>(
  work: Search,
  storage: Storage.Storage,
  candidates: readonly C[],
): Effect.fn.Return<readonly C[]> {
  const concerned = candidates.filter(({ name }) => storagesOf(work, name).includes(storage));
  const whole = new Set(yield* wholeOnes(work, storage, concerned));
  return candidates.filter((candidate) => whole.has(candidate) || !concerned.includes(candidate));
});

/** Those that a storage has whole: all are asked about at once, and halves where something is missing. */
const wholeOnes = Effect.fnUntraced(function* <C extends Candidate>(
  work: Search,
  storage: Storage.Storage,
  candidates: readonly C[],
): Effect.fn.Return<readonly C[]> {
  if (candidates.length === 0) return [];
  const list = yield* listOf(work, candidates);
  if (list !== undefined && (yield* has(work, storage, candidates, list))) return candidates;
  if (candidates.length === 1 || work.troubled) return [];
  const middle = candidates.length >> 1;
  const halves = [candidates.slice(0, middle), candidates.slice(middle)];
  return (yield* Effect.forEach(halves, (half) => wholeOnes(work, storage, half))).flat();
});

/** The blobs of some artifacts; undefined where directories are not here. */
const listOf = (work: Artifacts.Work, candidates: readonly Candidate[]): Effect.Effect<Uint8Array | undefined> =>
  Effect.orElseSucceed(Contents.list(work.cas.store, contentOf(work, candidates)), () => undefined);

/** What some artifacts consist of. Trees that are kept for debugging are pushed where they are here. */
export const contentOf = ({ cas }: Artifacts.Work, candidates: readonly Candidate[]): Content => ({
  trees: candidates.flatMap(({ artifact }) =>
    Artifacts.treesOf(artifact).filter((tree) => tree === artifact.files || ObjectStore.has(cas.store, tree)),
  ),
  blobs: candidates.flatMap(({ artifact, record }) => [record, ...ArtifactCache.requiredBlobs(artifact)]),
});
