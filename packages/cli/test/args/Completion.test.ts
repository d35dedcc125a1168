import { describe, expect, it } from "vitest";
import * as Completion from "../../src/args/Completion.ts";
import { bst } from "../../src/args/Table.ts";

const lookups: Completion.Lookups = {
  elements: () => ["app.bst ", "base/"],
  artifacts: () => ["app/hello/0123"],
};

function complete(line: string, cursor: number): readonly string[] {
  return [...Completion.candidates(bst, line, cursor, lookups)].sort();
}

describe("Completion", () => {
  it("offers commands", () => {
    expect(complete("bst w", 1)).toEqual(["workspace "]);
    expect(complete("bst workspace ", 2)).toEqual(["close ", "list ", "open ", "reset "]);
    expect(complete("bst help source ", 3)).toEqual(["checkout ", "fetch ", "push ", "track "]);
    expect(complete("bst nonsense ", 2)).toEqual([]);
  });

  it("offers options that are not on the line yet, and opposites", () => {
    expect(complete("bst --no-", 1)).toContain("--no-strict ");
    expect(complete("bst build --deps all -", 4)).not.toContain("--deps ");
    expect(complete("bst artifact checkout --pu", 3)).toEqual([]);
    expect(complete("bst -o a b -", 4)).toContain("-o ");
  });

  it("offers choices after the option, also when the shell split the word at the equals sign", () => {
    expect(complete("bst show --deps b", 3)).toEqual(["build "]);
    expect(complete("bst show --deps=b", 2)).toEqual(["build "]);
    expect(complete("bst show --deps = b", 4)).toEqual(["build "]);
    expect(complete("bst --fetchers ", 2)).toEqual([]);
  });

  it("offers elements and artifacts", () => {
    expect(complete("bst build ", 2)).toEqual(["app.bst ", "base/"]);
    expect(complete("bst artifact log app", 3)).toEqual(["app.bst ", "app/hello/0123"]);
    expect(complete("bst show --except b", 3)).toEqual(["base/"]);
    expect(complete("bst shell app.bst ", 3)).toEqual([]);
  });

  it("splits a line as a shell does", () => {
    expect(Completion.splitWords("bst 'a b' \"c d\" e\\ f")).toEqual(["bst", "a b", "c d", "e f"]);
    expect(Completion.splitWords("bst 'open ")).toEqual(["bst", "open "]);
    expect(Completion.splitWords("  ")).toEqual([]);
  });
});
