/** Lines, indentation and aligned columns, as BuildStream's reports have them. */
import * as Style from "./Style.ts";

/** General indentation of everything below a title. */
export const indent = "    ";

/** The text's lines with their ends; any line end of Unicode counts, as in the reports this must equal. */
export function splitLines(text: string): readonly string[] {
  return (
    text.match(
      /[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]*(?:\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])|[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+$/g,
    ) ?? []
  );
}

/** Sequences that speak to a terminal: CSI, OSC and the like (to their end), and single ones. */
const sequences = /\u001b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[ -/]*[0-~])/g;

/** The text without what would speak to a terminal; other control characters are made visible, line ends and tabs stay. */
export function harmless(text: string): string {
  return text
    .replace(sequences, "")
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f]/g, "\ufffd");
}

/** Every line that is not blank, indented. */
export function indentLines(text: string, by: string): string {
  return splitLines(text)
    .map((line) => (line.trim() === "" ? line : by + line))
    .join("");
}

export interface ValueOptions {
  /** Whether keys are values themselves (names of plugins). */
  readonly styleKey?: boolean;
  /** False when values bring their own style. */
  readonly styleValue?: boolean;
  /** Steps of indentation, 1 by default. */
  readonly depth?: number;
}

/** `key: value` lines, values aligned; a value of several lines goes below its key. */
export function values(
  paint: Style.Paint,
  entries: readonly (readonly [string, string])[],
  options: ValueOptions = {},
): string {
  const { styleKey = false, styleValue = true, depth = 1 } = options;
  const margin = indent.repeat(depth);
  const width = entries.reduce((most, [key]) => Math.max(most, key.length), 0);
  let text = "";
  for (const [key, value] of entries) {
    text += margin + paint(key, styleKey ? Style.content : Style.format) + paint(":", Style.format);
    if (value.includes("\n")) text += `\n${indentLines(value, margin)}`;
    else text += ` ${" ".repeat(width - key.length)}${styleValue ? paint(value, Style.content) : value}\n`;
  }
  return text;
}

/** A list with `*` bullets; further lines of a value are indented below its first. */
export function bullets(paint: Style.Paint, entries: readonly string[], depth: number): string {
  const margin = indent.repeat(depth);
  const bullet = paint(`${margin.slice(0, -2)}* `, Style.format);
  return entries
    .map((entry) => `${bullet}${paint(entry.replaceAll("\n", `\n${margin}`).trim(), Style.content)}\n`)
    .join("");
}
