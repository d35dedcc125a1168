/** Failures that say during which step of starting up they happened, because their own message does not. */
import { BstError } from "@millrace/core/error/BstError";

/** A failure together with the step it belongs to. */
export class PhaseError extends Error {
  readonly error: BstError;
  /** E.g. `Error loading project`. */
  readonly phase: string;
  constructor(error: BstError, phase: string) {
    super(`${phase}: ${error.message}`);
    this.error = error;
    this.phase = phase;
  }
}

/** Runs a step; a failure in it is marked as belonging to the phase. */
export function during<A>(phase: string, body: () => A): A {
  try {
    return body();
  } catch (cause) {
    throw cause instanceof BstError ? new PhaseError(cause, phase) : cause;
  }
}
