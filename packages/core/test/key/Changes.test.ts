import * as FastCheck from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../../src/element/Element.ts";
import * as Canonical from "../../src/key/Canonical.ts";
import * as Changes from "../../src/key/Changes.ts";

const leaf = FastCheck.constantFrom<Json>("a", "b", "", "a\nb", 1, 2, true, null);
const json: FastCheck.Arbitrary<Json> = FastCheck.letrec<{ json: Json }>((tie) => ({
  json: FastCheck.oneof(
    { maxDepth: 3 },
    leaf,
    FastCheck.array(tie("json"), { maxLength: 6 }),
    FastCheck.dictionary(FastCheck.constantFrom("x", "y", "constructor", "z"), tie("json"), { maxKeys: 4 }),
  ),
})).json;

/** What stands at a path. */
function at(value: Json, path: readonly Changes.Step[]): Json | undefined {
  let part: Json | undefined = value;
  for (const step of path) {
    if (part === null || typeof part !== "object" || !Object.hasOwn(part, step)) return undefined;
    part = (part as Record<string, Json>)[step];
  }
  return part;
}

/** A value with a leaf replaced at a place that `choose` leads to, and the path of it. */
function withOneChange(value: Json, choose: readonly number[]): { changed: Json; path: readonly Changes.Step[] } {
  const [first = 0, ...rest] = choose;
  if (Canonical.isArray(value) && value.length > 0) {
    const index = first % value.length;
    const { changed, path } = withOneChange(value[index] as Json, rest);
    return { changed: value.with(index, changed), path: [index, ...path] };
  }
  if (value !== null && typeof value === "object" && !Canonical.isArray(value) && Object.keys(value).length > 0) {
    const names = Object.keys(value);
    const name = names[first % names.length] as string;
    const { changed, path } = withOneChange(value[name] as Json, rest);
    return { changed: { ...value, [name]: changed }, path: [name, ...path] };
  }
  return { changed: "something new", path: [] };
}

describe("Changes", () => {
  it("there are none exactly between equal values, and each says what stands there", () => {
    FastCheck.assert(
      FastCheck.property(json, json, (before, after) => {
        const changes = Changes.between(before, after);
        expect(changes.length === 0).toBe(Canonical.text(before) === Canonical.text(after));
        expect(Changes.between(before, JSON.parse(JSON.stringify(before)))).toEqual([]);
        for (const change of changes)
          if (change.after !== undefined) expect(at(after, change.path)).toEqual(change.after);
      }),
    );
  });

  it("one changed leaf is one change, at its place", () => {
    FastCheck.assert(
      FastCheck.property(json, FastCheck.array(FastCheck.nat(9), { minLength: 4, maxLength: 4 }), (before, choose) => {
        const { changed, path } = withOneChange(before, choose);
        expect(Changes.between(before, changed)).toEqual([{ path, before: at(before, path), after: "something new" }]);
      }),
    );
  });

  it("one item put into a list, or taken out, is one change", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.array(json, { maxLength: 6 }), FastCheck.nat(6), (list, place) => {
        const index = place % (list.length + 1);
        const longer = list.toSpliced(index, 0, { only: "here" });
        expect(Changes.between(list, longer)).toEqual([{ path: [index], before: undefined, after: { only: "here" } }]);
        expect(Changes.between(longer, list)).toEqual([{ path: [index], before: { only: "here" }, after: undefined }]);
      }),
    );
  });

  it("compares long lists item by item", () => {
    const numbers = (from: number) => Array.from({ length: 1500 }, (_, at) => `${from + at}`);
    expect(Changes.between(numbers(0), numbers(5000)).length).toBe(1500);
    expect(Changes.between(numbers(0), ["first", ...numbers(0)]).length).toBe(1);
  });
});
