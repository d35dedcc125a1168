/**
 * A worker of a farm: some places at a scheduler, one store, and the end of both.
 *
 * Asked to stop it takes no more work, ends what it has, tells the scheduler and goes; asked once more it ends everything at once.
 */
import { hostname } from "node:os";
import { BstError } from "@millrace/core/error/BstError";
import type { RemoteSpec } from "@millrace/core/project/Project";
import * as Sha256 from "@millrace/core/tree/Sha256";
import * as Deferred from "effect/Deferred";
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import { attempt } from "../cas/Cas.ts";
import type * as ObjectStore from "../cas/ObjectStore.ts";
import type { Platform } from "../remote/ActionMessages.ts";
import * as Channel from "../remote/Channel.ts";
import * as Download from "../remote/Download.ts";
import * as Endpoint from "../remote/Endpoint.ts";
import * as Storage from "../remote/Storage.ts";
import * as Run from "../sandbox/Run.ts";
import * as Signals from "../session/Signals.ts";
import type { RootsShape } from "../staging/Roots.ts";
import * as Bot from "./Bot.ts";
import * as Epochs from "./Epochs.ts";
import * as Perform from "./Perform.ts";
import { here } from "./Platform.ts";
import * as Slots from "./Slots.ts";

export interface Options {
  readonly store: ObjectStore.ObjectStore;
  readonly roots: RootsShape;
  readonly scheduler: RemoteSpec;
  /** Where inputs are and outputs go; the scheduler unless given. */
  readonly storage: RemoteSpec | undefined;
  /** Actions at once. */
  readonly places: number;
  /** What the scheduler knows this machine by; made of its name and the cache directory unless given. */
  readonly name: string | undefined;
  /** Properties beside the operating system and the instruction set. */
  readonly properties: Platform;
  readonly say: (kind: "info" | "warn", text: string) => void;
}

/** Milliseconds for which inputs are asked for and outputs offered: an action in hand has nothing better to do. */
const patience = 600_000;
/** Milliseconds before a storage that does not answer is asked again. */
const pause = 2000;

/** Works until a signal ends it. */
export const run = Effect.fn("Worker.run")(function* (options: Options): Effect.fn.Return<void, BstError, Scope.Scope> {
  const { store, roots, say, places } = options;
  // A machine that cannot run anything should not ask for work.
  yield* roots.capabilities;
  const draining = yield* Deferred.make<void>();
  const stopping = yield* Deferred.make<void>();
  const stop = () => {
    if (Deferred.doneUnsafe(draining, Effect.void)) say("info", "Taking no more work; another signal ends what runs");
    else Deferred.doneUnsafe(stopping, Effect.void);
  };
  yield* Signals.watch({ interrupt: stop, terminate: stop, suspend: Run.suspendAll, resume: Run.resumeAll });
  const channel = yield* connect(options.scheduler);
  const storageChannel = options.storage === undefined ? channel : yield* connect(options.storage);
  const work = Effect.gen(function* () {
    const storage = yield* unless(draining, openStorage(storageChannel, say));
    if (storage === undefined) return;
    const name = options.name ?? nameOf(store);
    const shared = { channel, draining, say, reached: told(channel.endpoint.url, say) };
    const properties: Platform = [["OSFamily", here.os], ["ISA", here.arch], ...options.properties];
    const contents = contentsOf(store, storage);
    const epochs = Epochs.make(store);
    const place = Effect.gen(function* () {
      const slot = yield* Effect.acquireRelease(
        Effect.sync(() => Slots.take(store.privateDirectory)),
        ({ release }) => Effect.sync(release),
      );
      const id = `${name}-${slot.index}`;
      const setting = { store, roots, contents, offered: options.properties, worker: id };
      const perform: Bot.Bot["perform"] = (action) => epochs.amid(Perform.perform(setting, action));
      yield* Bot.run({ ...shared, id, properties, perform });
    });
    say("info", `Taking actions of ${channel.endpoint.url} as ${name}, ${places} at once`);
    const all = Array.from({ length: places }, () => Effect.scoped(place));
    yield* Effect.all(all, { concurrency: "unbounded", discard: true });
  });
  yield* unless(stopping, work);
});

/** Does something unless, and as long as, a signal was not given. */
function unless<A, E, R>(signal: Deferred.Deferred<void>, effect: Effect.Effect<A, E, R>) {
  return Effect.raceFirst(effect, Effect.as(Deferred.await(signal), undefined));
}

const connect = Effect.fnUntraced(function* (
  spec: RemoteSpec,
): Effect.fn.Return<Channel.Channel, BstError, Scope.Scope> {
  const endpoint = yield* attempt(() => Endpoint.make(spec, undefined));
  return yield* Channel.open({ ...endpoint, patience }).pipe(
    Effect.mapError((failure) => new BstError({ domain: "REMOTE", reason: null, message: failure.message })),
  );
});

/** Asks the storage what it can do, again and again until it answers. Fails when it is of no use. */
const openStorage = Effect.fnUntraced(function* (
  channel: Channel.Channel,
  say: Options["say"],
): Effect.fn.Return<Storage.Storage, BstError> {
  const { url } = channel.endpoint;
  const reached = told(url, say);
  for (;;) {
    const opened = yield* Storage.open(channel);
    if (!("problem" in opened)) return opened;
    if (!opened.temporary)
      return yield* new BstError({
        domain: "REMOTE",
        reason: null,
        message: `The storage at ${url} cannot be used: ${opened.problem}`,
      });
    reached(opened.problem);
    yield* Effect.sleep(pause);
  }
});

function contentsOf(store: ObjectStore.ObjectStore, storage: Storage.Storage): Perform.Contents {
  return {
    bring: (digests) => Download.blobs(storage, store, digests),
    bringTree: (root) => Download.trees(storage, store, [root]),
    send: (digests) => Storage.upload(storage, store, digests),
  };
}

/** Tells once when a server goes and once when it comes back. */
function told(url: string, say: Options["say"]): (problem: string | undefined) => void {
  let known: string | undefined;
  return (problem) => {
    if (problem !== undefined && known === undefined) say("warn", `${url} does not answer: ${problem}`);
    if (problem === undefined && known !== undefined) say("info", `${url} answers again`);
    known = problem;
  };
}

/** Other cache directories of this machine may have workers too. */
function nameOf(store: ObjectStore.ObjectStore): string {
  const place = Sha256.hex(Buffer.from(store.privateDirectory)).slice(0, 8);
  return `${hostname()}-${place}`;
}
