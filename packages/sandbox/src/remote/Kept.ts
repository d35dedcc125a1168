/** Connections that a session makes once, when they are first needed. */
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";

/** How long a failure to connect is believed (milliseconds): a dead server costs a session one stall in that time, not one for each element. */
export const rest = 10_000;

/** Connects at the first use and keeps what came of it; a failure only for {@link rest}, then it is tried again. */
export function kept<A, E, R>(connect: Effect.Effect<A, E, R>): Effect.Effect<Effect.Effect<A, E, R>> {
  return Effect.cachedWithTTL(connect, (exit) => (Exit.isSuccess(exit) ? Number.POSITIVE_INFINITY : rest));
}
