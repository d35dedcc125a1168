import { readFileSync } from "node:fs";
import * as Access from "@millrace/core/yaml/Access";
import * as YamlText from "@millrace/core/yaml/BlockText";
import * as Read from "@millrace/core/yaml/Read";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

type Json = string | readonly Json[] | { readonly [key: string]: Json };

function value(json: Json): YamlText.Value {
  if (typeof json === "string") return json;
  if (Array.isArray(json)) return (json as readonly Json[]).map(value);
  return new Map(Object.entries(json as { readonly [key: string]: Json }).map(([key, item]) => [key, value(item)]));
}

const golden: readonly (readonly [Json, string])[] = JSON.parse(
  readFileSync(new URL("../golden/show/yaml-text.json", import.meta.url), "utf8"),
);

const text = fc
  .string({
    unit: fc.oneof(fc.constantFrom(..." -:#'\"\n[]{}?,&*!|>%@`=~\\"), fc.string({ minLength: 1, maxLength: 1 })),
  })
  .map((generated) => generated.trim());

describe("YamlText", () => {
  it.each(golden)("writes %j as BuildStream does", (json, expected) => {
    expect(YamlText.dump(value(json))).toBe(expected);
  });

  it("writes what the reader gives back", () => {
    fc.assert(
      fc.property(fc.dictionary(text, fc.oneof(text, fc.array(text)), { maxKeys: 4 }), (json) => {
        const read = Read.read({ name: "test", project: null, path: null }, YamlText.dump(value(json)));
        expect(Access.strip(read)).toEqual({ ...json });
      }),
    );
  });
});
