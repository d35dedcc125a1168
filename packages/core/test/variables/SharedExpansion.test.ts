import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as SharedExpansion from "../../src/variables/SharedExpansion.ts";
import * as Variables from "../../src/variables/Variables.ts";
import * as Access from "../../src/yaml/Access.ts";
import { mapping, scalar, sequence } from "../../src/yaml/Node.ts";

const names = fc.constantFrom("a", "b", "c");
const texts = fc.array(
  fc.oneof(
    fc.constantFrom("x", "y", "%{"),
    names.map((name) => `%{${name}}`),
  ),
  { maxLength: 4 },
);
const values = fc.record({
  a: fc.constantFrom("1", "22"),
  b: fc.constantFrom("1", "%{a}"),
  c: fc.constantFrom("", ":"),
});

function variables(record: Readonly<Record<string, string>>): Variables.Variables {
  return Variables.make(mapping(Object.entries(record).map(([name, value]) => [name, scalar(value)] as const)));
}

describe("SharedExpansion", () => {
  it("gives what plain expansion gives, for every element", () => {
    fc.assert(
      fc.property(
        fc.array(texts, { maxLength: 4 }),
        fc.array(values, { minLength: 1, maxLength: 5 }),
        (parts, records) => {
          const node = mapping([["list", sequence(parts.map((part) => scalar(part.join(""))))]]);
          for (const record of records) {
            const shared = SharedExpansion.expand(variables(record), node);
            expect(Access.strip(shared)).toEqual(Access.strip(Variables.expand(variables(record), node)));
          }
        },
      ),
    );
  });

  it("shares the result between elements that agree on what is used", () => {
    const node = mapping([["key", scalar("%{a}/%{b}")]]);
    const one = SharedExpansion.expand(variables({ a: "1", b: "%{a}", c: "x" }), node);
    const two = SharedExpansion.expand(variables({ a: "1", b: "1", c: "y" }), node);
    expect(two).toBe(one);
    expect(() => SharedExpansion.expand(variables({ a: "1" }), node)).toThrow(/'b'/);
  });
});
