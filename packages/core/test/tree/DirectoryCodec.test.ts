import * as Result from "effect/Result";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as BstError from "../../src/error/BstError.ts";
import * as Digest from "../../src/tree/Digest.ts";
import type { Directory } from "../../src/tree/Directory.ts";
import * as DirectoryCodec from "../../src/tree/DirectoryCodec.ts";
import * as Tree from "../../src/tree/Tree.ts";
import * as Wire from "../../src/tree/Wire.ts";

const content = Digest.ofBytes(new TextEncoder().encode("hello"));

const sample: Directory = Tree.make([
  ["z", Tree.file(content, true)],
  ["link", Tree.symlink("/usr/bin")],
  ["a", Tree.directory(Tree.make([["empty", Tree.file(Digest.empty)]]))],
  ["b", { type: "file", digest: content, executable: false, mtime: { seconds: 1_321_009_871, nanos: 5000 } }],
]);

function failure(body: () => unknown): string {
  const result = BstError.attempt(body);
  if (Result.isSuccess(result)) throw new Error("it did not fail");
  expect(result.failure.domain).toBe("CAS");
  return result.failure.message;
}

describe("decode", () => {
  test("is the inverse of encode, one level at a time", () => {
    const decoded = DirectoryCodec.decode(DirectoryCodec.encode(sample));
    expect(DirectoryCodec.digestOf(decoded)).toEqual(DirectoryCodec.digestOf(sample));
    expect([...decoded.entries.keys()]).toEqual(["a", "b", "z", "link"]);
    const copy = Tree.make(decoded.entries);
    expect(DirectoryCodec.encode(copy)).toEqual(DirectoryCodec.encode(sample));
  });

  test("keeps properties of the directory itself", () => {
    for (const directory of [
      { ...sample, readOnly: true },
      { ...sample, readOnly: false, mtime: { seconds: -5, nanos: 1 } },
    ]) {
      const decoded = DirectoryCodec.decode(DirectoryCodec.encode(directory));
      expect(decoded.readOnly).toBe(directory.readOnly);
      expect(decoded.mtime).toEqual(directory.mtime);
    }
  });

  const entry = (field: number, name: string): void =>
    Wire.message(field, () => {
      Wire.text(1, name);
      DirectoryCodec.writeDigest(2, content);
    });
  const link = (name: string, target: string): void =>
    Wire.message(3, () => {
      Wire.text(1, name);
      Wire.text(2, target);
    });

  test.each([
    ["a slash", () => entry(1, "a/b"), "contains a slash"],
    ["a dot", () => entry(2, "."), "stands for a directory itself"],
    ["two dots", () => entry(1, ".."), "stands for a directory itself"],
    ["no name", () => entry(1, ""), "is empty"],
    ["a NUL", () => entry(1, "a\0b"), "NUL"],
    ["a NUL in a target", () => link("a", "b\0"), "NUL"],
    ["no target", () => link("a", ""), "no target"],
    [
      "a name twice",
      () => {
        entry(1, "a");
        entry(1, "a");
      },
      "twice",
    ],
    [
      "a name twice, as two kinds",
      () => {
        entry(1, "a");
        link("a", "b");
      },
      "same name",
    ],
    [
      "names out of order",
      () => {
        entry(2, "b");
        entry(2, "a");
      },
      "not sorted",
    ],
    ["no digest", () => Wire.message(1, () => Wire.text(1, "a")), "no digest"],
    [
      "a hash that is a path",
      () =>
        Wire.message(1, () => {
          Wire.text(1, "a");
          Wire.message(2, () => Wire.text(1, "../../../../etc/passwd"));
        }),
      "no SHA-256 hash",
    ],
    ["an end in the middle", () => Wire.varint(10), "ends inside"],
    [
      "a length beyond the end",
      () => {
        Wire.varint(10);
        Wire.varint(9999);
      },
      "claims 9999 bytes",
    ],
  ])("refuses %s", (_, write, message) => {
    expect(failure(() => DirectoryCodec.decode(Wire.bytesOf(write)))).toContain(message);
  });

  test("refuses text that is not UTF-8", () => {
    const bytes = Wire.bytesOf(() => entry(1, "abc"));
    bytes[4] = 0xff;
    expect(failure(() => DirectoryCodec.decode(bytes))).toContain("not UTF-8");
  });
});

describe("collectNew", () => {
  test("gives children before parents, each once, and nothing that a store has", () => {
    const shared = Tree.make([["f", Tree.file(content)]]);
    const twin = Tree.make([["f", Tree.file(content)]]);
    const root = Tree.make([
      ["one", Tree.directory(shared)],
      ["two", Tree.directory(twin)],
      ["three", Tree.directory(DirectoryCodec.decode(DirectoryCodec.encode(sample)))],
    ]);
    const blobs = DirectoryCodec.collectNew(root);
    expect(blobs.map(({ digest }) => digest)).toEqual([DirectoryCodec.digestOf(shared), DirectoryCodec.digestOf(root)]);
    for (const { digest, bytes } of blobs) expect(Digest.ofBytes(bytes)).toEqual(digest);
    DirectoryCodec.markStored(root);
    expect(DirectoryCodec.collectNew(root)).toEqual([]);
    expect(DirectoryCodec.collectNew(Tree.make([["again", Tree.directory(twin)]]))).toHaveLength(1);
  });

  test("knows stores apart", () => {
    const [one, other] = [{}, {}];
    const root = Tree.make([["d", Tree.directory(Tree.make([["f", Tree.file(content)]]))]]);
    expect(DirectoryCodec.collectNew(root, one)).toHaveLength(2);
    DirectoryCodec.markStored(root, one);
    expect(DirectoryCodec.collectNew(root, one)).toEqual([]);
    expect(DirectoryCodec.collectNew(root, other)).toHaveLength(2);
    const decoded = DirectoryCodec.decode(DirectoryCodec.encode(sample), undefined, other);
    expect(DirectoryCodec.collectNew(decoded, other)).toEqual([]);
    expect(DirectoryCodec.collectNew(decoded, one)).toHaveLength(1);
  });
});

describe("a digest", () => {
  const hash = "0123456789abcdef".repeat(4);
  const read = (bytes: Uint8Array, isText: boolean) =>
    BstError.attempt(() => DirectoryCodec.readDigest(Wire.read(bytes, "a digest", isText), bytes.length));

  test("is read the same on the short way and on the long one, whatever its bytes", () => {
    const usual = fc.record({ size: fc.oneof(fc.nat(), fc.maxSafeNat()), short: fc.boolean() }).map(({ size, short }) =>
      Wire.bytesOf(() => {
        Wire.text(1, short ? hash.slice(1) : hash);
        Wire.integer(2, size);
      }),
    );
    const change = fc.record({
      at: fc.nat(100),
      to: fc.nat(255),
      cut: fc.nat(80),
      more: fc.uint8Array({ maxLength: 4 }),
    });
    fc.assert(
      fc.property(usual, fc.option(change), (bytes, changed) => {
        const spoilt = Uint8Array.from(
          changed === null
            ? bytes
            : [...bytes.slice(0, bytes.length - (changed.cut > 20 ? 0 : changed.cut)), ...changed.more],
        );
        if (changed !== null && changed.at < spoilt.length) spoilt[changed.at] = changed.to;
        expect(read(spoilt, true)).toEqual(read(spoilt, false));
      }),
      { numRuns: 2000 },
    );
  });

  test.each([0, 1, 127, 128, 2 ** 32, 2 ** 42, 2 ** 49, Number.MAX_SAFE_INTEGER])(
    "keeps a size of %d bytes",
    (size) => {
      const bytes = Wire.bytesOf(() => DirectoryCodec.writeDigest(1, { hash, size }));
      expect(read(bytes.subarray(2), true)).toMatchObject({ success: { hash, size } });
    },
  );
});
