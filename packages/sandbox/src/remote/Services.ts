/** The services of remote execution, connected and asked whether they can do what is wanted of them. */
import { BstError } from "@millrace/core/error/BstError";
import type { RemoteSpec } from "@millrace/core/project/Project";
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import { attempt } from "../cas/Cas.ts";
import * as Channel from "./Channel.ts";
import * as Endpoint from "./Endpoint.ts";
import type { Services } from "./RemoteSandbox.ts";
import * as Servers from "./Servers.ts";
import * as Storage from "./Storage.ts";
import * as Trials from "./Trials.ts";

export interface Specs {
  readonly execution: RemoteSpec;
  readonly storage: RemoteSpec;
  readonly actionCache: RemoteSpec | undefined;
}

/** Connects a storage and an action cache alone. */
export const openCache = Effect.fnUntraced(function* (
  specs: Pick<Specs, "storage"> & { readonly actionCache: RemoteSpec },
  directory: string | undefined,
): Effect.fn.Return<Pick<Services, "storage"> & { readonly actionCache: Channel.Channel }, BstError, Scope.Scope> {
  const { execution, storage } = yield* open({ ...specs, execution: specs.actionCache }, directory);
  return { storage, actionCache: execution };
});

/** Connects; one channel serves all that are at one address. */
export const open = Effect.fnUntraced(function* (
  specs: Specs,
  directory: string | undefined,
): Effect.fn.Return<Services, BstError, Scope.Scope> {
  const pool = yield* Servers.pool;
  const connect = Effect.fnUntraced(function* (spec: RemoteSpec): Effect.fn.Return<Channel.Channel, BstError> {
    const endpoint = yield* attempt(() => Endpoint.make(spec, directory));
    // What is being built is lost with the farm: it may take as long to come back as it may to answer.
    return yield* pool
      .channel({ ...endpoint, patience: endpoint.stall })
      .pipe(Effect.mapError((cause) => unreachable(spec.url, Channel.describe(cause))));
  });
  const execution = yield* connect(specs.execution);
  const actionCache = specs.actionCache === undefined ? undefined : yield* connect(specs.actionCache);
  const storage = yield* patiently(yield* connect(specs.storage)).pipe(
    Effect.mapError(({ problem }) => unreachable(specs.storage.url, problem)),
  );
  return { execution, storage, actionCache };
});

/** Opens a storage, which may be about to come back: builds go on without a cache, but not without the farm. */
const patiently = Effect.fnUntraced(function* (
  channel: Channel.Channel,
): Effect.fn.Return<Storage.Storage, Trials.Unusable> {
  // Where nothing has been begun yet a few trials tell.
  const trials = Trials.begin(channel.endpoint);
  for (;;) {
    const found = yield* Storage.open(channel);
    if (!("problem" in found)) return found;
    const pause = found.temporary ? trials.pause(false) : undefined;
    if (pause === undefined) return yield* Effect.fail(found);
    yield* Effect.sleep(pause);
  }
});

function unreachable(url: string, why: string): BstError {
  return new BstError({
    domain: "SANDBOX",
    reason: null,
    message: `The remote execution service at ${url} cannot be used: ${why}`,
    hint: "See `remote-execution` in the user configuration.",
    temporary: true,
  });
}
