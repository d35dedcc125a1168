import * as Result from "effect/Result";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as Arbitraries from "../../conformance/Arbitraries.ts";
import * as Sample from "../../conformance/Sample.ts";
import * as BstError from "../../src/error/BstError.ts";
import * as LegacyImport from "../../src/tree/LegacyImport.ts";

const texts: Sample.Texts = new Map();
const hello: Sample.Leaf = ["file", "hello"];

function run(destination: Sample.Sample, source: Sample.Sample) {
  const result = BstError.attempt(() =>
    LegacyImport.into(Sample.toDirectory(destination, texts), Sample.toDirectory(source, texts), { listWritten: true }),
  );
  if (Result.isFailure(result)) return result.failure;
  return { tree: Sample.fromDirectory(result.success.tree, texts), ...result.success.report };
}

test("the list holds directories only when they hold no files", () => {
  const tree = Sample.toDirectory({ a: { b: { c: {} } }, "a-b": hello, d: { e: hello, f: {} } }, texts);
  expect(LegacyImport.list(tree)).toEqual(["a", "a-b", "a/b", "a/b/c", "d/e", "d/f"]);
});

describe("links of the destination are followed", () => {
  test.each<[string, Sample.Sample, Sample.Sample, Sample.Sample]>([
    [
      "a directory goes to where a link leads",
      { usr: { sbin: {} }, sbin: ["link", "/usr/sbin"] },
      { sbin: { hello } },
      { usr: { sbin: { hello } }, sbin: ["link", "/usr/sbin"] },
    ],
    [
      "where a broken link leads, directories are made",
      { sbin: ["link", "usr/sbin"] },
      { sbin: { hello } },
      { usr: { sbin: { hello } }, sbin: ["link", "usr/sbin"] },
    ],
    [
      "resolution stops at the root",
      { usr: {}, deep: { link: ["link", "../../../../usr"] } },
      { deep: { link: { hello } } },
      { usr: { hello }, deep: { link: ["link", "../../../../usr"] } },
    ],
    [
      "chains are followed",
      { a: ["link", "b"], b: ["link", "c"], c: {} },
      { a: { hello } },
      { a: ["link", "b"], b: ["link", "c"], c: { hello } },
    ],
    [
      "a link that comes first changes the way of what comes later",
      { usr: { sbin: {} } },
      { sbin: ["link", "/usr/sbin"], usr: { sbin: { hello } } },
      { sbin: ["link", "usr/sbin"], usr: { sbin: { hello } } },
    ],
    ["a file replaces a link itself", { a: ["link", "b"], b: {} }, { a: hello }, { a: hello, b: {} }],
    [
      "absolute targets become relative",
      { d: {} },
      { d: { l: ["link", "/usr/bin"] } },
      { d: { l: ["link", "../usr/bin"] } },
    ],
  ])("%s", (_, destination, source, expected) => {
    expect(run(destination, source)).toMatchObject({ tree: expected });
  });

  test("circles and files in the way are errors", () => {
    expect(run({ a: ["link", "b"], b: ["link", "a"] }, { a: { hello } })).toMatchObject({ domain: "UTIL" });
    expect(run({ a: hello }, { a: { hello } })).toMatchObject({ domain: "UTIL" });
    expect(run({ a: hello }, { a: {} })).toMatchObject({ domain: "UTIL" });
  });
});

test("reports count a link to a directory as a directory", () => {
  expect(
    run({ a: ["link", "d"], d: {}, f: hello, e: {}, g: { hello } }, { a: hello, f: hello, e: hello, g: hello }),
  ).toMatchObject({
    written: ["a", "e", "f", "g"],
    overwritten: ["f"],
    ignored: ["g"],
  });
});

test("without links in the way both sets of rules make the same tree", async () => {
  const linkless = (sample: Sample.Sample): Sample.Sample =>
    Object.fromEntries(
      Object.entries(sample)
        .filter(([, node]) => !Sample.isLeaf(node) || node[0] !== "link")
        .map(([name, node]) => [name, Sample.isLeaf(node) ? node : linkless(node)]),
    );
  const Model = await import("../../conformance/Model.ts");
  fc.assert(
    fc.property(Arbitraries.tree(), Arbitraries.tree(), (destination, source) => {
      const request = { destination: linkless(destination), source: linkless(source) };
      const expected = Model.run(request);
      const actual = run(request.destination, request.source);
      // The order differs, and with it which of two meetings comes first.
      fc.pre(expected.type === "imported" && "tree" in actual);
      expect(Sample.sorted(actual.tree)).toEqual(Sample.sorted(expected.tree));
    }),
  );
});
