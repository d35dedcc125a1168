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
          expect(Addresses.read(bytes, "a directory")).toEqual({
            files: entries.flatMap((entry) => (entry.type === "file" ? [entry.digest] : [])),
            directories: entries.flatMap((entry) =>
              entry.type === "directory" ? [DirectoryCodec.digestOfEntry(entry.tree)] : [],
            ),
          });
        }
      }),
    );
  });

  test.each([
    ["an entry without a digest", () => Wire.message(1, () => Wire.text(1, "a")), "an entry has no digest"],
    ["a field beyond the end", () => Wire.raw(Uint8Array.of(10, 99)), "claims 99 bytes"],
  ])("are not read from %s", (_, write, message) => {
    const result = BstError.attempt(() => Addresses.read(Wire.bytesOf(write), "directory x"));
    expect(result).toMatchObject({ failure: { domain: "CAS", message: expect.stringContaining(message) } });
  });
});
