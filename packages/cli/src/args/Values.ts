/** The values of a parsed command line: checking single words, and reading the result by name. */
import { accessSync, constants, type Stats, statSync } from "node:fs";
import * as Remote from "./Remote.ts";
import type { ValueType } from "./Specification.ts";
import { misuse } from "./UsageError.ts";

/** One option's or argument's value: a flag, a word, words, or groups of words (`--option NAME VALUE`). */
export type Value = boolean | string | readonly string[] | readonly (readonly string[])[];

/** Values by option or argument name; what was not given and has no default is absent. */
export type Values = ReadonlyMap<string, Value>;

/** A flag: undefined when neither it nor its opposite was given. */
export function flag(values: Values, name: string): boolean | undefined {
  const value = values.get(name);
  return typeof value === "boolean" ? value : undefined;
}

/** Whether a flag was given. */
export function isSet(values: Values, name: string): boolean {
  return values.get(name) === true;
}

/** A word, undefined when it was not given. */
export function text(values: Values, name: string): string | undefined {
  const value = values.get(name);
  return typeof value === "string" ? value : undefined;
}

/** A whole number, undefined when it was not given. */
export function integer(values: Values, name: string): number | undefined {
  const value = text(values, name);
  return value === undefined ? undefined : Number(value.trim().replaceAll("_", ""));
}

/** All words of a repeatable option or argument. */
export function list(values: Values, name: string): readonly string[] {
  const value = values.get(name);
  return Array.isArray(value) ? (value as readonly string[]) : [];
}

/** All pairs of words of a repeatable option that takes two. */
export function pairs(values: Values, name: string): readonly (readonly [string, string])[] {
  const value = values.get(name);
  return Array.isArray(value) ? (value as readonly (readonly [string, string])[]) : [];
}

/** Checks one word against its type; ends parsing when it does not fit. */
export function check(word: string, type: ValueType): void {
  switch (type.type) {
    case "text":
    case "output":
      return;
    case "integer":
      if (!/^\s*[+-]?\d+(_\d+)*\s*$/.test(word)) misuse(`'${word}' is not a valid integer.`);
      return;
    case "choice":
      if (!type.choices.includes(word)) {
        misuse(`'${word}' is not one of ${type.choices.map((choice) => `'${choice}'`).join(", ")}.`);
      }
      return;
    case "path":
      checkPath(word, type);
      return;
    case "remote": {
      const problem = Remote.problem(word, type.purpose);
      if (problem !== undefined) misuse(`${problem}.`);
      return;
    }
  }
}

function checkPath(word: string, type: ValueType & { readonly type: "path" }): void {
  const noun = { file: "File", directory: "Directory", any: "Path" }[type.accepts];
  const found = look(word);
  if (found === undefined) {
    if (type.exists) misuse(`${noun} '${word}' does not exist.`);
    return;
  }
  if (type.accepts === "file" && found.isDirectory()) misuse(`File '${word}' is a directory.`);
  if (type.accepts === "directory" && found.isFile()) misuse(`Directory '${word}' is a file.`);
  if (type.accepts === "any" && !type.exists && !type.writable) return;
  if (type.writable && !may(word, constants.W_OK)) misuse(`${noun} '${word}' is not writable.`);
  if (!type.writable && !may(word, constants.R_OK)) misuse(`${noun} '${word}' is not readable.`);
}

/** What is at a path; what cannot be looked at, as a name that is too long or a circle of links, counts as not there. */
function look(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return;
  }
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
