/**
 * When a call that failed is tried again: as often as the configuration says, each time after twice as long, and for as long as the caller has patience.
 */
import * as Effect from "effect/Effect";
import type { Endpoint } from "./Endpoint.ts";

/** Milliseconds between two trials, at most. */
const longest = 5000;

export interface Trials {
  /** Notes a failure: milliseconds to wait before the next trial, or undefined when there is none. `patient` is whether patience counts, beside the number of trials. */
  readonly pause: (patient: boolean) => number | undefined;
}

/** Why a server is of no use; `temporary` when it may be later, `passing` when that may be in a moment, since it seems to be being started. */
export interface Unusable {
  readonly problem: string;
  /** Whether `problem` begins with the status of a call, so that it is known in what words the server refused. */
  readonly isStatus: boolean;
  readonly temporary: boolean;
  readonly passing: boolean;
}

/** Milliseconds for which a session waits for servers that are being started. */
const moment = 5000;

/** Asks a server at the beginning of a session, and again for a moment when it seems to be being started. */
export const atFirst = Effect.fnUntraced(function* <A extends object>(
  endpoint: Endpoint,
  ask: Effect.Effect<A | Unusable>,
): Effect.fn.Return<A | Unusable> {
  const trials = begin(endpoint);
  const until = Date.now() + moment;
  for (;;) {
    const found = yield* ask;
    const pause = "problem" in found && found.passing ? trials.pause(false) : undefined;
    const left = until - Date.now();
    if (pause === undefined || left <= 0) return found;
    yield* Effect.sleep(Math.min(pause, left));
  }
});

/** Trials that begin now. */
export function begin({ retries, retryDelay, patience }: Endpoint): Trials {
  let count = 0;
  const since = Date.now();
  return {
    pause: (patient) => {
      const left = count < retries || (patient && retries > 0 && Date.now() - since < patience);
      if (!left) return undefined;
      const doubled = Math.max(1, retryDelay) * 2 ** count++;
      // Somebody who asks for long pauses gets them.
      return count <= retries ? doubled : Math.min(doubled, longest);
    },
  };
}
