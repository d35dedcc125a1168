/**
 * The storage of a remote: what it has, and blobs brought to it (`Download` brings them from it).
 *
 * Small blobs travel in batches as large as the server allows, large ones as byte streams that go on where they were cut off. Blobs that the other side has are
 * not sent.
 */
import { randomUUID } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { BstError, raise } from "@millrace/core/error/BstError";
import * as Digest from "@millrace/core/tree/Digest";
import * as Effect from "effect/Effect";
import type { Content } from "../cas/Backing.ts";
import { attempt } from "../cas/Cas.ts";
import * as Departures from "../cas/Departures.ts";
import * as ObjectStore from "../cas/ObjectStore.ts";
import * as TreeList from "../cas/TreeList.ts";
import * as Channel from "./Channel.ts";
import * as Messages from "./Messages.ts";
import * as Traffic from "./Traffic.ts";
import type * as Trials from "./Trials.ts";
import * as Zstd from "./Zstd.ts";

export interface Storage {
  readonly channel: Channel.Channel;
  /** Bytes of one batch with everything around the blobs. */
  readonly batch: number;
  /** Whether streams travel compressed. */
  readonly zstd: boolean;
  /** Whether it may be asked for whole trees; found out by asking. */
  readonly trees: { answered: boolean };
  /** What it had when it was last asked. Forgotten at a time (milliseconds), since servers expire content, and with the connection over which it was heard. */
  readonly memory: Known & { until: number; connection: number };
}

/** What a server is believed to have, by hash. A file may have the bytes of a directory, of which then nothing is known. */
export interface Known {
  /** Directories with all that is below them. */
  readonly trees: Set<string>;
  readonly blobs: Set<string>;
}

/** How long (milliseconds) a server is believed to have what it had. */
const lasting = 600_000;

/** What a server is believed to have now. */
export function known(storage: Storage): Known {
  const { memory } = storage;
  const now = Date.now();
  const current = connection(storage);
  if (now > memory.until || current !== memory.connection) {
    forget(storage);
    memory.until = now + lasting;
    memory.connection = current;
  }
  return memory;
}

/** Notes what a server was found to have over a connection. Nothing, where that connection was lost meanwhile. */
export function learn(storage: Storage, found: Content, over: number): void {
  const { trees, blobs } = known(storage);
  if (connection(storage) !== over) return;
  for (const { hash } of found.trees) trees.add(hash);
  for (const { hash } of found.blobs) blobs.add(hash);
}

/** Believes nothing more of what a server was found to have. */
export function forget({ memory }: Storage): void {
  memory.trees.clear();
  memory.blobs.clear();
}

/** The connection to a server, as a number: another one may lead to a server that was restarted, without what it had. */
export function connection({ channel }: Storage): number {
  return Traffic.connections(channel.endpoint.target);
}

export const cas = "/build.bazel.remote.execution.v2.ContentAddressableStorage";
export const streams = "/google.bytestream.ByteStream";
const capabilities = "/build.bazel.remote.execution.v2.Capabilities/GetCapabilities";

/** What gRPC servers take in one message unless told otherwise, with room for what is not blobs. */
const largestBatch = 4 * 1024 * 1024 - 4096;
/** Bytes that a blob takes in a batch beside its content: digest, status and lengths. */
const perBlob = 160;
/** Blobs of one batch, and digests of one question. */
const mostBlobs = 4096;
const mostDigests = 20_000;
/** Bytes of one message of an upload. */
const piece = 1024 * 1024;
/** Batches and streams under way at once. */
export const concurrency = 6;
const sha256 = 1;
const zstd = 1;

/** Asks a server what it can do; gives the storage, or what is wrong with it. */
export const open = Effect.fnUntraced(function* (
  channel: Channel.Channel,
): Effect.fn.Return<Storage | Trials.Unusable> {
  const call = channel.unary(capabilities, Messages.instanceRequest(channel.endpoint.instance));
  const asked = yield* Effect.result(Channel.understood(call, Messages.capabilitiesResponse));
  if (asked._tag === "Failure") return Channel.unusable(asked.failure);
  const { digestFunctions, maxBatchBytes, compressors } = asked.success;
  if (digestFunctions.length > 0 && !digestFunctions.includes(sha256))
    return {
      problem: "the server does not store blobs by SHA-256",
      isStatus: false,
      temporary: false,
      passing: false,
    };
  return {
    channel,
    batch: Math.min(largestBatch, maxBatchBytes ?? largestBatch),
    zstd: Zstd.available && compressors.includes(zstd),
    trees: { answered: true },
    memory: { trees: new Set(), blobs: new Set(), until: 0, connection: 0 },
  };
});

/** An upload that failed; `cache-too-full` when the server has no room. */
function unsent(storage: Storage, what: string, cause: Channel.CallFailed): BstError {
  const full = cause.code === Channel.code.resourceExhausted;
  return failure(storage, what, cause, full ? "cache-too-full" : null);
}

/** A transfer that failed. */
export function failure(
  storage: Storage,
  what: string,
  cause: Channel.CallFailed,
  reason: "cache-too-full" | null = null,
): BstError {
  // It may come back without what it had.
  forget(storage);
  return new BstError({
    domain: "CAS",
    reason,
    message: `${what} failed at ${storage.channel.endpoint.url}: ${Channel.describe(cause)}`,
    temporary: true,
  });
}

/** Whether it is this machine that has no room. A server without room is met again; a full disk here stays full. */
export function isNoRoomHere({ reason, temporary }: BstError): boolean {
  return reason === "cache-too-full" && temporary !== true;
}

/** The name of a byte stream, below the instance. */
export const resource = (storage: Storage, rest: string): string => {
  const { instance } = storage.channel.endpoint;
  return instance === "" ? rest : `${instance}/${rest}`;
};

/** Blobs that travel in one message. */
export interface Batch {
  /** A `TreeList`, in memory of its own: a thread that gets a view gets all of the memory under it. */
  readonly list: Uint8Array;
  /** Bytes of all of them. */
  readonly size: number;
}

/** Cuts a list of blobs (`TreeList`) into batches; those that fit into none are apart. */
export function batches(
  storage: Storage,
  list: Uint8Array,
): { readonly small: readonly Batch[]; readonly large: readonly Digest.Digest[] } {
  const small: Batch[] = [];
  const large: Digest.Digest[] = [];
  let batch = { from: 0, size: 0, count: 0 };
  // Each is a stretch of the list, so that whatever cannot go along ends one.
  const cut = (end: number, next: number): void => {
    const { from, size, count } = batch;
    if (count > 0) small.push({ list: Uint8Array.from(list.subarray(from, end)), size });
    batch = { from: next, size: 0, count: 0 };
  };
  TreeList.each(list, (digest, start, end) => {
    const isLarge = digest.size + perBlob > storage.batch;
    const cost = batch.size + digest.size + (batch.count + 1) * perBlob;
    if (isLarge) {
      large.push(digest);
      cut(start, end);
      return;
    }
    if (cost > storage.batch || batch.count >= mostBlobs) cut(start, start);
    batch.size += digest.size;
    batch.count++;
  });
  cut(list.length, list.length);
  return { small, large };
}

/** Each digest once; the empty blob is everywhere. */
export function distinct(digests: Iterable<Digest.Digest>): readonly Digest.Digest[] {
  const found = new Map<string, Digest.Digest>();
  for (const digest of digests) if (digest.size > 0) found.set(digest.hash, digest);
  return [...found.values()];
}

/** The blobs that the server does not have; each is asked for once. */
export function missing(
  storage: Storage,
  wanted: Iterable<Digest.Digest>,
): Effect.Effect<readonly Digest.Digest[], BstError> {
  return Effect.suspend(() => missingOf(storage, TreeList.write(distinct(wanted))));
}

/** Those of a list of blobs that the server does not have. */
export const missingOf = Effect.fnUntraced(function* (
  storage: Storage,
  list: Uint8Array,
): Effect.fn.Return<readonly Digest.Digest[], BstError> {
  const { channel } = storage;
  const questions = yield* attempt(() => [...TreeList.pieces(list, mostDigests)]);
  const ask = Effect.fnUntraced(function* (question: Uint8Array): Effect.fn.Return<readonly Digest.Digest[], BstError> {
    const request = Messages.listRequest(channel.endpoint.instance, question);
    const asked = channel.retrying(channel.unary(`${cas}/FindMissingBlobs`, request));
    const found = yield* Channel.understood(asked, Messages.findMissingResponse).pipe(
      Effect.mapError((cause) => failure(storage, "FindMissingBlobs", cause)),
    );
    if (found.length === 0) return [];
    // What a server misses that nobody asked about is none of its business.
    const absent = new Set(found.map(({ hash }) => hash));
    return TreeList.read(question).filter(({ hash }) => absent.has(hash));
  });
  return distinct((yield* Effect.forEach(questions, ask, { concurrency: 2 })).flat());
});

/** Brings the server every blob of these that it lacks; false when it had them all. */
export const upload = Effect.fnUntraced(function* (
  storage: Storage,
  store: ObjectStore.ObjectStore,
  digests: Iterable<Digest.Digest>,
): Effect.fn.Return<boolean, BstError> {
  const absent = yield* missing(storage, digests);
  yield* send(storage, store, absent);
  return absent.length > 0;
});

/** Brings the server blobs that it was found to lack. */
export const send = Effect.fnUntraced(function* (
  storage: Storage,
  store: ObjectStore.ObjectStore,
  absent: readonly Digest.Digest[],
): Effect.fn.Return<void, BstError> {
  const { small, large } = batches(storage, TreeList.write(absent));
  yield* Effect.forEach(small, (batch) => uploadBatch(storage, store, batch), { concurrency, discard: true });
  yield* Effect.forEach(large, (digest) => uploadStream(storage, store, digest), { concurrency, discard: true });
});

const uploadBatch = Effect.fnUntraced(function* (
  storage: Storage,
  store: ObjectStore.ObjectStore,
  { list, size }: Batch,
): Effect.fn.Return<void, BstError> {
  const { channel } = storage;
  const prefix = Messages.instanceRequest(channel.endpoint.instance);
  const request = yield* Departures.gather(store, { list, size, prefix });
  const failed = Effect.mapError((cause: Channel.CallFailed) => unsent(storage, "BatchUpdateBlobs", cause));
  const answer = yield* failed(channel.retrying(channel.unary(`${cas}/BatchUpdateBlobs`, request)));
  if (Messages.tookAll(answer, list)) return;
  const answers = yield* failed(Channel.reading(() => Messages.batchUpdateResponse(answer)));
  const waiting = new Map(TreeList.read(list).map((digest) => [digest.hash, digest]));
  for (const { digest, status } of answers) {
    if (status.code !== 0)
      return yield* unsent(storage, `Uploading ${Digest.format(digest)}`, new Channel.CallFailed(status));
    waiting.delete(digest.hash);
  }
  const [unsaid] = waiting.values();
  if (unsaid === undefined) return;
  const silence = new Channel.CallFailed({
    code: Channel.code.internal,
    message: "the server does not say that it took it",
  });
  return yield* unsent(storage, `Uploading ${Digest.format(unsaid)}`, silence);
});

const uploadStream = Effect.fnUntraced(function* (
  storage: Storage,
  store: ObjectStore.ObjectStore,
  digest: Digest.Digest,
): Effect.fn.Return<void, BstError> {
  const { channel } = storage;
  const stream = (kind: string) => resource(storage, `uploads/${randomUUID()}/${kind}/${digest.hash}/${digest.size}`);
  const plain = stream("blobs");
  let first = true;
  const trial = Effect.gen(function* () {
    // How much of a compressed stream was kept does not say where to go on, so each trial is an upload of its own.
    const name = storage.zstd ? stream("compressed-blobs/zstd") : plain;
    const from = first || storage.zstd ? 0 : yield* committed(channel, name);
    let end = from;
    const messages = function* () {
      for (const { request, bytes } of parts(ObjectStore.path(store, digest), name, from, storage.zstd)) {
        end += bytes;
        yield request;
      }
    };
    first = false;
    const answer = yield* channel.write(`${streams}/Write`, messages);
    const size = yield* committedSize(answer);
    // A server that had the blob already may say so with -1.
    if (size === (storage.zstd ? end : digest.size) || size === -1) return;
    return yield* new Channel.CallFailed({ code: 14, message: `it took ${size} of ${digest.size} bytes` });
  });
  const sent = yield* Effect.result(channel.retrying(trial));
  if (sent._tag === "Success") return;
  // What the server does not take may be damaged here, or gone, whatever was known of it.
  ObjectStore.unsee(store, digest.hash);
  store.hashed.delete(digest.hash);
  if (!Channel.isTransient(sent.failure) && !(yield* attempt(() => ObjectStore.verify(store, digest))))
    return yield* attempt(() => ObjectStore.raiseMissing(digest));
  return yield* unsent(storage, `Uploading ${Digest.format(digest)}`, sent.failure);
});

/** How much of an upload that was cut off the server kept; nothing when it cannot say. */
function committed(channel: Channel.Channel, name: string): Effect.Effect<number> {
  return channel.unary(`${streams}/QueryWriteStatus`, Messages.writeStatusRequest(name)).pipe(
    Effect.flatMap(committedSize),
    Effect.map((size) => Math.max(0, size)),
    Effect.catch(() => Effect.succeed(0)),
  );
}

const committedSize = (answer: Uint8Array): Effect.Effect<number, Channel.CallFailed> =>
  Channel.reading(() => Messages.committedSize(answer));

/** One message of an upload, and the bytes of the stream that are in it. */
interface Part {
  readonly request: Uint8Array;
  readonly bytes: number;
}

function opened(path: string): number {
  try {
    return openSync(path, "r");
  } catch (cause) {
    return raise({ domain: "CAS", reason: null, message: (cause as Error).message });
  }
}

/** The messages of an upload, from a place in the file on; compressed ones always begin at its beginning. */
function* parts(path: string, name: string, from: number, compressed: boolean): Generator<Part> {
  const file = opened(path);
  try {
    const buffer = new Uint8Array(piece);
    let offset = from;
    let sent = from;
    for (;;) {
      const length = readSync(file, buffer, 0, piece, offset);
      const finish = length < piece;
      const plain = buffer.subarray(0, length);
      const bytes = compressed && length > 0 ? Zstd.pack(plain) : plain;
      const request = Messages.writeRequest(sent === from ? name : "", sent, bytes, finish);
      yield { request, bytes: bytes.length };
      offset += length;
      sent += bytes.length;
      if (finish) return;
    }
  } finally {
    closeSync(file);
  }
}
