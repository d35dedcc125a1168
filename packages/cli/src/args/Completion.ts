/**
 * Shell completion: the words before the cursor and the beginning of the one at it, to candidates.
 *
 * The shell calls `bst` with `_BST_COMPLETION` in the environment, the line in `COMP_WORDS` and the index of the word in `COMP_CWORD`. A
 * candidate that ends a word carries a trailing blank, since the shell is told to add none; a directory ends in a slash instead. Bash
 * splits `--deps=a` at the equals sign, so `=` may come as a word of its own. The words are read leniently: what cannot be parsed offers what can still be told.
 */
import * as CompletionPaths from "./CompletionPaths.ts";
import * as Parse from "./Parse.ts";
import { type Argument, type Command, find, type Option, type ValueType } from "./Specification.ts";

/** What completion must look up outside the line. */
export interface Lookups {
  /** Elements of the project: paths below its element directory; `words` may name its directory. */
  readonly elements: (words: readonly string[], incomplete: string) => readonly string[];
  /** Names of artifacts in the local cache; `words` may name a configuration file. */
  readonly artifacts: (words: readonly string[]) => readonly string[];
}

const wordBreak = "=";

/** All candidates for the word at `cursor` of a line (which includes the program's name). */
export function candidates(root: Command, line: string, cursor: number, lookups: Lookups): readonly string[] {
  const all = splitWords(line);
  const words = all.slice(1, cursor);
  let incomplete = cursor > 0 ? (all[cursor] ?? "") : (all[0] ?? "");
  const place = descend(root, words);
  if (place === undefined) return [];
  const before = [...words];
  if (incomplete.startsWith("-") && incomplete.includes(wordBreak)) {
    const at = incomplete.indexOf(wordBreak);
    before.push(incomplete.slice(0, at));
    incomplete = incomplete.slice(at + 1);
  } else if (incomplete === wordBreak) {
    incomplete = "";
  }
  return offers(place, before, incomplete, root, lookups).filter((candidate) => candidate.startsWith(incomplete));
}

interface Position {
  readonly command: Command;
  readonly level: Parse.Level;
}

function descend(root: Command, words: readonly string[]): Position | undefined {
  let command = root;
  let level = Parse.level(command, words, true);
  while (level.rest.length > 0) {
    const next = find(command, level.rest[0] as string);
    if (next === undefined) return undefined;
    const rest = level.rest.slice(1);
    command = next;
    level = Parse.level(command, rest, true);
  }
  return { command, level };
}

function offers(
  place: Position,
  before: readonly string[],
  incomplete: string,
  root: Command,
  lookups: Lookups,
): readonly string[] {
  const { command, level } = place;
  const options = command.options.filter((option) => !option.hidden && !option.extension && option.answers !== "help");
  if (incomplete.startsWith("-")) {
    return options.flatMap((option) =>
      [...option.flags, ...option.negative]
        .filter((name) => option.multiple || !before.includes(name))
        .map((name) => `${name} `),
    );
  }
  const waiting = options.find((option) => awaitsValue(option, before));
  if (waiting !== undefined) {
    const type = waiting.values[0] as ValueType;
    return waiting.name === "except" ? lookups.elements(before, incomplete) : ofType(type, incomplete);
  }
  const open = command.arguments.findIndex(
    (argument, index) => argument.many || (level.arguments[index] ?? []).length === 0,
  );
  if (open !== -1) return ofArgument(command.arguments[open] as Argument, before, incomplete, root, lookups);
  return names(command, incomplete);
}

/** Commands that BuildStream does not have are offered where none of its own is meant. */
function names(command: Command, incomplete: string): readonly string[] {
  const theirs = command.commands.filter(({ extension }) => extension !== true);
  const meant = theirs.some(({ name }) => name.startsWith(incomplete));
  return (meant ? theirs : command.commands).map(({ name }) => `${name} `);
}

/** Whether the last option on the line is this one and still takes a value. */
function awaitsValue(option: Option, before: readonly string[]): boolean {
  const count = option.values.length;
  if (count === 0) return false;
  const tail = before
    .filter((word) => word !== wordBreak)
    .slice(-count)
    .reverse();
  const last = tail.filter((word) => word.startsWith("-")).pop();
  return last !== undefined && option.flags.includes(last);
}

function ofType(type: ValueType, incomplete: string): readonly string[] {
  switch (type.type) {
    case "choice":
      return type.choices.map((choice) => `${choice} `);
    case "path":
      return CompletionPaths.complete(incomplete, ".", type.accepts === "directory");
    case "output":
      return CompletionPaths.complete(incomplete, ".", false);
    case "text":
    case "integer":
    case "remote":
      return [];
  }
}

function ofArgument(
  argument: Argument,
  before: readonly string[],
  incomplete: string,
  root: Command,
  lookups: Lookups,
): readonly string[] {
  switch (argument.completes) {
    case "elements":
      return lookups.elements(before, incomplete);
    case "artifacts":
      return [...lookups.elements(before, incomplete), ...lookups.artifacts(before)];
    case "commands": {
      let command: Command | undefined = root;
      for (const name of before.slice(1)) command = command === undefined ? undefined : find(command, name);
      return command === undefined ? [] : names(command, incomplete);
    }
    case "type":
      return ofType(argument.value, incomplete);
  }
}

/** Splits a line at blanks as a shell does, with quotes and backslashes; an open quote ends with the line. */
export function splitWords(line: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < line.length; at++) {
    const character = line[at] as string;
    if (quote === "" && /\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (quote === "" && (character === "'" || character === '"')) {
      quote = character;
      word ??= "";
    } else if (character === quote) {
      quote = "";
    } else if (character === "\\" && quote !== "'") {
      at++;
      word = (word ?? "") + (line[at] ?? "");
    } else {
      word = (word ?? "") + character;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}
