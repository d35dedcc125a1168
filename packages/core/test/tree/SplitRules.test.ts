import * as Result from "effect/Result";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as BstError from "../../src/error/BstError.ts";
import type { Split } from "../../src/plan/Plan.ts";
import * as Glob from "../../src/tree/Glob.ts";
import * as SplitRules from "../../src/tree/SplitRules.ts";
import { lines } from "./golden.ts";

interface GlobRow {
  readonly pattern: string;
  readonly texts: readonly string[];
  readonly matches: readonly boolean[];
}

test("globs match what BuildStream's match", () => {
  for (const { pattern, texts, matches } of lines<GlobRow>("tree/globs.jsonl")) {
    const expression = Glob.compile(pattern);
    expect([pattern, texts.map((text) => expression.test(text))]).toEqual([pattern, matches]);
  }
});

interface SplitRow {
  readonly paths: readonly string[];
  readonly rules: Record<string, readonly string[]>;
  readonly split: Split;
  readonly taken: readonly string[];
}

describe("split rules", () => {
  const [{ paths }, ...rows] = lines<SplitRow>("tree/splits.jsonl") as [SplitRow, ...SplitRow[]];

  test("take what BuildStream's take, quick and slow", () => {
    for (const { rules, split, taken } of rows) {
      const map = new Map(Object.entries(rules));
      const filter = SplitRules.compile(map, split);
      expect(paths.filter((path) => filter === undefined || filter(path))).toEqual(taken);
      expect(paths.filter((path) => SplitRules.matches(map, split, path))).toEqual(taken);
    }
  });

  test("the compiled filter agrees with the slow one", () => {
    const piece = fc.constantFrom("/", "a", "b", "lib", "*", "**", "?", "[ab/]", "[!a]", ".so", "[");
    const glob = fc.array(piece, { maxLength: 6 }).map((all) => `/${all.join("")}`);
    const path = fc.array(fc.constantFrom("a", "b", "lib", "ab", ".so", "liba.so"), { minLength: 1, maxLength: 4 });
    const rules = fc.dictionary(fc.constantFrom("x", "y", "z"), fc.array(glob, { maxLength: 4 }));
    const domains = fc.subarray(["x", "y", "q"]);
    const split = fc.record({ include: domains, exclude: domains, orphans: fc.boolean() });
    fc.assert(
      fc.property(rules, split, fc.array(path), (record, choice, all) => {
        const map = new Map(Object.entries(record));
        const filter = SplitRules.compile(map, choice);
        for (const parts of all) {
          const one = parts.join("/");
          expect([one, filter === undefined || filter(one)]).toEqual([one, SplitRules.matches(map, choice, one)]);
        }
      }),
      { numRuns: 500 },
    );
  });
});

test("a whitelist without patterns allows nothing", () => {
  expect(SplitRules.whitelist([])("a")).toBe(false);
  expect(SplitRules.whitelist(["/etc/*"])("etc/passwd")).toBe(true);
  expect(SplitRules.whitelist(["etc/*"])("etc/passwd")).toBe(false);
});

test("select matches with and without leading slashes", () => {
  expect(Glob.select(["a/b.bst", "c.bst", "/d.bst"], "*.bst")).toEqual(["c.bst", "/d.bst"]);
  expect(Glob.select(["a/b.bst", "c.bst"], "**.bst")).toEqual(["a/b.bst", "c.bst"]);
});

test("a backward range is an error that says so", () => {
  const result = BstError.attempt(() => Glob.compile("/[z-a]"));
  expect(Result.isFailure(result) && result.failure.message).toContain("z-a");
});
