/**
 * Words into an invocation, by the rules that BuildStream's command line follows.
 *
 * A group of commands (and `bst` itself) reads options up to the first word that is none, which names the command; a command
 * that does something takes options anywhere up to `--`. Long names are never abbreviated; `--deps=all`, `--deps all`, `-d all` and `-dall` mean the same; flags may be
 * bundled (`-fr`). An option that takes a value takes the next word whatever it looks like. Names are read before values are checked, and `--help` answers before values are
 * checked. The last of several values counts, unless the option is repeatable.
 */
import type { Argument, Command, Option } from "./Specification.ts";
import { find } from "./Specification.ts";
import { Misused, misuse, suggestion, type UsageError } from "./UsageError.ts";
import * as Values from "./Values.ts";

/** What to do: run a command, or answer at once. */
export type Outcome =
  | {
      readonly type: "run";
      /** Names under `bst`, e.g. `["source", "fetch"]`. */
      readonly command: readonly string[];
      readonly main: Values.Values;
      readonly values: Values.Values;
    }
  | { readonly type: "help"; readonly path: readonly Command[] }
  /** A group was called without a command: its help, as an error. */
  | { readonly type: "incomplete"; readonly path: readonly Command[] }
  | { readonly type: "version" }
  | { readonly type: "misuse"; readonly error: UsageError };

interface Given {
  readonly option: Option;
  readonly words: readonly string[];
  readonly negated: boolean;
}

/** The words of one command, assigned to options and arguments but not yet checked. */
export interface Level {
  readonly given: readonly Given[];
  /** For each argument in turn, the words that it takes. */
  readonly arguments: readonly (readonly string[])[];
  /** For a group, the command's name and what follows; otherwise words too many. */
  readonly rest: readonly string[];
}

/** Splits the words of one command. With `lenient`, for completion, a mistake ends reading instead of raising. */
export function level(command: Command, words: readonly string[], lenient = false): Level {
  const given: Given[] = [];
  const plain: string[] = [];
  const queue = [...words];
  const group = command.commands.length > 0;
  try {
    readOptions(command, queue, given, plain, group);
  } catch (cause) {
    if (!lenient || !(cause instanceof Misused)) throw cause;
    return { given, arguments: command.arguments.map(() => []), rest: [] };
  }
  const left = [...plain, ...queue];
  if (group) return { given, arguments: [], rest: left };
  const taken = command.arguments.map((argument) => (argument.many ? left.splice(0) : left.splice(0, 1)));
  return { given, arguments: taken, rest: left };
}

function readOptions(command: Command, queue: string[], given: Given[], plain: string[], group: boolean): void {
  while (queue.length > 0) {
    const word = queue.shift() as string;
    if (word === "--") return;
    if (word.startsWith("-") && word.length > 1) {
      readOption(command, word, queue, given);
    } else if (group) {
      queue.unshift(word);
      return;
    } else {
      plain.push(word);
    }
  }
}

function lookUp(command: Command, name: string): { readonly option: Option; readonly negated: boolean } | undefined {
  for (const option of command.options) {
    if (option.flags.includes(name)) return { option, negated: false };
    if (option.negative.includes(name)) return { option, negated: true };
  }
  return undefined;
}

function readOption(command: Command, word: string, queue: string[], given: Given[]): void {
  const equals = word.indexOf("=");
  const name = equals === -1 ? word : word.slice(0, equals);
  if (word.startsWith("--")) {
    const found = lookUp(command, name) ?? misuse(`No such option '${name}'.${suggestion(name, longNames(command))}`);
    if (equals !== -1) {
      if (found.option.values.length === 0) misuse(`Option '${name}' does not take a value.`);
      queue.unshift(word.slice(equals + 1));
    }
    given.push({ ...found, words: take(found.option, name, queue) });
    return;
  }
  for (let at = 1; at < word.length; at++) {
    const short = `-${word[at]}`;
    const found = lookUp(command, short) ?? misuse(`No such option '${short}'.`);
    if (found.option.values.length === 0) {
      given.push({ ...found, words: [] });
      continue;
    }
    if (at + 1 < word.length) queue.unshift(word.slice(at + 1));
    given.push({ ...found, words: take(found.option, short, queue) });
    return;
  }
}

function longNames(command: Command): readonly string[] {
  return command.options
    .filter((option) => !option.hidden)
    .flatMap((option) => [...option.flags, ...option.negative])
    .filter((name) => name.startsWith("--"));
}

function take(option: Option, name: string, queue: string[]): readonly string[] {
  const count = option.values.length;
  if (queue.length < count) {
    misuse(count === 1 ? `Option '${name}' requires an argument.` : `Option '${name}' requires ${count} arguments.`);
  }
  return queue.splice(0, count);
}

/** Checks the words of one level and names them. */
function collect(command: Command, read: Level): Values.Values {
  const values = new Map<string, Values.Value>();
  for (const option of command.options) if (option.default !== undefined) values.set(option.name, option.default);
  for (const { option, words, negated } of read.given) {
    if (option.values.length === 0) {
      values.set(option.name, !negated);
      continue;
    }
    words.forEach((word, index) => {
      checked(option.flags, () => Values.check(word, option.values[index] as (typeof option.values)[number]));
    });
    const value = words.length === 1 ? (words[0] as string) : words;
    if (option.multiple) values.set(option.name, [...((values.get(option.name) as never[]) ?? []), value as never]);
    else values.set(option.name, value);
  }
  command.arguments.forEach((argument, index) => {
    const words = read.arguments[index] ?? [];
    if (argument.required && words.length === 0) misuse(`Missing argument '${argumentName(argument)}'.`);
    for (const word of words) checked([argumentName(argument)], () => Values.check(word, argument.value));
    if (argument.many) values.set(argument.name, words);
    else if (words.length === 1) values.set(argument.name, words[0] as string);
  });
  return values;
}

function checked(names: readonly string[], body: () => void): void {
  try {
    body();
  } catch (cause) {
    if (!(cause instanceof Misused)) throw cause;
    misuse(`Invalid value for ${names.map((name) => `'${name}'`).join(" / ")}: ${cause.message}`);
  }
}

/** An argument as usage lines write it: `[ELEMENTS]...`. */
export function argumentName(argument: Argument): string {
  const name = argument.required ? argument.metavar : `[${argument.metavar}]`;
  return argument.many ? `${name}...` : name;
}

/** What a command that is not there was perhaps meant to be: one below a group where the group was left out, else one with a similar name. */
function commandMeant(command: Command, name: string): string {
  const below = command.commands.flatMap((group) =>
    find(group, name) === undefined ? [] : [`'${group.name} ${name}'`],
  );
  if (below.length === 1) return ` Did you mean ${below[0]}?`;
  if (below.length > 1) return ` (Did you mean one of: ${below.join(", ")}?)`;
  return suggestion(
    name,
    command.commands.map((candidate) => candidate.name),
  );
}

/** Reads a whole command line, without the program's own name. */
export function parse(root: Command, words: readonly string[]): Outcome {
  const path: Command[] = [root];
  const names: string[] = [];
  let main: Values.Values = new Map();
  let rest = words;
  try {
    for (;;) {
      const command = path[path.length - 1] as Command;
      const group = command.commands.length > 0;
      if (group && rest.length === 0) return { type: "incomplete", path };
      const read = level(command, rest);
      const answer = read.given.find((entry) => entry.option.answers !== undefined)?.option.answers;
      if (answer === "help") return { type: "help", path };
      if (answer === "version") return { type: "version" };
      const values = collect(command, read);
      if (!group) {
        if (read.rest.length > 0) {
          misuse(`Got unexpected extra argument${read.rest.length > 1 ? "s" : ""} (${read.rest.join(" ")})`);
        }
        return { type: "run", command: names, main, values };
      }
      if (path.length === 1) main = values;
      const name = read.rest[0] ?? misuse("Missing command.");
      const next = find(command, name);
      if (next === undefined) {
        misuse(`No such command '${name}'.${commandMeant(command, name)}`);
      }
      names.push(name);
      path.push(next as Command);
      rest = read.rest.slice(1);
    }
  } catch (cause) {
    if (!(cause instanceof Misused)) throw cause;
    return { type: "misuse", error: { path, message: cause.message } };
  }
}
