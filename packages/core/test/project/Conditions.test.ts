import { describe, expect, test } from "vitest";
import * as Conditionals from "../../src/project/Conditionals.ts";
import * as Expression from "../../src/project/Expression.ts";
import * as Includes from "../../src/project/Includes.ts";
import * as Options from "../../src/project/Options.ts";
import type { ProjectFiles } from "../../src/project/ProjectFiles.ts";
import * as Read from "../../src/yaml/Read.ts";
import { fromNode, load, reasonOr } from "../yaml/Golden.ts";

const read = (text: string, name = "f") => Read.read({ name, project: null, path: null }, text);
const host = { os: "Linux", machine: "x86_64", cpus: 4 };
const declare = (text: string, machine = host.machine) =>
  Options.declare(read(text), { host: { ...host, machine }, elements: () => ["a.bst", "sub/b.bst"] });

const declared = `
b: {type: bool, description: d, default: "True", variable: vb}
f: {type: bool, description: d, default: "False"}
e: {type: enum, description: d, values: [one, two], default: two, variable: ve}
fl: {type: flags, description: d, values: [x, y, z], default: [y, x], variable: vf}
m: {type: element-mask, description: d}
`;

test("expressions evaluate as BuildStream's do, or fail where they fail", () => {
  const scope = new Map<string, Expression.Value>([
    ["b", true],
    ["f", false],
    ["e", "two"],
    ["fl", ["x", "y"]],
  ]);
  const different: unknown[] = [];
  for (const [text, want] of load<readonly (readonly [string, boolean | null])[]>("expressions.json")) {
    const result = reasonOr(() => Expression.evaluate(text, scope));
    const got = result === "expression-failed" ? null : result;
    if (got !== want) different.push({ text, want, got });
  }
  expect(different).toEqual([]);
});

describe("options", () => {
  const values = (options: Options.Options) => Object.fromEntries(Options.printable(options));

  test("defaults keep their order, later choices of flags are sorted", () => {
    const options = declare(declared);
    expect(values(options)).toEqual({ b: "1", e: "two", f: "0", fl: "y,x", m: "" });
    expect(values(Options.choose(options, read("fl: [z, x]\nm: [sub/b.bst]\nb: 0\n")))).toMatchObject({
      b: "0",
      fl: "x,z",
      m: "sub/b.bst",
    });
    expect(
      values(
        Options.chooseOnCommandLine(options, [
          ["fl", " z, y "],
          ["f", "true"],
        ]),
      ),
    ).toMatchObject({
      f: "1",
      fl: "y,z",
    });
  });

  test("variables are exported", () => {
    const variables = Options.exportVariables(declare(declared), read("old: 1\nve: 2\n"));
    expect(fromNode(variables)).toEqual({
      map: [
        ["old", "1"],
        ["ve", "two"],
        ["vb", "1"],
        ["vf", "y,x"],
      ],
    });
  });

  test("arch takes the host's name among the values, and is checked at the end only", () => {
    const text = "arch: {type: arch, description: d, values: [aarch64, amd64]}\n";
    expect(values(Options.resolve(declare(text)))).toEqual({ arch: "amd64" });
    const unsupported = declare(text, "riscv64");
    expect(reasonOr(() => Options.resolve(unsupported))).toBe("invalid-data");
    expect(values(Options.resolve(Options.chooseOnCommandLine(unsupported, [["arch", "aarch64"]])))).toEqual({
      arch: "aarch64",
    });
    expect(() => declare(text, "x86_128")).toThrow(expect.objectContaining({ domain: "PLATFORM" }));
  });

  test.each([
    ["an unknown type", "o: {type: foo, description: d}", "invalid-data"],
    ["no description", "o: {type: bool, default: 'True'}", "invalid-data"],
    ["a dash in the name", "a-b: {type: bool, description: d, default: 'True'}", "invalid-symbol-name"],
    ["a bad default", "o: {type: enum, description: d, values: [a], default: b}", "invalid-data"],
    ["no values", "o: {type: flags, description: d}", "invalid-data"],
    ["a key too many", "o: {type: bool, description: d, default: 'True', values: [a]}", "invalid-data"],
    ["an unknown arch", "o: {type: arch, description: d, values: [foo]}", "invalid-data"],
  ])("refused: %s", (_, text, reason) => {
    expect(reasonOr(() => declare(`${text}\n`))).toBe(reason);
  });

  test.each([
    ["b", "1"],
    ["e", "three"],
    ["fl", ""],
    ["nope", "x"],
  ])("refused on the command line: %s=%s", (name, value) => {
    expect(reasonOr(() => Options.chooseOnCommandLine(declare(declared), [[name, value]]))).toBe("invalid-data");
  });
});

describe("conditionals", () => {
  const process = (text: string) => reasonOr(() => fromNode(Conditionals.process(read(text), declare(declared))));

  test("apply in order, nested ones too, in lists as well", () => {
    expect(
      process(`
v: 1
(?):
- b:
    v: 2
    (?):
    - e == 'two':
        w: 3
- f:
    v: 4
l:
- (?):
  - '"x" in fl':
      k: 5
`),
    ).toEqual({
      map: [
        ["v", "2"],
        ["l", [{ map: [["k", "5"]] }]],
        ["w", "3"],
      ],
    });
  });

  test("what has no conditions is shared", () => {
    const node = read("a: {b: [c]}\n");
    expect(Conditionals.process(node, Options.none)).toBe(node);
  });

  test.each([
    ["(!): stop\n", "user-assertion"],
    ["(?):\n- b:\n    (!): stop\n", "user-assertion"],
    ["(?):\n- nope: {a: b}\n", "expression-failed"],
    ["(?):\n- b: x\n", "illegal-composite"],
    ["(?):\n- {b: {a: b}, f: {}}\n", "invalid-data"],
    ["(?): x\n", "invalid-data"],
  ])("%j fails", (text, reason) => {
    expect(process(text)).toBe(reason);
  });

  test("the message of an assertion is the project's own", () => {
    expect(() => Conditionals.process(read("a:\n  (!): |\n    No way\n"), Options.none)).toThrow(
      expect.objectContaining({ message: "No way", place: { file: "f", line: 2, column: 7 } }),
    );
  });
});

describe("includes", () => {
  const filesOf = (texts: Record<string, string>): ProjectFiles => ({
    directory: `/p${Object.keys(texts).join()}`,
    kind: (path) => (path in texts ? "file" : path === "dir" ? "directory" : undefined),
    read: (path) => (texts[path] === undefined ? undefined : new TextEncoder().encode(texts[path])),
    list: () => undefined,
    treeDigest: () => ({ hash: "", size: 0 }),
    sha256: () => undefined,
    resolve: (path) => path,
  });
  const includer = (texts: Record<string, string>, sub?: Includes.Includer): Includes.Includer =>
    Includes.make({
      files: filesOf(texts),
      project: null,
      prefix: "",
      options: declare(declared),
      variables: read("v: sub\n"),
      subproject: () => sub ?? includer({}),
    });
  const process = (text: string, texts: Record<string, string>, sub?: Includes.Includer) =>
    reasonOr(() => fromNode(Includes.process(includer(texts, sub), read(text))));

  test("later files beat earlier ones, the including file beats all", () => {
    expect(process("(@): [a, b]\nx: own\n", { a: "x: a\ny: a\nz: a\n", b: "x: b\ny: b\n" })).toEqual({
      map: [
        ["x", "own"],
        ["y", "b"],
        ["z", "a"],
      ],
    });
  });

  test("includes nest, and files of another project bring its variables and options", () => {
    const sub = includer({ c: "w: '%{v}'\n(?):\n- b: {k: '1'}\n" });
    expect(process("l:\n- (@): a\n", { a: "(@): j.bst:c\n" }, sub)).toEqual({
      map: [
        [
          "l",
          [
            {
              map: [
                ["w", "sub"],
                ["k", "1"],
              ],
            },
          ],
        ],
      ],
    });
  });

  test("first pass: only local files, conditions left for later", () => {
    const node = Includes.process(includer({ a: "x: y\n(?):\n- b: {}\n" }), read("(@): [a, 'j.bst:c']\n"), {
      onlyLocal: true,
      conditionals: false,
    });
    expect([...node.entries.keys()]).toEqual(["x", "(?)"]);
  });

  test.each([
    ["(@): nope\n", "missing-file"],
    ["(@): dir\n", "loading-directory"],
    ["(@): a\n", "recursive-include"],
    ["(@): {}\n", "invalid-data"],
  ])("%j fails", (text, reason) => {
    expect(process(text, { a: "(@): b\n", b: "(@): a\n" })).toBe(reason);
  });
});
