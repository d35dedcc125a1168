/**
 * Calls to a server: one answer, many answers, many requests; each watched for silence, ended when its fiber is, and tried again where that may help.
 *
 * The gRPC library is loaded with the first connection, so that programs without remotes never pay for it. Messages go in and out as bytes; this module
 * knows nothing of their meaning.
 */
import type * as Grpc from "@grpc/grpc-js";
import { BstError } from "@millrace/core/error/BstError";
import * as Data from "effect/Data";
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import * as Credentials from "./Credentials.ts";
import type { Endpoint } from "./Endpoint.ts";
import * as Explanation from "./Explanation.ts";
import * as Traffic from "./Traffic.ts";
import * as Trials from "./Trials.ts";

/** Names of status codes, by number. */
const names = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
];

/** The codes that callers look at. */
export const code = {
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
};

/** A call that failed, by gRPC's status code. Its message, which a server may have written, is made fit for a terminal. */
export class CallFailed extends Data.TaggedError("CallFailed")<{
  readonly code: number;
  readonly message: string;
  /** Whether there was nobody to answer. */
  readonly unreached: boolean;
  /** Whether it is what clients meet while a server is started again. */
  readonly passing: boolean;
}> {
  constructor({ code, message, unreached = false, passing = false }: Said) {
    super({ code, message: Explanation.printable(message), unreached, passing });
  }
}

interface Said {
  readonly code: number;
  readonly message: string;
  readonly unreached?: boolean;
  readonly passing?: boolean;
}

/** `UNAVAILABLE: why`. */
export function describe(failure: CallFailed): string {
  return `${nameOf(failure.code)}: ${failure.message}`;
}

/** The name of a status code; the number of one that has none. */
export function nameOf(status: number): string {
  return names[status] ?? String(status);
}

/** What is wrong with a server that answered so. */
export const unusable = (failure: CallFailed): Trials.Unusable => ({
  problem: describe(failure),
  isStatus: true,
  temporary: isTransient(failure),
  passing: failure.passing,
});

/** What a receiver says of an answer that brought it nothing: a server that sends no more than that is as good as silent. */
export const nothing = "nothing";

/** The answer of a call, read. */
export const understood = <A>(
  call: Effect.Effect<Uint8Array, CallFailed>,
  decode: (bytes: Uint8Array) => A,
): Effect.Effect<A, CallFailed> => Effect.flatMap(call, (bytes) => reading(() => decode(bytes)));

/** Reads an answer: one that is damaged is a call that failed. */
export const reading = <A>(read: () => A): Effect.Effect<A, CallFailed> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(read());
    } catch (cause) {
      if (!(cause instanceof BstError)) throw cause;
      return Effect.fail(interrupted(cause));
    }
  });

export interface ReadOptions {
  /** The answers may be any time apart: silence says nothing. The caller finds out by other means whether the server is there. */
  readonly patient?: boolean | undefined;
}

export interface Channel {
  readonly endpoint: Endpoint;
  /** `size` says how many bytes the answer may have, where that is many. */
  readonly unary: (method: string, request: Uint8Array, size?: number) => Effect.Effect<Uint8Array, CallFailed>;
  /** Hands on each answer as it comes. `request` is asked anew for each trial, so that a later one can go on where the last one ended. */
  readonly read: (
    method: string,
    request: () => Uint8Array,
    receive: (answer: Uint8Array) => Promise<void> | typeof nothing | undefined | void,
    options?: ReadOptions,
  ) => Effect.Effect<void, CallFailed>;
  /** Sends what `requests` gives, as fast as the server takes it. Not tried again. */
  readonly write: (method: string, requests: () => Iterator<Uint8Array>) => Effect.Effect<Uint8Array, CallFailed>;
  /** Tries again what may be tried again. */
  readonly retrying: <A>(call: Effect.Effect<A, CallFailed>) => Effect.Effect<A, CallFailed>;
}

/** Blobs come in batches of up to 4 MiB, to which the message adds a little. */
const maxMessage = 16 * 1024 * 1024;

/**
 * Bytes that a server may send before we say that we have them, for a call and for a connection. The library's 64 KiB mean so much for each round trip: over a
 * wire of 50 ms little more than a megabyte a second, and on the same machine a wait for this thread with each of them.
 */
const window = 8 * 1024 * 1024;

/** Milliseconds after which a server that went away is connected to again, at most. */
const longestReconnect = 1000;

/** Bytes of one message of a stream, of which some may be on their way. */
const piece = 1024 * 1024;

const identity = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const same = (bytes: Buffer): Uint8Array => bytes;

/** The code of connections that cannot even be tried. */
const unauthenticated = 16;

/** Failures that another trial may not meet. */
const transient: ReadonlySet<number> = new Set([4, 10, 14]);

/** Whether another trial may fare better. */
export const isTransient = (failure: CallFailed): boolean => transient.has(failure.code);

function failed(error: Grpc.ServiceError): CallFailed {
  const details = error.details || error.message;
  return new CallFailed({
    code: error.code,
    message: Explanation.of(details),
    unreached: Explanation.isUnreached(details),
    passing: error.code === code.unavailable && Explanation.isPassing(details),
  });
}

/** The failure of a call to which nothing came for a time (milliseconds). */
export function silence(stall: number): CallFailed {
  return new CallFailed({ code: code.deadlineExceeded, message: `nothing came for ${stall / 1000} seconds` });
}

/** The failure of a call whose answer is damaged or cannot be stored. */
export function interrupted(cause: BstError): CallFailed {
  return new CallFailed({ code: code.internal, message: cause.message });
}

/** Opens a channel, which lives as long as the scope; fails when its certificates are none. Connecting itself happens with the first call. */
export const open = Effect.fnUntraced(function* (
  endpoint: Endpoint,
): Effect.fn.Return<Channel, CallFailed, Scope.Scope> {
  const grpc = yield* Effect.promise(() => import("@grpc/grpc-js"));
  const client = yield* Effect.acquireRelease(
    Effect.try({
      try: () =>
        new grpc.Client(endpoint.target, Traffic.counted(Credentials.make(grpc, endpoint), endpoint.target), {
          "grpc.max_receive_message_length": maxMessage,
          "grpc.max_send_message_length": maxMessage,
          // Nobody asks this process about its calls.
          "grpc.enable_channelz": 0,
          "grpc-node.flow_control_window": window,
          "grpc.initial_reconnect_backoff_ms": Math.max(100, Math.min(endpoint.retryDelay, longestReconnect)),
          // Calls fail at once until the library connects again, which must not take longer than their own trials do.
          "grpc.max_reconnect_backoff_ms": longestReconnect,
          ...(endpoint.keepalive === undefined ? {} : { "grpc.keepalive_time_ms": endpoint.keepalive }),
        }),
      catch: (cause) =>
        new CallFailed({
          code: unauthenticated,
          message: `the certificates for ${endpoint.url} cannot be used: ${Explanation.of((cause as Error).message)}`,
        }),
    }),
    (opened) => Effect.sync(() => opened.close()),
  );
  const { stall } = endpoint;

  /** Ends a call that was silent for too long; `alive` starts the time again. */
  const watch = (size: number, cancel: () => void) => Traffic.watch(endpoint.target, stall, size, cancel);
  const unwatched = { alive: () => {}, stop: () => {} };
  const retrying: Channel["retrying"] = Effect.fnUntraced(function* <A>(call: Effect.Effect<A, CallFailed>) {
    const trials = Trials.begin(endpoint);
    for (;;) {
      const outcome = yield* Effect.result(call);
      if (outcome._tag === "Success") return outcome.success;
      const pause = isTransient(outcome.failure) ? trials.pause(true) : undefined;
      if (pause === undefined) return yield* outcome.failure;
      yield* Effect.sleep(pause);
    }
  });

  const unary: Channel["unary"] = (method, request, size = 0) =>
    Effect.callback<Uint8Array, CallFailed>((resume) => {
      let quiet = false;
      const metadata = new grpc.Metadata();
      const call = client.makeUnaryRequest(method, identity, same, request, metadata, (error, answer) => {
        watcher.stop();
        if (error === null) resume(Effect.succeed(answer as Uint8Array));
        else resume(Effect.fail(quiet ? silence(stall) : failed(error)));
      });
      const watcher = watch(request.length + size, () => {
        quiet = true;
        call.cancel();
      });
      return Effect.sync(() => {
        watcher.stop();
        call.cancel();
      });
    });

  const read: Channel["read"] = (method, request, receive, options = {}) =>
    Effect.callback<void, CallFailed>((resume) => {
      let quiet = false;
      const call = client.makeServerStreamRequest(method, identity, same, request());
      const silenced = () => {
        quiet = true;
        call.cancel();
      };
      const watcher = options.patient === true ? unwatched : watch(piece, silenced);
      call.on("data", (answer: Uint8Array) => {
        try {
          const waiting = receive(answer);
          if (waiting === nothing) return;
          watcher.alive();
          if (waiting === undefined) return;
          call.pause();
          void waiting.then(() => call.resume());
        } catch (cause) {
          watcher.stop();
          call.cancel();
          resume(cause instanceof BstError ? Effect.fail(interrupted(cause)) : Effect.die(cause));
        }
      });
      call.on("end", () => {
        watcher.stop();
        resume(Effect.void);
      });
      call.on("error", (error: Grpc.ServiceError) => {
        watcher.stop();
        resume(Effect.fail(quiet ? silence(stall) : failed(error)));
      });
      return Effect.sync(() => {
        watcher.stop();
        call.cancel();
      });
    });

  const write: Channel["write"] = (method, requests) =>
    Effect.callback<Uint8Array, CallFailed>((resume) => {
      let quiet = false;
      let over = false;
      const call = client.makeClientStreamRequest<Uint8Array, Uint8Array>(method, identity, same, (error, answer) => {
        over = true;
        watcher.stop();
        if (error === null) resume(Effect.succeed(answer as Uint8Array));
        else resume(Effect.fail(quiet ? silence(stall) : failed(error)));
      });
      const watcher = watch(piece, () => {
        quiet = true;
        call.cancel();
      });
      const pending = requests();
      const pump = (): void => {
        try {
          while (!over) {
            const next = pending.next();
            if (next.done === true) {
              call.end();
              return;
            }
            watcher.alive();
            if (!call.write(next.value)) {
              call.once("drain", pump);
              return;
            }
          }
        } catch (cause) {
          over = true;
          watcher.stop();
          call.cancel();
          resume(cause instanceof BstError ? Effect.fail(interrupted(cause)) : Effect.die(cause));
        }
      };
      pump();
      return Effect.sync(() => {
        over = true;
        watcher.stop();
        call.cancel();
      });
    });

  return { endpoint, unary, read, write, retrying };
});
