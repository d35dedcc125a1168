import * as fc from "fast-check";
import { expect, test } from "vitest";
import * as Composite from "../../src/yaml/Composite.ts";
import { type Mapping, place } from "../../src/yaml/Node.ts";
import * as Read from "../../src/yaml/Read.ts";
import { fromNode, load, type Ordered, reasonOr, toMapping } from "./Golden.ts";

const golden = load<readonly (readonly [Ordered, Ordered, Ordered, Ordered])[]>("composite.json");

test("composes as BuildStream does, in both directions, or fails for the same reason", () => {
  const different: unknown[] = [];
  for (const [target, source, over, under] of golden) {
    const got = [
      reasonOr(() => fromNode(Composite.composite(toMapping(target), toMapping(source)))),
      reasonOr(() => fromNode(Composite.compositeUnder(toMapping(target), toMapping(source)))),
    ];
    if (JSON.stringify(got) !== JSON.stringify([over, under]))
      different.push({ target, source, want: [over, under], got });
  }
  expect(different).toEqual([]);
});

const read = (name: string, text: string): Mapping => Read.read({ name, project: null, path: null }, text);

test("inputs are never changed", () => {
  fc.assert(
    fc.property(fc.constantFrom(...golden), ([target, source]) => {
      const one = toMapping(target);
      const two = toMapping(source);
      reasonOr(() => Composite.composite(one, two));
      expect([fromNode(one), fromNode(two)]).toEqual([target, source]);
    }),
  );
});

test("what is untouched is shared", () => {
  const target = read("t", "a: {b: c}\nd: e\n");
  const result = Composite.composite(target, read("s", "d: f\n"));
  expect(result.entries.get("a")).toBe(target.entries.get("a"));
});

test("a mapping takes the place of what was laid over it", () => {
  const result = Composite.composite(read("t", "a:\n  b: c\n"), read("s", "\n\na:\n  d: e\n"));
  expect(place(result.entries.get("a") as Mapping)).toEqual({ file: "s", line: 4, column: 2 });
});

test("directives that no list was there for are named with their place", () => {
  const node = read("t", "a:\n  b:\n    (>):\n    - x\n");
  expect(reasonOr(() => Composite.assertFullyComposited(node))).toBe("trailing-list-directive");
  expect(() => Composite.assertFullyComposited(node)).toThrow(
    expect.objectContaining({ place: { file: "t", line: 4, column: 4 } }),
  );
  expect(reasonOr(() => Composite.assertFullyComposited(read("t", "a: [{b: c}]\n")))).toBeUndefined();
});
