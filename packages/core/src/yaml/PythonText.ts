/**
 * Python's ideas of text, where they decide what a project means.
 *
 * White space is Unicode's, as `str.strip()` knows it: unlike JavaScript's `trim()` it contains U+001C–U+001F and U+0085, and it does not contain
 * U+FEFF. Strings are ordered by code point, which differs from JavaScript's UTF-16 order once astral characters meet U+E000–U+FFFF.
 */

/** Whether `str.isspace()` holds for this UTF-16 unit (no white space lies outside the basic plane). */
function isSpace(unit: number): boolean {
  if (unit <= 0x20) return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d) || (unit >= 0x1c && unit <= 0x1f);
  if (unit < 0x85) return false;
  if (unit < 0x2000) return unit === 0x85 || unit === 0xa0 || unit === 0x1680;
  return unit <= 0x200a || unit === 0x2028 || unit === 0x2029 || unit === 0x202f || unit === 0x205f || unit === 0x3000;
}

/** `text.strip()`. */
export function strip(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

/** `"".join(text.split())`: the text without any white space. */
export function withoutSpace(text: string): string {
  let result = "";
  for (const character of text) if (!isSpace(character.charCodeAt(0))) result += character;
  return result;
}

/** Compares by code point: negative when `left` comes first, as Python's `sorted()` does. */
export function compare(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) {
    const a = left.charCodeAt(at);
    const b = right.charCodeAt(at);
    if (a === b) continue;
    const aSurrogate = a >= 0xd800 && a <= 0xdfff;
    const bSurrogate = b >= 0xd800 && b <= 0xdfff;
    if (aSurrogate !== bSurrogate) return aSurrogate ? 1 : -1;
    return a - b;
  }
  return left.length - right.length;
}

/** The decimal zeros of Unicode's digit sets in the basic plane; each is followed by its nine other digits. */
const digitZeros = [
  0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0, 0xf20,
  0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0,
  0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
];

function digitOf(unit: number): number {
  for (const zero of digitZeros) if (unit >= zero && unit <= zero + 9) return unit - zero;
  return -1;
}

/**
 * `int(text)`: an optional sign and decimal digits, single underscores between them, white space around; undefined where Python raises `ValueError`.
 * A value that a double cannot hold exactly is undefined too: no setting of BuildStream is that large (its own C `int` ends at 2³¹).
 */
export function parseInteger(text: string): number | undefined {
  const body = strip(text);
  const signed = body.startsWith("+") || body.startsWith("-");
  let value = 0;
  let lastWasDigit = false;
  for (let at = signed ? 1 : 0; at < body.length; at++) {
    const unit = body.charCodeAt(at);
    if (unit === 0x5f) {
      if (!lastWasDigit) return undefined;
      lastWasDigit = false;
      continue;
    }
    const digit = digitOf(unit);
    if (digit === -1) return undefined;
    value = value * 10 + digit;
    lastWasDigit = true;
  }
  if (!lastWasDigit || !Number.isSafeInteger(value)) return undefined;
  return body.startsWith("-") ? 0 - value : value;
}
