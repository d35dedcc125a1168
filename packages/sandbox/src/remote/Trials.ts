/**
 * When a call that failed is tried again: as often as the configuration says, each time after twice as long, and for as long as the caller has patience.
 */
import type { Endpoint } from "./Endpoint.ts";

/** Milliseconds between two trials, at most. */
const longest = 5000;

export interface Trials {
  /** Notes a failure: milliseconds to wait before the next trial, or undefined when there is none. `patient` is whether patience counts, beside the number of trials. */
  readonly pause: (patient: boolean) => number | undefined;
}

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
