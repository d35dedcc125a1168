/**
 * The manual as `man` reads it: one page a command, from the same table as the help pages. Written when the package is built, so that
 * `npm install -g` brings them.
 */
import * as Help from "./Help.ts";
import type { Command } from "./Specification.ts";

/** Text for the formatter: backslashes and dashes are themselves, and no line begins with one of its requests. */
function text(plain: string): string {
  return plain
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replace(/^([.'])/gm, "\\&$1");
}

/** A text in which `this` is set in bold. */
function marked(plain: string): string {
  return text(plain).replaceAll(/`([^`]*)`/g, "\\fB$1\\fP");
}

function paragraph(written: string): string {
  if (!written.startsWith("\n")) return `.PP\n${marked(written.replaceAll(/\s*\n\s*/g, " "))}\n`;
  return `.PP\n.nf\n${text(written.slice(1))}\n.fi\n`;
}

function section(title: string, body: string): string {
  return body === "" ? "" : `.SH ${title}\n${body}`;
}

function entries(rows: readonly (readonly [string, string])[]): string {
  return rows.map(([name, meaning]) => `.TP\n\\fB${text(name)}\\fP\n${marked(meaning)}\n`).join("");
}

/** The file that holds a command's page, e.g. `bst-source-fetch.1`. */
function fileOf(path: readonly Command[]): string {
  return `${path.map(({ name }) => name).join("-")}.1`;
}

/** The page of a command. `version` is that of the package. */
export function page(path: readonly Command[], version: string): string {
  const command = path[path.length - 1] as Command;
  const name = path.map((part) => part.name).join("-");
  const [, ...paragraphs] = command.description;
  const options = command.options
    .filter((option) => !option.hidden)
    .map((option) => [Help.optionNames(option), Help.optionHelp(option)] as const);
  const commands = command.commands.map((child) => [`${name}-${child.name}(1)`, child.summary] as const);
  const parents = path.slice(0, -1).map((_, at) => `${fileOf(path.slice(0, at + 1)).slice(0, -2)}(1)`);
  const also = [...parents, ...commands.map(([page]) => page)].map((page) => `.BR ${text(page).replace("(", " (")}`);
  return [
    `.TH "${name.toUpperCase()}" "1" "" "Millrace ${version}" "BuildStream projects"\n`,
    section("NAME", `${text(name)} \\- ${text(command.summary)}\n`),
    section("SYNOPSIS", `.B ${path.map((part) => part.name).join(" ")}\n${text(Help.synopsis(command))}\n`),
    section(
      "DESCRIPTION",
      `${marked(command.description[0] ?? command.summary)}\n${paragraphs.map(paragraph).join("")}`,
    ),
    section("OPTIONS", entries(options)),
    section("COMMANDS", entries(commands)),
    section("SEE ALSO", also.length === 0 ? "" : `${also.join(" ,\n")}\n`),
  ].join("");
}

/** All pages by file name. */
export function all(root: Command, version: string): ReadonlyMap<string, string> {
  const pages = new Map<string, string>();
  const add = (path: readonly Command[]): void => {
    pages.set(fileOf(path), page(path, version));
    for (const child of (path[path.length - 1] as Command).commands) add([...path, child]);
  };
  add([root]);
  return pages;
}
