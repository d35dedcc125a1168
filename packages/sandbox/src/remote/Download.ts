/**
 * Blobs and trees from a storage.
 *
 * What arrives is hashed before it is stored, so that a blob that was damaged on the way or on the server is the same as one that is missing. A tree is asked for with
 * one question where the server answers it; what that leaves out comes level by level.
 */
import { BstError, raise } from "@millrace/core/error/BstError";
import * as Digest from "@millrace/core/tree/Digest";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Entries from "@millrace/core/tree/Entries";
import * as Sha256 from "@millrace/core/tree/Sha256";
import * as Effect from "effect/Effect";
import * as Arrivals from "../cas/Arrivals.ts";
import { attempt, inSlices } from "../cas/Cas.ts";
import * as ObjectStore from "../cas/ObjectStore.ts";
import * as ObjectWriter from "../cas/ObjectWriter.ts";
import * as Shelves from "../cas/Shelves.ts";
import * as Channel from "./Channel.ts";
import * as Messages from "./Messages.ts";
import * as Storage from "./Storage.ts";
import * as Zstd from "./Zstd.ts";

/** Bytes of directories that are held until it is known where they belong; a tree with more comes level by level. */
const mostHeld = 128 * 1024 * 1024;
/** Bytes that holding a directory costs beside its own. */
const overhead = 200;

/** Hears of each directory that arrives, with its bytes. */
type Arrived = (digest: Digest.Digest, bytes: Uint8Array) => void;

/** Brings blobs that are not in the store; gives those that the server does not have, or not whole. */
export const blobs = Effect.fnUntraced(function* (
  storage: Storage.Storage,
  store: ObjectStore.ObjectStore,
  digests: Iterable<Digest.Digest>,
  arrived?: Arrived,
): Effect.fn.Return<readonly Digest.Digest[], BstError> {
  const wanted = yield* attempt(() => Shelves.missing(store, digests));
  if (wanted.length === 0) return [];
  const { small, large } = Storage.batches(storage, wanted);
  const { concurrency } = Storage;
  const lost = [
    ...(yield* Effect.forEach(small, (batch) => downloadBatch(storage, store, batch, arrived), { concurrency })),
    ...(yield* Effect.forEach(large, (digest) => downloadStream(storage, store, digest), { concurrency })),
  ];
  // Somebody else may have brought it meanwhile.
  return yield* attempt(() => ObjectStore.missing(store, lost.flat()));
});

const downloadBatch = Effect.fnUntraced(function* (
  storage: Storage.Storage,
  store: ObjectStore.ObjectStore,
  digests: readonly Digest.Digest[],
  arrived: Arrived | undefined,
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
  const size = digests.reduce((sum, digest) => sum + digest.size, 0);
  const bytes = yield* channel
    .retrying(channel.unary(`${Storage.cas}/BatchReadBlobs`, request, size))
    .pipe(Effect.mapError((cause) => Storage.failure(storage, "BatchReadBlobs", cause)));
  const answers = yield* attempt(() => Messages.batchReadResponse(bytes));
  const came: { readonly digest: Digest.Digest; readonly bytes: Uint8Array }[] = [];
  for (const { digest, status, bytes } of answers) {
    const wanted = waiting.get(digest.hash);
    if (status.code === 0 && wanted !== undefined) came.push({ digest: wanted, bytes });
    else if (status.code !== 0 && status.code !== Channel.code.notFound)
      return yield* Storage.failure(storage, `Downloading ${Digest.format(digest)}`, new Channel.CallFailed(status));
  }
  // Bytes of directories are looked at once more.
  const keep = arrived === undefined ? Arrivals.keep(store, came, bytes) : Arrivals.keepHere(store, came);
  const kept = yield* keep;
  for (const [at, { digest, bytes: whole }] of came.entries()) {
    if (!kept[at]) continue;
    waiting.delete(digest.hash);
    if (arrived !== undefined) yield* attempt(() => arrived(digest, whole));
  }
  return [...waiting.values()];
});

const downloadStream = Effect.fnUntraced(function* (
  storage: Storage.Storage,
  store: ObjectStore.ObjectStore,
  digest: Digest.Digest,
): Effect.fn.Return<readonly Digest.Digest[], BstError> {
  const { channel } = storage;
  const kind = storage.zstd ? "compressed-blobs/zstd" : "blobs";
  const name = Storage.resource(storage, `${kind}/${digest.hash}/${digest.size}`);
  return yield* Effect.scoped(
    Effect.gen(function* () {
      const writer = yield* Effect.acquireRelease(
        attempt(() => ObjectWriter.start(store)),
        (opened) => Effect.sync(opened.close),
      );
      let received = 0;
      const take = (bytes: Uint8Array): void => {
        received += bytes.length;
        if (received > digest.size)
          throw new BstError({ domain: "CAS", reason: null, message: "the server sends more than there is" });
        writer.write(bytes);
      };
      // Offsets count bytes of the content, also where it travels compressed: each trial begins a compressed stream of its own.
      let unpack: Zstd.Unpacking | undefined;
      const reading = Effect.suspend(() => {
        unpack = storage.zstd ? Zstd.unpack(take) : undefined;
        return channel.read(
          `${Storage.streams}/Read`,
          () => Messages.readRequest(name, received),
          (answer) => {
            const bytes = Messages.readResponse(answer);
            const waiting = unpack === undefined ? take(bytes) : unpack.write(bytes);
            return bytes.length === 0 ? Channel.nothing : waiting;
          },
        );
      }).pipe(
        Effect.onExit(() => Effect.promise(async () => unpack?.end())),
        Effect.tap(() => {
          const trouble = unpack?.trouble();
          return trouble === undefined ? Effect.void : Effect.fail(Channel.interrupted(trouble));
        }),
      );
      const outcome = yield* Effect.result(channel.retrying(reading));
      if (outcome._tag === "Failure") {
        if (outcome.failure.code === Channel.code.notFound || received > digest.size) return [digest];
        return yield* Storage.failure(storage, `Downloading ${Digest.format(digest)}`, outcome.failure);
      }
      const written = received === digest.size ? yield* attempt(writer.finish) : undefined;
      return written?.hash === digest.hash ? [] : [digest];
    }),
  );
});

/** Brings all directories of trees; gives those that the server does not have, and the files that the trees name. Fails with `tree-too-large` where one can be no tree of files. */
export const directories = Effect.fnUntraced(function* (
  storage: Storage.Storage,
  store: ObjectStore.ObjectStore,
  roots: readonly Digest.Digest[],
): Effect.fn.Return<{ readonly lost: readonly Digest.Digest[]; readonly files: readonly Digest.Digest[] }, BstError> {
  const arrived: Arrived = (digest, bytes) => ObjectStore.adoptDirectory(store, digest, bytes);
  for (const root of yield* attempt(() => ObjectStore.missing(store, roots))) yield* wholeTree(storage, store, root);
  const seen = new Set<string>();
  const files = new Map<string, Digest.Digest>();
  let shared = false;
  for (let level = roots; level.length > 0; ) {
    const lost = yield* blobs(storage, store, level, arrived);
    if (lost.length > 0) return { lost, files: [...files.values()] };
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
            if (seen.has(child.hash) || below.has(child.hash)) shared = true;
            if (!seen.has(child.hash)) below.set(child.hash, child);
          }
        }
      }
    });
    level = [...below.values()];
  }
  if (shared)
    yield* inSlices(function* () {
      for (const root of roots) yield* Entries.check(root, ObjectStore.reader(store));
    });
  return { lost: [], files: [...files.values()] };
});

/**
 * Asks for all directories of a tree at once. Whatever goes wrong, and whatever the answer leaves out, comes level by level; so only what a directory of the tree names is
 * of use here, and nothing is believed that does not have its name.
 */
const wholeTree = Effect.fnUntraced(function* (
  storage: Storage.Storage,
  store: ObjectStore.ObjectStore,
  root: Digest.Digest,
): Effect.fn.Return<void, BstError> {
  if (!storage.trees.answered) return;
  const { channel } = storage;
  const found = new Map<string, Uint8Array>();
  let held = 0;
  const outcome = yield* Effect.result(
    channel.read(
      `${Storage.cas}/GetTree`,
      () => Messages.treeRequest(channel.endpoint.instance, root),
      (answer) => {
        const before = held;
        for (const bytes of Messages.treeResponse(answer)) {
          const hash = Sha256.hex(bytes);
          if (found.has(hash)) continue;
          found.set(hash, Uint8Array.from(bytes));
          held += bytes.length + overhead;
        }
        if (held > mostHeld)
          raise({ domain: "CAS", reason: null, message: "The tree is too large to be sent at once" });
        return held === before ? Channel.nothing : undefined;
      },
    ),
  );
  if (outcome._tag === "Failure") {
    // One that was silent would be silent for each tree.
    const { unimplemented, deadlineExceeded } = Channel.code;
    if ([unimplemented, deadlineExceeded].includes(outcome.failure.code)) storage.trees.answered = false;
  }
  yield* inSlices(function* () {
    const pending = [root];
    for (let next = pending.pop(), at = 0; next !== undefined; next = pending.pop(), at++) {
      if (at % 256 === 255) yield;
      const bytes = found.get(next.hash);
      if (bytes === undefined || bytes.length !== next.size) continue;
      found.delete(next.hash);
      const directory = DirectoryCodec.decode(bytes, next);
      if (!ObjectStore.has(store, next)) ObjectStore.writeBytes(store, bytes, next);
      ObjectStore.adoptDirectory(store, next, bytes);
      for (const entry of directory.entries.values())
        if (entry.type === "directory") pending.push(DirectoryCodec.digestOfEntry(entry.tree));
    }
  });
});

/** Brings whole trees; gives what the server does not have. */
export const trees = Effect.fnUntraced(function* (
  storage: Storage.Storage,
  store: ObjectStore.ObjectStore,
  roots: readonly Digest.Digest[],
): Effect.fn.Return<readonly Digest.Digest[], BstError> {
  const { lost, files } = yield* directories(storage, store, roots);
  return lost.length > 0 ? lost : yield* blobs(storage, store, files);
});
