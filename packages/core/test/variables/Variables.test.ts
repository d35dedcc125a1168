import * as Result from "effect/Result";
import { expect, test } from "vitest";
import { attempt } from "../../src/error/BstError.ts";
import * as Variables from "../../src/variables/Variables.ts";
import { mapping, scalar } from "../../src/yaml/Node.ts";
import * as Read from "../../src/yaml/Read.ts";
import { fromNode, load, type Ordered, reasonOr, toMapping } from "../yaml/Golden.ts";

const read = (text: string) => Read.read({ name: "f", project: null, path: null }, text);

test("expands as BuildStream does, or fails for the same reason", () => {
  const different: unknown[] = [];
  for (const [declared, want] of load<readonly (readonly [Ordered, Ordered])[]>("variables.json")) {
    const got = reasonOr(() => ({ map: [...Variables.all(Variables.make(toMapping(declared)))] }));
    if (JSON.stringify(got) !== JSON.stringify(want)) different.push({ declared, want, got });
  }
  expect(different).toEqual([]);
});

test("a chain of 100,000 variables expands", () => {
  const entries = Array.from({ length: 100_000 }, (_, n) => [`v${n}`, scalar(`%{v${n + 1}}`)] as const);
  const variables = Variables.make(mapping([...entries, ["v100000", scalar("end")]]));
  expect(Variables.get(variables, "v0")).toBe("end");
});

test("a cycle is shown with its places", () => {
  const variables = Variables.make(read("a: '%{b}'\nb: '%{c}'\nc: x%{b}\n"));
  const result = attempt(() => Variables.get(variables, "a"));
  if (Result.isSuccess(result)) throw new Error("no cycle");
  expect(result.failure.reason).toBe("circular-reference-variable");
  expect(result.failure.message).toContain("'b'");
  expect(result.failure.detail).toContain("f [line 2 column 3]");
  expect(result.failure.detail).toContain("f [line 3 column 3]");
});

test("an undefined variable is placed where it is used", () => {
  const variables = Variables.make(read("prefix: /usr\n"));
  const result = attempt(() => Variables.expand(variables, read("x:\n- y: '%{prefx}'\n")));
  if (Result.isSuccess(result)) throw new Error("it was expanded");
  expect(result.failure).toMatchObject({ reason: "unresolved-variable", place: { line: 2, column: 5 } });
  expect(result.failure.hint).toContain("'prefix'");
});

test("values that double forever are refused instead of filling the memory", () => {
  const entries = Array.from({ length: 60 }, (_, n) => [`v${n}`, scalar(`%{v${n + 1}}%{v${n + 1}}`)] as const);
  const variables = Variables.make(mapping([...entries, ["v60", scalar("xx")]]));
  expect(reasonOr(() => Variables.get(variables, "v0"))).toBe("invalid-data");
});

test("notparallel makes max-jobs one, and keys and untouched nodes stay", () => {
  const variables = Variables.make(read("notparallel: True\nmax-jobs: 8\nj: -j%{max-jobs}\n"));
  const node = read("'%{j}': '%{j}'\nb: [c]\n");
  const result = Variables.expand(variables, node);
  expect(fromNode(result)).toEqual({
    map: [
      ["%{j}", "-j1"],
      ["b", ["c"]],
    ],
  });
  expect(result.entries.get("b")).toBe(node.entries.get("b"));
});
