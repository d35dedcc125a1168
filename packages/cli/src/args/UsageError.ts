/**
 * A command line that cannot be understood. It ends `bst` with code 2 and, unlike errors of the work itself, leaves no error file.
 */
import * as Closest from "@millrace/core/yaml/Closest";
import type { Command } from "./Specification.ts";

/** What is wrong with a command line. */
export interface UsageError {
  /** The commands from `bst` down to the one whose words are wrong. */
  readonly path: readonly Command[];
  /** One sentence. */
  readonly message: string;
}

/** Thrown inside the parser only, which hands it on as a value. */
export class Misused extends Error {}

/** Ends parsing with a message. */
export function misuse(message: string): never {
  throw new Misused(message);
}

/** Names joined as a person types them, e.g. `bst source fetch`. */
export function commandName(path: readonly Command[]): string {
  return path.map((command) => command.name).join(" ");
}

/** Of `candidates`, those that `word` may have been meant to be, the likeliest first, three at most. */
function similar(word: string, candidates: readonly string[]): readonly string[] {
  const limit = Math.max(1, Math.floor(word.length / 3));
  return candidates
    .map((candidate) => ({ candidate, distance: Closest.distance(word, candidate) }))
    .filter((entry) => entry.distance <= limit || (word.length >= 4 && entry.candidate.startsWith(word)))
    .sort((left, right) => left.distance - right.distance || (left.candidate < right.candidate ? -1 : 1))
    .slice(0, 3)
    .map((entry) => entry.candidate);
}

/** A sentence that offers what was perhaps meant; empty when nothing is similar. */
export function suggestion(word: string, candidates: readonly string[]): string {
  const found = similar(word, candidates).map((candidate) => `'${candidate}'`);
  if (found.length === 0) return "";
  if (found.length === 1) return ` Did you mean ${found[0]}?`;
  return ` (Did you mean one of: ${found.join(", ")}?)`;
}
