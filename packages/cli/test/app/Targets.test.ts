import { describe, expect, it } from "vitest";
import * as Targets from "../../src/app/Targets.ts";

const key = "0".repeat(64);
const candidates: Targets.Candidates = {
  elements: () => ["app.bst", "base/libc.bst", "base/gcc.bst"],
  artifacts: () => [`test/app/${key}`, `test/base-libc/${key}`],
};

function classify(...words: readonly string[]) {
  return Targets.classify(words, candidates, true);
}

describe("Targets", () => {
  it("tells elements from artifacts, each once and in order", () => {
    expect(classify("b.bst", `p/e/${key}`, "a.bst", "b.bst")).toEqual({
      elements: ["b.bst", "a.bst"],
      artifacts: [`p/e/${key}`],
      warnings: [],
    });
  });

  it("expands patterns where they belong", () => {
    expect(classify("base/*.bst").elements).toEqual(["base/libc.bst", "base/gcc.bst"]);
    expect(classify("**.bst").elements).toHaveLength(3);
    expect(classify("test/*/*").artifacts).toHaveLength(2);
    expect(classify("test/app/**").artifacts).toEqual([`test/app/${key}`]);
  });

  it("only warns about patterns without a match", () => {
    const { elements, warnings } = classify("none*.bst", "none/**");
    expect(elements).toEqual([]);
    expect(warnings).toHaveLength(2);
  });

  it.each([
    [["app"], true, "unrecognized-target-format"],
    [[`p/e/${key.slice(1)}`], true, "unrecognized-target-format"],
    [["test/**"], false, "invalid-element-names"],
    [[`p/e/${key}`], false, "invalid-element-names"],
  ])("refuses %j (artifacts allowed: %s)", (words, allowed, reason) => {
    expect(() => Targets.classify(words, candidates, allowed)).toThrow(
      expect.objectContaining({ domain: "STREAM", reason }),
    );
  });

  it("needs a project for patterns of elements", () => {
    expect(() => Targets.classify(["*.bst"], { ...candidates, elements: undefined }, true)).toThrow(
      expect.objectContaining({ reason: "glob-elements-without-project" }),
    );
  });
});
