import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as Arbitraries from "../../conformance/Arbitraries.ts";
import * as Sample from "../../conformance/Sample.ts";
import * as BstError from "../../src/error/BstError.ts";
import * as Addresses from "../../src/tree/Addresses.ts";
import * as DirectoryCodec from "../../src/tree/DirectoryCodec.ts";
import * as Wire from "../../src/tree/Wire.ts";

describe("addresses of a directory", () => {
  test("are those that decoding gives", () => {
    fc.assert(
      fc.property(Arbitraries.tree(), (sample) => {
        const directory = Sample.toDirectory(sample, new Map());
        for (const { bytes } of DirectoryCodec.collectNew(directory, {})) {
          const entries = [...DirectoryCodec.decode(bytes).entries.values()];
          const found: unknown[] = [];
          Addresses.each(bytes, "a directory", (isDirectory, digest, start, end) => {
            const reading = Wire.read(bytes.slice(start, end), "a digest");
            expect(DirectoryCodec.readDigest(reading, end - start)).toEqual(digest);
            found.push([isDirectory, digest]);
          });
          expect(found).toEqual([
            ...entries.flatMap((entry) => (entry.type === "file" ? [[false, entry.digest]] : [])),
            ...entries.flatMap((entry) =>
              entry.type === "directory" ? [[true, DirectoryCodec.digestOfEntry(entry.tree)]] : [],
            ),
          ]);
        }
      }),
    );
  });

  test.each([
    ["an entry without a digest", () => Wire.message(1, () => Wire.text(1, "a")), "an entry has no digest"],
    ["a field beyond the end", () => Wire.raw(Uint8Array.of(10, 99)), "claims 99 bytes"],
  ])("are not read from %s", (_, write, message) => {
    const result = BstError.attempt(() => Addresses.each(Wire.bytesOf(write), "directory x", () => {}));
    expect(result).toMatchObject({ failure: { domain: "CAS", message: expect.stringContaining(message) } });
  });
});
