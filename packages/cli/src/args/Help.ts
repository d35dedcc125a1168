/**
 * Help pages, in the layout that BuildStream's users know: usage line, description, options and commands in two columns, 80 characters wide at
 * most (scripts compare such pages across versions, and completion generators read them).
 */
import { argumentName } from "./Parse.ts";
import type { Command, Option, ValueType } from "./Specification.ts";
import { commandName, type UsageError } from "./UsageError.ts";

const widest = 80;
const narrowest = 50;
const firstColumn = 30;

/** How wide help may be on a terminal with so many columns. */
function lineWidth(columns: number): number {
  return Math.max(Math.min(columns, widest) - 2, narrowest);
}

/** Breaks words into lines of at most `width` characters, all but the first indented by `indent`. */
export function wrap(text: string, width: number, first: string, indent: string): string {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(/\s+/).filter((piece) => piece !== "")) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent + word;
    } else {
      line += empty ? word : ` ${word}`;
    }
    empty = false;
  }
  lines.push(line);
  return lines.join("\n");
}

/** What may follow a command's name. */
export function synopsis(command: Command): string {
  const pieces = command.options.length > 0 || command.name === "help" ? ["[OPTIONS]"] : [];
  if (command.commands.length > 0) pieces.push("COMMAND [ARGS]...");
  pieces.push(...command.arguments.map(argumentName));
  return pieces.join(" ");
}

function usage(path: readonly Command[], width: number): string {
  const start = `Usage: ${commandName(path)} `;
  return wrap(synopsis(path[path.length - 1] as Command), width, start, " ".repeat(start.length));
}

function typeName(type: ValueType): string {
  switch (type.type) {
    case "text":
      return "TEXT";
    case "integer":
      return "INTEGER";
    case "choice":
      return `[${type.choices.join("|")}]`;
    case "path":
      return { file: "FILE", directory: "DIRECTORY", any: "PATH" }[type.accepts];
    case "output":
      return "FILENAME";
    case "remote":
      return "REMOTE";
  }
}

/** Names and values of an option, as help shows them. */
export function optionNames(option: Option): string {
  const byDashes = [...option.flags].sort((left, right) => dashes(left) - dashes(right));
  const value = option.metavar ?? option.values.map(typeName).join(" ");
  const names = byDashes.join(", ") + (value === "" ? "" : ` ${value}`);
  return option.negative.length > 0 ? `${names} / ${option.negative.join(", ")}` : names;
}

function dashes(name: string): number {
  return name.startsWith("--") ? 2 : 1;
}

/** What help says of an option. */
export function optionHelp(option: Option): string {
  return option.default === undefined ? option.help : `${option.help}  [default: ${option.default}]`;
}

function columns(rows: readonly (readonly [string, string])[], width: number): string {
  const widths = rows.map(([first]) => first.length);
  const column = Math.min(Math.max(...widths), firstColumn) + 2;
  const indent = " ".repeat(column + 2);
  return rows
    .map(([first, second]) => {
      if (second === "") return `  ${first}`;
      const start = first.length <= column - 2 ? `  ${first.padEnd(column)}` : `  ${first}\n${indent}`;
      return start + wrap(second, width, indent, indent).slice(indent.length);
    })
    .join("\n");
}

/** The help page of a command, with a final newline. `terminalColumns` is the width of the terminal, 80 when there is none. */
export function page(path: readonly Command[], terminalColumns: number): string {
  const width = lineWidth(terminalColumns);
  const command = path[path.length - 1] as Command;
  const sections = [usage(path, width)];
  for (const paragraph of command.description) {
    sections.push(
      paragraph.startsWith("\n")
        ? paragraph
            .slice(1)
            .split("\n")
            .map((line) => `  ${line}`)
            .join("\n")
        : wrap(paragraph, width, "  ", "  "),
    );
  }
  const options = command.options.filter((option) => !option.hidden);
  if (options.length > 0) {
    const rows = options.map((option) => [optionNames(option), optionHelp(option)] as const);
    sections.push(`Options:\n${columns(rows, width)}`);
  }
  if (command.commands.length > 0) {
    sections.push(
      `Commands:\n${columns(
        command.commands.map((child) => [child.name, child.summary] as const),
        width,
      )}`,
    );
  }
  return `${sections.join("\n\n")}\n`;
}

/** What is printed for a command line that cannot be understood. */
export function misuse(error: UsageError, terminalColumns: number): string {
  const name = commandName(error.path);
  const command = error.path[error.path.length - 1] as Command;
  const hint = command.name === "help" ? "" : `Try '${name} --help' for help.\n`;
  return `${usage(error.path, lineWidth(terminalColumns))}\n${hint}\nError: ${error.message}\n`;
}
