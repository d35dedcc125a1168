/**
 * Actions that a build has executed beside itself, and the results that are remembered of them: Execution, Operations and ActionCache.
 *
 * Results are kept below the cache directory, one file for each action. One counts as long as all that it names is still here.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { BstError } from "@millrace/core/error/BstError";
import type { Digest } from "@millrace/core/tree/Digest";
import * as Deferred from "effect/Deferred";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Fiber from "effect/Fiber";
import type * as Scope from "effect/Scope";
import * as Semaphore from "effect/Semaphore";
import { attempt } from "../cas/Cas.ts";
import * as ObjectStore from "../cas/ObjectStore.ts";
import * as ActionMessages from "../remote/ActionMessages.ts";
import { stage } from "../remote/ExecutionMessages.ts";
import * as Perform from "../worker/Perform.ts";
import * as Refused from "../worker/Refused.ts";
import type { Bring } from "./Blobs.ts";
import * as Messages from "./Messages.ts";
import type { Failure, Method } from "./Server.ts";

/** An action cache elsewhere, where the user has one. */
export interface Elsewhere {
  readonly find: (action: Digest) => Effect.Effect<ActionMessages.ActionResult | undefined, BstError>;
  /** Undefined where it may not be written to. */
  readonly put: ((action: Digest, result: ActionMessages.ActionResult) => Effect.Effect<void, BstError>) | undefined;
}

export interface Setting {
  readonly perform: Perform.Setting;
  /** Whether the build may put results into the cache by itself. */
  readonly updates: boolean;
  /** Actions under way at once. */
  readonly places: number;
  readonly bring: Bring;
  readonly elsewhere: Elsewhere | undefined;
}

const notFound = 5;
const permissionDenied = 7;
const services = "build.bazel.remote.execution.v2";
const refused = (code: number, message: string) => new Refused.Refused({ code, message });
const nameless = refused(Refused.code.invalid, "No action is named");

interface Operation {
  readonly action: Digest;
  /** The last word about it. */
  readonly ended: Deferred.Deferred<Uint8Array>;
  readonly fiber: Fiber.Fiber<unknown, unknown>;
}

/** The methods. Actions that are under way end with the scope. */
export const methods = Effect.fnUntraced(function* (
  setting: Setting,
): Effect.fn.Return<Readonly<Record<string, Method>>, never, Scope.Scope> {
  const { store } = setting.perform;
  const scope = yield* Effect.scope;
  const operations = new Map<string, Operation>();
  const places = Semaphore.makeUnsafe(Math.max(1, setting.places));
  const directory = join(store.privateDirectory, "actions");

  const find = Effect.fnUntraced(function* (
    action: Digest,
  ): Effect.fn.Return<ActionMessages.ActionResult | undefined, BstError> {
    const here = recall(directory, action);
    const result = here ?? (yield* setting.elsewhere?.find(action) ?? Effect.succeed(undefined));
    if (result === undefined) return undefined;
    const lost = yield* setting.bring(yield* attempt(() => ObjectStore.missing(store, named(result))));
    return lost.length === 0 ? result : undefined;
  });
  const put = Effect.fnUntraced(function* (
    action: Digest,
    result: ActionMessages.ActionResult,
  ): Effect.fn.Return<void, BstError> {
    yield* attempt(() => remember(directory, action, result));
    yield* setting.elsewhere?.put?.(action, result) ?? Effect.void;
  });

  const work = Effect.fnUntraced(function* (
    action: Digest,
    skipCache: boolean,
  ): Effect.fn.Return<{ readonly result: ActionMessages.ActionResult; readonly cached: boolean }, Failure> {
    const known = skipCache ? undefined : yield* find(action);
    if (known !== undefined) return { result: known, cached: true };
    const result = yield* places.withPermits(1)(Perform.perform(setting.perform, action));
    const { doNotCache } = yield* attempt(() => ActionMessages.decodeAction(ObjectStore.read(store, action)));
    if (result.exitCode === 0 && doNotCache !== true) yield* put(action, result);
    return { result, cached: false };
  });

  const begin = Effect.fnUntraced(function* (action: Digest, skipCache: boolean) {
    const name = randomUUID();
    const ended = Deferred.makeUnsafe<Uint8Array>();
    const fiber = yield* Effect.forkIn(
      work(action, skipCache).pipe(
        Effect.exit,
        Effect.tap((exit) => Deferred.succeed(ended, lastWord(name, exit))),
      ),
      scope,
    );
    operations.set(name, { action, ended, fiber });
    return name;
  });

  const follow = Effect.fnUntraced(function* (
    name: string,
    send: (answer: Uint8Array) => Effect.Effect<void>,
  ): Effect.fn.Return<void, Failure> {
    const operation = operations.get(name);
    if (operation === undefined) return yield* refused(notFound, `There is no operation ${name}`);
    yield* send(Messages.running(name, operation.action, stage.executing));
    yield* send(yield* Deferred.await(operation.ended));
  });

  return {
    [`${services}.Execution/Execute`]: {
      type: "answers",
      answer: Effect.fnUntraced(function* (request, send) {
        const { action, skipCache } = yield* attempt(() => Messages.execute(request));
        if (action === undefined) return yield* nameless;
        yield* follow(yield* begin(action, skipCache), send);
      }),
    },
    [`${services}.Execution/WaitExecution`]: {
      type: "answers",
      answer: (request, send) =>
        Effect.flatMap(
          attempt(() => Messages.name(request)),
          (name) => follow(name, send),
        ),
    },
    ["google.longrunning.Operations/CancelOperation"]: {
      type: "unary",
      answer: Effect.fnUntraced(function* (request) {
        const operation = operations.get(yield* attempt(() => Messages.name(request)));
        if (operation !== undefined) yield* Fiber.interrupt(operation.fiber);
        return new Uint8Array(0);
      }),
    },
    [`${services}.ActionCache/GetActionResult`]: {
      type: "unary",
      answer: Effect.fnUntraced(function* (request) {
        const [action] = yield* attempt(() => Messages.digests(request));
        if (action === undefined) return yield* nameless;
        const result = yield* find(action);
        if (result === undefined) return yield* refused(notFound, "No result of this action is known");
        return ActionMessages.encodeResult(result);
      }),
    },
    [`${services}.ActionCache/UpdateActionResult`]: {
      type: "unary",
      answer: Effect.fnUntraced(function* (request) {
        if (!setting.updates)
          return yield* refused(
            permissionDenied,
            "Results are put in by `remote-apis-socket: action-cache-enable-update: true` only",
          );
        const { action, result } = yield* attempt(() => Messages.update(request));
        if (action === undefined || result === undefined) return yield* nameless;
        yield* put(action, result);
        return ActionMessages.encodeResult(result);
      }),
    },
  };
});

/** What a client hears last. */
function lastWord(
  name: string,
  exit: Exit.Exit<{ readonly result: ActionMessages.ActionResult; readonly cached: boolean }, Failure>,
): Uint8Array {
  if (Exit.isSuccess(exit)) return Messages.done(name, exit.value);
  const error = Exit.findErrorOption(exit);
  if (error._tag === "None") return Messages.done(name, { status: { code: 1, message: "It was cancelled" } });
  const refusal = error.value._tag === "Refused" ? error.value : Refused.fromError(error.value);
  return Messages.done(name, { status: { code: refusal.code, message: refusal.message } });
}

/** Every blob that a result names. */
function named(result: ActionMessages.ActionResult): readonly Digest[] {
  const { files, directories, stdout, stderr } = result;
  return [
    ...files.map((file) => file.digest),
    ...directories.flatMap(({ tree, root }) => [tree, root]),
    stdout.digest,
    stderr.digest,
  ].filter((digest): digest is Digest => digest !== undefined && digest.size > 0);
}

function place(directory: string, { hash, size }: Digest): string {
  return join(directory, hash.slice(0, 2), `${hash.slice(2)}-${size}`);
}

function recall(directory: string, action: Digest): ActionMessages.ActionResult | undefined {
  try {
    return ActionMessages.decodeResult(readFileSync(place(directory, action)));
  } catch {
    return undefined;
  }
}

function remember(directory: string, action: Digest, result: ActionMessages.ActionResult): void {
  const file = place(directory, action);
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.part`;
  writeFileSync(temporary, ActionMessages.encodeResult(result));
  renameSync(temporary, file);
}
