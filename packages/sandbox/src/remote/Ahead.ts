/**
 * What servers lack of artifacts, sent before the pushes of these come to it: that of many artifacts together.
 *
 * A push asks, sends, and names, and waits for the line each time; where that is long, little else is left of it. Ahead of the pushes one question and full batches serve
 * a group of artifacts. No name is shown here, and nothing that goes wrong is told: a push finds out itself what is left to be sent, and says of its own artifact what failed.
 */
import * as ArtifactCodec from "@millrace/core/artifact/ArtifactCodec";
import type { BstError } from "@millrace/core/error/BstError";
import * as Effect from "effect/Effect";
import * as Semaphore from "effect/Semaphore";
import type { Content } from "../cas/Backing.ts";
import * as ObjectStore from "../cas/ObjectStore.ts";
import * as TreeList from "../cas/TreeList.ts";
import * as Artifacts from "./Artifacts.ts";
import * as Contents from "./Contents.ts";
import * as Settled from "./Settled.ts";
import * as Storage from "./Storage.ts";

export interface Ahead {
  /** One group is sent at a time: its batches keep a line and a server busy, and more of them only wait for each other there. */
  readonly sending: Semaphore.Semaphore;
  /** Storages that failed: what is left for them is for the pushes, each of which tells. */
  readonly troubled: Set<Storage.Storage>;
}

export const make = (): Ahead => ({ sending: Semaphore.makeUnsafe(1), troubled: new Set() });

/** Bytes that are sent ahead together. More of one artifact waits for its own push, which says that it is being sent. */
const most = 32 * 1024 * 1024;

/** Sends every storage what it lacks of some artifacts. Done, or given up, when this ends; storages know what they took (`Storage.known`). */
export const send = Effect.fnUntraced(function* (
  ahead: Ahead,
  work: Artifacts.Work,
  wanted: readonly Settled.Candidate[],
): Effect.fn.Return<void> {
  // What is somewhere else is brought by the push that needs it.
  if (work.cas.backing !== undefined) return;
  const { store } = work.cas;
  // Others are not pushed.
  const candidates = wanted.filter(({ artifact }) =>
    Artifacts.neededOfBuild(artifact).every(([, tree]) => ObjectStore.has(store, tree)),
  );
  if (candidates.length === 0) return;
  const sending = Effect.gen(function* () {
    const all = new Set(candidates.flatMap(({ name }) => Settled.storagesOf(work, name)));
    const storages = [...all].filter((storage) => !ahead.troubled.has(storage));
    if (storages.length === 0) return;
    for (const { artifact } of candidates) yield* work.cas.putBytes(ArtifactCodec.encode(artifact));
    for (const storage of storages) {
      const concerned = candidates.filter(({ name }) => Settled.storagesOf(work, name).includes(storage));
      const outcome = yield* Effect.result(bring(work, storage, concerned));
      if (outcome._tag === "Failure") ahead.troubled.add(storage);
    }
  });
  yield* ahead.sending.withPermits(1)(Effect.ignore(sending));
});

/** What a storage said that it lacks, until it is sent, and the connection over which it was heard. */
interface Lack {
  readonly hashes: Set<string>;
  readonly connection: number;
}

/** Halves are tried where that is too much, of which then nothing is asked again, or something of it is not here. Fails where the server does. */
const bring = Effect.fnUntraced(function* (
  work: Artifacts.Work,
  storage: Storage.Storage,
  candidates: readonly Settled.Candidate[],
  known?: Lack,
): Effect.fn.Return<void, BstError> {
  const outcome = yield* Effect.result(bringAll(work, storage, Settled.contentOf(work, candidates), known));
  if (outcome._tag === "Failure" && outcome.failure.temporary === true) return yield* outcome.failure;
  const lack = outcome._tag === "Success" ? outcome.success : known;
  if ((outcome._tag === "Success" && lack === undefined) || candidates.length === 1) return;
  const middle = candidates.length >> 1;
  for (const half of [candidates.slice(0, middle), candidates.slice(middle)]) yield* bring(work, storage, half, lack);
});

/** Gives what the storage lacks where that is too much. */
const bringAll = Effect.fnUntraced(function* (
  { cas: { store } }: Artifacts.Work,
  storage: Storage.Storage,
  content: Content,
  known: Lack | undefined,
): Effect.fn.Return<Lack | undefined, BstError> {
  const connection = known?.connection ?? Storage.connection(storage);
  const list = yield* Contents.list(store, content);
  const absent =
    known === undefined
      ? yield* Storage.missingOf(storage, list)
      : Storage.distinct(TreeList.read(list).filter(({ hash }) => known.hashes.has(hash)));
  if (absent.reduce((sum, { size }) => sum + size, 0) > most)
    return known ?? { hashes: new Set(absent.map(({ hash }) => hash)), connection };
  yield* Storage.send(storage, store, absent);
  for (const { hash } of absent) known?.hashes.delete(hash);
  Storage.learn(storage, content, connection);
  return undefined;
});
