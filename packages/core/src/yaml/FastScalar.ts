/**
 * Scalars of the direct reader: how each style is scanned and what text it means, and the steps over what lies between tokens.
 *
 * Every function moves a {@link Cursor} and works on UTF-16 offsets. `giveUp` leaves the text to the complete reader; `refuse` says that libyaml is known to refuse it.
 */

import * as LineBreaks from "./LineBreaks.ts";

/** Where the reader is. */
export interface Cursor {
  /** What is walked: each line break is a `\n`. */
  readonly text: string;
  /** What was written, as long as `text`; it differs only by the breaks of `LineBreaks.ts`. */
  readonly written: string;
  readonly end: number;
  at: number;
  /** The offset of the first character of the line of `at`. */
  lineStart: number;
  /** How many collections are open, and how many of them are flow collections. */
  depth: number;
  flowDepth: number;
}

/** Thrown to leave the reader; never leaves `FastRead.read`. */
export class GiveUp {
  readonly offset: number;
  readonly problem: string;
  readonly certain: boolean;
  constructor(offset: number, problem: string, certain: boolean) {
    this.offset = offset;
    this.problem = problem;
    this.certain = certain;
  }
}

/** Whether a blank, a line break or the end of the text stands there. */
export const isBlankOrEnd = (unit: number): boolean =>
  unit === 0x20 || unit === 0x0a || unit === 0x09 || Number.isNaN(unit);
/** Whether a character ends a plain scalar in a flow collection. */
const isFlowIndicator = (unit: number): boolean =>
  unit === 0x2c || unit === 0x5b || unit === 0x5d || unit === 0x7b || unit === 0x7d;

const simpleEscapes: ReadonlyMap<string, string> = new Map([
  ["0", "\0"],
  ["a", "\x07"],
  ["b", "\b"],
  ["t", "\t"],
  ["\t", "\t"],
  ["n", "\n"],
  ["v", "\v"],
  ["f", "\f"],
  ["r", "\r"],
  ["e", "\x1b"],
  [" ", " "],
  ['"', '"'],
  ["/", "/"],
  ["\\", "\\"],
  ["N", "\x85"],
  ["_", "\xa0"],
  ["L", "\u2028"],
  ["P", "\u2029"],
]);

/** Leaves the text to the complete reader. */
export function giveUp(cursor: Cursor, problem: string): never {
  throw new GiveUp(cursor.at, problem, false);
}

/** Leaves with a problem that libyaml is known to have. */
export function refuse(cursor: Cursor, problem: string, at: number = cursor.at): never {
  throw new GiveUp(at, problem, true);
}

/** Moves to the next token, over blanks, comments and line breaks; true when a line break was crossed. */
export function skip(cursor: Cursor): boolean {
  let crossed = false;
  while (cursor.at < cursor.end) {
    const unit = cursor.text.charCodeAt(cursor.at);
    if (unit === 0x20) cursor.at++;
    else if (unit === 0x0a) {
      cursor.at++;
      cursor.lineStart = cursor.at;
      crossed = true;
    } else if (unit === 0x23) {
      const before = cursor.at === 0 ? 0x0a : cursor.text.charCodeAt(cursor.at - 1);
      if (before !== 0x20 && before !== 0x0a) giveUp(cursor, "a comment must be separated by a blank");
      const lineEnd = cursor.text.indexOf("\n", cursor.at);
      cursor.at = lineEnd === -1 ? cursor.end : lineEnd;
    } else if (unit === 0x09) {
      if ((crossed || cursor.depth === 0) && cursor.flowDepth === 0)
        refuse(cursor, "a tab stands where a line begins; indent with blanks");
      // Elsewhere a tab is harmless when nothing follows it.
      let ahead = cursor.at;
      while (cursor.text.charCodeAt(ahead) === 0x09 || cursor.text.charCodeAt(ahead) === 0x20) ahead++;
      const next = cursor.text.charCodeAt(ahead);
      if (next !== 0x0a && !Number.isNaN(next)) giveUp(cursor, "a tab is not allowed here");
      cursor.at = ahead;
    } else break;
  }
  if (crossed && cursor.at === cursor.lineStart && cursor.at < cursor.end) refuseMarker(cursor);
  return crossed;
}

/** Gives up where a line begins with a document marker. */
export function refuseMarker(cursor: Cursor): void {
  const unit = cursor.text.charCodeAt(cursor.at);
  if (unit !== 0x2d && unit !== 0x2e) return;
  const next = cursor.text.slice(cursor.at, cursor.at + 3);
  if ((next === "---" || next === "...") && isBlankOrEnd(cursor.text.charCodeAt(cursor.at + 3)))
    giveUp(cursor, "a document marker");
}

/** Whether a key's colon stands at `at`. */
export function atColon(cursor: Cursor): boolean {
  return cursor.text.charCodeAt(cursor.at) === 0x3a && isBlankOrEnd(cursor.text.charCodeAt(cursor.at + 1));
}

/** The text of a double-quoted scalar with escapes or line breaks; `at` stands behind the opening quote. */
function doubleQuoted(cursor: Cursor, opening: number = cursor.at - 1): string {
  let result = "";
  let run = cursor.at;
  while (true) {
    if (cursor.at >= cursor.end) refuse(cursor, "the quotes that begin here are not closed", opening);
    const unit = cursor.text.charCodeAt(cursor.at);
    if (unit === 0x22) {
      result += cursor.text.slice(run, cursor.at++);
      return result;
    }
    if (unit === 0x5c) {
      result += cursor.text.slice(run, cursor.at);
      const letter = cursor.text.charAt(cursor.at + 1);
      const simple = simpleEscapes.get(letter);
      if (simple !== undefined) {
        result += simple;
        cursor.at += 2;
      } else if (letter === "\n") {
        cursor.at += 2;
        cursor.lineStart = cursor.at;
        const start = cursor.at;
        while (cursor.at < cursor.end) {
          const blank = cursor.text.charCodeAt(cursor.at);
          if (blank === 0x0a) {
            cursor.at++;
            cursor.lineStart = cursor.at;
          } else if (blank === 0x20 || blank === 0x09) cursor.at++;
          else break;
        }
        if (cursor.at === cursor.lineStart) refuseMarker(cursor);
        result += LineBreaks.breaksOf(cursor.written.slice(start, cursor.at));
      } else {
        const digits =
          letter === "x" ? 2 : letter === "u" ? 4 : letter === "U" ? 8 : giveUp(cursor, "an unknown escape");
        const code = cursor.text.slice(cursor.at + 2, cursor.at + 2 + digits);
        if (!/^[0-9a-fA-F]+$/.test(code) || code.length !== digits) giveUp(cursor, "an escape without its digits");
        const point = Number.parseInt(code, 16);
        if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) giveUp(cursor, "an escape of no character");
        result += String.fromCodePoint(point);
        cursor.at += 2 + digits;
      }
      run = cursor.at;
    } else if (unit === 0x0a) {
      let textEnd = cursor.at;
      while (
        textEnd > run &&
        (cursor.text.charCodeAt(textEnd - 1) === 0x20 || cursor.text.charCodeAt(textEnd - 1) === 0x09)
      )
        textEnd--;
      result += cursor.text.slice(run, textEnd);
      result += fold(cursor);
      run = cursor.at;
    } else cursor.at++;
  }
}

/** The text of a single-quoted scalar; `at` stands behind the opening quote. */
function singleQuoted(cursor: Cursor, opening: number = cursor.at - 1): string {
  let result = "";
  let run = cursor.at;
  while (true) {
    if (cursor.at >= cursor.end) refuse(cursor, "the quotes that begin here are not closed", opening);
    const unit = cursor.text.charCodeAt(cursor.at);
    if (unit === 0x27) {
      result += cursor.text.slice(run, cursor.at++);
      if (cursor.text.charCodeAt(cursor.at) !== 0x27) return result;
      run = cursor.at++;
    } else if (unit === 0x0a) {
      let textEnd = cursor.at;
      while (
        textEnd > run &&
        (cursor.text.charCodeAt(textEnd - 1) === 0x20 || cursor.text.charCodeAt(textEnd - 1) === 0x09)
      )
        textEnd--;
      result += cursor.text.slice(run, textEnd);
      result += fold(cursor);
      run = cursor.at;
    } else cursor.at++;
  }
}

/** Line breaks inside a quoted or plain scalar, and the blanks around them; `at` stands on the first break. */
function fold(cursor: Cursor): string {
  const start = cursor.at;
  while (cursor.at < cursor.end) {
    const unit = cursor.text.charCodeAt(cursor.at);
    if (unit === 0x0a) {
      cursor.at++;
      cursor.lineStart = cursor.at;
    } else if (unit === 0x20 || unit === 0x09) cursor.at++;
    else break;
  }
  if (cursor.at === cursor.lineStart) refuseMarker(cursor);
  return LineBreaks.folded(LineBreaks.breaksOf(cursor.written.slice(start, cursor.at)));
}

/** A quoted scalar as written; `at` stands on the opening quote. */
export function quoted(cursor: Cursor): string {
  const double = cursor.text.charCodeAt(cursor.at) === 0x22;
  cursor.at++;
  return double ? doubleQuoted(cursor) : singleQuoted(cursor);
}

/** Moves over one line of a plain scalar and returns its end without trailing blanks; `at` stops where the scalar does. */
export function plainLine(cursor: Cursor, inFlow: boolean): number {
  let contentEnd = cursor.at;
  while (cursor.at < cursor.end) {
    const unit = cursor.text.charCodeAt(cursor.at);
    if (unit === 0x0a) break;
    if (unit === 0x20 || unit === 0x09) {
      cursor.at++;
      if (cursor.text.charCodeAt(cursor.at) === 0x23) {
        break;
      }
      continue;
    }
    if (unit === 0x3a) {
      const next = cursor.text.charCodeAt(cursor.at + 1);
      if (isBlankOrEnd(next)) break;
      if (inFlow) refuse(cursor, "a colon inside a flow collection needs a blank behind it, or quotes around the text");
    } else if (inFlow && (isFlowIndicator(unit) || unit === 0x3f)) {
      if (unit === 0x3f) refuse(cursor, "a question mark inside a flow collection; quote this text");
      break;
    }
    contentEnd = ++cursor.at;
  }
  return contentEnd;
}

/** Characters that cannot start a plain scalar anywhere. */
const startIndicators = ",[]{}#!|>%@`";

/** Gives up where no plain scalar can start. */
export function checkPlainStart(cursor: Cursor, inFlow: boolean): void {
  const unit = cursor.text.charCodeAt(cursor.at);
  const next = cursor.text.charCodeAt(cursor.at + 1);
  if (unit === 0x26 || unit === 0x2a)
    refuse(cursor, "anchors (&) and aliases (*) are not allowed in BuildStream files");
  switch (unit) {
    case 0x2d: // -
      if (isBlankOrEnd(next) || (inFlow && isFlowIndicator(next))) giveUp(cursor, "a dash is not allowed here");
      return;
    case 0x3f: // ?
    case 0x3a: // :
      if (isBlankOrEnd(next)) giveUp(cursor, "an indicator");
      if (inFlow && unit === 0x3a) refuse(cursor, "a value cannot start with a colon here; quote it");
      if (inFlow) giveUp(cursor, "an indicator");
      return;
    default:
      if (startIndicators.includes(cursor.text.charAt(cursor.at))) {
        giveUp(cursor, `\`${cursor.text.charAt(cursor.at)}\` cannot start a value without quotes`);
      }
  }
}

/** The rest of a plain scalar whose first line is read; lines continue it while they are indented beyond `indent`. */
export function plainRest(cursor: Cursor, first: string, indent: number, inFlow: boolean): string {
  let result = first;
  while (cursor.text.charCodeAt(cursor.at) === 0x0a) {
    const before = cursor.at;
    const beforeLine = cursor.lineStart;
    while (cursor.at < cursor.end) {
      const unit = cursor.text.charCodeAt(cursor.at);
      if (unit === 0x0a) {
        cursor.at++;
        cursor.lineStart = cursor.at;
      } else if (unit === 0x20) cursor.at++;
      else if (unit === 0x09) {
        if (!inFlow && cursor.at - cursor.lineStart <= indent)
          refuse(cursor, "a tab stands where a line begins; indent with blanks");
        let ahead = cursor.at;
        while (cursor.text.charCodeAt(ahead) === 0x09 || cursor.text.charCodeAt(ahead) === 0x20) ahead++;
        const next = cursor.text.charCodeAt(ahead);
        if (next !== 0x0a && !Number.isNaN(next)) giveUp(cursor, "a tab in front of text");
        cursor.at = ahead;
      } else break;
    }
    const unit = cursor.text.charCodeAt(cursor.at);
    if (cursor.at >= cursor.end || unit === 0x23 || (!inFlow && cursor.at - cursor.lineStart <= indent)) {
      cursor.at = before;
      cursor.lineStart = beforeLine;
      return result;
    }
    if (cursor.at === cursor.lineStart) refuseMarker(cursor);
    const start = cursor.at;
    const contentEnd = plainLine(cursor, inFlow);
    if (contentEnd === start) {
      if (inFlow && isFlowIndicator(cursor.text.charCodeAt(start))) {
        cursor.at = start;
        return result;
      }
      giveUp(cursor, "a colon is not allowed here");
    }
    if (atColon(cursor)) giveUp(cursor, "a second value on a continued line");
    result += LineBreaks.folded(LineBreaks.breaksOf(cursor.written.slice(before, start)));
    result += cursor.text.slice(start, contentEnd);
  }
  return result;
}

/** A block scalar; `at` stands on its indicator, `indent` is that of the collection around it (-1 outside). */
export function blockScalar(cursor: Cursor, indent: number): string {
  const folded = cursor.text.charCodeAt(cursor.at) === 0x3e;
  cursor.at++;
  let explicit = 0;
  for (let unit = cursor.text.charCodeAt(cursor.at); ; unit = cursor.text.charCodeAt(cursor.at)) {
    if (unit >= 0x31 && unit <= 0x39 && explicit === 0) explicit = unit - 0x30;
    else if (unit !== 0x2b && unit !== 0x2d) break;
    cursor.at++;
  }
  const lineEnd = cursor.text.indexOf("\n", cursor.at);
  const header = cursor.text.slice(cursor.at, lineEnd === -1 ? cursor.end : lineEnd);
  if (!/^(?: *| +#.*)$/.test(header)) giveUp(cursor, "text behind the indicator of a block");
  if (lineEnd === -1) {
    cursor.at = cursor.end;
    return "";
  }
  cursor.at = lineEnd + 1;
  cursor.lineStart = cursor.at;
  let width = explicit === 0 ? 0 : Math.max(indent, 0) + explicit;
  let pending = "";
  let widestBlank = 0;
  // Blank lines in front: they only tell the indentation when they are deeper than the text, which libyaml refuses or cuts.
  while (cursor.at < cursor.end) {
    while (cursor.text.charCodeAt(cursor.at) === 0x20 && (width === 0 || cursor.at - cursor.lineStart < width))
      cursor.at++;
    const unit = cursor.text.charCodeAt(cursor.at);
    if (unit === 0x0a) {
      widestBlank = Math.max(widestBlank, cursor.at - cursor.lineStart);
      pending += cursor.written.charAt(cursor.at);
      cursor.at++;
      cursor.lineStart = cursor.at;
      continue;
    }
    if (unit === 0x09 && (width === 0 || cursor.at - cursor.lineStart < width))
      refuse(cursor, "a tab stands in indentation; indent with blanks");
    break;
  }
  if (width === 0) {
    width = Math.max(cursor.at - cursor.lineStart, indent + 1, 1);
    if (widestBlank > width) giveUp(cursor, "a blank line that is indented more than the text below it");
  }
  let result = pending;
  pending = "";
  let lineBreak = "";
  let previousBlank = false;
  while (cursor.at < cursor.end && cursor.at - cursor.lineStart === width) {
    if (width === 0) refuseMarker(cursor);
    const unit = cursor.text.charCodeAt(cursor.at);
    const blank = unit === 0x20 || unit === 0x09;
    if (lineBreak === "\n" && folded && !previousBlank && !blank) {
      if (pending === "") result += " ";
    } else result += lineBreak;
    result += pending;
    pending = "";
    previousBlank = blank;
    const stop = cursor.text.indexOf("\n", cursor.at);
    result += cursor.text.slice(cursor.at, stop === -1 ? cursor.end : stop);
    if (stop === -1) {
      cursor.at = cursor.end;
      break;
    }
    lineBreak = cursor.written.charAt(stop);
    cursor.at = stop + 1;
    cursor.lineStart = cursor.at;
    while (cursor.at < cursor.end) {
      while (cursor.text.charCodeAt(cursor.at) === 0x20 && cursor.at - cursor.lineStart < width) cursor.at++;
      const next = cursor.text.charCodeAt(cursor.at);
      if (next === 0x0a) {
        pending += cursor.written.charAt(cursor.at);
        cursor.at++;
        cursor.lineStart = cursor.at;
        continue;
      }
      if (next === 0x09 && cursor.at - cursor.lineStart < width)
        refuse(cursor, "a tab stands in indentation; indent with blanks");
      break;
    }
  }
  return result;
}
