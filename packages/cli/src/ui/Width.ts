/**
 * How many columns text takes on a terminal, and text cut to fit.
 *
 * Names come from projects and may hold anything: wide characters count twice, combining ones not at all, and control characters are shown as a
 * replacement, so that no name can move the cursor.
 */
import * as Style from "./Style.ts";

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u;
const combining = /[\p{Mn}\p{Me}\p{Cf}]/u;

/** The text with everything that would not stay on its line made visible. */
export function tame(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, "\ufffd");
}

function columns(character: string): number {
  if (combining.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}

/** Columns of a text without line ends; escape sequences of {@link Style} count nothing. */
export function of(text: string): number {
  let total = 0;
  for (const character of Style.strip(text)) total += columns(character);
  return total;
}

/** The text, or as much of its beginning as fits, with an ellipsis; plain text only. */
export function cut(text: string, room: number): string {
  if (of(text) <= room) return text;
  if (room <= 0) return "";
  let kept = "";
  let used = 1;
  for (const character of text) {
    used += columns(character);
    if (used > room) break;
    kept += character;
  }
  return `${kept}…`;
}

/** The text, or as much of its beginning and end as fits: names differ at both. */
export function cutMiddle(text: string, room: number): string {
  if (of(text) <= room) return text;
  if (room < 5) return cut(text, room);
  const characters = [...text];
  const tailRoom = Math.floor((room - 1) / 2);
  let tail = "";
  let used = 0;
  for (let at = characters.length - 1; at >= 0; at--) {
    used += columns(characters[at]!);
    if (used > tailRoom) break;
    tail = characters[at]! + tail;
  }
  return cut(text, room - of(tail)) + tail;
}
