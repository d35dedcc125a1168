/**
 * A direct reader of the part of YAML that projects are written in: block mappings and sequences, every style of scalar, flow collections, comments.
 *
 * It walks the text once by indentation and makes nodes without tokens or events between. What it does not know (tags, `? key`, directives,
 * markers inside the text, tabs in indentation, single pairs in flow sequences) or finds wrong it gives up on by returning {@link Unusual}; the complete reader
 * (`SlowRead.ts`) then decides and words the error. So this reader must never accept what libyaml refuses, but may refuse anything. Offsets are
 * libyaml's marks: a block collection starts at its first key or dash, a quoted scalar at its quote, an absent value behind its colon or dash.
 */
import * as FastScalar from "./FastScalar.ts";
import * as LineBreaks from "./LineBreaks.ts";
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

/** Reads `file.text`, whose carriage returns and NEL are `\n` and which holds no control characters. */
export function read(file: SourceFile): Mapping | Unusual {
  const written = file.text ?? "";
  const text = LineBreaks.plain(written);
  const end = text.length;
  const cursor: FastScalar.Cursor = { text, written, end, at: 0, lineStart: 0, depth: 0, flowDepth: 0 };

  const scalar = (value: string, offset: number): Scalar => ({
    type: "scalar",
    value: Text.strip(value),
    file,
    offset,
  });

  const enter = (): void => {
    if (++cursor.depth > maximumDepth)
      FastScalar.refuse(cursor, `collections are nested more than ${maximumDepth} deep`);
  };

  const flow = (): Node => {
    enter();
    cursor.flowDepth++;
    const offset = cursor.at;
    const isMapping = text.charCodeAt(cursor.at) === 0x7b;
    const close = isMapping ? 0x7d : 0x5d;
    cursor.at++;
    const entries = new Map<string, Node>();
    const items: Node[] = [];
    FastScalar.skip(cursor);
    while (text.charCodeAt(cursor.at) !== close) {
      if (cursor.at >= end) FastScalar.giveUp(cursor, "the bracket is not closed");
      const start = cursor.at;
      if (!isMapping) {
        items.push(flowValue());
        FastScalar.skip(cursor);
        if (text.charCodeAt(cursor.at) === 0x3a) FastScalar.giveUp(cursor, "a single pair");
      } else {
        const unit = text.charCodeAt(cursor.at);
        if (unit === 0x7b || unit === 0x5b) FastScalar.giveUp(cursor, "a collection as key");
        const line = cursor.lineStart;
        const key = flowText();
        if (cursor.lineStart !== line || cursor.at - start > maximumKeyLength)
          FastScalar.giveUp(cursor, "a key over several lines");
        if (entries.has(key)) {
          cursor.at = start;
          FastScalar.giveUp(cursor, `duplicate key '${key}'`);
        }
        FastScalar.skip(cursor);
        if (text.charCodeAt(cursor.at) === 0x3a) {
          if (cursor.lineStart !== line) FastScalar.giveUp(cursor, "a colon on another line");
          cursor.at++;
          FastScalar.skip(cursor);
          const next = text.charCodeAt(cursor.at);
          entries.set(key, next === 0x2c || next === close ? scalar("", cursor.at) : flowValue());
          FastScalar.skip(cursor);
        } else entries.set(key, scalar("", cursor.at));
      }
      if (text.charCodeAt(cursor.at) === 0x2c) {
        cursor.at++;
        FastScalar.skip(cursor);
      } else if (text.charCodeAt(cursor.at) !== close)
        FastScalar.giveUp(cursor, "a comma or the closing bracket is missing");
    }
    cursor.at++;
    cursor.depth--;
    cursor.flowDepth--;
    return isMapping ? { type: "mapping", entries, file, offset } : { type: "sequence", items, file, offset };
  };

  /** A plain or quoted scalar in a flow collection. */
  const flowText = (): string => {
    const unit = text.charCodeAt(cursor.at);
    if (unit === 0x22 || unit === 0x27) return FastScalar.quoted(cursor);
    FastScalar.checkPlainStart(cursor, true);
    const start = cursor.at;
    const contentEnd = FastScalar.plainLine(cursor, true);
    return FastScalar.plainRest(cursor, text.slice(start, contentEnd), -1, true);
  };

  const flowValue = (): Node => {
    const unit = text.charCodeAt(cursor.at);
    if (unit === 0x5b || unit === 0x7b) return flow();
    const offset = cursor.at;
    return scalar(flowText(), offset);
  };

  /** After a value that ends inside a line: only blanks and a comment may follow. */
  const endLine = (): void => {
    const unit = text.charCodeAt(cursor.at);
    if (unit === 0x0a || cursor.at >= end) return;
    if (unit !== 0x20 && unit !== 0x09) FastScalar.giveUp(cursor, "text behind a value");
    if (!FastScalar.skip(cursor) && cursor.at < end) FastScalar.giveUp(cursor, "text behind a value");
  };

  /**
   * A node in block context; `at` stands on its first character. `indent` is that of the collection around it. `compact` tells that block collections
   * may start here: behind a dash or on a line of its own, but not behind a key on the same line.
   */
  const node = (indent: number, compact: boolean): Node => {
    const offset = cursor.at;
    const column = cursor.at - cursor.lineStart;
    const unit = text.charCodeAt(cursor.at);
    if (unit === 0x7c || unit === 0x3e) return scalar(FastScalar.blockScalar(cursor, indent), offset);
    if (unit === 0x5b || unit === 0x7b) {
      const result = flow();
      endLine();
      return result;
    }
    if (unit === 0x22 || unit === 0x27) {
      const line = cursor.lineStart;
      const value = FastScalar.quoted(cursor);
      if (text.charCodeAt(cursor.at) === 0x3a) {
        if (!compact || cursor.lineStart !== line) FastScalar.giveUp(cursor, "a colon is not allowed here");
        return blockMapping(column, offset, value);
      }
      endLine();
      return scalar(value, offset);
    }
    if (unit === 0x2d && FastScalar.isBlankOrEnd(text.charCodeAt(cursor.at + 1))) {
      if (!compact) FastScalar.giveUp(cursor, "a list cannot start on the line of its key");
      return blockSequence(column, false);
    }
    FastScalar.checkPlainStart(cursor, false);
    const contentEnd = FastScalar.plainLine(cursor, false);
    const first = text.slice(offset, contentEnd);
    if (FastScalar.atColon(cursor)) {
      if (!compact) FastScalar.giveUp(cursor, "a second value on this line");
      return blockMapping(column, offset, first);
    }
    return scalar(FastScalar.plainRest(cursor, first, indent, false), offset);
  };

  /** What follows a colon or a dash. `column` is that of the collection, `atColumn` whether a list may stand at the column itself. */
  const value = (column: number, sameLine: boolean, atColumn: boolean): Node => {
    const empty = cursor.at;
    if (text.charCodeAt(cursor.at) === 0x09) {
      if (sameLine) FastScalar.refuse(cursor, "a tab stands behind the dash; use a blank");
      FastScalar.giveUp(cursor, "a tab behind a colon");
    }
    if (!FastScalar.skip(cursor)) return cursor.at >= end ? scalar("", empty) : node(column, sameLine);
    const next = cursor.at - cursor.lineStart;
    if (cursor.at >= end || next < column) return scalar("", empty);
    const unit = text.charCodeAt(cursor.at);
    // Only the indicator of a block text may stand as far left as the key that it belongs to.
    if (next > column || unit === 0x7c || unit === 0x3e) return node(column, true);
    if (atColumn && text.charCodeAt(cursor.at) === 0x2d && FastScalar.isBlankOrEnd(text.charCodeAt(cursor.at + 1))) {
      return blockSequence(column, true);
    }
    return scalar("", empty);
  };

  const blockSequence = (column: number, indentless: boolean): Node => {
    enter();
    const offset = cursor.at;
    const items: Node[] = [];
    while (true) {
      cursor.at++;
      items.push(value(column, true, false));
      FastScalar.skip(cursor);
      const next = cursor.at - cursor.lineStart;
      if (cursor.at >= end || next < column) break;
      if (next > column) FastScalar.giveUp(cursor, "wrong indentation");
      if (text.charCodeAt(cursor.at) === 0x2d && FastScalar.isBlankOrEnd(text.charCodeAt(cursor.at + 1))) continue;
      if (indentless) break;
      FastScalar.giveUp(cursor, "a list item is expected");
    }
    cursor.depth--;
    return { type: "sequence", items, file, offset };
  };

  const blockMapping = (column: number, offset: number, firstKey: string): Mapping => {
    enter();
    const entries = new Map<string, Node>();
    let key = firstKey;
    let keyOffset = offset;
    while (true) {
      if (!FastScalar.atColon(cursor)) FastScalar.giveUp(cursor, "the colon behind a key is missing");
      if (cursor.at - keyOffset > maximumKeyLength) FastScalar.giveUp(cursor, "the key is too long");
      if (entries.has(key)) {
        cursor.at = keyOffset;
        FastScalar.giveUp(cursor, `duplicate key '${key}'`);
      }
      cursor.at++;
      entries.set(key, value(column, false, true));
      FastScalar.skip(cursor);
      const next = cursor.at - cursor.lineStart;
      if (cursor.at >= end || next < column) break;
      if (next > column) FastScalar.giveUp(cursor, "wrong indentation");
      keyOffset = cursor.at;
      const unit = text.charCodeAt(cursor.at);
      if (unit === 0x22 || unit === 0x27) {
        const line = cursor.lineStart;
        key = FastScalar.quoted(cursor);
        if (cursor.lineStart !== line) FastScalar.giveUp(cursor, "a key over several lines");
      } else {
        FastScalar.checkPlainStart(cursor, false);
        const contentEnd = FastScalar.plainLine(cursor, false);
        key = text.slice(keyOffset, contentEnd);
      }
    }
    cursor.depth--;
    return { type: "mapping", entries, file, offset };
  };

  try {
    if (text.startsWith("---") && /^--- *(?:#.*)?\n *[^\s#-]/.test(text)) cursor.at = 3;
    FastScalar.skip(cursor);
    if (cursor.at >= end) return { type: "mapping", entries: new Map(), file, offset: 0 };
    if (cursor.at === cursor.lineStart) FastScalar.refuseMarker(cursor);
    const top = node(-1, true);
    FastScalar.skip(cursor);
    if (cursor.at < end) FastScalar.giveUp(cursor, "wrong indentation");
    return top.type === "mapping" ? top : FastScalar.giveUp(cursor, "the text is not a mapping");
  } catch (cause) {
    if (cause instanceof FastScalar.GiveUp)
      return { type: "unusual", offset: cause.offset, problem: cause.problem, certain: cause.certain };
    throw cause;
  }
}
