/**
 * The end of a log file, as much as a person can read of it.
 *
 * Logs hold what builds print, and builds print anything: lines of a hundred megabytes, binary junk, sequences that move the cursor. What is shown is bounded
 * in lines and in the length of each, is read from the end of the file alone, and cannot do anything to a terminal.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import * as Text from "../ui/Text.ts";

/** Characters that are shown of a line: half of its beginning, half of its end. */
const widest = 4000;
/** Bytes that are read at least, so that a few long lines leave room for those before them. */
const least = 1 << 20;

/** The last lines of a file without the line end of the last one; empty when it cannot be read. */
export function read(file: string, count: number): string {
  const { text, whole } = end(file, Math.max(least, count * widest));
  const lines = text.replace(/\n$/, "").split("\n");
  // Where reading began within a line, there is more of it.
  if (!whole && lines.length <= count) lines[0] = `[…] ${lines[0]}`;
  return lines
    .slice(-count)
    .map((line) => shorten(Text.harmless(line)))
    .join("\n");
}

/** Bytes in which the last line is looked for. */
const recent = 8192;

/** The last line with anything on it, without what speaks to a terminal; of one that is written over again and again, its last state. */
export function last(file: string): string {
  const lines = end(file, recent).text.split(/[\n\r]+/);
  return Text.harmless(lines.findLast((line) => line.trim() !== "") ?? "").trim();
}

/** What cannot be shown, in runs that are longer than this, is counted. */
const junk = /\ufffd{16,}/g;

function shorten(written: string): string {
  const line = written.replace(junk, (run) => `[… ${run.length} unprintable characters …]`);
  if (line.length <= widest) return line;
  const half = widest / 2;
  return `${line.slice(0, half)} [… ${line.length - widest} characters …] ${line.slice(-half)}`;
}

function end(file: string, most: number): { readonly text: string; readonly whole: boolean } {
  let descriptor: number;
  try {
    descriptor = openSync(file, "r");
  } catch {
    return { text: "", whole: true };
  }
  try {
    const { size } = fstatSync(descriptor);
    const from = Math.max(0, size - most);
    const bytes = Buffer.alloc(size - from);
    const length = readSync(descriptor, bytes, 0, bytes.length, from);
    return { text: bytes.toString("utf8", 0, length), whole: from === 0 };
  } catch {
    return { text: "", whole: true };
  } finally {
    closeSync(descriptor);
  }
}
