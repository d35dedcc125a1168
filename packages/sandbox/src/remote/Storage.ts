/**
 * The storage of a remote: blobs and trees brought from it and to it.
 *
 * Small blobs travel in batches as large as the server allows, large ones as byte streams that go on where they were cut off. What arrives is hashed before it
 * is stored, so that a blob that was damaged on the way or on the server is the same as one that is missing. Blobs that the other side has are not sent.
 */
import { randomUUID } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { BstError } from "@millrace/core/error/BstError";
import * as Digest from "@millrace/core/tree/Digest";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Sha256 from "@millrace/core/tree/Sha256";
import * as Effect from "effect/Effect";
import { attempt, inSlices } from "../cas/Cas.ts";
import * as ObjectStore from "../cas/ObjectStore.ts";
import * as Trees from "../cas/Trees.ts";
import * as Channel from "./Channel.ts";
import * as Messages from "./Messages.ts";

export interface Storage {
  readonly channel: Channel.Channel;
  /** Bytes of one batch with everything around the blobs. */
  readonly batch: number;
}

const cas = "/build.bazel.remote.execution.v2.ContentAddressableStorage";
const streams = "/google.bytestream.ByteStream";
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
const concurrency = 6;
const sha256 = 1;

/** Why a server is no storage; `temporary` when it may be one later. */
export interface Unusable {
  readonly problem: string;
  readonly temporary: boolean;
}

/** Asks a server what it can do; gives the storage, or what is wrong with it. */
export const open = Effect.fnUntraced(function* (channel: Channel.Channel): Effect.fn.Return<Storage | Unusable> {
  const asked = yield* Effect.result(capabilitiesOf(channel));
  if (asked._tag === "Failure") return { problem: asked.failure.message, temporary: asked.failure.temporary === true };
  const { digestFunctions, maxBatchBytes } = asked.success;
  if (digestFunctions.length > 0 && !digestFunctions.includes(sha256))
    return { problem: "the server does not store blobs by SHA-256", temporary: false };
  return { channel, batch: Math.min(largestBatch, maxBatchBytes ?? largestBatch) };
});

/** What a server says of itself. */
const capabilitiesOf = Effect.fnUntraced(function* (
  channel: Channel.Channel,
): Effect.fn.Return<Messages.Capabilities, BstError> {
  const bytes = yield* channel.unary(capabilities, Messages.instanceRequest(channel.endpoint.instance)).pipe(
    Effect.mapError(
      (cause) =>
        new BstError({
          domain: "REMOTE",
          reason: null,
          message: Channel.describe(cause),
          temporary: Channel.isTransient(cause),
        }),
    ),
  );
  return yield* attempt(() => Messages.capabilitiesResponse(bytes));
});

/** A transfer that failed; `cache-too-full` when the server has no room. */
function failure(storage: Storage, what: string, cause: Channel.CallFailed): BstError {
  const full = cause.code === Channel.code.resourceExhausted;
  return new BstError({
    domain: "CAS",
    reason: full ? "cache-too-full" : null,
    message: `${what} failed at ${storage.channel.endpoint.url}: ${Channel.describe(cause)}`,
    temporary: true,
  });
}

const resource = (storage: Storage, rest: string): string => {
  const { instance } = storage.channel.endpoint;
  return instance === "" ? rest : `${instance}/${rest}`;
};

/** Groups blobs into batches; those that fit into none are apart. */
function batches(
  storage: Storage,
  digests: readonly Digest.Digest[],
): { readonly small: readonly (readonly Digest.Digest[])[]; readonly large: readonly Digest.Digest[] } {
  const small: Digest.Digest[][] = [];
  const large: Digest.Digest[] = [];
  let room = 0;
  for (const digest of digests) {
    const cost = digest.size + perBlob;
    const last = small.at(-1);
    if (cost > storage.batch) large.push(digest);
    else if (last === undefined || cost > room || last.length >= mostBlobs) {
      small.push([digest]);
      room = storage.batch - cost;
    } else {
      last.push(digest);
      room -= cost;
    }
  }
  return { small, large };
}

/** Each digest once; the empty blob is everywhere. */
function distinct(digests: Iterable<Digest.Digest>): readonly Digest.Digest[] {
  const found = new Map<string, Digest.Digest>();
  for (const digest of digests) if (digest.size > 0) found.set(digest.hash, digest);
  return [...found.values()];
}

/** The blobs that the server does not have. */
export const missing = Effect.fnUntraced(function* (
  storage: Storage,
  digests: readonly Digest.Digest[],
): Effect.fn.Return<readonly Digest.Digest[], BstError> {
  const { channel } = storage;
  const absent: Digest.Digest[] = [];
  for (let at = 0; at < digests.length; at += mostDigests) {
    const request = Messages.digestsRequest(channel.endpoint.instance, digests.slice(at, at + mostDigests));
    const bytes = yield* channel
      .retrying(channel.unary(`${cas}/FindMissingBlobs`, request))
      .pipe(Effect.mapError((cause) => failure(storage, "FindMissingBlobs", cause)));
    absent.push(...(yield* attempt(() => Messages.findMissingResponse(bytes))));
  }
  return distinct(absent);
});

/** Brings the server every blob of these that it lacks; false when it had them all. */
export const upload = Effect.fnUntraced(function* (
  storage: Storage,
  store: ObjectStore.ObjectStore,
  digests: Iterable<Digest.Digest>,
): Effect.fn.Return<boolean, BstError> {
  const absent = yield* missing(storage, distinct(digests));
  const { small, large } = batches(storage, absent);
  yield* Effect.forEach(small, (batch) => uploadBatch(storage, store, batch), { concurrency, discard: true });
  yield* Effect.forEach(large, (digest) => uploadStream(storage, store, digest), { concurrency, discard: true });
  return absent.length > 0;
});

const uploadBatch = Effect.fnUntraced(function* (
  storage: Storage,
  store: ObjectStore.ObjectStore,
  digests: readonly Digest.Digest[],
): Effect.fn.Return<void, BstError> {
  const { channel } = storage;
  const request = yield* attempt(() =>
    Messages.batchUpdateRequest(
      channel.endpoint.instance,
      digests.map((digest) => ({ digest, bytes: ObjectStore.read(store, digest) })),
    ),
  );
  const bytes = yield* channel
    .retrying(channel.unary(`${cas}/BatchUpdateBlobs`, request))
    .pipe(Effect.mapError((cause) => failure(storage, "BatchUpdateBlobs", cause)));
  for (const { digest, status } of yield* attempt(() => Messages.batchUpdateResponse(bytes))) {
    if (status.code !== 0)
      return yield* failure(storage, `Uploading ${Digest.format(digest)}`, new Channel.CallFailed(status));
  }
});

const uploadStream = Effect.fnUntraced(function* (
  storage: Storage,
  store: ObjectStore.ObjectStore,
  digest: Digest.Digest,
): Effect.fn.Return<void, BstError> {
  const { channel } = storage;
  const name = resource(storage, `uploads/${randomUUID()}/blobs/${digest.hash}/${digest.size}`);
  let first = true;
  const trial = Effect.gen(function* () {
    const from = first ? 0 : yield* committed(channel, name);
    first = false;
    const answer = yield* channel.write(`${streams}/Write`, () => pieces(ObjectStore.path(store, digest), name, from));
    const size = Messages.committedSize(answer);
    // A server that had the blob already may say so with -1.
    if (size === digest.size || size === -1) return;
    return yield* new Channel.CallFailed({ code: 14, message: `it took ${size} of ${digest.size} bytes` });
  });
  yield* channel
    .retrying(trial)
    .pipe(Effect.mapError((cause) => failure(storage, `Uploading ${Digest.format(digest)}`, cause)));
});

/** How much of an upload that was cut off the server kept; nothing when it cannot say. */
function committed(channel: Channel.Channel, name: string): Effect.Effect<number> {
  return channel.unary(`${streams}/QueryWriteStatus`, Messages.writeStatusRequest(name)).pipe(
    Effect.map((bytes) => Math.max(0, Messages.committedSize(bytes))),
    Effect.catch(() => Effect.succeed(0)),
  );
}

/** The messages of an upload, from a place in the file on. */
function* pieces(path: string, name: string, from: number): Generator<Uint8Array> {
  const file = openSync(path, "r");
  try {
    const bytes = new Uint8Array(piece);
    let offset = from;
    for (;;) {
      const length = readSync(file, bytes, 0, piece, offset);
      const finish = length < piece;
      yield Messages.writeRequest(offset === from ? name : "", offset, bytes.subarray(0, length), finish);
      offset += length;
      if (finish) return;
    }
  } finally {
    closeSync(file);
  }
}

/** Brings blobs that are not in the store; gives those that the server does not have, or not whole. */
export const download = Effect.fnUntraced(function* (
  storage: Storage,
  store: ObjectStore.ObjectStore,
  digests: Iterable<Digest.Digest>,
): Effect.fn.Return<readonly Digest.Digest[], BstError> {
  const wanted = yield* attempt(() => ObjectStore.missing(store, digests));
  const { small, large } = batches(storage, wanted);
  const lost = [
    ...(yield* Effect.forEach(small, (batch) => downloadBatch(storage, store, batch), { concurrency })),
    ...(yield* Effect.forEach(large, (digest) => downloadStream(storage, store, digest), { concurrency })),
  ];
  return lost.flat();
});

const downloadBatch = Effect.fnUntraced(function* (
  storage: Storage,
  store: ObjectStore.ObjectStore,
  digests: readonly Digest.Digest[],
): Effect.fn.Return<readonly Digest.Digest[], BstError> {
  const { channel } = storage;
  const waiting = new Map(digests.map((digest) => [digest.hash, digest]));
  const empty = waiting.get(Digest.empty.hash);
  if (empty !== undefined) {
    yield* attempt(() => ObjectStore.putBytes(store, new Uint8Array(0)));
    waiting.delete(empty.hash);
  }
  if (waiting.size === 0) return [];
  const request = Messages.digestsRequest(channel.endpoint.instance, [...waiting.values()]);
  const bytes = yield* channel
    .retrying(channel.unary(`${cas}/BatchReadBlobs`, request))
    .pipe(Effect.mapError((cause) => failure(storage, "BatchReadBlobs", cause)));
  for (const answer of yield* attempt(() => Messages.batchReadResponse(bytes))) {
    const { digest, status } = answer;
    if (status.code === Channel.code.notFound) continue;
    if (status.code !== 0)
      return yield* failure(storage, `Downloading ${Digest.format(digest)}`, new Channel.CallFailed(status));
    if (Sha256.hex(answer.bytes) !== digest.hash || !waiting.delete(digest.hash)) continue;
    yield* attempt(() => ObjectStore.putBytes(store, answer.bytes, digest));
  }
  return [...waiting.values()];
});

const downloadStream = Effect.fnUntraced(function* (
  storage: Storage,
  store: ObjectStore.ObjectStore,
  digest: Digest.Digest,
): Effect.fn.Return<readonly Digest.Digest[], BstError> {
  const { channel } = storage;
  const name = resource(storage, `blobs/${digest.hash}/${digest.size}`);
  return yield* Effect.scoped(
    Effect.gen(function* () {
      const writer = yield* Effect.acquireRelease(
        attempt(() => ObjectStore.startWriting(store)),
        (opened) => Effect.sync(opened.close),
      );
      let received = 0;
      const outcome = yield* channel
        .retrying(
          channel.read(
            `${streams}/Read`,
            () => Messages.readRequest(name, received),
            (answer) => {
              const bytes = Messages.readResponse(answer);
              received += bytes.length;
              writer.write(bytes);
            },
          ),
        )
        .pipe(Effect.result);
      if (outcome._tag === "Failure") {
        if (outcome.failure.code === Channel.code.notFound) return [digest];
        return yield* failure(storage, `Downloading ${Digest.format(digest)}`, outcome.failure);
      }
      const written = received === digest.size ? yield* attempt(writer.finish) : undefined;
      return written?.hash === digest.hash ? [] : [digest];
    }),
  );
});

/** Brings whole trees, directories level by level and then all files; gives what the server does not have. */
export const downloadTrees = Effect.fnUntraced(function* (
  storage: Storage,
  store: ObjectStore.ObjectStore,
  roots: readonly Digest.Digest[],
): Effect.fn.Return<readonly Digest.Digest[], BstError> {
  const seen = new Set<string>();
  const files = new Map<string, Digest.Digest>();
  for (let level = roots; level.length > 0; ) {
    const lost = yield* download(storage, store, level);
    if (lost.length > 0) return lost;
    const below = new Map<string, Digest.Digest>();
    const here = level;
    yield* inSlices(function* () {
      for (const [at, digest] of here.entries()) {
        if (at % 512 === 511) yield;
        if (seen.has(digest.hash)) continue;
        seen.add(digest.hash);
        for (const entry of ObjectStore.readDirectory(store, digest).entries.values()) {
          if (entry.type === "file") files.set(entry.digest.hash, entry.digest);
          else if (entry.type === "directory") {
            const child = DirectoryCodec.digestOfEntry(entry.tree);
            if (!seen.has(child.hash)) below.set(child.hash, child);
          }
        }
      }
    });
    level = [...below.values()];
  }
  return yield* download(storage, store, files.values());
});

/** Every blob of a tree: its directories and the files they name. Raises when a directory is missing. */
export function blobsOfTree(
  store: ObjectStore.ObjectStore,
  root: Digest.Digest,
): Effect.Effect<readonly Digest.Digest[], BstError> {
  return inSlices(() => Trees.blobs(store, root));
}
