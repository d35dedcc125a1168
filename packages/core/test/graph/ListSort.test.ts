import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as ListSort from "../../src/graph/ListSort.ts";

interface Case {
  readonly mode: string;
  readonly size: number;
  readonly seed: number;
  readonly sorted: readonly number[];
}

function mix(a: number, b: number, seed: number): number {
  let x = (Math.imul(a, 2654435761) + Math.imul(b, 40503) + Math.imul(seed, 69069) + 12345) >>> 0;
  x = (x ^ (x >>> 15)) >>> 0;
  x = Math.imul(x, 2246822519) >>> 0;
  return (x ^ (x >>> 13)) >>> 0;
}

/** The relations of test/golden/graph/listsort.py. */
function less(mode: string, seed: number): ListSort.Less<number> {
  const noise = (a: number, b: number, every: number) => mix(a, b, seed) % every === 0;
  const relations: Record<string, ListSort.Less<number>> = {
    random: (a, b) => mix(a, b, seed) % 2 === 0,
    sparse: (a, b) => mix(a, b, seed) % 7 === 0,
    stable: (a, b) => mix(a, 0, seed) % 9 < mix(b, 0, seed) % 9,
    total: (a, b) => mix(a, 0, seed) < mix(b, 0, seed),
    runs: (a, b) => a % 67 < b % 67 !== noise(a, b, 40),
    blocks: (a, b) => (seed % 2 === 1 ? (a * 97) % 400 < (b * 97) % 400 : (a + 150) % 300 < (b + 150) % 300),
    down: (a, b) => b < a !== noise(a, b, 60),
  };
  return relations[mode] as ListSort.Less<number>;
}

const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL("../../../../test/golden/graph/listsort.json", import.meta.url), "utf8"),
);

describe("ListSort", () => {
  it.each(cases)("leaves $size items under a $mode relation as CPython does", ({ mode, size, seed, sorted }) => {
    const items = Array.from({ length: size }, (_, index) => index);
    expect(ListSort.sort(items, less(mode, seed))).toEqual(sorted);
  });

  it("is a stable sort when the relation is an order", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(12), fc.nat()), { maxLength: 300 }), (items) => {
        const sorted = ListSort.sort(items, (a, b) => a[0] < b[0]);
        expect(sorted).toEqual(items.slice().sort((a, b) => a[0] - b[0]));
      }),
    );
  });
});
