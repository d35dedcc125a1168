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
import type { Reasons } from "./Catalogue.ts";
import type { Owner } from "./Entry.ts";

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

/** A reason that is not ours: a plugin's own, or the name of a warning that a project makes an error. */
export type Foreign = string & { readonly foreign: true };

/** Marks a reason as {@link Foreign}. */
export function foreign(reason: string): Foreign {
  return reason as Foreign;
}

/** What a domain takes as reason: what the catalogue has, or a foreign one. */
export type ReasonOf<D extends Domain> = Reasons[D] | Foreign;

type Coded = {
  readonly [D in Domain]: {
    readonly domain: D;
    /** BuildStream's reason: a `LoadErrorReason` in lower case with dashes, or its own string; null where it has none. */
    readonly reason: ReasonOf<D>;
  };
}[Domain];

/** A place in a file of a project. `line` is 1-based, `column` 0-based, as BuildStream prints them. */
export interface Place {
  /** The name that people see, e.g. `elements/hello.bst` or `sub.bst:elements/hello.bst`. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

interface Said {
  /** One sentence: what is wrong, naming the offender. */
  readonly message: string;
  /** Further lines: output of a tool, the candidates, the cycle. */
  readonly detail?: string | undefined;
  readonly place?: Place | undefined;
  /** What to do next, one sentence; the catalogue's next step when left out. */
  readonly hint?: string | undefined;
  /** Whose it is to mend, where the catalogue cannot know. */
  readonly owner?: Owner | undefined;
  /** Whether trying again may help (network). */
  readonly temporary?: boolean | undefined;
  /** The failure of the job that made this one fail, for the error file. */
  readonly task?: { readonly domain: Domain; readonly reason: string | null } | undefined;
}

export type ErrorFields = Coded & Said;

interface Fields extends Said {
  readonly domain: Domain;
  readonly reason: string | null;
}

export class BstError extends Data.TaggedError("BstError")<Fields> {
  // Narrower than the base: it is what demands a reason of the catalogue.
  constructor(fields: ErrorFields) {
    super(fields);
  }
}

/** The same failure told otherwise. */
export function restated(error: BstError, changes: Partial<Said>): BstError {
  const { domain, reason, message, detail, place, hint, owner, temporary, task } = error;
  const fields = { domain, reason, message, detail, place, hint, owner, temporary, task, ...changes };
  return new BstError(fields as ErrorFields);
}

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
