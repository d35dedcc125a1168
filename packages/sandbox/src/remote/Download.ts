/**
 * Blobs and trees from a storage.
 *
 * What arrives is hashed before it is stored, so that a blob that was damaged on the way or on the server is the same as one that is missing. A tree is asked for with
 * one question where the server answers it; what that leaves out comes level by level.
 */
import { BstError, raise } from "@millrace/core/error/BstError";
import * as Digest from "@millrace/core/tree/Digest";
import * as Sha256 from "@millrace/core/tree/Sha256";
import * as Effect from "effect/Effect";
import * as Arrivals from "../cas/Arrivals.ts";
import { attempt, inSlices } from "../cas/Cas.ts";
import * as DiskTrouble from "../cas/DiskTrouble.ts";
import * as ObjectStore from "../cas/ObjectStore.ts";
import * as ObjectWriter from "../cas/ObjectWriter.ts";
import * as Shelves from "../cas/Shelves.ts";
import type * as TakeTree from "../cas/TakeTree.ts";
import * as TreeList from "../cas/TreeList.ts";
import * as Walk from "../cas/Walk.ts";
import * as Allowance from "./Allowance.ts";
import * as Channel from "./Channel.ts";
import * as Messages from "./Messages.ts";
import * as Storage from "./Storage.ts";
import * as Zstd from "./Zstd.ts";

/** Bytes of directories that are held until it is known where they belong, of one tree and of all that are being brought; what is beyond that comes level by level. */
const holding = Allowance.make({ each: 128 * 1024 * 1024, all: 256 * 1024 * 1024 });
/** Bytes that holding a directory costs beside its own. */
const overhead = 200;

const none = new Uint8Array(0);

/** Brings blobs that are not in the store, single ones and those of a list (`TreeList`); gives those that the server does not have, or not whole. */
export const blobs = Effect.fnUntraced(function* (
  storage: Storage.Storage,
  store: ObjectStore.ObjectStore,
  digests: Iterable<Digest.Digest>,
  list: Uint8Array = none,
): Effect.fn.Return<readonly Digest.Digest[], BstError> {
  const single = [...digests];
  const empty = yield* attempt(() => withoutBytes(store, single));
  const all = Buffer.concat([list, TreeList.write(single)]);
  const { small, large } = Storage.batches(storage, yield* attempt(() => Shelves.missing(store, all)));
  const { concurrency } = Storage;
  const lost = [
    ...empty,
    ...(yield* Effect.forEach(small, (batch) => downloadBatch(storage, store, batch), { concurrency })).flat(),
    ...(yield* Effect.forEach(large, (digest) => downloadStream(storage, store, digest), { concurrency })).flat(),
  ];
  // Somebody else may have brought it meanwhile.
  return yield* attempt(() => ObjectStore.missing(store, lost));
});

/** Stores the empty blob if it is among some, for which nothing is needed from anybody; gives what else has no bytes, which nobody can have. Lists leave out both. */
function withoutBytes(store: ObjectStore.ObjectStore, digests: readonly Digest.Digest[]): readonly Digest.Digest[] {
  const empty = digests.filter(({ size }) => size === 0);
  if (ObjectStore.missing(store, empty).length > 0) ObjectStore.putBytes(store, none);
  return ObjectStore.missing(store, empty);
}

const downloadBatch = Effect.fnUntraced(function* (
  storage: Storage.Storage,
  store: ObjectStore.ObjectStore,
  { list, size }: Storage.Batch,
): Effect.fn.Return<readonly Digest.Digest[], BstError> {
  const { channel } = storage;
  const request = Messages.listRequest(channel.endpoint.instance, list);
  const answer = yield* channel
    .retrying(channel.unary(`${Storage.cas}/BatchReadBlobs`, request, size))
    .pipe(Effect.mapError((cause) => Storage.failure(storage, "BatchReadBlobs", cause)));
  const { lost, trouble } = yield* Arrivals.keep(store, answer, list);
  if (trouble === undefined) return TreeList.read(lost);
  const { digest, status } = trouble;
  return yield* Storage.failure(storage, `Downloading ${Digest.format(digest)}`, new Channel.CallFailed(status));
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
      // What this machine cannot store is no failure of the server.
      let unstored: BstError | undefined;
      const take = (bytes: Uint8Array): void => {
        received += bytes.length;
        if (received > digest.size)
          throw new BstError({ domain: "CAS", reason: null, message: "the server sends more than there is" });
        try {
          writer.write(bytes);
        } catch (cause) {
          unstored = DiskTrouble.asFailure(cause);
          throw unstored ?? cause;
        }
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
        if (unstored !== undefined) return yield* unstored;
        if (outcome.failure.code === Channel.code.notFound || received > digest.size) return [digest];
        return yield* Storage.failure(storage, `Downloading ${Digest.format(digest)}`, outcome.failure);
      }
      const written = received === digest.size ? yield* attempt(writer.finish) : undefined;
      return written?.hash === digest.hash ? [] : [digest];
    }),
  );
});

/** What bringing directories left to do. */
interface Directories {
  /** What the server does not have. */
  readonly lost: readonly Digest.Digest[];
  /** The files that the trees name, a `TreeList`. */
  readonly files: Uint8Array;
}

/** Brings all directories of trees. Fails where one can be no tree of files (`Cas.isNoTree`). */
export const directories = Effect.fnUntraced(function* (
  storage: Storage.Storage,
  store: ObjectStore.ObjectStore,
  roots: readonly Digest.Digest[],
): Effect.fn.Return<Directories, BstError> {
  const files: Uint8Array[] = [];
  const partly: Digest.Digest[] = [];
  const absent = new Set((yield* attempt(() => ObjectStore.missing(store, roots))).map(({ hash }) => hash));
  for (const root of roots) {
    const share = holding();
    const coming = absent.has(root.hash) ? wholeTree(storage, root, share) : Effect.succeed(nothing);
    const list = yield* Effect.flatMap(coming, (came) => Arrivals.plant(store, root, came)).pipe(
      Effect.ensuring(Effect.sync(share.end)),
    );
    if (list === undefined) partly.push(root);
    else files.push(list);
  }
  const rest = yield* levels(storage, store, partly);
  return { lost: rest.lost, files: Buffer.concat([...files, rest.files]) };
});

/** Brings directories level by level. */
const levels = Effect.fnUntraced(function* (
  storage: Storage.Storage,
  store: ObjectStore.ObjectStore,
  roots: readonly Digest.Digest[],
): Effect.fn.Return<Directories, BstError> {
  const walk = Walk.begin(roots);
  const files = new Map<string, Digest.Digest>();
  for (let level = Walk.all(walk); level.length > 0; level = Walk.all(walk)) {
    const here = level;
    const lost = yield* blobs(storage, store, here);
    if (lost.length > 0) return { lost, files: TreeList.write(files.values()) };
    yield* inSlices(function* () {
      for (const [at, digest] of here.entries()) {
        if (at % 256 === 255) yield;
        for (const file of Walk.enter(walk, ObjectStore.readDirectory(store, digest))) files.set(file.hash, file);
      }
    });
  }
  yield* inSlices(() => Walk.end(walk, ObjectStore.reader(store)));
  return {
    lost: yield* attempt(() => withoutBytes(store, [...files.values()])),
    files: TreeList.write(files.values()),
  };
});

const nothing: TakeTree.Came = { bytes: none, hashes: "", sizes: new Uint32Array(0) };

/**
 * Asks for all directories of a tree at once; gives what came, by the hashes that it has. Whatever goes wrong, and whatever the answer leaves out, comes level by
 * level.
 */
const wholeTree = Effect.fnUntraced(function* (
  storage: Storage.Storage,
  root: Digest.Digest,
  share: Allowance.Share,
): Effect.fn.Return<TakeTree.Came> {
  if (!storage.trees.answered) return nothing;
  const { channel } = storage;
  const found = new Map<string, Uint8Array>();
  const outcome = yield* Effect.result(
    channel.read(
      `${Storage.cas}/GetTree`,
      () => Messages.treeRequest(channel.endpoint.instance, root),
      (answer) => {
        const before = found.size;
        for (const bytes of Messages.treeResponse(answer)) {
          const hash = Sha256.hex(bytes);
          if (found.has(hash)) continue;
          if (!share.take(bytes.length + overhead))
            raise({ domain: "CAS", reason: null, message: "The tree is too large to be sent at once" });
          // A copy: a view would keep the whole answer in memory.
          found.set(hash, Uint8Array.from(bytes));
        }
        return found.size === before ? Channel.nothing : undefined;
      },
    ),
  );
  if (outcome._tag === "Failure") {
    // One that was silent would be silent for each tree.
    const { unimplemented, deadlineExceeded } = Channel.code;
    if ([unimplemented, deadlineExceeded].includes(outcome.failure.code)) storage.trees.answered = false;
  }
  const parts = [...found.values()];
  return {
    bytes: Buffer.concat(parts),
    hashes: [...found.keys()].join(""),
    sizes: Uint32Array.from(parts, (part) => part.length),
  };
});

/** Brings whole trees, and some blobs that are wanted with them; gives what the server does not have. */
export const trees = Effect.fnUntraced(function* (
  storage: Storage.Storage,
  store: ObjectStore.ObjectStore,
  roots: readonly Digest.Digest[],
  beside: readonly Digest.Digest[] = [],
): Effect.fn.Return<readonly Digest.Digest[], BstError> {
  const { lost, files } = yield* directories(storage, store, roots);
  if (lost.length > 0) return lost;
  const absent = yield* blobs(storage, store, beside, files);
  if (absent.length === 0) ObjectStore.noteWhole(store, roots);
  return absent;
});
