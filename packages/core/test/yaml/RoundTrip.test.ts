import * as Result from "effect/Result";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { attempt } from "../../src/error/BstError.ts";
import { type Path, type Plain, strip } from "../../src/yaml/Access.ts";
import { type Node, scalar } from "../../src/yaml/Node.ts";
import * as Read from "../../src/yaml/Read.ts";
import * as RoundTrip from "../../src/yaml/RoundTrip.ts";
import { fromNode, load } from "./Golden.ts";

const text = `# top
kind: manual   # kind

sources:
# first
- kind: git
  url: x:y   # url
  ref: 'abc'  # keep
- kind: tar
  url: "z"

  # trailing comment
- {kind: remote, url: q}
- kind: x
  ref:
  - a
  - b

config:
  a: |
    x
    y
last:
`;

const lines = (of: string): readonly string[] => of.split("\n");

test.each<readonly [Path, Plain, readonly string[], readonly string[]]>([
  [["sources", 0, "ref"], "def", ["  ref: 'abc'  # keep"], ["  ref: 'def'  # keep"]],
  [["sources", 1, "ref"], "1234", [], ["  ref: 1234"]],
  [["sources", 1, "url"], 'a"b', ['  url: "z"'], ['  url: a"b']],
  [["sources", 2, "ref"], "1, 2", ["- {kind: remote, url: q}"], ["- {kind: remote, url: q, ref: '1, 2'}"]],
  [
    ["sources", 3, "ref"],
    ["q", { a: "b" }],
    ["  - a", "  - b"],
    ["  - q", "  - a: b"],
  ],
  [["config", "a"], "z", ["  a: |", "    x", "    y"], ["  a: z"]],
  [["config", "b"], "z", [], ["  b: z"]],
  [["last"], "z", ["last:"], ["last: z"]],
  [["new", "b"], "z", [], ["new:", "  b: z"]],
])("setting %j to %j changes only its lines", (path, value, gone, added) => {
  const result = RoundTrip.setIn(text, path, value) as string;
  const rest = [...lines(result)];
  for (const line of added) rest.splice(rest.indexOf(line), 1);
  const before = [...lines(text)];
  for (const line of gone) before.splice(before.indexOf(line), 1);
  expect(rest).toEqual(before);
});

test("a list that is indented deeper than its key stays so", () => {
  const deep =
    "sources:\n  - kind: cargo2\n    ref:\n      # crates\n      - name: a\n        version: '1'\n      - name: b\n    url: x\n";
  const value = [{ name: "a", version: "2" }, { name: "c" }];
  expect(RoundTrip.setIn(deep, ["sources", 0, "ref"], value)).toBe(
    "sources:\n  - kind: cargo2\n    ref:\n      # crates\n      - name: a\n        version: '2'\n      - name: c\n    url: x\n",
  );
});

test("of a list only what differs is written, and comments stay", () => {
  const before = `sources:
- kind: cargo2
  ref:
  # found by hand
  - name: a   # keep
    version: 1.0
    sha: aa   # of the file
  - name: b
    version: 2.0

  # the last one
  - name: c
    kind: git
  url: x
`;
  const value = [
    { name: "a", version: "1.0", sha: "aa" },
    { name: "aa", version: "0.1" },
    { name: "c", kind: "git", commit: "def" },
  ];
  expect(RoundTrip.setIn(before, ["sources", 0, "ref"], value)).toBe(`sources:
- kind: cargo2
  ref:
  # found by hand
  - name: a   # keep
    version: 1.0
    sha: aa   # of the file
  - name: aa
    version: 0.1

  # the last one
  - name: c
    kind: git
    commit: def
  url: x
`);
  expect(RoundTrip.setIn("l:\n- a # 1\n- b # 2\n- c # 3\n", ["l"], ["0", "a", "x", "c"])).toBe(
    "l:\n- 0\n- a # 1\n- x # 2\n- c # 3\n",
  );
});

test("a list position that is not there cannot be set", () => {
  expect(RoundTrip.setIn(text, ["sources", 9, "ref"], "x")).toBeUndefined();
});

test("an empty file, and line breaks of Windows", () => {
  expect(RoundTrip.setIn("# c\n", ["a", "b"], "c")).toBe("# c\na:\n  b: c\n");
  expect(RoundTrip.setIn("a: b\r\nc: d\r\n", ["e"], { f: "g" })).toBe("a: b\r\nc: d\r\ne:\r\n  f: g\r\n");
});

const identity = { name: "f", project: null, path: null };
const golden = load<readonly (readonly [string, unknown])[]>("read.json").filter(
  ([source, want]) => want !== null && Result.isSuccess(attempt(() => Read.read(identity, source))),
);

/** All ways to scalars. */
function ways(node: Node, path: Path): readonly Path[] {
  if (node.type === "scalar") return [path];
  const children = node.type === "mapping" ? [...node.entries] : [...node.items.entries()];
  return children.flatMap(([step, child]) => [...ways(child, [...path, step])]);
}

function replaced(node: Node, path: Path, value: string): Node {
  const [step, ...rest] = path;
  if (step === undefined) return scalar(value);
  if (node.type === "mapping") {
    const entries = new Map(node.entries);
    entries.set(String(step), replaced(entries.get(String(step)) as Node, rest, value));
    return { ...node, entries };
  }
  if (node.type === "sequence") {
    return { ...node, items: node.items.map((item, index) => (index === step ? replaced(item, rest, value) : item)) };
  }
  return node;
}

test("property: whatever lists are, what stays keeps its comments", () => {
  const item = fc.oneof(
    fc.constantFrom("a", "b", "c d"),
    fc.record({ name: fc.constantFrom("a", "b", "c"), version: fc.constantFrom("1", "2") }, { requiredKeys: ["name"] }),
    fc.constant(["x", "y"]),
  ) as fc.Arbitrary<Plain>;
  const write = (plain: Plain, at: number): string => {
    if (typeof plain === "string") return `  - ${plain}   # c${at}\n`;
    if (Array.isArray(plain)) return `  - [${plain.join(", ")}]   # c${at}\n`;
    const [first, ...rest] = Object.entries(plain).map(([key, text]) => `${key}: ${text}`);
    return `  - ${first}   # c${at}\n${rest.map((line) => `    ${line}\n`).join("")}`;
  };
  fc.assert(
    fc.property(fc.array(item, { minLength: 1, maxLength: 6 }), fc.array(item, { maxLength: 6 }), (old, wanted) => {
      const source = `ref:\n${old.map(write).join("")}other: 1 # end\n`;
      const result = RoundTrip.setIn(source, ["ref"], wanted) as string;
      expect(strip(Read.read(identity, result))).toEqual({ ref: wanted, other: "1" });
      expect(result.endsWith("other: 1 # end\n")).toBe(true);
      // What both begin with is left as it is.
      let same = 0;
      while (same < old.length && JSON.stringify(old[same]) === JSON.stringify(wanted[same])) same++;
      if (wanted.length > 0) expect(result.startsWith(`ref:\n${old.slice(0, same).map(write).join("")}`)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test("property: whatever the text, setting a value sets it and nothing else", () => {
  const value = fc.constantFrom("x", "1.2-3-gabc", "a: b", "it's", "#", "", 'say "x"', "[1, 2]");
  fc.assert(
    fc.property(fc.constantFrom(...golden), fc.nat(), value, ([source], pick, wanted) => {
      const top = Read.read(identity, source);
      const all = ways(top, []);
      if (all.length === 0) return;
      const path = all[pick % all.length] as Path;
      const result = RoundTrip.setIn(source, path, wanted);
      expect(result).toBeDefined();
      expect(fromNode(Read.read(identity, result as string))).toEqual(fromNode(replaced(top, path, wanted)));
    }),
    { numRuns: 400 },
  );
});
