/** What goes between this thread and those of `Threads`: plain data, since classes do not survive the way. */
import { BstError, type ErrorFields } from "@millrace/core/error/BstError";
import type * as Work from "./Work.ts";

export interface Request {
  readonly id: number;
  /** Of the store; see `ObjectStore`. */
  readonly directory: string;
  readonly privateDirectory: string;
  readonly renewBefore: number | undefined;
  readonly tasks: readonly Work.Task[];
}

export interface Answer {
  readonly id: number;
  /** One for each task, none where something failed. */
  readonly outcomes: readonly Work.Outcome[];
  /** Hashes of objects that were written, and the bytes of all of them. */
  readonly published: readonly string[];
  readonly bytes: number;
  /** Of damaged objects. */
  readonly warnings: readonly string[];
  readonly failure: Failure | undefined;
}

/** An error value, or what the file system said. */
export type Failure =
  | { readonly type: "error"; readonly fields: ErrorFields }
  | { readonly type: "system"; readonly code: string | undefined; readonly path: string | undefined; message: string };

/** What was thrown, as data. */
export function failure(cause: unknown): Failure {
  if (cause instanceof BstError) {
    const { domain, reason, message, detail, hint } = cause;
    return { type: "error", fields: { domain, reason, message, detail, hint } as ErrorFields };
  }
  const { code, path, message } = cause as NodeJS.ErrnoException;
  return { type: "system", code, path, message };
}

/** The data as what was thrown. */
export function failureOf(data: Failure): Error {
  if (data.type === "error") return new BstError(data.fields);
  const { code, path, message } = data;
  return Object.assign(new Error(message), { code, path });
}
