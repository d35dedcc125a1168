/**
 * BuildStream's glob patterns over paths, compiled to regular expressions.
 *
 * `*` is any text without a slash, `**` any text, `?` one character but a slash, `[abc]`, `[a-z]`, `[!abc]` one character of a set (a slash too);
 * a `[` that nothing closes stands for itself, and nothing can be escaped. A pattern always matches a whole path. Matching is by code points.
 */
import { raise } from "../error/BstError.ts";

const cache = new Map<string, RegExp>();

/** The expression that matches exactly the texts a pattern means. Remembered by pattern. */
export function compile(pattern: string): RegExp {
  const known = cache.get(pattern);
  if (known !== undefined) return known;
  const expression = new RegExp(`^(?:${source(pattern)})$`, "su");
  if (cache.size > 10_000) cache.clear();
  cache.set(pattern, expression);
  return expression;
}

/** Whether a text holds a character that means something in a pattern, BuildStream's test for a pattern on the command line. */
export function isPattern(text: string): boolean {
  return /[*?[]/.test(text);
}

/** The names that a pattern matches, in their order. A leading slash is optional on both sides. */
export function select(names: Iterable<string>, pattern: string): string[] {
  const expression = compile(rooted(pattern));
  return [...names].filter((name) => expression.test(rooted(name)));
}

function rooted(path: string): string {
  return path.startsWith("/") ? path : `/${path}`;
}

/** The pattern as the source of a regular expression (flags `s` and `u`), without anchors. */
function source(pattern: string): string {
  let out = "";
  for (let index = 0; index < pattern.length; ) {
    const character = pattern[index]!;
    if (character === "*") {
      const double = pattern[index + 1] === "*";
      out += double ? ".*" : "[^/]*";
      index += double ? 2 : 1;
    } else if (character === "?") {
      out += "[^/]";
      index++;
    } else if (character === "[") {
      const end = classEnd(pattern, index + 1);
      out += end === undefined ? "\\[" : classSource(pattern, index + 1, end);
      index = end === undefined ? index + 1 : end + 1;
    } else {
      const point = String.fromCodePoint(pattern.codePointAt(index)!);
      out += quote(point);
      index += point.length;
    }
  }
  return out;
}

function quote(point: string): string {
  return /[\^$\\.*+?()[\]{}|/-]/.test(point) ? `\\u{${point.codePointAt(0)!.toString(16)}}` : point;
}

/** The index of the bracket that closes a set; one right at its start belongs to the set. */
function classEnd(pattern: string, start: number): number | undefined {
  let index = start;
  if (pattern[index] === "!") index++;
  if (pattern[index] === "]") index++;
  const end = pattern.indexOf("]", index);
  return end === -1 ? undefined : end;
}

function classSource(pattern: string, start: number, end: number): string {
  const negated = pattern[start] === "!";
  const points = [...pattern.slice(negated ? start + 1 : start, end)];
  let out = "";
  for (let index = 0; index < points.length; index++) {
    const low = points[index]!;
    const high = points[index + 2];
    if (points[index + 1] !== "-" || high === undefined) {
      out += quote(low);
      continue;
    }
    if (low.codePointAt(0)! > high.codePointAt(0)!) {
      return raise({
        domain: "LOAD",
        reason: "invalid-data",
        message: `The pattern ${JSON.stringify(pattern)} has a range that runs backwards: ${low}-${high}`,
        hint: `Write ${high}-${low}, or put the dash at the end of the brackets to mean a dash.`,
      });
    }
    out += `${quote(low)}-${quote(high)}`;
    index += 2;
  }
  return `[${negated ? "^" : ""}${out}]`;
}
