import * as Result from "effect/Result";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { attempt, type BstError } from "../../src/error/BstError.ts";
import * as FastRead from "../../src/yaml/FastRead.ts";
import { type Node, place } from "../../src/yaml/Node.ts";
import * as Read from "../../src/yaml/Read.ts";
import * as SlowRead from "../../src/yaml/SlowRead.ts";
import { fromNode, load, type Ordered } from "./Golden.ts";

const identity = { name: "f", project: null, path: null };

type Row = readonly [path: string, kind: string, value: string | null, line: number, column: number];

function walk(node: Node, path: string, rows: Row[]): readonly Row[] {
  const { line, column } = place(node);
  const kind = { scalar: "Sc", sequence: "Se", mapping: "Ma" }[node.type];
  rows.push([path, kind, node.type === "scalar" ? node.value : null, line, column]);
  if (node.type === "mapping") for (const [key, child] of node.entries) walk(child, `${path}/${key}`, rows);
  if (node.type === "sequence") node.items.forEach((child, index) => void walk(child, `${path}/${index}`, rows));
  return rows;
}

const failure = (content: string | Uint8Array): BstError => {
  const result = attempt(() => Read.read(identity, content));
  if (Result.isSuccess(result)) throw new Error("it was read");
  return result.failure;
};

describe("reading", () => {
  const golden = load<readonly (readonly [string, readonly Row[] | null])[]>("read.json");

  test("accepts, refuses and places as BuildStream does", () => {
    // YAML 1.2's laxness, strictness or places where nobody writes: an explicit key in a flow list, two ends of a document, a colon one column too far right,
    // a tag of an undeclared handle.
    const known = [/\[[^\]]*\?/, /\.\.\.\n\.\.\./, /\n\? k4\n :/, /!!!x/];
    const different: unknown[] = [];
    for (const [text, want] of golden) {
      if (known.some((pattern) => pattern.test(text))) continue;
      const result = attempt(() => walk(Read.read(identity, text), "", []));
      const got = Result.isSuccess(result) ? result.success : null;
      if (JSON.stringify(got) !== JSON.stringify(want)) different.push({ text, want, got });
    }
    expect(different).toEqual([]);
  });

  test("the fast reader reads most of what is right by itself", () => {
    const right = golden.filter(([, want]) => want !== null);
    const fast = right.filter(([text]) => FastRead.read(Read.decode(identity, text)).type === "mapping");
    expect(fast.length / right.length).toBeGreaterThan(0.75);
  });

  test("both readers agree wherever the fast one answers", () => {
    for (const [text] of golden) {
      const decoded = attempt(() => Read.decode(identity, text));
      if (Result.isFailure(decoded)) continue;
      const fast = FastRead.read(decoded.success);
      if (fast.type !== "mapping") continue;
      const slow = attempt(() => SlowRead.read(decoded.success));
      if (Result.isSuccess(slow)) expect(walk(fast, "", [])).toEqual(walk(slow.success, "", []));
    }
  });

  const key = fc.stringMatching(/^[a-z(][a-z0-9 ?()-]{0,8}$/).map((text) => text.trim());
  const { top } = fc.letrec<{ value: unknown; top: Record<string, unknown> }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc
        .string({ unit: "grapheme" })
        .map((text) => text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]/g, "")),
      fc.constantFrom("a: b", "x\ny\n", "- a", "1", "#", " lead", "'", '"', "a\n\n  b\n"),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(key, tie("value"), { maxKeys: 4 }),
    ),
    top: fc.dictionary(key, tie("value"), { maxKeys: 5 }),
  }));

  test("property: what the yaml package prints, in any style, both readers read as the same tree", () => {
    fc.assert(
      fc.property(
        top,
        fc.constantFrom("PLAIN", "QUOTE_SINGLE", "QUOTE_DOUBLE", "BLOCK_LITERAL", "BLOCK_FOLDED"),
        fc.boolean(),
        (tree, style, flow) => {
          const text = stringify(tree, {
            schema: "failsafe",
            version: "1.1",
            defaultStringType: style as "PLAIN",
            collectionStyle: flow ? "flow" : "any",
          });
          const file = Read.decode(identity, text);
          const slow = attempt(() => SlowRead.read(file));
          const fast = FastRead.read(file);
          if (fast.type === "mapping" && Result.isSuccess(slow)) {
            expect(walk(fast, "", [])).toEqual(walk(slow.success, "", []));
          }
          if (fast.type === "mapping") expect(fast.type).toBe(Result.isSuccess(slow) ? "mapping" : "refused");
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("hostile input ends in an error with a place, quickly", () => {
  test("bytes that are not UTF-8", () => {
    const error = failure(new Uint8Array([0x61, 0x3a, 0x20, 0xc3, 0xa9, 0x0a, 0x62, 0x3a, 0x20, 0xff]));
    expect(error).toMatchObject({ reason: "invalid-yaml", place: { file: "f", line: 2, column: 3 } });
  });

  test("control characters", () => {
    expect(failure("a: b\nc: \x07")).toMatchObject({ reason: "invalid-yaml", place: { line: 2, column: 3 } });
  });

  test("a tab as indentation", () => {
    expect(failure("a:\n\tb: c\n")).toMatchObject({ reason: "invalid-yaml", place: { line: 2, column: 0 } });
  });

  test("anchors, aliases, foreign tags, several documents, duplicate keys", () => {
    expect(failure("a: &x b\n").message).toContain("anchors");
    expect(failure("a: *x\n").message.length).toBeGreaterThan(10);
    expect(failure("a: !x b\n").message).toContain("!x");
    expect(failure("a: b\n---\nc: d\n").message).toContain("more than one document");
    expect(failure("a: b\na: c\n")).toMatchObject({ place: { line: 2, column: 0 } });
    expect(failure("a: b\na: c\n").message).toContain("'a'");
  });

  test("an alias bomb", () => {
    const lines = ["a0: &a0 [x, x]"];
    for (let n = 1; n < 40; n++) lines.push(`a${n}: &a${n} [*a${n - 1}, *a${n - 1}]`);
    expect(failure(lines.join("\n")).reason).toBe("invalid-yaml");
  });

  test.each([
    ["flow lists", "[", "a: "],
    ["flow mappings", "{a: ", "a: "],
    ["dashes", "- ", "a:\n  "],
  ])("100,000 nested %s", (_, open, start) => {
    expect(failure(start + open.repeat(100_000)).message).toContain("deep");
  });

  test("indentation that grows for 3,000 lines", () => {
    const text = Array.from({ length: 3000 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n");
    expect(failure(text).message).toContain("deep");
  });

  test("a line of 20 million characters is read, and one that is wrong is refused", () => {
    const long = "x".repeat(20_000_000);
    expect(Read.read(identity, `a: ${long}\n`).entries.size).toBe(1);
    expect(failure(`a: ${long}: b\n`).place?.line).toBe(1);
  });

  test("two million quotes", () => {
    expect(failure(`a: ${"'".repeat(2_000_001)}`).reason).toBe("invalid-yaml");
  });
});

test("line breaks and the byte order mark are normalised before places are counted", () => {
  const top = Read.read(identity, new TextEncoder().encode("\ufeffa: b\r\nc: d\re: f\n"));
  expect(fromNode(top)).toEqual({
    map: [
      ["a", "b"],
      ["c", "d"],
      ["e", "f"],
    ],
  } satisfies Ordered);
  expect(place(top.entries.get("e") as Node)).toEqual({ file: "f", line: 3, column: 3 });
  expect(place(top)).toEqual({ file: "f", line: 1, column: 0 });
});
