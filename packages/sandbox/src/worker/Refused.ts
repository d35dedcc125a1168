/** An action that cannot be carried out, by gRPC's status code: what is told to the scheduler in place of a result. */
import type { BstError } from "@millrace/core/error/BstError";
import * as Data from "effect/Data";

/** The codes that stand for what is wrong. */
export const code = { invalid: 3, late: 4, exhausted: 8, precondition: 9, internal: 13, unavailable: 14 } as const;

export class Refused extends Data.TaggedError("Refused")<{ readonly code: number; readonly message: string }> {}

/** A failure of this machine or of a server on the way. */
export function fromError(error: BstError): Refused {
  return new Refused({ code: statusOf(error), message: error.message });
}

function statusOf({ reason, temporary }: BstError): number {
  if (reason === "cache-too-full") return code.exhausted;
  if (reason === "unavailable-local-sandbox") return code.precondition;
  return temporary ? code.unavailable : code.internal;
}
