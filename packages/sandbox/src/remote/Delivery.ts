/**
 * Content brought to every server that takes it: first to the storages, then its names to the indexes.
 *
 * One server that fails keeps nothing from the others. A name is shown to an index only where a storage has the content: the server itself, where it is both.
 */
import { BstError } from "@millrace/core/error/BstError";
import * as Effect from "effect/Effect";
import type { Content } from "../cas/Backing.ts";
import type { Work } from "./Artifacts.ts";
import type * as Channel from "./Channel.ts";
import * as Contents from "./Contents.ts";
import * as Servers from "./Servers.ts";
import * as Storage from "./Storage.ts";

export interface Delivery {
  /** What it is, in messages: `artifact KEY`. */
  readonly what: string;
  readonly content: Content;
  /** What is said while content is sent, and when it was. */
  readonly sending: string;
  readonly sent: string | undefined;
  /** Whether an index knows the names as those of this content. */
  readonly isKnown: (index: Channel.Channel, server: Servers.Server) => Effect.Effect<boolean, BstError>;
  /** Tells an index the names. */
  readonly name: (index: Channel.Channel) => Effect.Effect<void, BstError>;
}

/**
 * Delivers to all of some servers; false when every index knew the names, or where it takes a storage or an index more to deliver anything.
 *
 * A storage without room is warned of; there is a failure where no storage took the content, or where a server failed in another way.
 */
export const toAll = Effect.fnUntraced(function* (
  work: Work,
  servers: readonly Servers.Server[],
  delivery: Delivery,
): Effect.fn.Return<boolean, BstError> {
  const { what, content, sending, sent } = delivery;
  if (!Servers.works(servers, true)) return false;
  const errors: BstError[] = [];
  const lacking = new Set<Servers.Server>();
  let stored = false;
  for (const server of servers) {
    const { storage, url } = server;
    if (storage === undefined) continue;
    work.say("status", `${sending} -> ${url}`);
    const outcome = yield* Effect.result(Contents.send(storage, work.cas, content));
    if (outcome._tag === "Success") {
      stored = true;
      if (sent !== undefined) work.say("info", `${sent} -> ${url}`);
      continue;
    }
    if (Storage.isNoRoomHere(outcome.failure)) return yield* outcome.failure;
    lacking.add(server);
    if (outcome.failure.reason === "cache-too-full") work.say("warn", `Remote (${url}) has no room for ${what}`);
    else errors.push(outcome.failure);
  }
  let named = false;
  for (const server of stored ? servers : []) {
    if (server.index === undefined || lacking.has(server)) continue;
    const outcome = yield* Effect.result(tell(work, server, server.index, delivery));
    if (outcome._tag === "Failure") errors.push(outcome.failure);
    else if (outcome.success) named = true;
  }
  const [first] = errors;
  if (first !== undefined) return yield* first;
  if (!stored) return yield* noRoom(what);
  return named;
});

const tell = Effect.fnUntraced(function* (
  work: Work,
  server: Servers.Server,
  index: Channel.Channel,
  { what, isKnown, name }: Delivery,
): Effect.fn.Return<boolean, BstError> {
  const { url } = server;
  work.say("status", `Pushing ${what} -> ${url}`);
  if (yield* isKnown(index, server)) {
    work.say("info", `Remote (${url}) already has ${what} cached`);
    return false;
  }
  yield* name(index);
  work.say("info", `Pushed ${what} -> ${url}`);
  return true;
});

function noRoom(what: string): BstError {
  return new BstError({
    domain: "CAS",
    reason: null,
    message: `No remote has room for ${what}`,
    hint: "Give a server that is pushed to more room, or leave it out.",
    temporary: true,
  });
}
