/** Doing without a service that failed: it is not asked for a while, so that it costs a session one stall and not one for each question. */
import type { BstError } from "@millrace/core/error/BstError";
import * as Effect from "effect/Effect";
import * as Servers from "./Servers.ts";

/** Asks a service; undefined where it failed, of which `told` hears, or did lately. */
export type Aside = <A>(
  question: Effect.Effect<A, BstError>,
  told?: (error: BstError) => void,
) => Effect.Effect<A | undefined>;

/** For one service. */
export function make(): Aside {
  let until = 0;
  return (question, told) =>
    Effect.suspend(() =>
      Date.now() < until
        ? Effect.succeed(undefined)
        : Effect.catch(question, (error) => {
            until = Date.now() + Servers.rest;
            told?.(error);
            return Effect.succeed(undefined);
          }),
    );
}
