import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as Access from "../../src/yaml/Access.ts";
import * as Dump from "../../src/yaml/Dump.ts";
import * as Read from "../../src/yaml/Read.ts";

type Json = string | readonly Json[] | { readonly [key: string]: Json };

function value(json: Json): Dump.Dumpable {
  if (typeof json === "string") return json;
  if (Array.isArray(json)) return (json as readonly Json[]).map(value);
  return new Map(Object.entries(json as { readonly [key: string]: Json }).map(([key, item]) => [key, value(item)]));
}

const golden: readonly (readonly [Json, string])[] = JSON.parse(
  readFileSync(new URL("../../../../test/golden/show/yaml-text.json", import.meta.url), "utf8"),
);

const text = fc
  .string({
    unit: fc.oneof(fc.constantFrom(..." -:#'\"\n[]{}?,&*!|>%@`=~\\"), fc.string({ minLength: 1, maxLength: 1 })),
  })
  .map((generated) => generated.trim());

describe("Dump", () => {
  it.each(golden)("writes %j as BuildStream does", (json, expected) => {
    expect(Dump.dump(value(json))).toBe(expected);
  });

  it("writes what the reader gives back", () => {
    fc.assert(
      fc.property(fc.dictionary(text, fc.oneof(text, fc.array(text)), { maxKeys: 4 }), (json) => {
        const read = Read.read({ name: "test", project: null, path: null }, Dump.dump(value(json)));
        expect(Access.strip(read)).toEqual({ ...json });
      }),
    );
  });
});
