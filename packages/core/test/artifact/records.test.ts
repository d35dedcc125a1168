import { describe, expect, test } from "vitest";
import type { Artifact } from "../../src/artifact/Artifact.ts";
import * as ArtifactCodec from "../../src/artifact/ArtifactCodec.ts";
import * as ArtifactName from "../../src/artifact/ArtifactName.ts";
import * as SourceCodec from "../../src/artifact/SourceCodec.ts";
import { BstError } from "../../src/error/BstError.ts";
import type { Digest } from "../../src/tree/Digest.ts";
import type { Directory, Entry, Timestamp } from "../../src/tree/Directory.ts";
import * as DirectoryCodec from "../../src/tree/DirectoryCodec.ts";
import { lines } from "../tree/golden.ts";

interface Node {
  readonly name: string;
  readonly type: "file" | "symlink" | "directory";
  readonly digest: Digest;
  readonly executable: boolean;
  readonly mtime?: Timestamp;
  readonly target: string;
}
interface DirectoryRecord {
  readonly entries: readonly Node[];
  readonly readOnly?: boolean;
  readonly mtime?: Timestamp;
}
type Row =
  | { readonly type: "artifact"; readonly record: Record<string, unknown>; readonly bytes: string }
  | { readonly type: "source"; readonly record: SourceCodec.SourceRecord; readonly bytes: string }
  | { readonly type: "directory"; readonly record: DirectoryRecord; readonly bytes: string };

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const rows = lines<Row>("artifact/records.jsonl");

function entryOf(node: Node): Entry {
  if (node.type === "symlink") return { type: "symlink", target: node.target };
  if (node.type === "directory") return { type: "directory", tree: { type: "stored", digest: node.digest } };
  const file: Entry = { type: "file", digest: node.digest, executable: node.executable };
  return node.mtime === undefined ? file : { ...file, mtime: node.mtime };
}

describe("messages are byte for byte those of Python's Protocol Buffers", () => {
  test("artifacts", () => {
    for (const row of rows) {
      if (row.type !== "artifact") continue;
      const record = Object.fromEntries(Object.entries(row.record).map(([key, value]) => [key, value ?? undefined]));
      const artifact = record as unknown as Artifact;
      expect(hex(ArtifactCodec.encode(artifact))).toBe(row.bytes);
      expect(ArtifactCodec.decode(Buffer.from(row.bytes, "hex"))).toEqual(artifact);
    }
  });

  test("sources", () => {
    for (const row of rows) {
      if (row.type !== "source") continue;
      expect(hex(SourceCodec.encode(row.record))).toBe(row.bytes);
      expect(SourceCodec.decode(Buffer.from(row.bytes, "hex"))).toEqual(row.record);
    }
  });

  test("directories", () => {
    for (const row of rows) {
      if (row.type !== "directory") continue;
      const { entries, mtime, readOnly } = row.record;
      const directory: Directory = {
        type: "tree",
        entries: new Map(entries.map((node) => [node.name, entryOf(node)])),
        mtime,
        readOnly,
      };
      expect(hex(DirectoryCodec.encode(directory))).toBe(row.bytes);
      const decoded = DirectoryCodec.decode(Buffer.from(row.bytes, "hex"));
      expect(decoded.entries).toEqual(directory.entries);
      expect([decoded.mtime, decoded.readOnly]).toEqual([mtime, readOnly]);
    }
  });
});

test("a damaged record is refused", () => {
  expect(() => ArtifactCodec.decode(new Uint8Array([0x1a, 5, 1]), "p/e/k")).toThrow("p/e/k");
  expect(() => SourceCodec.decode(new Uint8Array([8, 1]), "p/e/k")).toThrow("names no files");
});

test("a record that was cut off is not whole, wherever it ends, unless all that using it needs is there", () => {
  const digest: Digest = { hash: "d".repeat(64), size: 7 };
  const artifact: Artifact = {
    version: 2,
    buildSuccess: true,
    buildError: "",
    buildErrorDetails: "",
    strongKey: "a".repeat(64),
    weakKey: "b".repeat(64),
    strictKey: "a".repeat(64),
    wasWorkspaced: false,
    files: digest,
    buildDeps: [{ projectName: "p", elementName: "e.bst", cacheKey: "c".repeat(64), wasWorkspaced: false }],
    publicData: digest,
    logs: [{ name: "build.log", digest }],
    buildTree: digest,
    sources: digest,
    lowDiversityMeta: digest,
    highDiversityMeta: digest,
    buildRoot: undefined,
    buildSandbox: undefined,
  };
  const bytes = ArtifactCodec.encode(artifact);
  const wholeOnes = (cut: (length: number) => Uint8Array): readonly Artifact[] =>
    Array.from(bytes, (_, length) => length).flatMap((length) => {
      try {
        const left = ArtifactCodec.decode(cut(length));
        return ArtifactCodec.isWhole(left) ? [left] : [];
      } catch (cause) {
        expect(cause).toBeInstanceOf(BstError);
        return [];
      }
    });
  expect(wholeOnes((length) => bytes.subarray(0, length))).toEqual([{ ...artifact, strictKey: "" }]);
  // Some file systems leave zeros in the place of what did not reach the disk.
  expect(wholeOnes((length) => Uint8Array.from(bytes).fill(0, length))).toEqual([]);
  expect(ArtifactCodec.isWhole(artifact)).toBe(true);
});

describe("artifact names", () => {
  const key = "0123456789abcdef".repeat(4);

  test.each([
    ["a/b.bst", "a-b", "a-b"],
    ["foo.bar.bst", "foo.bar", "foo.bar"],
    [".bst", ".bst", ".bst"],
    ["..bst", "..bst", "..bst"],
    ["a", "a", "a"],
    ["x y/ü.bst", "x y-ü", "x_y-_"],
    ["..a.bst", "..a", "..a"],
    ["a/.bst", "a-", "a-"],
    ["...", "...", "..."],
    ["a.", "a", "a"],
    ["\u{1f600}.bst", "\u{1f600}", "_"],
  ])("%s is %s", (name, normal, element) => {
    expect(ArtifactName.normalName(name)).toBe(normal);
    const made = ArtifactName.make("p", name, key);
    expect(made).toEqual({ project: "p", element, key });
    expect(ArtifactName.parse(ArtifactName.format(made))).toEqual(made);
  });

  test.each(["", "p", "p/e", `p/e/${key}0`, `p/e/x/${key}`, `p/e/${key.toUpperCase()}`, `p/e/${key.slice(1)}\n`])(
    "%j is none",
    (text) => {
      expect(ArtifactName.tryParse(text)).toBeUndefined();
      expect(() => ArtifactName.parse(text)).toThrow("not the name");
    },
  );

  test("globs select whole names, in their order", () => {
    const names = [`p/b/${key}`, `p/a/${key}`, `q/a/${key}`];
    expect(ArtifactName.select(names, "p/*/*")).toEqual(names.slice(0, 2));
    expect(ArtifactName.select(names, "**/a/**")).toEqual([names[1], names[2]]);
    expect(ArtifactName.select(names, "p/a")).toEqual([]);
    expect([ArtifactName.folderOf("p/a/*"), ArtifactName.folderOf("*/a/*"), ArtifactName.folderOf("*")]).toEqual([
      "p/a",
      "",
      "",
    ]);
  });
});
