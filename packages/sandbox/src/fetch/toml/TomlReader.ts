/**
 * The reader of TOML. It refuses what the language refuses, keys given twice above all, and says where.
 */
import { raise } from "@millrace/core/error/BstError";
import { Float, Moment, type MutableTable, type Value } from "./Toml.ts";

/** Nesting of arrays and inline tables beyond this is an attack. */
const deepest = 200;

interface State {
  readonly text: string;
  readonly name: string;
  at: number;
  depth: number;
  /** Tables that a header or an inline table has closed: nothing is added to them but by sub-headers. */
  readonly defined: Set<MutableTable>;
  /** Tables and arrays that were written inline, which nothing extends. */
  readonly closed: Set<unknown>;
  /** Tables made by dotted keys, which no header may name. */
  readonly dotted: Set<MutableTable>;
}

/** Reads a document; `name` is what errors call it. Raises with line and column. */
export function read(source: string, name: string): MutableTable {
  const text = source.charCodeAt(0) === 0xfeff ? source.slice(1) : source;
  const state: State = {
    text,
    name,
    at: 0,
    depth: 0,
    defined: new Set(),
    closed: new Set(),
    dotted: new Set(),
  };
  const root: MutableTable = new Map();
  let current = root;
  for (;;) {
    skipBlank(state);
    if (state.at >= text.length) return root;
    if (text[state.at] === "[") current = header(state, root);
    else pair(state, current);
    endOfLine(state);
  }
}

function fail(state: State, why: string): never {
  const before = state.text.slice(0, state.at);
  const line = before.split("\n").length;
  const column = state.at - before.lastIndexOf("\n");
  return raise({
    domain: "SOURCE",
    reason: null,
    message: `${state.name} is no valid TOML: ${why} at line ${line}, column ${column}`,
  });
}

/** The text that a sticky pattern matches here, consumed. */
function take(state: State, pattern: RegExp): RegExpExecArray | undefined {
  pattern.lastIndex = state.at;
  const match = pattern.exec(state.text);
  if (match === null) return undefined;
  state.at += match[0].length;
  return match;
}

const blank = /(?:[ \t\n]|\r\n|#[^\n\r\u0000-\u0008\u000b-\u001f\u007f]*)*/y;
const space = /[ \t]*/y;
const lineEnd = /[ \t]*(?:#[^\n\r\u0000-\u0008\u000b-\u001f\u007f]*)?(?:\r?\n|$)/y;

function skipBlank(state: State): void {
  take(state, blank);
}

function endOfLine(state: State): void {
  if (take(state, lineEnd) === undefined) fail(state, "the line should end");
}

const bareKey = /[A-Za-z0-9_-]+/y;

function keyPath(state: State): readonly string[] {
  const parts: string[] = [];
  for (;;) {
    take(state, space);
    const quote = state.text[state.at];
    if (quote === '"') parts.push(basicString(state));
    else if (quote === "'") parts.push(literalString(state));
    else parts.push(take(state, bareKey)?.[0] ?? fail(state, "a key is missing"));
    take(state, space);
    if (state.text[state.at] !== ".") return parts;
    state.at++;
  }
}

function header(state: State, root: MutableTable): MutableTable {
  const isArrayElement = state.text.startsWith("[[", state.at);
  state.at += isArrayElement ? 2 : 1;
  const path = keyPath(state);
  if (!state.text.startsWith(isArrayElement ? "]]" : "]", state.at)) fail(state, "a bracket is missing");
  state.at += isArrayElement ? 2 : 1;
  let parent = root;
  for (const part of path.slice(0, -1)) parent = enter(state, parent, part);
  const last = path.at(-1) as string;
  const existing = parent.get(last);
  if (isArrayElement) {
    const element: MutableTable = new Map();
    if (existing === undefined) parent.set(last, [element]);
    else if (Array.isArray(existing) && !state.closed.has(existing)) (existing as Value[]).push(element);
    else fail(state, `'${path.join(".")}' is something else already`);
    state.defined.add(element);
    return element;
  }
  if (existing === undefined) {
    const made: MutableTable = new Map();
    parent.set(last, made);
    state.defined.add(made);
    return made;
  }
  const table = existing as MutableTable;
  if (!(existing instanceof Map) || state.defined.has(table) || state.closed.has(table) || state.dotted.has(table))
    fail(state, `'${path.join(".")}' is there already`);
  state.defined.add(table);
  return table;
}

function enter(state: State, parent: MutableTable, part: string): MutableTable {
  const existing = parent.get(part);
  if (existing === undefined) {
    const made: MutableTable = new Map();
    parent.set(part, made);
    return made;
  }
  const target = Array.isArray(existing) && !state.closed.has(existing) ? (existing as Value[]).at(-1) : existing;
  if (!(target instanceof Map) || state.closed.has(target)) return fail(state, `'${part}' cannot be extended`);
  return target as MutableTable;
}

function pair(state: State, into: MutableTable): void {
  const path = keyPath(state);
  if (state.text[state.at] !== "=") fail(state, "'=' is missing");
  state.at++;
  take(state, space);
  let target = into;
  for (const part of path.slice(0, -1)) {
    const existing = target.get(part);
    if (existing === undefined) {
      const made: MutableTable = new Map();
      state.dotted.add(made);
      target.set(part, made);
      target = made;
      continue;
    }
    const table = existing as MutableTable;
    if (!(existing instanceof Map) || state.defined.has(table) || state.closed.has(table))
      fail(state, `'${part}' cannot be extended`);
    state.dotted.add(table);
    target = table;
  }
  const last = path.at(-1) as string;
  if (target.has(last)) fail(state, `'${path.join(".")}' is there already`);
  target.set(last, value(state));
}

function value(state: State): Value {
  switch (state.text[state.at]) {
    case '"':
      return state.text.startsWith('"""', state.at) ? multiline(state, '"""') : basicString(state);
    case "'":
      return state.text.startsWith("'''", state.at) ? multiline(state, "'''") : literalString(state);
    case "[":
      return nested(state, array);
    case "{":
      return nested(state, inlineTable);
    default:
      return scalar(state);
  }
}

function nested(state: State, inner: (state: State) => Value): Value {
  if (++state.depth > deepest) fail(state, "it is nested too deeply");
  state.at++;
  const result = inner(state);
  state.closed.add(result);
  state.depth--;
  return result;
}

function array(state: State): Value {
  const items: Value[] = [];
  for (;;) {
    skipBlank(state);
    if (state.text[state.at] === "]") break;
    items.push(value(state));
    skipBlank(state);
    if (state.text[state.at] === ",") state.at++;
    else if (state.text[state.at] !== "]") fail(state, "',' or ']' is missing");
  }
  state.at++;
  return items;
}

function inlineTable(state: State): Value {
  const result: MutableTable = new Map();
  take(state, space);
  if (state.text[state.at] === "}") {
    state.at++;
    return result;
  }
  for (;;) {
    pair(state, result);
    take(state, space);
    const next = state.text[state.at];
    if (next !== "," && next !== "}") fail(state, "',' or '}' is missing");
    state.at++;
    if (next === "}") return result;
  }
}

const boolean = /(?:true|false)(?![A-Za-z0-9_-])/y;
const moment =
  /(?:(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d:\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)?)?|(\d\d:\d\d:\d\d)(\.\d+)?)(?![\w:.])/y;
const float = /[+-]?(?:(?:0|[1-9](?:_?\d)*)(?:\.\d(?:_?\d)*(?:[eE][+-]?\d(?:_?\d)*)?|[eE][+-]?\d(?:_?\d)*)|inf|nan)\b/y;
const integer =
  /(?:0x[0-9a-fA-F](?:_?[0-9a-fA-F])*|0o[0-7](?:_?[0-7])*|0b[01](?:_?[01])*|[+-]?(?:0|[1-9](?:_?\d)*))\b/y;

function scalar(state: State): Value {
  const truth = take(state, boolean);
  if (truth !== undefined) return truth[0] === "true";
  const when = take(state, moment);
  if (when !== undefined) return momentOf(when);
  const real = take(state, float)?.[0].replaceAll("_", "");
  if (real !== undefined) return new Float(Number(real.replace("inf", "Infinity").replace(/^[+-]?nan$/, "NaN")));
  const whole = take(state, integer)?.[0].replaceAll("_", "");
  if (whole === undefined) return fail(state, "a value is missing or wrong");
  return whole.startsWith("-") ? -BigInt(whole.slice(1)) : BigInt(whole.replace("+", ""));
}

function momentOf([, date, dayTime, dayFraction, zone, time, fraction]: RegExpExecArray): Moment {
  const micro = (digits: string | undefined) => (digits === undefined ? "" : digits.slice(1, 7).padEnd(6, "0"));
  if (date === undefined) {
    const rest = micro(fraction).replace(/0+$/, "");
    return new Moment(`${time}${rest === "" ? "" : `.${rest}`}`);
  }
  if (dayTime === undefined) return new Moment(date);
  const rest = micro(dayFraction);
  const offset = (zone ?? "").replace(/^(?:z|[+-]00:00)$/i, "Z");
  return new Moment(`${date}T${dayTime}${/^0*$/.test(rest) ? "" : `.${rest}`}${offset}`);
}

const literal = /'([^'\u0000-\u0008\u000a-\u001f\u007f]*)'/y;

function literalString(state: State): string {
  return take(state, literal)?.[1] ?? fail(state, "a string does not end");
}

const plain = /[^"\\\u0000-\u0008\u000a-\u001f\u007f]*/y;

function basicString(state: State): string {
  state.at++;
  let result = "";
  for (;;) {
    result += take(state, plain)?.[0] ?? "";
    const next = state.text[state.at];
    if (next === '"') {
      state.at++;
      return result;
    }
    if (next !== "\\") fail(state, "a string does not end");
    result += escaped(state);
  }
}

const escapeSequence = /\\(?:([btnfr"\\])|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/y;
const letters: Readonly<Record<string, string>> = { b: "\b", t: "\t", n: "\n", f: "\f", r: "\r", '"': '"', "\\": "\\" };

function escaped(state: State): string {
  const match = take(state, escapeSequence);
  if (match === undefined) return fail(state, "a backslash means nothing");
  const [, letter, short, long] = match;
  if (letter !== undefined) return letters[letter] as string;
  const code = Number.parseInt((short ?? long) as string, 16);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return fail(state, "an escape is no character");
  return String.fromCodePoint(code);
}

const manyPlain = /(?:[^"'\\\u0000-\u0008\u000b-\u001f\u007f]|\r\n)+/y;
const continued = /\\[ \t]*\r?\n[ \t\r\n]*/y;

function multiline(state: State, quote: '"""' | "'''"): string {
  state.at += 3;
  take(state, /\r?\n/y);
  let result = "";
  for (;;) {
    // Line ends are one character, whatever they are in the file.
    result += (take(state, manyPlain)?.[0] ?? "").replaceAll("\r\n", "\n");
    const next = state.text[state.at];
    if (state.text.startsWith(quote, state.at)) {
      state.at += 3;
      for (let more = 0; more < 2 && state.text[state.at] === quote[0]; more++) {
        result += quote[0];
        state.at++;
      }
      return result;
    }
    if (next === '"' || next === "'") {
      result += next;
      state.at++;
    } else if (next !== "\\") fail(state, "a string does not end");
    else if (quote === "'''") {
      result += "\\";
      state.at++;
    } else if (take(state, continued) === undefined) result += escaped(state);
  }
}
