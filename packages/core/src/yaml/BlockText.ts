/**
 * Values as YAML text, laid out as BuildStream's reports have it, since scripts read them: block style, sequences not indented below
 * their key, everything plain that can be, an empty text as nothing.
 *
 * Every scalar is a text. One that a reader would not give back goes into single quotes, or into double quotes when it holds a line break, a
 * single quote or a character that cannot be printed. A key of several lines, or a very long one, is written behind a question mark.
 */
import type { Node } from "./Node.ts";

/** What can be written; mappings keep their order. */
export type Value = string | readonly Value[] | ReadonlyMap<string, Value>;

/** From this length on a key is no longer a simple one for the writer that this follows; YAML itself allows 1024. */
const longestKey = 123;
const blank = /[\0 \t\r\n\u0085\u2028\u2029]/;
const unprintable = /[^\n\x20-\x7e\u0085\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u;
const lineBreak = /[\n\u0085\u2028\u2029]/;
const escapes: Readonly<Record<string, string>> = {
  "\0": "0",
  "\x07": "a",
  "\b": "b",
  "\t": "t",
  "\n": "n",
  "\v": "v",
  "\f": "f",
  "\r": "r",
  "\x1b": "e",
  '"': '"',
  "\\": "\\",
  "\u0085": "N",
  "\u2028": "L",
  "\u2029": "P",
};

/** A node as a value. */
export function fromNode(node: Node): Value {
  switch (node.type) {
    case "scalar":
      return node.value;
    case "sequence":
      return node.items.map(fromNode);
    case "mapping":
      return new Map([...node.entries].map(([key, value]) => [key, fromNode(value)] as const));
  }
}

/** The text of a value, with a final newline. */
export function dump(value: Value): string {
  const lines: string[] = [];
  write(value, "", "", lines);
  return lines.map((line) => `${line}\n`).join("");
}

/** Appends a value whose first line begins with `first`, and whose other lines begin with `indent`. */
function write(value: Value, first: string, indent: string, lines: string[]): void {
  if (typeof value === "string") {
    lines.push(value === "" && first.endsWith(": ") ? first.slice(0, -1) : first + scalar(value));
  } else if (isMapping(value)) {
    if (value.size === 0) lines.push(`${first}{}`);
    let start = first;
    for (const [key, item] of value) {
      writeEntry(start, key, item, indent, lines);
      start = indent;
    }
  } else {
    if (value.length === 0) lines.push(`${first}[]`);
    let start = first;
    for (const item of value) {
      write(item, `${start}- `, `${indent}  `, lines);
      start = indent;
    }
  }
}

function writeEntry(start: string, key: string, item: Value, indent: string, lines: string[]): void {
  const complex = lineBreak.test(key) || [...key].length >= longestKey;
  const name = key === "" ? "''" : scalar(key);
  if (complex) {
    lines.push(`${start}? ${name}`);
    write(item, `${indent}: `, `${indent}  `, lines);
  } else if (isMapping(item) && item.size > 0) {
    lines.push(`${start}${name}:`);
    write(item, `${indent}  `, `${indent}  `, lines);
  } else if (Array.isArray(item) && item.length > 0) {
    lines.push(`${start}${name}:`);
    write(item, indent, indent, lines);
  } else {
    write(item, `${start}${name}: `, indent, lines);
  }
}

function isMapping(value: Value): value is ReadonlyMap<string, Value> {
  return value instanceof Map;
}

function scalar(text: string): string {
  if (text === "" || isPlain(text)) return text;
  if (/['\n]/.test(text) || lineBreak.test(text) || unprintable.test(text)) return doubleQuoted(text);
  return `'${text}'`;
}

/** Whether a reader of block-style YAML gives the text back as it is. */
function isPlain(text: string): boolean {
  if (text.startsWith("---") || text.startsWith("...")) return false;
  if (text.startsWith(" ") || text.endsWith(" ")) return false;
  if (lineBreak.test(text) || unprintable.test(text)) return false;
  if (/^[#,[\]{}&*!|>'"%@`]/.test(text)) return false;
  if (/^[?:-]/.test(text) && (text.length === 1 || blank.test(text[1] as string))) return false;
  return !/:(\s|$)/u.test(text) && !/\s#/u.test(text);
}

function doubleQuoted(text: string): string {
  let quoted = "";
  for (const character of text) {
    const short = escapes[character];
    if (short !== undefined) quoted += `\\${short}`;
    else if (!unprintable.test(character)) quoted += character;
    else quoted += numeric(character.codePointAt(0) as number);
  }
  return `"${quoted}"`;
}

function numeric(code: number): string {
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}
