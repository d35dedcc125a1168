/**
 * What differs between two JSON values, as a list of places with what stood and stands there.
 *
 * Objects are compared by member, lists by what they have in common, so that one command put in front of others is one change. Equal values differ
 * nowhere, and from the differences the one value can be made from the other: nothing that differs is left out.
 */
import type { Json } from "../element/Element.ts";
import * as Canonical from "./Canonical.ts";

/** A step to a part: the name of a member, or an index. */
export type Step = string | number;

/** One difference. */
export interface Change {
  /** Where; the last index is one in the new list, or in the old one for what is gone. */
  readonly path: readonly Step[];
  /** Undefined when there was nothing. */
  readonly before: Json | undefined;
  /** Undefined when there is nothing any more. */
  readonly after: Json | undefined;
}

/** Lists with more pairs of unequal items than this are compared item by item, since finding what they have in common takes as many steps. */
const mostPairs = 1_000_000;

/** What differs, in canonical order of members and in the order of lists. */
export function between(before: Json, after: Json): readonly Change[] {
  const changes: Change[] = [];
  compare(before, after, [], changes);
  return changes;
}

function compare(before: Json, after: Json, path: readonly Step[], changes: Change[]): void {
  if (before === after) return;
  if (isList(before) && isList(after)) compareLists(before, after, path, changes);
  else if (isObject(before) && isObject(after)) compareMembers(before, after, path, changes);
  else changes.push({ path, before, after });
}

type Members = { readonly [name: string]: Json };

const isList = Canonical.isArray;

function isObject(value: Json): value is Members {
  return typeof value === "object" && value !== null && !isList(value);
}

function compareMembers(before: Members, after: Members, path: readonly Step[], changes: Change[]): void {
  for (const name of Canonical.sorted(new Set([...Object.keys(before), ...Object.keys(after)]))) {
    const [old, now] = [member(before, name), member(after, name)];
    if (old !== undefined && now !== undefined) compare(old, now, [...path, name], changes);
    else changes.push({ path: [...path, name], before: old, after: now });
  }
}

function member(members: Members, name: string): Json | undefined {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}

function compareLists(before: readonly Json[], after: readonly Json[], path: readonly Step[], changes: Change[]): void {
  let [oldAt, newAt] = [0, 0];
  const gap = (oldEnd: number, newEnd: number): void => {
    for (; oldAt < oldEnd && newAt < newEnd; oldAt++, newAt++)
      compare(before[oldAt] as Json, after[newAt] as Json, [...path, newAt], changes);
    for (; oldAt < oldEnd; oldAt++)
      changes.push({ path: [...path, oldAt], before: before[oldAt] as Json, after: undefined });
    for (; newAt < newEnd; newAt++)
      changes.push({ path: [...path, newAt], before: undefined, after: after[newAt] as Json });
  };
  for (const [oldCommon, newCommon] of common(before.map(Canonical.text), after.map(Canonical.text))) {
    gap(oldCommon, newCommon);
    oldAt = oldCommon + 1;
    newAt = newCommon + 1;
  }
  gap(before.length, after.length);
}

/** Pairs of indexes of equal items, as many as there can be in rising order. */
export function common(before: readonly string[], after: readonly string[]): readonly (readonly [number, number])[] {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let end = 0;
  while (end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  const pairs: (readonly [number, number])[] = [];
  for (let at = 0; at < start; at++) pairs.push([at, at]);
  const [rows, columns] = [before.length - start - end, after.length - start - end];
  if (rows * columns <= mostPairs) {
    for (const [row, column] of longest(before.slice(start, start + rows), after.slice(start, start + columns)))
      pairs.push([start + row, start + column]);
  }
  for (let at = end; at > 0; at--) pairs.push([before.length - at, after.length - at]);
  return pairs;
}

/** A longest common subsequence, by the table of its lengths. */
function longest(before: readonly string[], after: readonly string[]): readonly (readonly [number, number])[] {
  const width = after.length + 1;
  const lengths = new Uint32Array((before.length + 1) * width);
  const at = (row: number, column: number): number => lengths[row * width + column] as number;
  for (let row = before.length - 1; row >= 0; row--) {
    for (let column = after.length - 1; column >= 0; column--) {
      lengths[row * width + column] =
        before[row] === after[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const pairs: (readonly [number, number])[] = [];
  let [row, column] = [0, 0];
  while (row < before.length && column < after.length) {
    if (before[row] === after[column]) pairs.push([row++, column++]);
    else if (at(row + 1, column) >= at(row, column + 1)) row++;
    else column++;
  }
  return pairs;
}
