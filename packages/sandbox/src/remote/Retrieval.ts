/**
 * Content from the first servers that have it: what its name stands for from the indexes, and the content from the storages.
 *
 * A server that fails keeps nothing from the others. Where what one index names is not to be had whole, or is of no use, another index may name something else.
 */
import { BstError } from "@millrace/core/error/BstError";
import type * as Digest from "@millrace/core/tree/Digest";
import * as Data from "effect/Data";
import * as Effect from "effect/Effect";
import { isNoTree } from "../cas/Cas.ts";
import type { Work } from "./Artifacts.ts";
import type * as Channel from "./Channel.ts";
import * as Servers from "./Servers.ts";
import * as Storage from "./Storage.ts";

/** Content that is broken or hostile, whoever has it. */
export class Useless extends Data.TaggedError("Useless")<{ readonly message: string }> {}

/** Bytes of what a name stands for; the record of an artifact with 100,000 dependencies has less, and so has a directory of 300,000 files. */
const largest = 64 * 1024 * 1024;

/** What a name stands for. */
export interface Question {
  /** What is looked for, in messages: `artifact KEY`. */
  readonly what: string;
  /** Of the failure where a server that failed may have it. */
  readonly domain: "ARTIFACT" | "SANDBOX";
  /** What indexes are called in messages. */
  readonly called: string;
  readonly ask: (index: Channel.Channel, server: Servers.Server) => Effect.Effect<Digest.Digest | undefined, BstError>;
}

type Brought<A> = Effect.Effect<A | undefined, BstError | Useless>;

export interface Retrieval<A> extends Question {
  /** The content, where the storage service behind the store has it. */
  readonly behind: (digest: Digest.Digest) => Brought<A>;
  /** Brings the content from a storage; undefined when that does not have it whole. */
  readonly bring: (storage: Storage.Storage, digest: Digest.Digest) => Brought<A>;
}

/** A server's failure while pulling: told, and the server set aside. What this machine cannot store is no failure of a server: it stays a failure. */
export function troubled(work: Work, server: Servers.Server, error: BstError): Effect.Effect<void, BstError> {
  if (Storage.isNoRoomHere(error)) return Effect.fail(error);
  if (Servers.setAside(server)) work.say("warn", `Could not pull from remote ${server.url}: ${error.message}`);
  return Effect.void;
}

/** What a name of a project's content stands for on the first server that knows it. Fails where none does and one of them failed. */
export const find = Effect.fnUntraced(function* (
  work: Work,
  project: string,
  question: Question,
): Effect.fn.Return<Digest.Digest | undefined, BstError> {
  const errors: BstError[] = [];
  for (const server of Servers.of(work.servers, project, false)) {
    const digest = yield* ask(work, server, question, errors);
    if (digest !== undefined) return digest;
  }
  return yield* nowhere(question, errors);
});

/** Brings the content of a name; undefined when no server has it whole. Fails where one that failed may have it. */
export const from = Effect.fnUntraced(function* <A>(
  work: Work,
  project: string,
  retrieval: Retrieval<A>,
): Effect.fn.Return<A | undefined, BstError> {
  const tried = new Set<string>();
  const errors: BstError[] = [];
  for (const server of Servers.of(work.servers, project, false)) {
    const digest = yield* ask(work, server, retrieval, errors);
    if (digest === undefined || tried.has(digest.hash)) continue;
    tried.add(digest.hash);
    const brought = yield* Effect.catchTag(
      bring(work, project, digest, retrieval, errors),
      "Useless",
      ({ message }) => {
        work.say("warn", message);
        return Effect.undefined;
      },
    );
    if (brought !== undefined) return brought;
  }
  return yield* nowhere(retrieval, errors);
});

/** What a name stands for in an index; undefined when that does not know it, or failed, which `errors` gets. */
const ask = Effect.fnUntraced(function* (
  work: Work,
  server: Servers.Server,
  question: Question,
  errors: BstError[],
): Effect.fn.Return<Digest.Digest | undefined, BstError> {
  const { index, url } = server;
  if (index === undefined) return undefined;
  const { what, called } = question;
  work.say("status", `Pulling ${what} <- ${url}`);
  const asked = yield* Effect.result(question.ask(index, server));
  if (asked._tag === "Failure") {
    yield* troubled(work, server, asked.failure);
    errors.push(asked.failure);
    return undefined;
  }
  if (asked.success === undefined) work.say("info", `${called} (${url}) does not have ${what} cached`);
  return asked.success;
});

/** The content from the first storage that has it whole. `errors` gets what failed on the way. */
const bring = Effect.fnUntraced(function* <A>(
  work: Work,
  project: string,
  digest: Digest.Digest,
  { what, behind, bring }: Retrieval<A>,
  errors: BstError[],
): Effect.fn.Return<A | undefined, BstError | Useless> {
  if (digest.size > largest)
    return yield* new Useless({ message: `What the server has for ${what} has ${digest.size} bytes` });
  const own = yield* judged(behind(digest));
  if (own !== undefined) {
    work.say("info", `Pulled ${what} <- the storage service`);
    return own;
  }
  for (const server of Servers.of(work.servers, project, false)) {
    const { storage, url } = server;
    if (storage === undefined) continue;
    work.say("status", `Pulling data for ${what} <- ${url}`);
    const outcome = yield* Effect.result(judged(bring(storage, digest)));
    if (outcome._tag === "Failure") {
      const { failure } = outcome;
      if (failure._tag === "Useless") return yield* failure;
      yield* troubled(work, server, failure);
      errors.push(failure);
    } else if (outcome.success !== undefined) {
      work.say("info", `Pulled ${what} <- ${url}`);
      return outcome.success;
    } else work.say("info", `Remote (${url}) does not have ${what} cached`);
  }
  return undefined;
});

/** Says of what can be no tree of files that it is useless. */
const judged = <A>(brought: Brought<A>): Brought<A> =>
  Effect.mapError(brought, (error) =>
    error._tag === "BstError" && isNoTree(error) ? new Useless({ message: error.message }) : error,
  );

/** No server has it: nothing, or the failure where one that failed may have it. */
function nowhere({ what, domain }: Question, errors: readonly BstError[]): Effect.Effect<undefined, BstError> {
  if (errors.length === 0) return Effect.undefined;
  return Effect.fail(
    new BstError({
      domain,
      reason: null,
      message: `Failed to pull ${what}`,
      detail: errors.map((error) => error.message).join("\n"),
      temporary: true,
    }),
  );
}
