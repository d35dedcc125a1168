/**
 * A list or mapping in a YAML text made into another one, item by item: what stays keeps its lines, with the comments between them and behind them.
 *
 * Only block collections whose items begin on lines of their own are handled; for all else there is no answer, and the caller writes the whole anew. That is also so
 * where an edit would not give what was asked for, so nothing here needs to be sure.
 */
import { isMap, isScalar, isSeq, type Pair, type ParsedNode, type YAMLMap, type YAMLSeq } from "yaml";
import type { Plain } from "./Access.ts";
import * as Dump from "./Dump.ts";
import * as TextEdits from "./TextEdits.ts";

type ParsedMap = YAMLMap.Parsed<ParsedNode, ParsedNode | null>;
type Entries = Readonly<Record<string, Plain>>;

/** The edits that make a node into a value; undefined when it must be written anew. */
export function within(text: string, node: ParsedNode | null, value: Plain): readonly TextEdits.Edit[] | undefined {
  if (node === null) return undefined;
  if (JSON.stringify(plain(node)) === JSON.stringify(value)) return [];
  if (isScalar(node) && typeof value === "string") {
    const [start, end] = node.range;
    const before = text.slice(start, end);
    if (/^[|>&!]/.test(before) || before === "") return undefined;
    return [{ start, end, text: TextEdits.likeBefore(value, before) }];
  }
  if (!(isMap(node) || isSeq(node)) || node.flow === true || node.items.length === 0) return undefined;
  if (isSeq(node) && Array.isArray(value)) return ofList(text, node as YAMLSeq.Parsed, value);
  if (isMap(node) && typeof value === "object" && !Array.isArray(value))
    return ofMapping(text, node as ParsedMap, value as Entries);
  return undefined;
}

function plain(node: ParsedNode | null): Plain {
  return (node?.toJSON() ?? "") as Plain;
}

/** Where the last character of a node stands. */
function lastOf(node: ParsedNode | null, otherwise: number): number {
  const last = isMap(node) || isSeq(node) ? node.items.at(-1) : undefined;
  if (last === undefined || (node as { readonly flow?: boolean }).flow === true) return node?.range[1] ?? otherwise;
  if (isSeq(node)) return lastOf(last as ParsedNode, otherwise);
  const pair = last as Pair<ParsedNode, ParsedNode | null>;
  return lastOf(pair.value, pair.key.range[1]);
}

/** Lines of an item or entry: from the start of the first to the line break of the last. */
interface Lines {
  readonly start: number;
  readonly end: number;
}

function linesOf(text: string, from: number, last: number): Lines {
  let at = last;
  while (at > from && /\s/.test(text[at - 1] as string)) at--;
  return { start: from - TextEdits.columnOf(text, from), end: TextEdits.lineEnd(text, at) };
}

/** An edit that takes lines away, with their line break. */
function without(text: string, { start, end }: Lines): TextEdits.Edit {
  const rest = /^\r?\n/.exec(text.slice(end, end + 2))?.[0].length ?? 0;
  return { start, end: end + rest, text: "" };
}

function ofMapping(text: string, node: ParsedMap, value: Entries): readonly TextEdits.Edit[] | undefined {
  const edits: TextEdits.Edit[] = [];
  const known = new Set<string>();
  let before: Lines | undefined;
  for (const { key, value: old } of node.items) {
    const name = String(plain(key));
    const lines = linesOf(text, key.range[0], lastOf(old, key.range[1] + 1));
    known.add(name);
    if (value[name] === undefined) {
      // The first may share its line with the dash of a list.
      if (before === undefined || text.slice(lines.start, key.range[0]).trim() !== "") return undefined;
      edits.push(without(text, lines));
      continue;
    }
    const inner = within(text, old, value[name]);
    if (inner === undefined) return undefined;
    edits.push(...inner);
    before = lines;
  }
  const added = Object.entries(value).filter(([name]) => !known.has(name));
  if (added.length === 0 || before === undefined) return added.length === 0 ? edits : undefined;
  const column = TextEdits.columnOf(text, (node.items[0] as Pair<ParsedNode>).key.range[0]);
  const written = `\n${" ".repeat(column)}${Dump.dumpAt(Object.fromEntries(added), column)}`;
  return [...edits, { start: before.end, end: before.end, text: written }];
}

function ofList(text: string, node: YAMLSeq.Parsed, value: readonly Plain[]): readonly TextEdits.Edit[] | undefined {
  const old = node.items as readonly ParsedNode[];
  const column = TextEdits.columnOf(text, node.range[0]);
  const places: Lines[] = [];
  for (const item of old) {
    const lines = linesOf(text, item.range[0], lastOf(item, item.range[1]));
    if (!/^ *- +$/.test(text.slice(lines.start, item.range[0]))) return undefined;
    places.push(lines);
  }
  const edits: TextEdits.Edit[] = [];
  let anchor: Lines | undefined;
  for (const step of steps(old.map(plain), value)) {
    const lines = step.from === undefined ? undefined : (places[step.from] as Lines);
    if (lines === undefined) {
      const written = `- ${Dump.dumpAt(step.to as Plain, column + 2)}`;
      const first = (places[0] as Lines).start;
      edits.push(
        anchor === undefined
          ? { start: first, end: first, text: `${" ".repeat(column)}${written}\n` }
          : { start: anchor.end, end: anchor.end, text: `\n${" ".repeat(column)}${written}` },
      );
    } else if (step.to === undefined) edits.push(without(text, lines));
    else {
      const item = old[step.from as number] as ParsedNode;
      edits.push(...(within(text, item, step.to) ?? [anew(text, item, step.to, column)]));
      anchor = lines;
    }
  }
  return edits;
}

/** An item that is written anew behind its dash. */
function anew(text: string, item: ParsedNode, value: Plain, column: number): TextEdits.Edit {
  let end = lastOf(item, item.range[1]);
  while (end > item.range[0] && /\s/.test(text[end - 1] as string)) end--;
  return { start: item.range[0], end, text: Dump.dumpAt(value, column + 2) };
}

/** An item that goes (only `from`), comes (only `to`), or stays, perhaps changed (both). */
interface Step {
  readonly from?: number;
  readonly to?: Plain;
}

/** Lists with more pairs to compare are compared by their titles only. */
const mostPairs = 4_000_000;

/** From one list to another: the longest common subsequence stays, and between its members items of one title are changed. */
function steps(old: readonly Plain[], value: readonly Plain[]): readonly Step[] {
  const one = old.map((item) => JSON.stringify(item));
  const other = value.map((item) => JSON.stringify(item));
  const result: Step[] = [];
  let [at, to] = [0, 0];
  for (const [i, j] of [...common(one, other), [one.length, other.length] as const]) {
    for (const step of between(old, value, at, i, to, j)) result.push(step);
    if (i < one.length) result.push({ from: i, to: value[j] as Plain });
    [at, to] = [i + 1, j + 1];
  }
  return result;
}

/** What tells an item from others of its list. */
const title = (item: Plain): string =>
  typeof item === "object" && !Array.isArray(item) ? String((item as Entries)["name"] ?? "") : "";

/** Items between two that stay: those of one title are changed, in order. */
function* between(
  old: readonly Plain[],
  value: readonly Plain[],
  fromStart: number,
  fromEnd: number,
  toStart: number,
  toEnd: number,
): Generator<Step> {
  let from = fromStart;
  for (let to = toStart; to < toEnd; to++) {
    const item = value[to] as Plain;
    let found = from;
    while (found < fromEnd && title(old[found] as Plain) !== title(item)) found++;
    if (found === fromEnd) {
      yield { to: item };
      continue;
    }
    for (; from < found; from++) yield { from };
    yield { from, to: item };
    from++;
  }
  for (; from < fromEnd; from++) yield { from };
}

/** Positions of a longest common subsequence, in order; only what both begin and end with when the lists are very long. */
function common(one: readonly string[], other: readonly string[]): readonly (readonly [number, number])[] {
  let start = 0;
  while (start < one.length && start < other.length && one[start] === other[start]) start++;
  let tail = 0;
  while (
    tail < one.length - start &&
    tail < other.length - start &&
    one[one.length - 1 - tail] === other[other.length - 1 - tail]
  )
    tail++;
  const result: (readonly [number, number])[] = Array.from({ length: start }, (_, at) => [at, at]);
  const [rows, columns] = [one.length - start - tail, other.length - start - tail];
  if (rows * columns <= mostPairs) {
    const lengths = new Uint32Array((rows + 1) * (columns + 1));
    const at = (row: number, column: number): number => lengths[row * (columns + 1) + column] as number;
    for (let row = rows - 1; row >= 0; row--)
      for (let column = columns - 1; column >= 0; column--)
        lengths[row * (columns + 1) + column] =
          one[start + row] === other[start + column]
            ? at(row + 1, column + 1) + 1
            : Math.max(at(row + 1, column), at(row, column + 1));
    for (let row = 0, column = 0; row < rows && column < columns; ) {
      if (one[start + row] === other[start + column]) result.push([start + row++, start + column++]);
      else if (at(row + 1, column) >= at(row, column + 1)) row++;
      else column++;
    }
  }
  for (let at = tail; at > 0; at--) result.push([one.length - at, other.length - at]);
  return result;
}
