import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as Template from "../../src/show/Template.ts";
import * as TextFormat from "../../src/show/TextFormat.ts";

const known = new Set(["name", "state", "key", "full-key"]);

function fill(format: string): string {
  return Template.fill(
    Template.parse(format, known),
    (name) => `<${name}>`,
    (_, text) => text,
  );
}

describe("Template", () => {
  it("replaces symbols and keeps the rest", () => {
    expect(fill("%{name} and %{full-key}%")).toBe("<name> and <full-key>%");
    expect(fill("%{state: >10}|%{name:.3}|%{key:*^9}")).toBe("   <state>|<na|**<key>**");
  });

  it("keeps names that it does not know", () => {
    expect(fill("%{nonsense} %{name-x} %name {name}")).toBe("%{nonsense} %{name-x} %name {name}");
  });

  it("keeps any text without symbols", () => {
    fc.assert(fc.property(fc.string(), (text) => text.includes("%{") || fill(text) === text));
  });
});

describe("TextFormat", () => {
  it.each([
    ["", "abc", "abc"],
    ["5", "abc", "abc  "],
    ["05", "abc", "abc00"],
    [">5", "abc", "  abc"],
    ["^6", "abc", " abc  "],
    ["é^5s", "abc", "éabcé"],
    ["5.2", "abc", "ab   "],
    ["<<5", "abc", "abc<<"],
    [">3", "ABCDE", "ABCDE"],
  ])("formats with %j", (specification, text, expected) => {
    expect(TextFormat.apply(TextFormat.parse(specification), text)).toBe(expected);
  });

  it.each(["d", "+5", "=5", "5,", "x", "5.", "9999999"])("refuses %j", (specification) => {
    expect(() => TextFormat.parse(specification)).toThrow(/does not say how/);
  });

  it("is as wide as asked and contains the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.nat(40), fc.constantFrom("<", ">", "^"), (text, width, align) => {
        const result = TextFormat.apply(TextFormat.parse(`${align}${width === 0 ? "" : width}`), text);
        expect([...result].length).toBe(Math.max([...text].length, width));
        expect(result).toContain(text);
      }),
    );
  });
});
