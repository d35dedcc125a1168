/**
 * YAML as BuildStream sees it: every scalar is a string, and every node knows where it stands.
 *
 * Nodes are immutable. A place is an offset into a file; line and column are computed only when an error is shown. A node made by
 * code (a default, an expanded variable keeps the place of its text) has a file without text or the place of what it came from.
 */
import type { Place } from "../error/BstError.ts";
import * as LineBreaks from "./LineBreaks.ts";

/** A text that nodes were read from. */
export interface SourceFile {
  /** The name shown to people: path relative to the project directory, prefixed by the junction path for subprojects. */
  readonly name: string;
  /** The whole text, or null for nodes made by code. */
  readonly text: string | null;
  /** Which project's file this is: a caller-chosen identity, null when it belongs to none (user configuration, defaults). */
  readonly project: object | null;
  /** Path relative to the project directory (for writing back), null when it is not a file of a project. */
  readonly path: string | null;
}

export interface Scalar {
  readonly type: "scalar";
  readonly value: string;
  readonly file: SourceFile;
  readonly offset: number;
}

export interface Sequence {
  readonly type: "sequence";
  readonly items: readonly Node[];
  readonly file: SourceFile;
  readonly offset: number;
}

export interface Mapping {
  readonly type: "mapping";
  readonly entries: ReadonlyMap<string, Node>;
  readonly file: SourceFile;
  readonly offset: number;
}

export type Node = Scalar | Sequence | Mapping;

/** The file of nodes that no text stands behind. */
export const synthetic: SourceFile = { name: "[synthetic]", text: null, project: null, path: null };

/** Makes a scalar by code; booleans become `True`/`False`, as BuildStream stores them. */
export function scalar(value: string | boolean | number, from?: Node): Scalar {
  const text = typeof value === "boolean" ? (value ? "True" : "False") : String(value);
  return { type: "scalar", value: text, file: from?.file ?? synthetic, offset: from?.offset ?? 0 };
}

/** Makes a mapping by code. */
export function mapping(entries: Iterable<readonly [string, Node]> = [], from?: Node): Mapping {
  return { type: "mapping", entries: new Map(entries), file: from?.file ?? synthetic, offset: from?.offset ?? 0 };
}

/** Makes a sequence by code. */
export function sequence(items: readonly Node[] = [], from?: Node): Sequence {
  return { type: "sequence", items, file: from?.file ?? synthetic, offset: from?.offset ?? 0 };
}

const lineStartsOf = new WeakMap<SourceFile, readonly number[]>();

function lineStarts(file: SourceFile): readonly number[] {
  const known = lineStartsOf.get(file);
  if (known !== undefined) return known;
  const starts = [0];
  const text = LineBreaks.plain(file.text ?? "");
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  lineStartsOf.set(file, starts);
  return starts;
}

/** Where a node stands: 1-based line, 0-based column in code points (libyaml counts code points). */
export function place(node: { readonly file: SourceFile; readonly offset: number }): Place {
  const starts = lineStarts(node.file);
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] as number) <= node.offset) low = middle;
    else high = middle - 1;
  }
  const start = starts[low] as number;
  let column = node.offset - start;
  for (let at = start; at < node.offset; at++) {
    const unit = node.file.text?.charCodeAt(at) ?? 0;
    if (unit >= 0xdc00 && unit <= 0xdfff) column--;
  }
  return { file: node.file.name, line: low + 1, column };
}
