/**
 * Commands that run together in one sandbox, as the one shell script that BuildStream makes of them.
 *
 * Each command runs in a subshell that shows what it runs and stops at the first failure; a command that fails names itself by its label and
 * ends the script. Working directory and environment of the first command are the sandbox's own; where a later one differs, lines in between say so.
 */
import type { Command } from "@millrace/core/plan/Plan";

/** What a batch does, in order. */
export type Item =
  | {
      readonly type: "command";
      readonly argv: readonly string[];
      readonly label: string;
      readonly cwd: string;
      /** Without `PWD`, which is always the working directory. */
      readonly environment: Readonly<Record<string, string>>;
    }
  /** An empty file in the working directory. */
  | { readonly type: "touch"; readonly name: string }
  /** A directory removed at the end; that it cannot be is no failure. */
  | { readonly type: "clean"; readonly path: string };

export interface Batch {
  readonly script: string;
  /** Run instead of a shell with the script, and not shown as an activity: one command by itself. */
  readonly argv?: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The labels of all commands, a line each: what the log says is run. */
  readonly detail: string;
}

/** The script of a batch; undefined when nothing in it is a command. */
export function make(items: readonly Item[]): Batch | undefined {
  const first = items.find((item) => item.type === "command");
  if (first === undefined) return undefined;
  let script = "";
  let cwd = first.cwd;
  let environment = environmentOf(first);
  let begun = false;
  for (const item of items) {
    if (item.type === "touch") script += `touch -- ${quote(item.name)}\n`;
    else if (item.type === "clean") {
      script += `rm -rf -- ${quote(item.path)} || true\n`;
      // What is captured afterwards has the working directory in it.
      if (begun) script += `mkdir -p ${quote(first.cwd)} || true\n`;
    } else {
      const next = environmentOf(item);
      if (item.cwd !== cwd) script += `mkdir -p ${item.cwd}\ncd ${item.cwd}\n`;
      for (const name of Object.keys(environment)) if (!(name in next)) script += `unset ${name}\n`;
      for (const [name, value] of Object.entries(next))
        if (environment[name] !== value) script += `export ${name}=${quote(value)}\n`;
      const line = item.argv.map(quote).join(" ");
      const label = quote(`'${item.label === "" ? line : item.label}'`);
      script += `(set -ex; ${line}) || (echo Command ${label} failed with exitcode $? >&2 ; exit 1)\n`;
      begun = true;
      cwd = item.cwd;
      environment = next;
    }
  }
  const detail = items.flatMap((item) => (item.type === "command" && item.label !== "" ? [item.label] : [])).join("\n");
  return { script, cwd: first.cwd, environment: first.environment, detail };
}

function environmentOf(item: Item & { readonly type: "command" }): Readonly<Record<string, string>> {
  return { ...item.environment, PWD: item.cwd };
}

/** A text as one word of a shell, by Python's rules: left alone when nothing in it is special. */
export function quote(text: string): string {
  if (text === "") return "''";
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}

/** A command of a plan with the plan's defaults. */
export function command(
  { argv, label, cwd, environment }: Command,
  defaults: { readonly cwd: string; readonly environment: Readonly<Record<string, string>> },
): Item {
  return { type: "command", argv, label, cwd: cwd ?? defaults.cwd, environment: environment ?? defaults.environment };
}
