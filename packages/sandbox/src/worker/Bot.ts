/**
 * One place of a worker: a session with the scheduler in which one lease at a time is carried out.
 *
 * The scheduler answers an idle worker when it has something for it or after a while, and a busy one at once; so a busy one asks again every few seconds, which
 * also tells the scheduler that it lives and tells it of leases that were taken back. A scheduler that is away for a while is asked again and again while the
 * action goes on. One that does not know the session any more has given the work to somebody else: the action ends, and a new session begins.
 */
import type { Digest } from "@millrace/core/tree/Digest";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Wire from "@millrace/core/tree/Wire";
import * as Deferred from "effect/Deferred";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import * as Option from "effect/Option";
import type * as Scope from "effect/Scope";
import { attempt } from "../cas/Cas.ts";
import * as ActionMessages from "../remote/ActionMessages.ts";
import * as Channel from "../remote/Channel.ts";
import * as Fields from "../remote/Fields.ts";
import * as BotMessages from "./BotMessages.ts";
import * as Refused from "./Refused.ts";

export interface Bot {
  readonly channel: Channel.Channel;
  /** Unlike that of any other place. */
  readonly id: string;
  /** Carries out an action, given itself or by digest. Interrupting it ends every process of it. */
  readonly perform: (
    action: ActionMessages.Action | Digest,
  ) => Effect.Effect<ActionMessages.ActionResult, Refused.Refused>;
  /** What this machine is and offers. */
  readonly properties: ActionMessages.Platform;
  /** Done when no more work is to be taken. */
  readonly draining: Deferred.Deferred<void>;
  readonly say: (kind: "info" | "warn", text: string) => void;
  /** Hears why the scheduler cannot be reached, and (undefined) that it can. */
  readonly reached: (problem: string | undefined) => void;
}

const service = "/google.devtools.remoteworkers.v1test2.Bots";
const typePrefix = "type.googleapis.com/build.bazel.remote.execution.v2.";

/** Milliseconds between two signs of life of a busy worker, at most. */
const pulse = 5000;
/** Milliseconds before a scheduler that is away is asked again, at first and at most. */
const firstPause = 250;
const longestPause = 15_000;

/** Codes after which the session may still be there. */
const passing: ReadonlySet<number> = new Set([1, 2, 4, 8, 10, 13, 14]);

/** A lease in hand; `outcome` once its action has ended. */
interface Work {
  readonly lease: BotMessages.Lease;
  readonly fiber: Fiber.Fiber<BotMessages.Lease>;
  outcome: BotMessages.Lease | undefined;
}

/** Works until told to stop. Interrupting it ends what runs. */
export const run = Effect.fn("Bot.run")(function* (bot: Bot): Effect.fn.Return<void> {
  let pause = firstPause;
  while (!(yield* Deferred.isDone(bot.draining))) {
    // Not to be given work before its name is known: whoever stops then could not give it back.
    const answer = yield* ask(bot, "CreateBotSession", unnamed(bot, BotMessages.status.unhealthy));
    if (answer === "draining") return;
    if (answer instanceof Channel.CallFailed) {
      bot.reached(Channel.describe(answer));
      yield* unlessDraining(bot, Effect.sleep(pause));
      pause = Math.min(longestPause, pause * 2);
      continue;
    }
    bot.reached(undefined);
    pause = firstPause;
    yield* Effect.scoped(session(bot, answer)).pipe(Effect.onInterrupt(() => abandon(bot)));
  }
});

const unnamed = (bot: Bot, status: number): BotMessages.Session => ({
  name: "",
  bot: bot.id,
  status,
  properties: bot.properties,
  leases: [],
  version: "",
});

/** Gives back what was taken: a scheduler that sees the worker begin anew knows that it has nothing any more. */
const abandon = (bot: Bot): Effect.Effect<unknown> =>
  Effect.timeoutOption(ask(bot, "CreateBotSession", unnamed(bot, BotMessages.status.terminating), true), 1000);

/** One session, to its loss or to the end of the worker. */
const session = Effect.fnUntraced(function* (
  bot: Bot,
  created: BotMessages.Answer,
): Effect.fn.Return<void, never, Scope.Scope> {
  let { version } = created;
  let expires = created.expires;
  let work = yield* begin(bot, created.leases);
  let pause = firstPause;
  for (;;) {
    const leaving: boolean = work === undefined && (yield* Deferred.isDone(bot.draining));
    const active = BotMessages.leaseState.active;
    const told = work === undefined ? [] : [work.outcome ?? { ...work.lease, state: active }];
    const answer = yield* ask(
      bot,
      "UpdateBotSession",
      {
        name: created.name,
        bot: bot.id,
        status: leaving ? BotMessages.status.terminating : BotMessages.status.ok,
        properties: bot.properties,
        leases: told,
        version,
      },
      leaving || work !== undefined,
    );
    if (answer === "draining") continue;
    // A scheduler that does not hear of it finds out by itself.
    if (leaving && answer instanceof Channel.CallFailed) return;
    if (answer instanceof Channel.CallFailed) {
      // An idle worker that nothing was found for in time.
      if (work === undefined && answer.code === Channel.code.deadlineExceeded) continue;
      if (!passing.has(answer.code)) {
        bot.say("warn", `The scheduler ended the session of ${bot.id}: ${Channel.describe(answer)}`);
        return;
      }
      bot.reached(Channel.describe(answer));
      yield* work === undefined ? unlessDraining(bot, Effect.sleep(pause)) : Effect.sleep(pause);
      pause = Math.min(longestPause, pause * 2);
    } else {
      bot.reached(undefined);
      pause = firstPause;
      ({ version, expires } = answer);
      const reported: string | undefined = work?.outcome?.id;
      if (reported !== undefined) work = undefined;
      const leases = answer.leases.filter(({ id }) => id !== reported);
      if (work !== undefined && !leases.some(({ id, state }) => id === work?.lease.id && isOpen(state))) {
        bot.say("info", "The scheduler took an action back");
        yield* Fiber.interrupt(work.fiber);
        work = undefined;
      }
      if (work === undefined) {
        work = yield* begin(bot, leases);
        // What was given at the very last moment is still done.
        if (leaving && work === undefined) return;
        continue;
      }
    }
    if (work !== undefined && work.outcome === undefined) {
      const interval = Math.min(pulse, Math.max(500, ((expires ?? Number.POSITIVE_INFINITY) - Date.now()) / 3));
      work.outcome = Option.getOrUndefined(yield* Effect.timeoutOption(Fiber.join(work.fiber), interval));
    }
  }
});

const isOpen = (state: number): boolean =>
  state === BotMessages.leaseState.pending || state === BotMessages.leaseState.active;

/** Takes the first lease that is offered. What was lent in a session ends with it. */
const begin = Effect.fnUntraced(function* (
  bot: Bot,
  leases: readonly BotMessages.Lease[],
): Effect.fn.Return<Work | undefined, never, Scope.Scope> {
  const lease = leases.find(({ state }) => isOpen(state));
  if (lease === undefined) return undefined;
  return { lease, fiber: yield* Effect.forkScoped(carryOut(bot, lease)), outcome: undefined };
});

/** One question to the scheduler. An idle worker gives up waiting when it is told to stop. */
const ask = Effect.fnUntraced(function* (
  bot: Bot,
  method: "CreateBotSession" | "UpdateBotSession",
  told: BotMessages.Session,
  busy = false,
): Effect.fn.Return<BotMessages.Answer | Channel.CallFailed | "draining"> {
  const { channel } = bot;
  const request =
    method === "CreateBotSession"
      ? BotMessages.createRequest(channel.endpoint.instance, told)
      : BotMessages.updateRequest(told);
  const call = channel.unary(`${service}/${method}`, request).pipe(
    Effect.flatMap((bytes) => attempt(() => BotMessages.sessionResponse(bytes))),
    Effect.catch((error) =>
      Effect.succeed(
        error._tag === "CallFailed" ? error : new Channel.CallFailed({ code: 13, message: error.message }),
      ),
    ),
  );
  return yield* busy ? call : Effect.map(unlessDraining(bot, call), (answer) => answer ?? "draining");
});

/** Does something unless no more is to be done. */
function unlessDraining<A>(bot: Bot, effect: Effect.Effect<A>): Effect.Effect<A | undefined> {
  return Effect.raceFirst(effect, Effect.as(Deferred.await(bot.draining), undefined));
}

/** Carries out what a lease is for; gives the lease with what came of it. */
const carryOut = Effect.fnUntraced(function* (bot: Bot, lease: BotMessages.Lease): Effect.fn.Return<BotMessages.Lease> {
  const started = Date.now();
  const completed = { id: lease.id, payload: lease.payload, state: BotMessages.leaseState.completed };
  const outcome = yield* perform(bot, lease).pipe(
    Effect.catchDefect((defect) =>
      Effect.fail(new Refused.Refused({ code: Refused.code.internal, message: `Defect: ${String(defect)}` })),
    ),
    Effect.result,
  );
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  if (outcome._tag === "Failure") {
    const { code, message } = outcome.failure;
    bot.say("warn", `${bot.id}: action not carried out: ${message}`);
    return { ...completed, status: { code, message } };
  }
  bot.say("info", `${bot.id}: action ended after ${seconds} s with exit code ${outcome.success.exitCode}`);
  const value = ActionMessages.encodeResult(outcome.success);
  return { ...completed, status: Fields.fine, result: { type: `${typePrefix}ActionResult`, value } };
});

/** Does what a lease is for, which holds the action itself or its digest. */
const perform = Effect.fnUntraced(function* (
  bot: Bot,
  { payload }: BotMessages.Lease,
): Effect.fn.Return<ActionMessages.ActionResult, Refused.Refused> {
  const type = payload?.type.slice(payload.type.lastIndexOf(".") + 1);
  if (payload === undefined || (type !== "Action" && type !== "Digest")) {
    const message = `Cannot carry out a ${payload?.type ?? "lease without a payload"}`;
    return yield* new Refused.Refused({ code: Refused.code.invalid, message });
  }
  const { value } = payload;
  const asked = yield* attempt(() =>
    type === "Action"
      ? ActionMessages.decodeAction(value)
      : DirectoryCodec.readDigest(Wire.read(value, "the digest of an action"), value.length),
  ).pipe(Effect.mapError(Refused.fromError));
  return yield* bot.perform(asked);
});
