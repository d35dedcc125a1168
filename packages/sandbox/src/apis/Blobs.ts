/** The content of the store as services: ContentAddressableStorage and ByteStream. */
import { closeSync, openSync, readSync } from "node:fs";
import type { BstError } from "@millrace/core/error/BstError";
import * as Digest from "@millrace/core/tree/Digest";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Sha256 from "@millrace/core/tree/Sha256";
import * as Effect from "effect/Effect";
import { attempt } from "../cas/Cas.ts";
import * as ObjectStore from "../cas/ObjectStore.ts";
import * as ObjectWriter from "../cas/ObjectWriter.ts";
import type * as Fields from "../remote/Fields.ts";
import { fine } from "../remote/Fields.ts";
import * as Refused from "../worker/Refused.ts";
import * as Messages from "./Messages.ts";
import type { Method, Reader } from "./Server.ts";

/** Brings blobs that are not in the store from wherever else they may be; gives those that are nowhere. */
export type Bring = (digests: readonly Digest.Digest[]) => Effect.Effect<readonly Digest.Digest[], BstError>;

const notFound = 5;
const outOfRange = 11;
/** Bytes of one message of a blob that is read as a stream. */
const piece = 1024 * 1024;
/** Directories of one message of `GetTree`, and the bytes after which a message is full. */
const pageBytes = 1024 * 1024;

/** Bytes of blobs in one batch. */
export const maxBatch = 4 * 1024 * 1024 - 65_536;

const storage = "build.bazel.remote.execution.v2.ContentAddressableStorage";
const streams = "google.bytestream.ByteStream";

const refused = (code: number, message: string) => new Refused.Refused({ code, message });

/** The blob that the name of a resource ends with; what is before it is an instance. */
function resource(name: string, uploading: boolean): Digest.Digest {
  const pattern = uploading
    ? /(?:^|\/)uploads\/[^/]+\/blobs\/([0-9a-f]{64})\/(\d+)(?:\/|$)/
    : /(?:^|\/)blobs\/([0-9a-f]{64})\/(\d+)$/;
  const [, hash, size] = pattern.exec(name) ?? [];
  if (hash === undefined) throw refused(Refused.code.invalid, `'${name}' names no blob`);
  return { hash, size: Number(size) };
}

/** `attempt`, where a refusal may be raised too. */
function raising<A>(body: () => A): Effect.Effect<A, Refused.Refused | BstError> {
  const isRefused = (cause: unknown) => (cause instanceof Refused.Refused ? Effect.fail(cause) : Effect.die(cause));
  return Effect.catchDefect(attempt(body), isRefused);
}

/** The methods over a store. */
export function methods(store: ObjectStore.ObjectStore, bring: Bring): Readonly<Record<string, Method>> {
  return {
    [`${storage}/FindMissingBlobs`]: {
      type: "unary",
      answer: Effect.fnUntraced(function* (request) {
        const wanted = yield* raising(() => {
          const named = Messages.digests(request).filter(({ size }) => size > 0);
          return ObjectStore.missing(store, named);
        });
        return Messages.missing(yield* bring(wanted));
      }),
    },
    [`${storage}/BatchUpdateBlobs`]: {
      type: "unary",
      answer: (request) =>
        raising(() => Messages.batchAnswer(Messages.batchUpdate(request).map((sent) => take(store, sent)))),
    },
    [`${storage}/BatchReadBlobs`]: {
      type: "unary",
      answer: Effect.fnUntraced(function* (request) {
        const wanted = yield* raising(() => {
          const digests = Messages.digests(request);
          if (digests.reduce((sum, { size }) => sum + size, 0) > maxBatch)
            throw refused(Refused.code.invalid, `A batch has at most ${maxBatch} bytes`);
          return digests;
        });
        yield* bring(yield* attempt(() => ObjectStore.missing(store, wanted)));
        return yield* attempt(() => Messages.batchAnswer(wanted.map((digest) => give(store, digest))));
      }),
    },
    [`${storage}/GetTree`]: {
      type: "answers",
      answer: Effect.fnUntraced(function* (request, send) {
        const [root] = yield* raising(() => Messages.digests(request));
        if (root === undefined) return yield* refused(Refused.code.invalid, "No root is named");
        const seen = new Set<string>();
        const pending = [root];
        let page: Uint8Array[] = [];
        let bytes = 0;
        for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
          if (seen.has(next.hash)) continue;
          seen.add(next.hash);
          if ((yield* bring(ObjectStore.missing(store, [next]))).length > 0)
            return yield* refused(notFound, `The directory ${Digest.format(next)} is not here`);
          const here: Digest.Digest = next;
          const content = yield* attempt(() => ObjectStore.read(store, here));
          const directory = yield* attempt(() => DirectoryCodec.decode(content, here));
          for (const entry of directory.entries.values())
            if (entry.type === "directory") pending.push(DirectoryCodec.digestOfEntry(entry.tree));
          page.push(content);
          bytes += content.length;
          if (bytes < pageBytes) continue;
          yield* send(Messages.treePage(page));
          page = [];
          bytes = 0;
        }
        if (page.length > 0) yield* send(Messages.treePage(page));
      }),
    },
    [`${streams}/Read`]: {
      type: "answers",
      answer: Effect.fnUntraced(function* (request, send) {
        const { digest, offset, limit } = yield* raising(() => {
          const { name, offset, limit } = Messages.read(request);
          return { digest: resource(name, false), offset, limit };
        });
        if (digest.size === 0) return;
        if (offset < 0 || offset > digest.size) return yield* refused(outOfRange, `The blob has ${digest.size} bytes`);
        const lost = yield* bring(yield* attempt(() => ObjectStore.missing(store, [digest])));
        if (lost.length > 0) return yield* refused(notFound, `${Digest.format(digest)} is not here`);
        const end = limit > 0 ? Math.min(digest.size, offset + limit) : digest.size;
        yield* Effect.acquireUseRelease(
          Effect.sync(() => openSync(ObjectStore.path(store, digest), "r")),
          Effect.fnUntraced(function* (file) {
            for (let at = offset; at < end; ) {
              const bytes = new Uint8Array(Math.min(piece, end - at));
              const length = readSync(file, bytes, 0, bytes.length, at);
              if (length === 0) return yield* refused(Refused.code.internal, "The blob is shorter than it was");
              yield* send(Messages.piece(bytes.subarray(0, length)));
              at += length;
            }
          }),
          (file) => Effect.sync(() => closeSync(file)),
        );
      }),
    },
    [`${streams}/Write`]: { type: "requests", open: () => upload(store) },
    [`${streams}/QueryWriteStatus`]: {
      type: "unary",
      answer: (request) =>
        raising(() => {
          const digest = resource(Messages.name(request), true);
          const there = ObjectStore.has(store, digest);
          return Messages.committed(there ? digest.size : 0, there);
        }),
    },
  };
}

function take(store: ObjectStore.ObjectStore, { digest, bytes, compressor }: Messages.Sent) {
  const answer = (code: number, message: string) => ({ digest: digest ?? Digest.empty, status: { code, message } });
  if (digest === undefined) return answer(Refused.code.invalid, "A blob without a digest");
  if (compressor !== 0) return answer(Refused.code.invalid, "Blobs may not be compressed");
  if (bytes.length !== digest.size || Sha256.hex(bytes) !== digest.hash)
    return answer(Refused.code.invalid, "The blob is not what its digest says");
  ObjectStore.putBytes(store, bytes, digest);
  return { digest, status: fine };
}

function give(store: ObjectStore.ObjectStore, digest: Digest.Digest) {
  const there = digest.size > 0 && ObjectStore.has(store, digest);
  const bytes = digest.size === 0 ? new Uint8Array(0) : there ? ObjectStore.find(store, digest) : undefined;
  const status: Fields.Status = bytes === undefined ? { code: notFound, message: "It is not here" } : fine;
  return { digest, bytes: bytes ?? new Uint8Array(0), status };
}

/** One upload. It is not gone on with when it breaks off: the client is on the same machine. */
function upload(store: ObjectStore.ObjectStore): Reader {
  let digest: Digest.Digest | undefined;
  let writer: ObjectWriter.ObjectWriter | undefined;
  let size = 0;
  return {
    take: (message) => {
      const { name, offset, finish, bytes } = Messages.written(message);
      digest ??= resource(name, true);
      if (size === 0 && ObjectStore.has(store, digest)) {
        size = digest.size;
        return true;
      }
      if (offset !== size) throw refused(Refused.code.invalid, `A piece begins at ${offset}, but ${size} bytes came`);
      if (size + bytes.length > digest.size)
        throw refused(Refused.code.invalid, "The blob is larger than its digest says");
      writer ??= ObjectWriter.start(store);
      writer.write(bytes);
      size += bytes.length;
      return finish;
    },
    end: () => {
      if (digest === undefined) throw refused(Refused.code.invalid, "No blob is named");
      if (writer === undefined) return Messages.committed(digest.size);
      if (size !== digest.size) throw refused(Refused.code.invalid, `The blob ended after ${size} bytes`);
      if (writer.finish().hash !== digest.hash)
        throw refused(Refused.code.invalid, "The blob is not what its digest says");
      return Messages.committed(size);
    },
    close: () => writer?.close(),
  };
}
