/**
 * A gRPC server on a Unix socket, as a table of methods over bytes: what a method does is an effect, what it fails with is the status of its call.
 *
 * The socket is bound through a descriptor of its directory, since the path of a Unix socket may have no more than a hundred bytes.
 */
import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import type * as Grpc from "@grpc/grpc-js";
import { BstError } from "@millrace/core/error/BstError";
import * as Cause from "effect/Cause";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import type * as Scope from "effect/Scope";
import * as Owners from "../staging/Owners.ts";
import * as Refused from "../worker/Refused.ts";

/** A failure of a method: its status, or a failure of this machine. */
export type Failure = Refused.Refused | BstError;

export type Method =
  | { readonly type: "unary"; readonly answer: (request: Uint8Array) => Effect.Effect<Uint8Array, Failure> }
  /** `send` waits where the client is slow. */
  | {
      readonly type: "answers";
      readonly answer: (
        request: Uint8Array,
        send: (answer: Uint8Array) => Effect.Effect<void>,
      ) => Effect.Effect<void, Failure>;
    }
  /** One reader for each call; it gets the messages in their order, the answer is asked for after the last. */
  | { readonly type: "requests"; readonly open: () => Reader };

export interface Reader {
  /** Takes a message; may raise. True when nothing more is wanted. */
  readonly take: (message: Uint8Array) => boolean;
  /** The answer; may raise. */
  readonly end: () => Uint8Array;
  /** Lets go of what was opened; always called. */
  readonly close: () => void;
}

const maxMessage = 16 * 1024 * 1024;

function statusOf(cause: Cause.Cause<Failure>): { readonly code: number; readonly details: string } {
  const error = Cause.squash(cause);
  if (error instanceof Refused.Refused) return { code: error.code, details: error.message };
  if (error instanceof BstError) {
    const refused = Refused.fromError(error);
    return { code: refused.code, details: refused.message };
  }
  return { code: Refused.code.internal, details: "this server failed" };
}

/** Serves methods while the scope lasts, in a directory of its own below `runs`; gives the path of the socket. */
export const serve = Effect.fnUntraced(function* (
  runs: string,
  methods: Readonly<Record<string, Method>>,
): Effect.fn.Return<string, BstError, Scope.Scope> {
  const grpc = yield* Effect.promise(() => import("@grpc/grpc-js"));
  const directory = yield* Effect.acquireRelease(
    Effect.sync(() => {
      const made = join(runs, Owners.name());
      mkdirSync(made, { recursive: true, mode: 0o700 });
      return made;
    }),
    (made) => Effect.sync(() => Owners.remove(made)),
  );
  const server = new grpc.Server({
    "grpc.max_receive_message_length": maxMessage,
    "grpc.max_send_message_length": maxMessage,
  });
  const controller = new AbortController();
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      controller.abort();
      server.forceShutdown();
    }),
  );
  const same = (bytes: Buffer) => bytes;
  for (const [path, method] of Object.entries(methods)) {
    const definition = {
      path: `/${path}`,
      requestStream: method.type === "requests",
      responseStream: method.type === "answers",
      requestSerialize: same,
      requestDeserialize: same,
      responseSerialize: (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      responseDeserialize: same,
    };
    server.addService({ call: definition }, { call: handler(method, controller.signal) });
  }
  const descriptor = yield* Effect.acquireRelease(
    Effect.sync(() => openSync(directory, "r")),
    (open) => Effect.sync(() => closeSync(open)),
  );
  yield* Effect.callback<void, BstError>((resume) => {
    const address = `unix:/proc/self/fd/${descriptor}/socket`;
    server.bindAsync(address, grpc.ServerCredentials.createInsecure(), (error) =>
      resume(
        error === null
          ? Effect.void
          : Effect.fail(
              new BstError({
                domain: "SANDBOX",
                reason: null,
                message: `The remote APIs socket cannot be made: ${error.message}`,
              }),
            ),
      ),
    );
  });
  return join(directory, "socket");
});

function handler(method: Method, signal: AbortSignal): Grpc.UntypedHandleCall {
  switch (method.type) {
    case "unary":
      return ((call, done) => {
        const fiber = new AbortController();
        call.on("cancelled", () => fiber.abort());
        const work = Effect.suspend(() => method.answer(call.request));
        void Effect.runPromiseExit(work, { signal: AbortSignal.any([signal, fiber.signal]) }).then((exit) => {
          if (Exit.isSuccess(exit)) done(null, exit.value);
          else done(statusOf(exit.cause));
        });
      }) satisfies Grpc.handleUnaryCall<Buffer, Uint8Array>;
    case "answers":
      return ((call) => {
        const fiber = new AbortController();
        call.on("cancelled", () => fiber.abort());
        const send = (answer: Uint8Array) =>
          Effect.callback<void>((resume) => {
            if (call.write(answer)) resume(Effect.void);
            else call.once("drain", () => resume(Effect.void));
          });
        const work = Effect.suspend(() => method.answer(call.request, send));
        void Effect.runPromiseExit(work, { signal: AbortSignal.any([signal, fiber.signal]) }).then((exit) => {
          if (Exit.isSuccess(exit)) call.end();
          else call.emit("error", statusOf(exit.cause));
        });
      }) satisfies Grpc.handleServerStreamingCall<Buffer, Uint8Array>;
    case "requests":
      return ((call, done) => {
        const reader = method.open();
        let over = false;
        const finish = (body: () => Uint8Array) => {
          if (over) return;
          over = true;
          try {
            done(null, body());
          } catch (cause) {
            done(statusOf(Cause.fail(cause as Failure)));
          } finally {
            reader.close();
          }
        };
        call.on("data", (message: Buffer) => {
          if (over) return;
          try {
            if (reader.take(message)) finish(reader.end);
          } catch (cause) {
            finish(() => {
              throw cause;
            });
          }
        });
        call.on("end", () => finish(reader.end));
        call.on("cancelled", () => {
          if (over) return;
          over = true;
          reader.close();
        });
      }) satisfies Grpc.handleClientStreamingCall<Buffer, Uint8Array>;
  }
}
