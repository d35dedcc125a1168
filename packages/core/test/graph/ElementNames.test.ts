import { describe, expect, it } from "vitest";
import { BstError } from "../../src/error/BstError.ts";
import * as ElementNames from "../../src/graph/ElementNames.ts";
import * as MemoryFiles from "../../src/project/MemoryFiles.ts";

const files = MemoryFiles.make({
  "e/b.bst": "",
  "e/a.bst": "",
  "e/sub/c.bst": "",
  "e/sub/deep/d.bst": "",
  "e/aaa/z.bst": "",
  "e/.bst/staged/x.bst": "",
  "e/readme.txt": "",
  "other.bst": "",
});
const all = ElementNames.list(files, "e");

describe("ElementNames", () => {
  it("lists a directory's files before its subdirectories", () => {
    expect(all).toEqual(["a.bst", "b.bst", "aaa/z.bst", "sub/c.bst", "sub/deep/d.bst"]);
    expect(ElementNames.list(files, ".")).toContain("e/a.bst");
  });

  it.each([
    ["*.bst", ["a.bst", "b.bst"]],
    ["**.bst", all],
    ["/sub/*.bst", ["sub/c.bst"]],
    ["sub/**", ["sub/c.bst", "sub/deep/d.bst"]],
    ["?.bst", ["a.bst", "b.bst"]],
    ["[!a].bst", ["b.bst"]],
    ["[a-b].bst", ["a.bst", "b.bst"]],
    ["*/[cz].bst", ["aaa/z.bst", "sub/c.bst"]],
    ["[.bst", []],
  ])("matches %s", (glob, matches) => {
    const pattern = ElementNames.globExpression(glob);
    expect(all.filter((name) => pattern.test(name))).toEqual(matches);
  });

  it("puts plain names before what globs match, each once", () => {
    const found = ElementNames.classify(["*.bst", "x.bst", "b.bst", "q*.bst", "p/e/k", "p/e/k"], () => all, true);
    expect(found).toEqual({ elements: ["x.bst", "b.bst", "a.bst"], artifacts: ["p/e/k"], unmatched: ["q*.bst"] });
    expect(() => ElementNames.classify(["p/e/k"], () => all, false)).toThrow(BstError);
  });
});
