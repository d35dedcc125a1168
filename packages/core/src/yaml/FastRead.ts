/**
 * A direct reader of the part of YAML that projects are written in: block mappings and sequences, every style of scalar, flow collections, comments.
 *
 * It walks the text once by indentation and makes nodes without tokens or events between. What it does not know (tags, `? key`, directives,
 * markers inside the text, tabs in indentation, single pairs in flow sequences) or finds wrong it gives up on by returning {@link Unusual}; the complete reader
 * (`SlowRead.ts`) then decides and words the error. So this reader must never accept what libyaml refuses, but may refuse anything. Offsets are
 * libyaml's marks: a block collection starts at its first key or dash, a quoted scalar at its quote, an absent value behind its colon or dash.
 */
import type { Mapping, Node, Scalar, SourceFile } from "./Node.ts";
import * as Text from "./PythonText.ts";

/** Why the reader gave up, and where. */
export interface Unusual {
  readonly type: "unusual";
  readonly offset: number;
  readonly problem: string;
  /** Whether libyaml is known to refuse this, so that no other reader (YAML 1.2 is laxer about tabs) needs to be asked. */
  readonly certain: boolean;
}

/** How deep collections may nest; far above any project and far below what would exhaust the stack of any pass over nodes. */
export const maximumDepth = 1000;

/** The limit of YAML itself on a key without `?`. */
const maximumKeyLength = 1024;

class GiveUp {
  readonly offset: number;
  readonly problem: string;
  readonly certain: boolean;
  constructor(offset: number, problem: string, certain: boolean) {
    this.offset = offset;
    this.problem = problem;
    this.certain = certain;
  }
}

const isBlankOrEnd = (unit: number): boolean => unit === 0x20 || unit === 0x0a || unit === 0x09 || Number.isNaN(unit);
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

/** Reads `file.text`, whose line breaks are `\n` and which holds no control characters. */
export function read(file: SourceFile): Mapping | Unusual {
  const text = file.text ?? "";
  const end = text.length;
  let at = 0;
  let lineStart = 0;
  let depth = 0;
  let flowDepth = 0;

  const giveUp = (problem: string): never => {
    throw new GiveUp(at, problem, false);
  };

  const refuse = (problem: string): never => {
    throw new GiveUp(at, problem, true);
  };

  const scalar = (value: string, offset: number): Scalar => ({
    type: "scalar",
    value: Text.strip(value),
    file,
    offset,
  });

  /** Moves to the next token, over blanks, comments and line breaks; true when a line break was crossed. */
  const skip = (): boolean => {
    let crossed = false;
    while (at < end) {
      const unit = text.charCodeAt(at);
      if (unit === 0x20) at++;
      else if (unit === 0x0a) {
        at++;
        lineStart = at;
        crossed = true;
      } else if (unit === 0x23) {
        const before = at === 0 ? 0x0a : text.charCodeAt(at - 1);
        if (before !== 0x20 && before !== 0x0a) giveUp("a comment must be separated by a blank");
        const lineEnd = text.indexOf("\n", at);
        at = lineEnd === -1 ? end : lineEnd;
      } else if (unit === 0x09) {
        if ((crossed || depth === 0) && flowDepth === 0) refuse("a tab stands where a line begins; indent with blanks");
        // Elsewhere a tab is harmless when nothing follows it.
        let ahead = at;
        while (text.charCodeAt(ahead) === 0x09 || text.charCodeAt(ahead) === 0x20) ahead++;
        const next = text.charCodeAt(ahead);
        if (next !== 0x0a && !Number.isNaN(next)) giveUp("a tab is not allowed here");
        at = ahead;
      } else break;
    }
    if (crossed && at === lineStart && at < end) refuseMarker();
    return crossed;
  };

  const refuseMarker = (): void => {
    const unit = text.charCodeAt(at);
    if (unit !== 0x2d && unit !== 0x2e) return;
    const next = text.slice(at, at + 3);
    if ((next === "---" || next === "...") && isBlankOrEnd(text.charCodeAt(at + 3))) giveUp("a document marker");
  };

  /** Whether a key's colon stands at `at`. */
  const atColon = (): boolean => text.charCodeAt(at) === 0x3a && isBlankOrEnd(text.charCodeAt(at + 1));

  /** The text of a double-quoted scalar with escapes or line breaks; `at` stands behind the opening quote. */
  const doubleQuoted = (): string => {
    let result = "";
    let run = at;
    while (true) {
      if (at >= end) refuse("the quotes are not closed");
      const unit = text.charCodeAt(at);
      if (unit === 0x22) {
        result += text.slice(run, at++);
        return result;
      }
      if (unit === 0x5c) {
        result += text.slice(run, at);
        const letter = text.charAt(at + 1);
        const simple = simpleEscapes.get(letter);
        if (simple !== undefined) {
          result += simple;
          at += 2;
        } else if (letter === "\n") {
          at += 2;
          lineStart = at;
          let breaks = 0;
          while (at < end) {
            const blank = text.charCodeAt(at);
            if (blank === 0x0a) {
              breaks++;
              at++;
              lineStart = at;
            } else if (blank === 0x20 || blank === 0x09) at++;
            else break;
          }
          if (at === lineStart) refuseMarker();
          result += "\n".repeat(breaks);
        } else {
          const digits = letter === "x" ? 2 : letter === "u" ? 4 : letter === "U" ? 8 : giveUp("an unknown escape");
          const code = text.slice(at + 2, at + 2 + digits);
          if (!/^[0-9a-fA-F]+$/.test(code) || code.length !== digits) giveUp("an escape without its digits");
          const point = Number.parseInt(code, 16);
          if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) giveUp("an escape of no character");
          result += String.fromCodePoint(point);
          at += 2 + digits;
        }
        run = at;
      } else if (unit === 0x0a) {
        let textEnd = at;
        while (textEnd > run && (text.charCodeAt(textEnd - 1) === 0x20 || text.charCodeAt(textEnd - 1) === 0x09))
          textEnd--;
        result += text.slice(run, textEnd);
        result += fold();
        run = at;
      } else at++;
    }
  };

  const singleQuoted = (): string => {
    let result = "";
    let run = at;
    while (true) {
      if (at >= end) refuse("the quotes are not closed");
      const unit = text.charCodeAt(at);
      if (unit === 0x27) {
        result += text.slice(run, at++);
        if (text.charCodeAt(at) !== 0x27) return result;
        run = at++;
      } else if (unit === 0x0a) {
        let textEnd = at;
        while (textEnd > run && (text.charCodeAt(textEnd - 1) === 0x20 || text.charCodeAt(textEnd - 1) === 0x09))
          textEnd--;
        result += text.slice(run, textEnd);
        result += fold();
        run = at;
      } else at++;
    }
  };

  /** Line breaks inside a quoted or plain scalar, and the blanks around them; `at` stands on the first break. */
  const fold = (): string => {
    let breaks = 0;
    while (at < end) {
      const unit = text.charCodeAt(at);
      if (unit === 0x0a) {
        breaks++;
        at++;
        lineStart = at;
      } else if (unit === 0x20 || unit === 0x09) at++;
      else break;
    }
    if (at === lineStart) refuseMarker();
    return breaks === 1 ? " " : "\n".repeat(breaks - 1);
  };

  /** A quoted scalar as written; `at` stands on the opening quote. */
  const quoted = (): string => {
    const double = text.charCodeAt(at) === 0x22;
    at++;
    return double ? doubleQuoted() : singleQuoted();
  };

  /** Moves over one line of a plain scalar and returns its end without trailing blanks; `at` stops where the scalar does. */
  const plainLine = (inFlow: boolean): number => {
    let contentEnd = at;
    while (at < end) {
      const unit = text.charCodeAt(at);
      if (unit === 0x0a) break;
      if (unit === 0x20 || unit === 0x09) {
        at++;
        if (text.charCodeAt(at) === 0x23) {
          break;
        }
        continue;
      }
      if (unit === 0x3a) {
        const next = text.charCodeAt(at + 1);
        if (isBlankOrEnd(next)) break;
        if (inFlow) refuse("a colon inside a flow collection needs a blank behind it, or quotes around the text");
      } else if (inFlow && (isFlowIndicator(unit) || unit === 0x3f)) {
        if (unit === 0x3f) refuse("a question mark inside a flow collection; quote this text");
        break;
      }
      contentEnd = ++at;
    }
    return contentEnd;
  };

  const checkPlainStart = (inFlow: boolean): void => {
    const unit = text.charCodeAt(at);
    const next = text.charCodeAt(at + 1);
    switch (unit) {
      case 0x2d: // -
        if (isBlankOrEnd(next) || (inFlow && isFlowIndicator(next))) giveUp("a dash is not allowed here");
        return;
      case 0x3f: // ?
      case 0x3a: // :
        if (isBlankOrEnd(next)) giveUp("an indicator");
        if (inFlow && unit === 0x3a) refuse("a value cannot start with a colon here; quote it");
        if (inFlow) giveUp("an indicator");
        return;
      case 0x2c: // ,
      case 0x5b: // [
      case 0x5d: // ]
      case 0x7b: // {
      case 0x7d: // }
      case 0x23: // #
      case 0x26: // &
      case 0x2a: // *
      case 0x21: // !
      case 0x7c: // |
      case 0x3e: // >
      case 0x25: // %
      case 0x40: // @
      case 0x60: // `
        giveUp(`\`${String.fromCharCode(unit)}\` cannot start a value without quotes`);
    }
  };

  /** The rest of a plain scalar whose first line is read; lines continue it while they are indented beyond `indent`. */
  const plainRest = (first: string, indent: number, inFlow: boolean): string => {
    let result = first;
    while (text.charCodeAt(at) === 0x0a) {
      const before = at;
      const beforeLine = lineStart;
      let breaks = 0;
      while (at < end) {
        const unit = text.charCodeAt(at);
        if (unit === 0x0a) {
          breaks++;
          at++;
          lineStart = at;
        } else if (unit === 0x20) at++;
        else if (unit === 0x09) {
          if (!inFlow && at - lineStart <= indent) refuse("a tab stands where a line begins; indent with blanks");
          let ahead = at;
          while (text.charCodeAt(ahead) === 0x09 || text.charCodeAt(ahead) === 0x20) ahead++;
          const next = text.charCodeAt(ahead);
          if (next !== 0x0a && !Number.isNaN(next)) giveUp("a tab in front of text");
          at = ahead;
        } else break;
      }
      const unit = text.charCodeAt(at);
      if (at >= end || unit === 0x23 || (!inFlow && at - lineStart <= indent)) {
        at = before;
        lineStart = beforeLine;
        return result;
      }
      if (at === lineStart) refuseMarker();
      const start = at;
      const contentEnd = plainLine(inFlow);
      if (contentEnd === start) {
        if (inFlow && isFlowIndicator(text.charCodeAt(start))) {
          at = start;
          return result;
        }
        giveUp("a colon is not allowed here");
      }
      if (atColon()) giveUp("a second value on a continued line");
      result += breaks === 1 ? " " : "\n".repeat(breaks - 1);
      result += text.slice(start, contentEnd);
    }
    return result;
  };

  /** A block scalar; `at` stands on its indicator, `indent` is that of the collection around it (-1 outside). */
  const blockScalar = (indent: number): string => {
    const folded = text.charCodeAt(at) === 0x3e;
    at++;
    let explicit = 0;
    for (let unit = text.charCodeAt(at); ; unit = text.charCodeAt(at)) {
      if (unit >= 0x31 && unit <= 0x39 && explicit === 0) explicit = unit - 0x30;
      else if (unit !== 0x2b && unit !== 0x2d) break;
      at++;
    }
    const lineEnd = text.indexOf("\n", at);
    const header = text.slice(at, lineEnd === -1 ? end : lineEnd);
    if (!/^(?: *| +#.*)$/.test(header)) giveUp("text behind the indicator of a block");
    if (lineEnd === -1) {
      at = end;
      return "";
    }
    at = lineEnd + 1;
    lineStart = at;
    let width = explicit === 0 ? 0 : Math.max(indent, 0) + explicit;
    let pending = 0;
    let widestBlank = 0;
    // Blank lines in front: they only tell the indentation when they are deeper than the text, which libyaml refuses or cuts.
    while (at < end) {
      while (text.charCodeAt(at) === 0x20 && (width === 0 || at - lineStart < width)) at++;
      const unit = text.charCodeAt(at);
      if (unit === 0x0a) {
        widestBlank = Math.max(widestBlank, at - lineStart);
        pending++;
        at++;
        lineStart = at;
        continue;
      }
      if (unit === 0x09 && (width === 0 || at - lineStart < width))
        refuse("a tab stands in indentation; indent with blanks");
      break;
    }
    if (width === 0) {
      width = Math.max(at - lineStart, indent + 1, 1);
      if (widestBlank > width) giveUp("a blank line that is indented more than the text below it");
    }
    let result = "\n".repeat(pending);
    pending = 0;
    let lineBreak = false;
    let previousBlank = false;
    while (at < end && at - lineStart === width) {
      if (width === 0) refuseMarker();
      const unit = text.charCodeAt(at);
      const blank = unit === 0x20 || unit === 0x09;
      if (lineBreak) {
        if (folded && !previousBlank && !blank) {
          if (pending === 0) result += " ";
        } else result += "\n";
        result += "\n".repeat(pending);
        pending = 0;
      }
      previousBlank = blank;
      const stop = text.indexOf("\n", at);
      result += text.slice(at, stop === -1 ? end : stop);
      if (stop === -1) {
        at = end;
        break;
      }
      lineBreak = true;
      at = stop + 1;
      lineStart = at;
      while (at < end) {
        while (text.charCodeAt(at) === 0x20 && at - lineStart < width) at++;
        const next = text.charCodeAt(at);
        if (next === 0x0a) {
          pending++;
          at++;
          lineStart = at;
          continue;
        }
        if (next === 0x09 && at - lineStart < width) refuse("a tab stands in indentation; indent with blanks");
        break;
      }
    }
    return result;
  };

  const enter = (): void => {
    if (++depth > maximumDepth) refuse(`collections are nested more than ${maximumDepth} deep`);
  };

  const flow = (): Node => {
    enter();
    flowDepth++;
    const offset = at;
    const isMapping = text.charCodeAt(at) === 0x7b;
    const close = isMapping ? 0x7d : 0x5d;
    at++;
    const entries = new Map<string, Node>();
    const items: Node[] = [];
    skip();
    while (text.charCodeAt(at) !== close) {
      if (at >= end) giveUp("the bracket is not closed");
      const start = at;
      if (!isMapping) {
        items.push(flowValue());
        skip();
        if (text.charCodeAt(at) === 0x3a) giveUp("a single pair");
      } else {
        const unit = text.charCodeAt(at);
        if (unit === 0x7b || unit === 0x5b) giveUp("a collection as key");
        const line = lineStart;
        const key = flowText();
        if (lineStart !== line || at - start > maximumKeyLength) giveUp("a key over several lines");
        if (entries.has(key)) {
          at = start;
          giveUp(`duplicate key '${key}'`);
        }
        skip();
        if (text.charCodeAt(at) === 0x3a) {
          if (lineStart !== line) giveUp("a colon on another line");
          at++;
          skip();
          const next = text.charCodeAt(at);
          entries.set(key, next === 0x2c || next === close ? scalar("", at) : flowValue());
          skip();
        } else entries.set(key, scalar("", at));
      }
      if (text.charCodeAt(at) === 0x2c) {
        at++;
        skip();
      } else if (text.charCodeAt(at) !== close) giveUp("a comma or the closing bracket is missing");
    }
    at++;
    depth--;
    flowDepth--;
    return isMapping ? { type: "mapping", entries, file, offset } : { type: "sequence", items, file, offset };
  };

  /** A plain or quoted scalar in a flow collection. */
  const flowText = (): string => {
    const unit = text.charCodeAt(at);
    if (unit === 0x22 || unit === 0x27) return quoted();
    checkPlainStart(true);
    const start = at;
    const contentEnd = plainLine(true);
    return plainRest(text.slice(start, contentEnd), -1, true);
  };

  const flowValue = (): Node => {
    const unit = text.charCodeAt(at);
    if (unit === 0x5b || unit === 0x7b) return flow();
    const offset = at;
    return scalar(flowText(), offset);
  };

  /** After a value that ends inside a line: only blanks and a comment may follow. */
  const endLine = (): void => {
    const unit = text.charCodeAt(at);
    if (unit === 0x0a || at >= end) return;
    if (unit !== 0x20 && unit !== 0x09) giveUp("text behind a value");
    if (!skip() && at < end) giveUp("text behind a value");
  };

  /**
   * A node in block context; `at` stands on its first character. `indent` is that of the collection around it. `compact` tells that block collections
   * may start here: behind a dash or on a line of its own, but not behind a key on the same line.
   */
  const node = (indent: number, compact: boolean): Node => {
    const offset = at;
    const column = at - lineStart;
    const unit = text.charCodeAt(at);
    if (unit === 0x7c || unit === 0x3e) return scalar(blockScalar(indent), offset);
    if (unit === 0x5b || unit === 0x7b) {
      const result = flow();
      endLine();
      return result;
    }
    if (unit === 0x22 || unit === 0x27) {
      const line = lineStart;
      const value = quoted();
      if (text.charCodeAt(at) === 0x3a) {
        if (!compact || lineStart !== line) giveUp("a colon is not allowed here");
        return blockMapping(column, offset, value);
      }
      endLine();
      return scalar(value, offset);
    }
    if (unit === 0x2d && isBlankOrEnd(text.charCodeAt(at + 1))) {
      if (!compact) giveUp("a list cannot start on the line of its key");
      return blockSequence(column, false);
    }
    checkPlainStart(false);
    const contentEnd = plainLine(false);
    const first = text.slice(offset, contentEnd);
    if (atColon()) {
      if (!compact) giveUp("a second value on this line");
      return blockMapping(column, offset, first);
    }
    return scalar(plainRest(first, indent, false), offset);
  };

  /** What follows a colon or a dash. `column` is that of the collection, `atColumn` whether a list may stand at the column itself. */
  const value = (column: number, sameLine: boolean, atColumn: boolean): Node => {
    const empty = at;
    if (text.charCodeAt(at) === 0x09) {
      if (sameLine) refuse("a tab stands behind the dash; use a blank");
      giveUp("a tab behind a colon");
    }
    if (!skip()) return at >= end ? scalar("", empty) : node(column, sameLine);
    const next = at - lineStart;
    if (at >= end || next < column) return scalar("", empty);
    const unit = text.charCodeAt(at);
    // Only the indicator of a block text may stand as far left as the key that it belongs to.
    if (next > column || unit === 0x7c || unit === 0x3e) return node(column, true);
    if (atColumn && text.charCodeAt(at) === 0x2d && isBlankOrEnd(text.charCodeAt(at + 1))) {
      return blockSequence(column, true);
    }
    return scalar("", empty);
  };

  const blockSequence = (column: number, indentless: boolean): Node => {
    enter();
    const offset = at;
    const items: Node[] = [];
    while (true) {
      at++;
      items.push(value(column, true, false));
      skip();
      const next = at - lineStart;
      if (at >= end || next < column) break;
      if (next > column) giveUp("wrong indentation");
      if (text.charCodeAt(at) === 0x2d && isBlankOrEnd(text.charCodeAt(at + 1))) continue;
      if (indentless) break;
      giveUp("a list item is expected");
    }
    depth--;
    return { type: "sequence", items, file, offset };
  };

  const blockMapping = (column: number, offset: number, firstKey: string): Mapping => {
    enter();
    const entries = new Map<string, Node>();
    let key = firstKey;
    let keyOffset = offset;
    while (true) {
      if (!atColon()) giveUp("the colon behind a key is missing");
      if (at - keyOffset > maximumKeyLength) giveUp("the key is too long");
      if (entries.has(key)) {
        at = keyOffset;
        giveUp(`duplicate key '${key}'`);
      }
      at++;
      entries.set(key, value(column, false, true));
      skip();
      const next = at - lineStart;
      if (at >= end || next < column) break;
      if (next > column) giveUp("wrong indentation");
      keyOffset = at;
      const unit = text.charCodeAt(at);
      if (unit === 0x22 || unit === 0x27) {
        const line = lineStart;
        key = quoted();
        if (lineStart !== line) giveUp("a key over several lines");
      } else {
        checkPlainStart(false);
        const contentEnd = plainLine(false);
        key = text.slice(keyOffset, contentEnd);
      }
    }
    depth--;
    return { type: "mapping", entries, file, offset };
  };

  try {
    if (text.startsWith("---") && /^--- *(?:#.*)?\n *[^\s#-]/.test(text)) at = 3;
    skip();
    if (at >= end) return { type: "mapping", entries: new Map(), file, offset: 0 };
    if (at === lineStart) refuseMarker();
    const top = node(-1, true);
    skip();
    if (at < end) giveUp("wrong indentation");
    return top.type === "mapping" ? top : giveUp("the text is not a mapping");
  } catch (cause) {
    if (cause instanceof GiveUp)
      return { type: "unusual", offset: cause.offset, problem: cause.problem, certain: cause.certain };
    throw cause;
  }
}
