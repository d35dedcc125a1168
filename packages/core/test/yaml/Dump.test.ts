import * as fc from "fast-check";
import { expect, test } from "vitest";
import * as Dump from "../../src/yaml/Dump.ts";
import * as Read from "../../src/yaml/Read.ts";
import { fromNode, load, type Ordered, toNode } from "./Golden.ts";

test("prints the bytes that BuildStream prints", () => {
  for (const [value, want] of load<readonly (readonly [Ordered, string])[]>("dump.json")) {
    expect(Dump.dump(toNode(value))).toBe(want);
  }
});

test("property: what is dumped reads back as the same", () => {
  const text = fc
    .string({ unit: "grapheme", maxLength: 30 })
    .map((value) => value.replace(/[\x85\u2028\u2029\ufeff\ud800-\udfff]/g, "").trim())
    .filter((value) => !/^[\x1c-\x1f]|[\x1c-\x1f]$/.test(value));
  const key = fc.stringMatching(/^[a-z'"#: -]{1,12}$/).map((value) => `k${value}k`);
  const { value } = fc.letrec<{ value: Ordered }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      text,
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(key, tie("value"), { maxKeys: 3 }).map((record) => ({ map: Object.entries(record) })),
    ),
  }));
  fc.assert(
    fc.property(value, (tree) => {
      const dumped = Dump.dump(toNode({ map: [["top", tree]] }));
      const back = Read.read({ name: "f", project: null, path: null }, dumped);
      expect(fromNode(back)).toEqual({ map: [["top", tree]] });
    }),
    { numRuns: 300 },
  );
});
