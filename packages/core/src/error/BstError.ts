/**
 * The one shape of every failure a person can cause or meet.
 *
 * An error is a value: domain and reason are BuildStream's own names (so that scripts which match on them keep working), the
 * provenance says where in which file, and the hint says what to do next. Inside a module a failure is raised with
 * {@link raise}, because a loader that threads a `Result` through every node access is slower and harder to read; every
 * entry point of a package turns it into a `Result` (see {@link attempt}) or an Effect failure. Nothing else is ever thrown on purpose.
 */
import * as Data from "effect/Data";
import * as Result from "effect/Result";

/** BuildStream's error domains, by member name. */
export type Domain =
  | "PLUGIN"
  | "LOAD"
  | "IMPL"
  | "PLATFORM"
  | "SANDBOX"
  | "ARTIFACT"
  | "PIPELINE"
  | "UTIL"
  | "SOURCE"
  | "ELEMENT"
  | "APP"
  | "STREAM"
  | "VIRTUAL_FS"
  | "CAS"
  | "PROG_NOT_FOUND"
  | "REMOTE"
  | "PROFILE";

/** A place in a file of a project. `line` is 1-based, `column` 0-based, as BuildStream prints them. */
export interface Place {
  /** The name that people see, e.g. `elements/hello.bst` or `sub.bst:elements/hello.bst`. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface ErrorFields {
  readonly domain: Domain;
  /** BuildStream's reason: a `LoadErrorReason` in lower case with dashes, or its own string; null where it has none. */
  readonly reason: string | null;
  /** One sentence: what is wrong, naming the offender. */
  readonly message: string;
  /** Further lines: output of a tool, the candidates, the cycle. */
  readonly detail?: string | undefined;
  readonly place?: Place | undefined;
  /** What to do next, one sentence. */
  readonly hint?: string | undefined;
  /** Whether trying again may help (network). */
  readonly temporary?: boolean | undefined;
  /** The failure of the job that made this one fail, for the error file. */
  readonly task?: { readonly domain: Domain; readonly reason: string | null } | undefined;
}

export class BstError extends Data.TaggedError("BstError")<ErrorFields> {}

/** Ends the current computation with an error value. */
export function raise(fields: ErrorFields): never {
  throw new BstError(fields);
}

/** Runs a computation that may {@link raise}; anything else that is thrown is a defect and passes through. */
export function attempt<A>(body: () => A): Result.Result<A, BstError> {
  try {
    return Result.succeed(body());
  } catch (cause) {
    if (cause instanceof BstError) return Result.fail(cause);
    throw cause;
  }
}

/** `elements/hello.bst [line 3 column 2]`, BuildStream's way to write a place. */
export function formatPlace(place: Place): string {
  return `${place.file} [line ${place.line} column ${place.column}]`;
}
