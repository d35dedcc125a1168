import { BstError } from "@millrace/core/error/BstError";
import * as Read from "@millrace/core/yaml/Read";
import { describe, expect, it } from "vitest";
import { trial } from "./Mutations.ts";

describe("mutated projects", () => {
  it("never crash, hang or fail without provenance", () => {
    for (let seed = 1; seed <= 300; seed++) expect(trial(seed), `seed ${seed}`).toBeUndefined();
  });

  for (const [what, text] of Object.entries({
    scalar: () => `a: ${"x".repeat(100_000_000)}\n`,
    quoted: () => `a: "${"x".repeat(100_000_000)}"\n`,
    unclosed: () => `a: "${"x".repeat(100_000_000)}`,
    comment: () => `a: b #${"x".repeat(100_000_000)}\n`,
  })) {
    it(`a line of 100 MB: ${what}`, () => {
      try {
        Read.read({ name: "long.bst", project: null, path: null }, text());
      } catch (cause) {
        expect(cause).toBeInstanceOf(BstError);
        expect((cause as BstError).message + (cause as BstError).place?.file).toContain("long.bst");
      }
    });
  }
});
