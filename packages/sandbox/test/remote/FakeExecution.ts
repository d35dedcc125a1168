/**
 * An execution service inside the test process, over the blobs of a `FakeServer`: it "executes" by a function of the test, with the manners and faults of servers
 * that no registry has.
 */
import { createHash } from "node:crypto";
import * as Grpc from "@grpc/grpc-js";
import type { Digest } from "@millrace/core/tree/Digest";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Wire from "@millrace/core/tree/Wire";
import * as ActionMessages from "@millrace/sandbox/remote/ActionMessages";

/** What the service does with one call of Execute or WaitExecution. */
export type Move =
  /** Says that the action waits, then runs, then what came of it. */
  | "finish"
  /** Says that it runs, and breaks the stream off. */
  | "drop"
  /** Ends the stream with a status, without a word. */
  | { readonly refuse: number }
  /** Ends the operation with a status. */
  | { readonly status: number }
  /** Says that it runs, and nothing more. */
  | "hang"
  /** Says that it waits, and ends the stream as if that were all. */
  | "end"
  /** The same after a while. */
  | "lull"
  /** Sends a message that says nothing, and ends the stream; or sends such messages for ever. */
  | "empty"
  | "babble"
  /** Says nothing at all. */
  | "mute";

export interface Manners {
  /** One for each call, in turn; the last one again and again. */
  execute?: Move[];
  wait?: Move[];
  /** Gives outputs as tree messages. */
  trees?: boolean;
  /** Says that the result is an old one. */
  cached?: boolean;
  /** Shows the output while it is written, in a byte stream. */
  shows?: string;
  /** The status with which it says that an action is not there. */
  missing?: number;
  /** The status with which the action cache says that it has no result. */
  unknown?: number;
  /** What the action cache remembers. */
  remembers?: ActionMessages.ActionResult;
}

export interface FakeExecution {
  readonly url: string;
  readonly manners: Manners;
  readonly calls: string[];
  /** Actions that were asked for, and whether old results were good enough. */
  readonly requests: { readonly action: ActionMessages.Action; readonly skipCache: boolean }[];
  readonly close: () => void;
}

function numbers(bytes: Uint8Array): Map<number, number | Uint8Array> {
  const fields = new Map<number, number | Uint8Array>();
  const reading = Wire.read(bytes, "a request");
  while (reading.at < bytes.length) {
    const tag = Wire.readVarint(reading, bytes.length);
    const value = tag % 8 === 0 ? Wire.readVarint(reading, bytes.length) : Wire.readBytes(reading, bytes.length);
    fields.set(Math.floor(tag / 8), value);
  }
  return fields;
}

const digestOf = (bytes: Uint8Array): Digest => DirectoryCodec.readDigest(Wire.read(bytes, "a digest"), bytes.length);

/** Stores a blob as the service's storage would. */
export function put(blobs: Map<string, Uint8Array>, bytes: Uint8Array): Digest {
  const hash = createHash("sha256").update(bytes).digest("hex");
  blobs.set(hash, bytes);
  return { hash, size: bytes.length };
}

function any(field: number, body: Uint8Array): void {
  Wire.message(field, () => Wire.bytes(2, body));
}

/** Starts the service on a free port; `perform` executes an action. */
export async function start(
  blobs: Map<string, Uint8Array>,
  perform: (action: ActionMessages.Action, command: ActionMessages.Command) => ActionMessages.ActionResult,
  manners: Manners = {},
): Promise<FakeExecution> {
  const calls: string[] = [];
  const requests: { action: ActionMessages.Action; skipCache: boolean }[] = [];
  const operations = new Map<string, ActionMessages.Action>();
  const server = new Grpc.Server();
  const same = (bytes: Buffer) => bytes;
  const definition = (path: string, responseStream: boolean) => ({
    path: `/${path}`,
    requestStream: false,
    responseStream,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: (bytes: Uint8Array) => Buffer.from(bytes),
    responseDeserialize: same,
  });
  const progress = (stage: number) =>
    Wire.bytesOf(() => {
      Wire.integer(1, stage);
      Wire.text(3, manners.shows === undefined ? "" : "logs/out");
    });
  const word = (name: string, stage: number) => {
    const body = progress(stage);
    return Wire.bytesOf(() => {
      Wire.text(1, name);
      any(2, body);
    });
  };
  const last = (name: string, action: ActionMessages.Action, status: number) => {
    const command = ActionMessages.decodeCommand(blobs.get(action.command.hash) as Uint8Array);
    const result = status === 0 ? ActionMessages.encodeResult(perform(action, command)) : undefined;
    const response = Wire.bytesOf(() => {
      if (result !== undefined) Wire.bytes(1, result);
      Wire.boolean(2, manners.cached === true);
      Wire.message(3, () => {
        Wire.integer(1, status);
        Wire.text(2, status === 0 ? "" : "No workers exist for this instance");
      });
    });
    return Wire.bytesOf(() => {
      Wire.text(1, name);
      Wire.boolean(3, true);
      any(5, response);
    });
  };
  const play = (call: Grpc.ServerWritableStream<Buffer, Uint8Array>, move: Move, name: string) => {
    const action = operations.get(name) as ActionMessages.Action;
    const end = (code: number) => call.emit("error", { code, details: "broken off" });
    if (typeof move === "object" && "refuse" in move) return void end(move.refuse);
    if (move === "mute") return;
    if (move === "empty" || move === "babble") {
      call.write(new Uint8Array(0));
      if (move === "empty") return call.end();
      const timer = setInterval(() => call.write(new Uint8Array(0)), 20);
      return void call.once("cancelled", () => clearInterval(timer));
    }
    call.write(word(name, 2));
    if (move === "end") return call.end();
    if (move === "lull") return void setTimeout(() => call.end(), 1100);
    if (typeof move === "object") {
      call.write(last(name, action, move.status));
      return call.end();
    }
    call.write(word(name, 3));
    if (move === "drop") return void setTimeout(() => end(14), 5);
    if (move === "hang") return;
    setTimeout(
      () => {
        call.write(last(name, action, 0));
        call.end();
      },
      manners.shows === undefined ? 1 : 200,
    );
  };
  const next = (moves: Move[] | undefined): Move =>
    moves === undefined || moves.length === 0
      ? "finish"
      : moves.length === 1
        ? (moves[0] as Move)
        : (moves.shift() as Move);
  const execution = "build.bazel.remote.execution.v2.Execution";
  const execute: Grpc.handleServerStreamingCall<Buffer, Uint8Array> = (call) => {
    calls.push("Execute");
    const fields = numbers(call.request);
    const wanted = digestOf(fields.get(6) as Uint8Array);
    const bytes = blobs.get(wanted.hash);
    if (bytes === undefined)
      return void call.emit("error", { code: manners.missing ?? 9, details: "the action is not here" });
    const action = ActionMessages.decodeAction(bytes);
    const skipCache = fields.get(3) === 1;
    if (skipCache) manners.cached = false;
    requests.push({ action, skipCache });
    const name = `operation-${operations.size}`;
    operations.set(name, action);
    play(call, next(manners.execute), name);
  };
  const wait: Grpc.handleServerStreamingCall<Buffer, Uint8Array> = (call) => {
    calls.push("WaitExecution");
    play(call, next(manners.wait), Buffer.from(numbers(call.request).get(1) as Uint8Array).toString());
  };
  const read: Grpc.handleServerStreamingCall<Buffer, Uint8Array> = (call) => {
    calls.push("Read");
    call.write(Wire.bytesOf(() => Wire.bytes(10, Buffer.from(manners.shows ?? ""))));
    call.end();
  };
  server.addService({ call: definition(`${execution}/Execute`, true) }, { call: execute });
  server.addService({ call: definition(`${execution}/WaitExecution`, true) }, { call: wait });
  server.addService({ call: definition("google.bytestream.ByteStream/Read", true) }, { call: read });
  const unary = (path: string, answer: () => Uint8Array | undefined) => {
    const handler: Grpc.handleUnaryCall<Buffer, Uint8Array> = (_, done) => {
      calls.push(path.slice(path.lastIndexOf("/") + 1));
      const bytes = answer();
      if (bytes === undefined) done({ code: manners.unknown ?? 5, details: "not here" });
      else done(null, bytes);
    };
    server.addService({ call: definition(path, false) }, { call: handler });
  };
  unary("google.longrunning.Operations/CancelOperation", () => new Uint8Array(0));
  unary("build.bazel.remote.execution.v2.Capabilities/GetCapabilities", () => new Uint8Array(0));
  unary("build.bazel.remote.execution.v2.ActionCache/GetActionResult", () =>
    manners.remembers === undefined ? undefined : ActionMessages.encodeResult(manners.remembers),
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", Grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { url: `http://127.0.0.1:${port}`, manners, calls, requests, close: () => server.forceShutdown() };
}
