/** Pieces that edits of a YAML text are made of: where lines and columns are, and a scalar written as the one before it was. */
import * as Dump from "./Dump.ts";
import { styleOf } from "./DumpScalar.ts";

/** One replacement of a stretch of text. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A scalar in the style of the one it replaces. */
export function likeBefore(text: string, before: string): string {
  const style = styleOf(text, false);
  if (style !== "double" && before.startsWith("'")) return `'${text.replaceAll("'", "''")}'`;
  if (before.startsWith('"')) return /["\\]|[^ -~]/.test(text) ? Dump.dumpAt(text, 0) : `"${text}"`;
  return text === "" ? "''" : Dump.dumpAt(text, 0);
}

/** The column of a position. */
export const columnOf = (text: string, at: number): number => at - (text.lastIndexOf("\n", at - 1) + 1);

/** The start of the line break that ends the line of a position, or the end of the text. */
export function lineEnd(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  if (end === -1) return text.length;
  return text[end - 1] === "\r" && end > at ? end - 1 : end;
}

/** The text with edits that do not overlap; of those at one place, the first comes first. Line breaks become those of the text. */
export function apply(text: string, edits: readonly Edit[]): string {
  const isWindows = text.includes("\r\n");
  let result = "";
  let at = 0;
  for (const edit of edits.toSorted((one, other) => one.start - other.start)) {
    result += text.slice(at, edit.start) + (isWindows ? edit.text.replaceAll("\n", "\r\n") : edit.text);
    at = edit.end;
  }
  return result + text.slice(at);
}
