import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as Arbitraries from "../../conformance/Arbitraries.ts";
import * as Sample from "../../conformance/Sample.ts";
import * as Compose from "../../src/tree/Compose.ts";
import * as Diff from "../../src/tree/Diff.ts";
import type { Directory } from "../../src/tree/Directory.ts";
import * as DirectoryCodec from "../../src/tree/DirectoryCodec.ts";
import * as Names from "../../src/tree/Names.ts";
import * as Paths from "../../src/tree/Paths.ts";
import * as Tree from "../../src/tree/Tree.ts";
import * as TreeCodec from "../../src/tree/TreeCodec.ts";

const texts: Sample.Texts = new Map();
const directory = (sample: Sample.Sample): Directory => Sample.toDirectory(sample, texts);
const back = (tree: Directory): Sample.Sample => Sample.fromDirectory(tree, texts);
const tree = Arbitraries.tree().map(directory);
const hash = (one: Directory): string => DirectoryCodec.digestOf(one).hash;

describe("names", () => {
  test("are ordered by code point", () => {
    const points = (text: string): string =>
      [...text].map((one) => one.codePointAt(0)!.toString(16).padStart(6, "0")).join("");
    const name = fc.string({
      unit: fc.constantFrom("a", "b", "\ud7ff", "\ue000", "\uffff", "\u{10000}", "\u{10ffff}"),
    });
    fc.assert(
      fc.property(name, name, (a, b) => {
        const expected = points(a) < points(b) ? -1 : points(a) > points(b) ? 1 : 0;
        expect(Math.sign(Names.compare(a, b))).toBe(expected);
      }),
    );
  });
});

describe("differences", () => {
  test("applied to the first tree they make the second", () => {
    fc.assert(
      fc.property(tree, tree, (a, b) => {
        let out = a;
        for (const change of Diff.between(a, b)) {
          out =
            change.type === "removed"
              ? Paths.remove(out, change.path, { recursive: true })
              : Paths.insert(out, change.path, change.after);
        }
        expect(hash(out)).toBe(hash(b));
      }),
    );
  });

  test("of a tree with itself there are none", () => {
    fc.assert(
      fc.property(tree, (a) => {
        expect(Diff.between(a, Tree.make(a.entries))).toEqual([]);
      }),
    );
  });

  test("equal sub-trees are not read", () => {
    const stored = Tree.make([
      ["d", { type: "directory", tree: { type: "stored", digest: DirectoryCodec.digestOf(Tree.empty) } }],
    ]);
    const whole = Tree.make([["d", Tree.directory(Tree.make([]))]]);
    expect(Diff.between(stored, whole)).toEqual([]);
  });
});

describe("carrying changes over", () => {
  test("onto the tree they started from gives the tree they led to", () => {
    fc.assert(
      fc.property(tree, tree, (a, b) => {
        expect(hash(Diff.carryOver(a, a, b))).toBe(hash(b));
        expect(Diff.carryOver(b, a, a)).toBe(b);
      }),
    );
  });

  test("keeps what a build made and takes what a person edited", () => {
    const before = directory({ src: { a: ["file", "1"], b: ["file", "1"], c: ["file", "1"] }, gone: ["file", ""] });
    const after = directory({ src: { a: ["file", "2"], b: ["file", "1"], d: ["file", "new"] } });
    const built = directory({ src: { a: ["file", "1"], b: ["file", "patched"], "a.o": ["file", "o"] } });
    expect(back(Diff.carryOver(built, before, after))).toEqual({
      src: { a: ["file", "2"], "a.o": ["file", "o"], b: ["file", "patched"], d: ["file", "new"] },
    });
  });
});

describe("tree messages", () => {
  test("hold a whole tree", () => {
    fc.assert(
      fc.property(tree, (a) => {
        const decoded = TreeCodec.decode(TreeCodec.encode(a));
        expect(hash(decoded)).toBe(hash(a));
        expect(Paths.listPaths(decoded)).toEqual(Paths.listPaths(a));
      }),
    );
  });

  test("without a directory that they name are refused", () => {
    const whole = TreeCodec.encode(directory({ a: { b: ["file", "x"] } }));
    const only = whole.slice(0, 2 + whole[1]!);
    expect(() => TreeCodec.decode(only)).toThrow('"a" is not in it');
    expect(() => TreeCodec.decode(new Uint8Array())).toThrow("no root");
  });
});

describe("composition", () => {
  const rules = new Map([
    ["runtime", ["/usr/bin/*"]],
    ["devel", ["/usr/include", "/usr/include/**"]],
  ]);
  const one = directory({
    usr: { bin: { sh: ["exec", "#"] }, include: { h: ["file", "h"] } },
    etc: { conf: ["file", "c"] },
  });
  const parts = [{ tree: one, rules }];

  test("keeps what the rules select", () => {
    const { tree: out, selected } = Compose.select({ before: one, after: one }, parts, {
      include: ["runtime"],
      orphans: false,
    });
    expect(back(out)).toEqual({ usr: { bin: { sh: ["exec", "#"] } } });
    expect(selected).toBe(1);
  });

  test("keeps what integration added and drops what it removed", () => {
    const after = directory({
      usr: { bin: {}, include: { h: ["file", "changed"] } },
      var: { cache: { x: ["file", "x"] } },
      etc: ["file", "!"],
    });
    const composed = Compose.select({ before: one, after }, parts, { include: ["runtime", "devel"], orphans: false });
    expect(back(composed.tree)).toEqual({
      usr: { include: { h: ["file", "changed"] } },
      var: { cache: { x: ["file", "x"] } },
    });
    expect([composed.added, composed.removed]).toEqual([3, 1]);
  });

  test("that takes everything is the root itself", () => {
    expect(Compose.select({ before: one, after: one }, parts, { orphans: true }).tree).toBe(one);
  });
});

test("trees too deep for any file system are refused, not crashed on", () => {
  let deep = Tree.empty;
  for (let depth = 0; depth < Tree.maximumDepth - 1; depth++) deep = Tree.make([["d", Tree.directory(deep)]]);
  expect(DirectoryCodec.digestOf(deep).size).toBeGreaterThan(0);
  expect(Paths.listPaths(deep)).toHaveLength(Tree.maximumDepth - 1);
  for (let depth = 0; depth < 20_000; depth++) deep = Tree.make([["d", Tree.directory(deep)]]);
  expect(() => DirectoryCodec.digestOf(deep)).toThrow("nested more than");
  expect(() => Paths.listPaths(deep)).toThrow("nested more than");
});
