/**
 * How one text is written in a dump: plain where nothing in it could be misread, else in double quotes when it holds a `'` or a line break or something
 * unprintable, else in single quotes. Lines wrap only beyond {@link width} columns, at rules that differ by style.
 */

/** The column beyond which a line wraps, when it can. */
export const width = 9999;

type Style = "plain" | "single" | "double";

const isBreak = (character: string): boolean =>
  character === "\n" || character === "\x85" || character === "\u2028" || character === "\u2029";

const unprintable = /[^\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u;
const anyBreak = /[\n\x85\u2028\u2029]/;
const breakThenSpace = /[\n\x85\u2028\u2029] /;
const spaceThenBreak = / [\n\x85\u2028\u2029]/;
const indicator =
  /^(?:---|\.\.\.|[#,[\]{}&*!|>'"%@`]|[?:-](?:[\0 \t\r\n\x85\u2028\u2029]|$))|:(?:[\0 \t\r\n\x85\u2028\u2029]|$)|[\0 \t\r\n\x85\u2028\u2029]#/;
const quotableInDouble = /['\n]/;

/** The style of a text; a key that must stay on one line cannot be empty plain. */
export function styleOf(text: string, isKey: boolean): Style {
  if (text === "") return isKey ? "single" : "plain";
  const special = unprintable.test(text);
  const breaks = anyBreak.test(text);
  const edge = (at: number): boolean => text[at] === " " || isBreak(text[at] as string);
  const spaced = breaks && (breakThenSpace.test(text) || spaceThenBreak.test(text));
  const plain = !special && !breaks && !edge(0) && !edge(text.length - 1) && !indicator.test(text);
  if (plain) return "plain";
  if (quotableInDouble.test(text) || special || spaced) return "double";
  return "single";
}

const shortEscapes: ReadonlyMap<string, string> = new Map([
  ["\0", "0"],
  ["\x07", "a"],
  ["\b", "b"],
  ["\t", "t"],
  ["\n", "n"],
  ["\v", "v"],
  ["\f", "f"],
  ["\r", "r"],
  ["\x1b", "e"],
  ['"', '"'],
  ["\\", "\\"],
  ["\x85", "N"],
  ["\xa0", "_"],
  ["\u2028", "L"],
  ["\u2029", "P"],
]);
const needsEscape = /["\\\x85\u2028\u2029\ufeff]|[^\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const needsEscapeEverywhere = new RegExp(needsEscape.source, "gu");

function escapeOf(character: string): string {
  const short = shortEscapes.get(character);
  if (short !== undefined) return `\\${short}`;
  const code = character.codePointAt(0) as number;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

/** Output with a cursor; columns are code points. */
export class ScalarWriter {
  readonly #parts: string[] = [];
  #column = 0;

  /** What was written. */
  text(): string {
    return this.#parts.join("");
  }

  /** Writes text without line breaks; the column counts its UTF-16 units, which only matters at the edge of the width. */
  write(text: string): void {
    this.#parts.push(text);
    this.#column += text.length;
  }

  newLine(indent: number): void {
    this.#parts.push("\n", " ".repeat(indent));
    this.#column = indent;
  }

  /** A key on one line. */
  key(text: string): void {
    const style = styleOf(text, true);
    if (style === "plain") this.write(text);
    else if (style === "single") this.write(`'${text.replaceAll("'", "''")}'`);
    else this.write(`"${text.replace(needsEscapeEverywhere, escapeOf)}"`);
  }

  /** A value; `indent` is the column of its further lines. */
  scalar(text: string, indent: number, split: boolean): void {
    const style = styleOf(text, false);
    const fits = this.#column + 10 * text.length + 2 <= width || !split;
    if (style === "plain") {
      if (fits) this.write(text);
      else this.#wrapPlain(text, indent);
    } else if (style === "single") {
      // Line breaks other than \n are the only ones that reach this style.
      if (fits && !anyBreak.test(text)) this.write(`'${text.replaceAll("'", "''")}'`);
      else this.#wrapSingle(text, indent);
    } else if (fits) this.write(`"${text.replace(needsEscapeEverywhere, escapeOf)}"`);
    else this.#wrapDouble(text, indent);
  }

  /** Words keep together; a wrap replaces one blank, and a word that would cross the edge starts a line. */
  #wrapPlain(text: string, indent: number): void {
    for (const [index, piece] of text.split(/( +)/).entries()) {
      const length = [...piece].length;
      if (index % 2 === 1) {
        if (length === 1 && this.#column >= width) this.newLine(indent);
        else this.#put(piece, length);
      } else {
        if (length + this.#column > width && this.#column > indent) this.newLine(indent);
        this.#put(piece, length);
      }
    }
  }

  #wrapSingle(text: string, indent: number): void {
    this.#put("'", 1);
    const pieces = text.split(/( +|[\n\x85\u2028\u2029]+)/);
    let at = 0;
    for (const [index, piece] of pieces.entries()) {
      const start = at;
      at += piece.length;
      if (index % 2 === 0) {
        const quoted = piece.replaceAll("'", "''");
        this.#put(quoted, [...quoted].length);
      } else if (piece.startsWith(" ")) {
        if (piece.length === 1 && this.#column > width && start !== 0 && at !== text.length) this.newLine(indent);
        else this.#put(piece, piece.length);
      } else {
        if (piece.startsWith("\n")) this.#parts.push("\n");
        this.#parts.push(piece);
        this.#parts.push(" ".repeat(indent));
        this.#column = indent;
      }
    }
    this.#put("'", 1);
  }

  /** Wraps before a blank or behind an escape, with a backslash at the end of the line unless the wrap itself reads as that blank. */
  #wrapDouble(text: string, indent: number): void {
    const characters = [...text];
    const length = characters.length;
    const blankFrom = nextOf(characters, " ");
    const breakFrom = nextOf(characters, "\n");
    const quoteFrom = nextOf(characters, "'", '"');
    let start = 0;
    this.#put('"', 1);
    for (let at = 0; at <= length; at++) {
      const character = characters[at];
      if (character === undefined || needsEscape.test(character)) {
        if (start < at) {
          this.#put(characters.slice(start, at).join(""), at - start);
          start = at;
        }
        if (character !== undefined) {
          const escaped = escapeOf(character);
          this.#put(escaped, escaped.length);
          start = at + 1;
        }
      }
      const mayWrap = at > 0 && at < length - 1 && (character === " " || start >= at);
      if (!mayWrap || this.#column + (at - start) <= width) continue;
      let backslash = true;
      const blank = blankFrom[at] as number;
      if (blank < length) {
        const lineBreak = breakFrom[at] as number;
        const position = Math.min(lineBreak, blank);
        const next = characters[position + 1];
        const afterBreak = characters[position] === "\n" && next !== undefined && next !== " ";
        if (
          !afterBreak &&
          (quoteFrom[at] as number) >= position &&
          next !== undefined &&
          next !== " " &&
          next !== "\n" &&
          !(characters[at - 1] === " " && character === " ") &&
          start !== at
        ) {
          backslash = false;
        }
      }
      const piece = characters.slice(start, at).join("") + (backslash ? "\\" : "");
      if (start < at) start = at;
      this.#put(piece, 0);
      this.newLine(indent);
      if (characters[start] === " ") {
        if (backslash) this.#put("\\", 1);
        else start++;
      }
    }
    this.#put('"', 1);
  }

  #put(text: string, columns: number): void {
    this.#parts.push(text);
    this.#column += columns;
  }
}

/** For every position, where one of `wanted` comes next (there or later); the length when none does. */
function nextOf(characters: readonly string[], ...wanted: readonly string[]): Int32Array {
  const result = new Int32Array(characters.length + 1);
  let next = characters.length;
  result[characters.length] = next;
  for (let at = characters.length - 1; at >= 0; at--) {
    if (wanted.includes(characters[at] as string)) next = at;
    result[at] = next;
  }
  return result;
}
