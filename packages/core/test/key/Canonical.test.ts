import * as FastCheck from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../../src/element/Element.ts";
import * as Canonical from "../../src/key/Canonical.ts";
import * as Access from "../../src/yaml/Access.ts";
import * as Node from "../../src/yaml/Node.ts";

/** The rules of the format one code unit at a time. */
function slowString(value: string): string {
  const names: Record<number, string> = { 8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\" };
  let out = '"';
  for (let at = 0; at < value.length; at++) {
    const unit = value.charCodeAt(at);
    if (names[unit] !== undefined) out += names[unit];
    else if (unit < 0x20 || unit > 0x7f) out += `\\u${`000${unit.toString(16)}`.slice(-4)}`;
    else out += value[at];
  }
  return `${out}"`;
}

/** Sorting by arrays of code points. */
function slowSorted(values: readonly string[]): string[] {
  const points = (value: string): number[] => [...value].map((character) => character.codePointAt(0) as number);
  return [...values].sort((left, right) => {
    const a = points(left);
    const b = points(right);
    for (let at = 0; at < Math.min(a.length, b.length); at++) if (a[at] !== b[at]) return a[at]! - b[at]!;
    return a.length - b.length;
  });
}

function slow(value: Json): string {
  if (typeof value === "string") return slowString(value);
  if (Canonical.isArray(value)) return `[${value.map(slow).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = slowSorted(Object.keys(value)).map((name) => `${slowString(name)}:${slow(value[name] as Json)}`);
  return `{${members.join(",")}}`;
}

const text = FastCheck.oneof(
  FastCheck.string({ unit: "binary" }),
  FastCheck.string({
    unit: FastCheck.constantFrom("a", "1", '"', "\\", "/", "\x7f", "\x80", "\ue000", "\uffff", "😀", "\n", "\x01"),
  }),
);

const node: FastCheck.Arbitrary<Node.Node> = FastCheck.letrec<{ node: Node.Node }>((tie) => ({
  node: FastCheck.oneof(
    { maxDepth: 4 },
    text.map((value) => Node.scalar(value)),
    FastCheck.array(tie("node"), { maxLength: 4 }).map((items) => Node.sequence(items)),
    FastCheck.array(FastCheck.tuple(FastCheck.oneof(text, FastCheck.constant("__proto__")), tie("node")), {
      maxLength: 4,
    }).map((entries) => Node.mapping(entries)),
  ),
})).node;

describe("Canonical", () => {
  it("writes strings by the rules", () => {
    FastCheck.assert(
      FastCheck.property(text, (value) => {
        expect(Canonical.string(value)).toBe(slowString(value));
      }),
    );
  });

  it("writes any value as its slow twin does, and reads back", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.jsonValue({ maxDepth: 4, noUnicodeString: false }), (value) => {
        const integers = JSON.parse(
          JSON.stringify(value, (_, leaf) => (typeof leaf === "number" ? Math.trunc(leaf) % 1e9 : leaf)),
        );
        expect(Canonical.text(integers)).toBe(slow(integers));
        expect(JSON.parse(Canonical.text(integers))).toEqual(integers);
      }),
    );
  });

  it("writes nodes as their plain values", () => {
    FastCheck.assert(
      FastCheck.property(node, (value) => {
        expect(Canonical.nodeText(value)).toBe(slow(Access.strip(value)));
      }),
    );
  });

  it("sorts by code point, also beyond the basic plane and integer-like names", () => {
    expect(Canonical.text({ "😀": 1, "\ue000": 2, "9": 3, "10": 4, b: 5 })).toBe(
      '{"10":4,"9":3,"b":5,"\\ue000":2,"\\ud83d\\ude00":1}',
    );
  });

  it("hashes as BuildStream does", () => {
    // The key of an element without sources in the source cache.
    expect(Canonical.hash([])).toBe("4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945");
  });
});
