/**
 * Trying a server: what it says it can do, and whether the services that a cache or a farm takes do answer.
 *
 * Small random blobs go there and come back, in a batch and as a stream; they stay on the server until it expires them. Nothing else is written. A server that takes no
 * blobs can still be pulled from.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { BstError, raise } from "@millrace/core/error/BstError";
import type { RemoteSpec } from "@millrace/core/project/Project";
import * as Digest from "@millrace/core/tree/Digest";
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import { attempt } from "../cas/Cas.ts";
import * as Assets from "./Assets.ts";
import * as Channel from "./Channel.ts";
import * as Endpoint from "./Endpoint.ts";
import * as Messages from "./Messages.ts";
import * as Storage from "./Storage.ts";

/** One thing that was tried. */
export interface Probe {
  readonly name: string;
  readonly works: boolean;
  /** Whether a server of the type that was named must have it. */
  readonly needed: boolean;
  /** What went wrong. */
  readonly problem?: string | undefined;
  readonly milliseconds: number;
}

export interface Report {
  readonly url: string;
  readonly instance: string;
  readonly type: RemoteSpec["type"];
  readonly encrypted: boolean;
  /** What this side shows for itself: `none`, or `client certificate` and `token`. */
  readonly authentication: readonly string[];
  readonly capabilities: Messages.Capabilities | undefined;
  readonly probes: readonly Probe[];
  /** Whether all that is needed works. */
  readonly usable: boolean;
}

const execution = "/build.bazel.remote.execution.v2";
const smallSize = 1024;
const streamSize = 3 * 65_536;
const streamPiece = 65_536;

type Attempt = Effect.Effect<unknown, Channel.CallFailed | BstError>;

const wrong = (message: string) => new Channel.CallFailed({ code: 15, message });

/** Tries a server. Fails when its address or its certificates are none. */
export const check = Effect.fn("Check.check")(function* (
  spec: RemoteSpec,
): Effect.fn.Return<Report, BstError, Scope.Scope> {
  const endpoint = yield* attempt(() => Endpoint.make(spec, undefined));
  const channel = yield* Channel.open(endpoint).pipe(
    Effect.mapError((failure) => new BstError({ domain: "REMOTE", reason: null, message: capital(failure.message) })),
  );
  const probes: Probe[] = [];
  const probe = Effect.fnUntraced(function* (name: string, needed: boolean, call: Attempt) {
    const start = performance.now();
    const result = yield* Effect.result(call);
    const milliseconds = Math.round((performance.now() - start) * 10) / 10;
    const problem = result._tag === "Failure" ? tell(result.failure) : undefined;
    probes.push({ name, needed, works: problem === undefined, problem, milliseconds });
    return result._tag === "Failure" ? result.failure : undefined;
  });
  const stores = spec.type !== "index";
  const indexes = spec.type !== "storage";
  const { instance } = endpoint;
  let capabilities: Messages.Capabilities | undefined;
  const method = `${execution}.Capabilities/GetCapabilities`;
  const refusal = yield* probe(
    "capabilities",
    stores,
    channel.unary(method, Messages.instanceRequest(instance)).pipe(
      Effect.flatMap((bytes) => Channel.reading(() => Messages.capabilitiesResponse(bytes))),
      Effect.tap((found) => Effect.sync(() => (capabilities = found))),
      Effect.flatMap(({ digestFunctions }) =>
        digestFunctions.length === 0 || digestFunctions.includes(1)
          ? Effect.void
          : Effect.fail(wrong("the server does not store blobs by SHA-256")),
      ),
    ),
  );
  const answered = refusal === undefined;
  // Where nobody is there, or says anything, further questions would only take their time.
  const gone = refusal?._tag === "CallFailed" && Channel.isTransient(refusal);
  if (answered || (spec.type === "index" && !gone)) {
    if (answered) {
      yield* probe("storage, reading", stores, absence(channel));
      const writes = stores && spec.push;
      yield* probe("storage, batches", writes, batchTrip(channel));
      yield* probe("storage, streams", writes, streamTrip(channel));
    }
    yield* probe("index, reading", indexes, index(channel, "FetchBlob"));
    yield* probe("index, writing", indexes && spec.push, index(channel, "PushBlob"));
    if (answered) yield* probe("action cache", false, actionCache(channel));
  }
  return {
    url: spec.url,
    instance,
    type: spec.type,
    encrypted: endpoint.secure,
    authentication: [
      ...(endpoint.clientCertificate === undefined ? [] : ["client certificate"]),
      ...(endpoint.tokenFile === undefined ? [] : ["token"]),
    ],
    capabilities,
    probes: gone ? probes.map((probe) => ({ ...probe, needed: true })) : probes,
    usable: !gone && probes.every(({ works, needed }) => works || !needed),
  };
});

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function tell(failure: Channel.CallFailed | BstError): string {
  if (failure._tag === "BstError") return failure.message;
  const absent = failure.code === Channel.code.unimplemented && !failure.message.startsWith("HTTP");
  return absent ? "the server does not have it" : Channel.describe(failure);
}

const blob = (size: number) => {
  const bytes = randomBytes(size);
  return { bytes, digest: Digest.ofBytes(bytes) };
};

/** A blob that nobody has, asked for and read: what a server without write access can be tried with. */
const absence = Effect.fnUntraced(function* (channel: Channel.Channel) {
  const { digest } = blob(smallSize);
  const asked = Messages.digestsRequest(channel.endpoint.instance, [digest]);
  const missing = yield* answer(channel, "FindMissingBlobs", asked, Messages.findMissingResponse);
  if (missing.length !== 1 || missing[0]?.hash !== digest.hash)
    return yield* wrong("a blob that nobody has is not said to be missing");
  const read = yield* Effect.result(answer(channel, "BatchReadBlobs", asked, Messages.batchReadResponse));
  const code = read._tag === "Failure" ? read.failure.code : (read.success[0]?.status.code ?? Channel.code.notFound);
  if (code === Channel.code.notFound) return;
  return yield* read._tag === "Failure" ? read.failure : wrong("a blob that nobody has was read");
});

/** The answer to a question about blobs. */
const answer = <A>(
  channel: Channel.Channel,
  method: string,
  request: Uint8Array,
  read: (bytes: Uint8Array) => A,
): Effect.Effect<A, Channel.CallFailed> =>
  Effect.flatMap(channel.unary(`${Storage.cas}/${method}`, request), (bytes) => Channel.reading(() => read(bytes)));

/** A small blob in a batch, asked for, and read in a batch. */
const batchTrip = Effect.fnUntraced(function* (channel: Channel.Channel) {
  const { instance } = channel.endpoint;
  const sent = blob(smallSize);
  const update = Messages.batchUpdateRequest(instance, [sent]);
  const stored = yield* answer(channel, "BatchUpdateBlobs", update, Messages.batchUpdateResponse);
  for (const { status } of stored) if (status.code !== 0) return yield* new Channel.CallFailed(status);
  const asked = Messages.digestsRequest(instance, [sent.digest]);
  const missing = yield* answer(channel, "FindMissingBlobs", asked, Messages.findMissingResponse);
  if (missing.length > 0) return yield* wrong("a blob that was stored a moment ago is missing");
  const [read] = yield* answer(channel, "BatchReadBlobs", asked, Messages.batchReadResponse);
  if (read === undefined || Buffer.compare(read.bytes, sent.bytes) !== 0)
    return yield* wrong("a blob came back with another content");
});

/** A larger one as a stream. */
const streamTrip = Effect.fnUntraced(function* (channel: Channel.Channel) {
  const { instance } = channel.endpoint;
  const { bytes, digest } = blob(streamSize);
  const prefix = instance === "" ? "" : `${instance}/`;
  const name = `${prefix}uploads/${randomUUID()}/blobs/${digest.hash}/${digest.size}`;
  yield* channel.write(`${Storage.streams}/Write`, function* () {
    for (let at = 0; at < streamSize; at += streamPiece) {
      const part = bytes.subarray(at, at + streamPiece);
      yield Messages.writeRequest(at === 0 ? name : "", at, part, at + streamPiece >= streamSize);
    }
  });
  const parts: Uint8Array[] = [];
  const resource = `${prefix}blobs/${digest.hash}/${digest.size}`;
  yield* channel.read(
    `${Storage.streams}/Read`,
    () => Messages.readRequest(resource, 0),
    (answer) => {
      parts.push(Uint8Array.from(Messages.readResponse(answer)));
      if (parts.reduce((sum, { length }) => sum + length, 0) > streamSize)
        raise({ domain: "CAS", reason: null, message: "a blob came back with more bytes than it has" });
    },
  );
  if (Buffer.compare(Buffer.concat(parts), bytes) !== 0) return yield* wrong("a blob came back with another content");
});

const index = (channel: Channel.Channel, method: "FetchBlob" | "PushBlob"): Attempt =>
  Effect.flatMap(Assets.probe(channel, method), (failure) =>
    failure === undefined ? Effect.void : Effect.fail(failure),
  );

/** Asks for the result of an action that nobody has. */
const actionCache = Effect.fnUntraced(function* (channel: Channel.Channel) {
  const { digest } = blob(smallSize);
  const request = Messages.actionResultRequest(channel.endpoint.instance, digest);
  const answer = yield* Effect.result(channel.unary(`${execution}.ActionCache/GetActionResult`, request));
  if (answer._tag === "Failure" && answer.failure.code !== Channel.code.notFound) return yield* answer.failure;
});

const functions = [
  "unknown",
  "SHA-256",
  "SHA-1",
  "MD5",
  "VSO",
  "SHA-384",
  "SHA-512",
  "MURMUR3",
  "SHA-256-TREE",
  "BLAKE3",
];
const compressions = ["none", "zstd", "deflate", "brotli"];

/** What only pushing needs. */
const writing: ReadonlySet<string> = new Set(["storage, batches", "storage, streams", "index, writing"]);

function verdict({ usable, probes, type }: Report): string {
  if (usable) return "The server can be used.";
  const failed = probes.filter(({ works, needed }) => needed && !works).map(({ name }) => name);
  if (failed.every((name) => writing.has(name)))
    return "The server takes nothing: it can be pulled from, which push=False checks.";
  if (type === "all" && failed.every((name) => name.startsWith("index")))
    return "The server has no asset index: it can be used with type=storage, beside another server with type=index.";
  return "The server cannot be used so.";
}

/** The report for people. */
export function text(report: Report): string {
  const { capabilities, probes } = report;
  const rows: (readonly [string, string])[] = [
    ["server", report.url],
    ["instance", report.instance === "" ? "(no name)" : report.instance],
    ["connection", report.encrypted ? "TLS" : "not encrypted"],
    ["authentication", report.authentication.length === 0 ? "none" : report.authentication.join(", ")],
  ];
  if (capabilities !== undefined) {
    const { digestFunctions, maxBatchBytes, maxBlobBytes, compressors } = capabilities;
    const named = (numbers: readonly number[], names: readonly string[]) =>
      numbers.map((number) => names[number] ?? `number ${number}`).join(", ") || "not said";
    rows.push(
      ["protocol", `${capabilities.oldest || "?"} to ${capabilities.version || "?"}`],
      ["digests", named(digestFunctions, functions)],
      ["compression", compressors.length === 0 ? "none" : named(compressors, compressions)],
      ["bytes in a batch", maxBatchBytes === undefined ? "no limit" : String(maxBatchBytes)],
      ["bytes of a blob", maxBlobBytes === undefined ? "no limit" : String(maxBlobBytes)],
      ["executes actions", capabilities.executes ? "yes" : "no"],
    );
  }
  for (const { name, works, problem, needed, milliseconds } of probes) {
    const found = works ? `works (${milliseconds} ms)` : (problem ?? "does not work");
    rows.push([name, !works && !needed ? `${found} (not needed)` : found]);
  }
  const lines = rows.map(([name, value]) => `${name.padEnd(18)} ${value}`);
  return `${lines.join("\n")}\n\n${verdict(report)}\n`;
}
