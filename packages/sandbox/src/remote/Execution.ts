/**
 * Actions executed by a server.
 *
 * An execution outlives the connection it was asked for on: where the stream of news breaks off, it is waited for again by its name, and asked for again where the
 * server has forgotten it, which costs nothing when it was done already. News may be hours apart; meanwhile the server is asked now and then, on a stream of its own, how
 * the execution is, so that neither a server that went away nor a stream that died unnoticed is waited for. Whoever stops waiting has the execution cancelled.
 */
import { BstError } from "@millrace/core/error/BstError";
import type { Digest } from "@millrace/core/tree/Digest";
import * as Deferred from "effect/Deferred";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import type * as Scope from "effect/Scope";
import type { ActionResult } from "./ActionMessages.ts";
import * as Channel from "./Channel.ts";
import * as ExecutionMessages from "./ExecutionMessages.ts";
import type { Status } from "./Fields.ts";
import * as Messages from "./Messages.ts";
import * as Trials from "./Trials.ts";

const execution = "/build.bazel.remote.execution.v2.Execution";
const capabilities = "/build.bazel.remote.execution.v2.Capabilities/GetCapabilities";
const cancelOperation = "/google.longrunning.Operations/CancelOperation";

/** Status codes after which the same request may succeed: what a broken connection looks like, and a server that has no worker just now. */
const lost: ReadonlySet<number> = new Set([1, 2, 4, 13, 14]);
const busy: ReadonlySet<number> = new Set([8, 10, 14]);

/** What a server says that stumbles over a result it remembers, whose content it has lost. */
const broken: ReadonlySet<number> = new Set([2, 13]);

/** How long (milliseconds) a stream lasts that a server, or something between, ended after its time: there will be another one. */
const lasting = 1000;

/** How long (milliseconds) a cancellation may take before the caller goes on without it. */
const farewell = 500;

export interface Request {
  readonly action: Digest;
  /** Executes even when the server remembers a result. */
  readonly skipCache: boolean;
  /** Hears of the stages an execution goes through and of streams that show its output. */
  readonly watch: (progress: ExecutionMessages.Progress) => void;
}

/** What came of an execution. */
export interface Executed {
  readonly result: ActionResult;
  /** Whether it is what an earlier execution gave. */
  readonly cached: boolean;
}

/** An execution that failed for other reasons than its command. */
function failure(channel: Channel.Channel, { code, message }: Status, what = "Remote execution failed"): BstError {
  return new BstError({
    domain: "SANDBOX",
    reason: null,
    message: `${what} at ${channel.endpoint.url}: ${Channel.nameOf(code)}${message === "" ? "" : `: ${message}`}`,
    temporary: lost.has(code) || busy.has(code),
  });
}

/** Has an action executed; fails when no result comes of it. What its command said is in the result, also when it failed. */
export const execute = Effect.fnUntraced(function* (
  channel: Channel.Channel,
  request: Request,
): Effect.fn.Return<Executed, BstError> {
  const { instance } = channel.endpoint;
  let name: string | undefined;
  const cancel = Effect.suspend(() => (name === undefined ? Effect.void : cancelNamed(channel, name)));
  // Streams that ended one after the other, at once and without anything new, and executions that came to nothing.
  let { skipCache } = request;
  let silent = Trials.begin(channel.endpoint);
  let reached: number | undefined;
  const refused = Trials.begin(channel.endpoint);
  const again = Effect.fnUntraced(function* (
    status: Status,
    trials: Trials.Trials,
    patient = false,
  ): Effect.fn.Return<void, BstError> {
    const pause = trials.pause(patient);
    if (pause === undefined) return yield* failure(channel, status);
    yield* Effect.sleep(pause);
  });
  const work = Effect.gen(function* (): Effect.fn.Return<Executed, BstError> {
    for (;;) {
      const waiting: string | undefined = name;
      const begun = Date.now();
      let stage: number | undefined;
      const outcome = yield* follow(
        channel,
        waiting === undefined
          ? { method: "Execute", bytes: ExecutionMessages.executeRequest(instance, request.action, skipCache) }
          : { method: "WaitExecution", bytes: ExecutionMessages.operationRequest(waiting) },
        (operation) => {
          if (operation.name !== "") name = operation.name;
          stage = operation.progress.stage;
          if (!operation.done) request.watch(operation.progress);
        },
      );
      if (outcome._tag === "Lost") {
        if (stage !== undefined && (stage !== reached || Date.now() - begun >= lasting))
          silent = Trials.begin(channel.endpoint);
        reached = stage ?? reached;
        const { code, message } = outcome;
        // Forgotten, or never to be waited for: what was begun is asked for again.
        if (name !== undefined && (code === Channel.code.notFound || code === Channel.code.unimplemented)) {
          name = undefined;
          yield* again({ code, message }, refused);
        } else if (lost.has(code) || busy.has(code)) {
          // What runs is worth waiting for, and so is a service that is about to come back.
          yield* again({ code, message }, silent, name !== undefined || outcome.unreached);
          if (name === undefined && broken.has(code)) skipCache = true;
        } else return yield* failure(channel, outcome);
        continue;
      }
      name = undefined;
      const { error, executed } = outcome.operation;
      const status = error !== undefined && error.code !== 0 ? error : executed?.status;
      if (status !== undefined && busy.has(status.code)) {
        yield* again(status, refused);
        continue;
      }
      if (status !== undefined && status.code !== 0) return yield* failure(channel, status);
      if (executed?.result === undefined)
        return yield* failure(channel, { code: 13, message: "the server sent no result" });
      return { result: executed.result, cached: executed.cached };
    }
  });
  return yield* work.pipe(Effect.onInterrupt(() => cancel));
});

/** How a stream ended that came to its end without the one of the execution. */
const cutShort = new Channel.CallFailed({
  code: Channel.code.unavailable,
  message: "the server ended the stream before the execution was done",
});

/** How a stream of news ended. */
type Ended =
  | { readonly _tag: "Done"; readonly operation: ExecutionMessages.Operation }
  | { readonly _tag: "Lost"; readonly code: number; readonly message: string; readonly unreached: boolean };

/**
 * Hears news of an execution to their end.
 *
 * A silent server is asked for them on a second stream, which the next question replaces. The first one stays: some servers may take its end for the client's.
 */
const follow = Effect.fnUntraced(function* (
  channel: Channel.Channel,
  call: { readonly method: "Execute" | "WaitExecution"; readonly bytes: Uint8Array },
  hear: (operation: ExecutionMessages.Operation) => void,
): Effect.fn.Return<Ended, never, Scope.Scope> {
  const { stall } = channel.endpoint;
  const finished = Deferred.makeUnsafe<ExecutionMessages.Operation>();
  let name = "";
  let heard = Date.now();
  const stream = (method: string, request: Uint8Array, spoken: () => void) =>
    channel.read(
      `${execution}/${method}`,
      () => request,
      (bytes) => {
        const operation = ExecutionMessages.operation(bytes);
        // Of no operation, and no end of one.
        if (operation.name === "" && !operation.done) return Channel.nothing;
        heard = Date.now();
        spoken();
        name = operation.name || name;
        hear(operation);
        if (operation.done) Deferred.doneUnsafe(finished, Effect.succeed(operation));
        return undefined;
      },
      { patient: true },
    );
  /** Asks how the execution is, on a stream that stays open; fails when nothing is said. */
  const ask = Effect.gen(function* (): Effect.fn.Return<Fiber.Fiber<unknown>, Channel.CallFailed, Scope.Scope> {
    const answered = Deferred.makeUnsafe<void, Channel.CallFailed>();
    const request = ExecutionMessages.operationRequest(name);
    const news = stream("WaitExecution", request, () => Deferred.doneUnsafe(answered, Effect.void)).pipe(
      Effect.andThen(Effect.fail(cutShort)),
      Effect.catch((failure) => Deferred.fail(answered, failure)),
    );
    const second = yield* Effect.forkScoped(news);
    yield* Effect.timeoutOrElse(Deferred.await(answered), {
      duration: stall,
      orElse: () => Effect.fail(Channel.silence(stall)),
    });
    return second;
  });
  const watchOver = Effect.gen(function* (): Effect.fn.Return<never, Channel.CallFailed, Scope.Scope> {
    let second: Fiber.Fiber<unknown> | undefined;
    for (;;) {
      const quiet = Date.now() - heard;
      if (quiet < stall) {
        yield* Effect.sleep(stall - quiet);
        continue;
      }
      // A server has something to say at the beginning of every stream.
      if (name === "") return yield* Channel.silence(stall);
      const asked = yield* Effect.result(ask);
      if (asked._tag === "Failure" && !(yield* isUnasked(channel, asked.failure))) return yield* asked.failure;
      if (second !== undefined) yield* Fiber.interrupt(second);
      second = asked._tag === "Success" ? asked.success : undefined;
      heard = Date.now();
    }
  });
  const news = Effect.raceFirst(
    stream(call.method, call.bytes, () => {}),
    watchOver,
  );
  const ended = yield* Effect.result(Effect.raceFirst(Deferred.await(finished), news));
  if (Deferred.isDoneUnsafe(finished)) return { _tag: "Done", operation: yield* Deferred.await(finished) };
  const { code, message, unreached } = ended._tag === "Success" ? cutShort : ended.failure;
  return { _tag: "Lost", code, message, unreached };
}, Effect.scoped);

/** Whether a question about an execution failed because the server knows no such questions, but is there. */
const isUnasked = Effect.fnUntraced(function* (
  channel: Channel.Channel,
  { code }: Channel.CallFailed,
): Effect.fn.Return<boolean> {
  if (code !== Channel.code.unimplemented) return false;
  const request = Messages.instanceRequest(channel.endpoint.instance);
  const asked = yield* Effect.result(channel.unary(capabilities, request));
  // Whatever the answer is, somebody gave it.
  return (
    asked._tag === "Success" || (asked.failure.code !== 14 && asked.failure.code !== Channel.code.deadlineExceeded)
  );
});

/** Tells the server that nobody waits any more; whether it listens is its affair. */
function cancelNamed(channel: Channel.Channel, name: string): Effect.Effect<void> {
  return channel
    .unary(cancelOperation, ExecutionMessages.operationRequest(name))
    .pipe(Effect.timeoutOption(farewell), Effect.ignore);
}

/** The result that an action cache remembers; undefined when it has none. */
export const remembered = Effect.fnUntraced(function* (
  channel: Channel.Channel,
  action: Digest,
): Effect.fn.Return<ActionResult | undefined, BstError> {
  const request = Messages.actionResultRequest(channel.endpoint.instance, action);
  const asked = channel.retrying(
    channel.unary("/build.bazel.remote.execution.v2.ActionCache/GetActionResult", request),
  );
  const answer = yield* Effect.result(Channel.understood(asked, ExecutionMessages.actionResult));
  if (answer._tag === "Failure") {
    if (answer.failure.code === Channel.code.notFound) return undefined;
    return yield* failure(channel, answer.failure, "The action cache cannot be asked");
  }
  return answer.success;
});

/** Has an action cache remember a result, all of which its storage has. */
export function remember(
  channel: Channel.Channel,
  action: Digest,
  result: ActionResult,
): Effect.Effect<void, BstError> {
  const request = ExecutionMessages.updateRequest(channel.endpoint.instance, action, result);
  return channel
    .retrying(channel.unary("/build.bazel.remote.execution.v2.ActionCache/UpdateActionResult", request))
    .pipe(
      Effect.mapError((cause) => failure(channel, cause, "The action cache takes no result")),
      Effect.asVoid,
    );
}
