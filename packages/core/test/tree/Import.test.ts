import * as fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { type Answer, ourAnswer } from "../../../../test/golden/tree/ours.ts";
import * as Arbitraries from "../../conformance/Arbitraries.ts";
import * as Sample from "../../conformance/Sample.ts";
import * as Digest from "../../src/tree/Digest.ts";
import type { Directory, Reader } from "../../src/tree/Directory.ts";
import * as DirectoryCodec from "../../src/tree/DirectoryCodec.ts";
import * as Draft from "../../src/tree/Draft.ts";
import * as Import from "../../src/tree/Import.ts";
import * as Paths from "../../src/tree/Paths.ts";
import * as Tree from "../../src/tree/Tree.ts";
import { lines } from "./golden.ts";

const texts: Sample.Texts = new Map();
const tree: fc.Arbitrary<Directory> = Arbitraries.tree().map((sample) => Sample.toDirectory(sample, texts));

/** Imports, or undefined when the trees are in conflict. */
function merged(destination: Directory, ...sources: readonly Directory[]): Import.Result | undefined {
  let result: Import.Result | undefined;
  let root = destination;
  try {
    for (const source of sources) {
      result = Import.into(root, source, { listWritten: true });
      if (result.report.ignored.length > 0) return undefined;
      root = result.tree;
    }
    return result;
  } catch {
    return undefined;
  }
}

/** A store of whole trees, and how often it was read. */
function storeOf(...trees: readonly Directory[]): { readonly reader: Reader; readonly reads: string[] } {
  const blobs = new Map<string, Uint8Array>();
  for (const root of trees)
    for (const { digest, bytes } of DirectoryCodec.collectNew(root)) blobs.set(digest.hash, bytes);
  const reads: string[] = [];
  return {
    reads,
    reader: (digest) => {
      reads.push(digest.hash);
      return DirectoryCodec.decode(blobs.get(digest.hash)!, digest);
    },
  };
}

const digest = (directory: Directory): string => Digest.format(DirectoryCodec.digestOf(directory));

describe("parity", () => {
  test.each(
    lines<{ request: Arbitraries.Request; answer: Answer }>("tree/imports.jsonl").map(
      (row, index) => [index, row] as const,
    ),
  )("request %i is answered as BuildStream does", (_, { request, answer }) => {
    expect(ourAnswer(request)).toEqual(answer);
  });
});

describe("laws", () => {
  test("an empty tree on either side changes nothing", () => {
    fc.assert(
      fc.property(tree, (a) => {
        expect(Import.into(a, Tree.empty).tree).toBe(a);
        expect(digest(Import.into(Tree.empty, a).tree)).toBe(digest(a));
      }),
    );
  });

  test("importing a tree again changes nothing and overwrites everything", () => {
    fc.assert(
      fc.property(tree, tree, (a, b) => {
        const once = merged(a, b);
        fc.pre(once !== undefined);
        const twice = Import.into(once.tree, b, { listWritten: true });
        expect(twice.tree).toBe(once.tree);
        expect(twice.report.overwritten).toEqual(twice.report.written);
      }),
    );
  });

  test("is associative where nothing is in conflict and nothing ignored", () => {
    fc.assert(
      fc.property(tree, tree, tree, (a, b, c) => {
        const left = merged(a, b, c);
        const right = merged(b, c);
        fc.pre(left !== undefined && right !== undefined);
        const whole = merged(a, right.tree);
        fc.pre(whole !== undefined);
        expect(digest(whole.tree)).toBe(digest(left.tree));
      }),
    );
  });

  test("digests do not depend on the order of construction", () => {
    const shuffled = (directory: Directory): Directory =>
      Tree.make(
        [...directory.entries]
          .map(([name, entry]) =>
            entry.type === "directory" && entry.tree.type === "tree"
              ? ([name, Tree.directory(shuffled(entry.tree))] as const)
              : ([name, entry] as const),
          )
          .reverse(),
      );
    fc.assert(
      fc.property(tree, (a) => {
        expect(digest(shuffled(a))).toBe(digest(a));
      }),
    );
  });

  test("many imports in one draft are the same as one after another", () => {
    fc.assert(
      fc.property(fc.array(tree, { maxLength: 5 }), (sources) => {
        fc.pre(merged(Tree.empty, ...sources) !== undefined);
        const draft = Draft.create();
        for (const source of sources) Import.intoDraft(draft, source);
        expect(digest(Draft.freeze(draft))).toBe(digest(merged(Tree.empty, ...sources)!.tree));
      }),
    );
  });

  test("a filter that accepts everything is no filter", () => {
    fc.assert(
      fc.property(tree, tree, (a, b) => {
        const plain = merged(a, b);
        fc.pre(plain !== undefined);
        const filtered = Import.into(a, b, { filter: () => true, listWritten: true });
        expect(digest(filtered.tree)).toBe(digest(plain.tree));
        expect(filtered.report).toEqual(plain.report);
      }),
    );
  });

  test("stored and whole trees give the same", () => {
    fc.assert(
      fc.property(tree, tree, (a, b) => {
        const plain = merged(a, b);
        fc.pre(plain !== undefined);
        const { reader } = storeOf(a, b);
        const stored = (whole: Directory): Directory => reader(DirectoryCodec.digestOf(whole));
        const result = Import.into(stored(a), stored(b), { reader, listWritten: true });
        expect(digest(result.tree)).toBe(digest(plain.tree));
        expect(result.report).toEqual(plain.report);
      }),
    );
  });
});

describe("sharing", () => {
  const file = Tree.file(Digest.empty);
  const folder = (...names: readonly string[]): Directory => Tree.make(names.map((name) => [name, file]));
  const base = Tree.make([
    [
      "usr",
      Tree.directory(
        Tree.make([
          ["lib", Tree.directory(folder("x"))],
          ["share", Tree.directory(folder("y"))],
        ]),
      ),
    ],
    ["etc", Tree.directory(folder("passwd"))],
  ]);
  const addition = Tree.make([
    ["usr", Tree.directory(Tree.make([["lib", Tree.directory(folder("z"))]]))],
    ["opt", Tree.directory(Tree.make([["deep", Tree.directory(folder("w"))]]))],
  ]);

  test("only directories that both have are read", () => {
    const store = storeOf(base, addition);
    const stored = (whole: Directory): Directory => store.reader(DirectoryCodec.digestOf(whole));
    const [destination, source] = [stored(base), stored(addition)];
    store.reads.length = 0;
    const { tree } = Import.into(destination, source, { reader: store.reader });
    // usr and usr/lib, of both sides; never etc, share, opt or deep.
    expect(store.reads).toHaveLength(4);
    expect(tree.entries.get("etc")).toBe(destination.entries.get("etc"));
    expect(tree.entries.get("opt")).toBe(source.entries.get("opt"));
    // The root, usr and usr/lib are new.
    expect(DirectoryCodec.collectNew(tree)).toHaveLength(3);
  });

  test("the inputs are left as they were", () => {
    fc.assert(
      fc.property(Arbitraries.request, ({ destination, source }) => {
        const [a, b] = [Sample.toDirectory(destination, texts), Sample.toDirectory(source, texts)];
        const [one, two] = [Sample.fromDirectory(a, texts), Sample.fromDirectory(b, texts)];
        merged(a, b);
        expect(Sample.fromDirectory(a, texts)).toEqual(one);
        expect(Sample.fromDirectory(b, texts)).toEqual(two);
      }),
    );
  });
});

test("a directory that carries a time loses it when it is written to, and only then", () => {
  const mtime = { seconds: 1, nanos: 0 };
  const timed: Directory = { ...Tree.make([["f", Tree.file(Digest.empty)]]), mtime };
  const root = Tree.make([["d", Tree.directory(timed)]]);
  const before = Tree.make([["d", Tree.directory(Tree.empty)]]);
  expect(Import.into(root, before).tree).toBe(root);
  const written = Import.into(
    root,
    Tree.make([["d", Tree.directory(Tree.make([["f", Tree.file(Digest.empty)]]))]]),
  ).tree;
  expect(Paths.openDirectory(written, "d").mtime).toBeUndefined();
});

test("a tree imported into a part of itself does not contain itself", () => {
  const install = Tree.make([]);
  const root = Tree.make([
    ["a", Tree.file(Digest.empty)],
    ["buildstream", Tree.directory(Tree.make([["install", Tree.directory(install)]]))],
  ]);
  const { tree } = Import.into(install, root, {
    except: "buildstream/install",
    filter: (path) => path !== "buildstream",
  });
  expect(Paths.listPaths(tree)).toEqual(["a"]);
});

test("500 artifacts of 200 files come together in as many writes as there are files", () => {
  const entry = Tree.file(Digest.empty);
  const artifacts = Array.from({ length: 500 }, (_, artifact) => {
    const names = (kind: string, count: number): [string, typeof entry][] =>
      Array.from({ length: count }, (_, index) => [`${kind}${artifact}-${index}`, entry]);
    return Tree.make([
      [
        "usr",
        Tree.directory(
          Tree.make([
            ["bin", Tree.directory(Tree.make(names("bin", 20)))],
            ["lib", Tree.directory(Tree.make(names("lib", 80)))],
            ["share", Tree.directory(Tree.make([[`pkg${artifact}`, Tree.directory(Tree.make(names("s", 100)))]]))],
          ]),
        ),
      ],
    ]);
  });
  // A directory that is copied shows up too: a map made of another one sets each of its entries.
  const writes = vi.spyOn(Map.prototype, "set");
  const draft = Draft.create();
  for (const artifact of artifacts) Import.intoDraft(draft, artifact);
  const root = Draft.freeze(draft);
  const count = writes.mock.calls.length;
  writes.mockRestore();
  expect(count).toBeLessThan(1.2 * 500 * 200);
  expect(Paths.openDirectory(root, "usr/lib").entries.size).toBe(40_000);
});
