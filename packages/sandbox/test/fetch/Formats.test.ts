/** TOML and Python's versions as the originals' libraries have them (golden/sources), and data of Starlark. */
import { readFileSync } from "node:fs";
import { assert, describe, it } from "@effect/vitest";
import { attempt } from "@millrace/core/error/BstError";
import * as PythonVersion from "@millrace/sandbox/fetch/PythonVersion";
import * as StarlarkData from "@millrace/sandbox/fetch/StarlarkData";
import { Float, isArray, isTable, Moment, type Table, type Value } from "@millrace/sandbox/fetch/toml/Toml";
import * as TomlReader from "@millrace/sandbox/fetch/toml/TomlReader";
import * as TomlWriter from "@millrace/sandbox/fetch/toml/TomlWriter";

function golden<A>(name: string): A {
  return JSON.parse(readFileSync(new URL(`../golden/sources/${name}.json`, import.meta.url), "utf8")) as A;
}

interface Plain {
  readonly boolean?: boolean;
  readonly integer?: string;
  readonly float?: string;
  readonly text?: string;
  readonly list?: readonly Plain[];
  readonly table?: readonly (readonly [string, Plain])[];
}

function value(plain: Plain): Value {
  if (plain.boolean !== undefined) return plain.boolean;
  if (plain.integer !== undefined) return BigInt(plain.integer);
  if (plain.float !== undefined) return new Float(Number(plain.float.replace("inf", "Infinity")));
  if (plain.text !== undefined) return plain.text;
  if (plain.list !== undefined) return plain.list.map(value);
  return new Map(plain.table?.map(([key, inner]) => [key, value(inner)]));
}

/** A value without the order of tables, which a document changes. */
function unordered(of: Value): unknown {
  if (isTable(of))
    return [...of].map(([key, inner]) => [key, unordered(inner)] as const).sort(([a], [b]) => (a < b ? -1 : 1));
  return isArray(of) ? of.map(unordered) : of;
}

describe("TOML", () => {
  it("is written byte for byte, and read back", () => {
    for (const [document, text] of golden<readonly (readonly [Plain, string])[]>("toml")) {
      const wanted = value(document);
      assert.strictEqual(TomlWriter.write(wanted as Table), text);
      assert.deepStrictEqual(unordered(TomlReader.read(text, "test")), unordered(wanted));
    }
  });

  it("has texts, numbers and times in many forms", () => {
    const document = TomlReader.read(
      `a.b = 0x1F # one
'c' = """\\
   long \\u00e9 "" \\
   text"""\r
d = [ 1_000, # two
  -0, +7, 1e3, .5.0 ]`.replace(", .5.0", ", 0.5"),
      "test",
    );
    assert.deepStrictEqual(unordered(document), [
      ["a", [["b", 31n]]],
      ["c", 'long é "" text'],
      ["d", [1000n, 0n, 7n, new Float(1000), new Float(0.5)]],
    ]);
    const times = TomlReader.read("a = 1979-05-27 07:32:00.5z\nb = 07:32:00.120\nc = 1979-05-27", "test");
    assert.deepStrictEqual(unordered(times), [
      ["a", new Moment("1979-05-27T07:32:00.500000Z")],
      ["b", new Moment("07:32:00.12")],
      ["c", new Moment("1979-05-27")],
    ]);
  });

  it("that is wrong is refused, with its place", () => {
    const wrong = [
      "a = 1\na = 2",
      "[a]\n[a]",
      "a = {b = 1}\n[a.c]",
      "a = [1]\n[[a]]",
      "a.b = 1\n[a]",
      "a = 01",
      "a = tru",
      'a = "x',
      "a = 'x\ny'",
      "a = 1 b = 2",
      "= 1",
      "[a",
      'a = "\\q"',
      'a = "\\ud800"',
      "a = [1",
      `a = ${"[".repeat(1000)}`,
      "a = 1979-13",
      "a",
    ];
    for (const text of wrong) {
      const result = attempt(() => TomlReader.read(text, "X.toml"));
      assert.isTrue(result._tag === "Failure" && /X\.toml .* line \d+, column \d+/.test(result.failure.message), text);
    }
  });
});

describe("versions of Python packages", () => {
  const { versions, ranks } = golden<{
    readonly versions: readonly (readonly [string, string | null, boolean])[];
    readonly ranks: readonly (readonly [string, number])[];
  }>("versions");

  it("have a normal form", () => {
    for (const [text, normal, prerelease] of versions) {
      const version = PythonVersion.parse(text);
      assert.strictEqual(version?.text ?? null, normal, text);
      assert.strictEqual(version?.isPrerelease ?? false, prerelease, text);
    }
  });

  it("have an order", () => {
    for (const [left, leftRank] of ranks)
      for (const [right, rightRank] of ranks) {
        const [a, b] = [PythonVersion.parse(left), PythonVersion.parse(right)];
        if (a === undefined || b === undefined) return assert.fail(left);
        assert.strictEqual(Math.sign(PythonVersion.compare(a, b)), Math.sign(leftRank - rightRank), `${left} ${right}`);
      }
  });
});

describe("Starlark", () => {
  it("is data only", () => {
    assert.deepStrictEqual(StarlarkData.assigned("a = [1, ('x' \"y\",), {'k': None,},]; b = True\n", "a", "f"), [
      1,
      ["xy"],
      { k: null },
    ]);
    for (const text of ["a = f()", "a = [1", "a = 'x", "import os", "a = b", `a = ${"[".repeat(1000)}`])
      assert.strictEqual(attempt(() => StarlarkData.assigned(text, "a", "f"))._tag, "Failure", text);
  });
});
