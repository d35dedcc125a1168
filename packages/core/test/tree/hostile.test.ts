import * as Result from "effect/Result";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as ArtifactCodec from "../../src/artifact/ArtifactCodec.ts";
import * as SourceCodec from "../../src/artifact/SourceCodec.ts";
import * as BstError from "../../src/error/BstError.ts";
import * as DirectoryCodec from "../../src/tree/DirectoryCodec.ts";
import * as Names from "../../src/tree/Names.ts";
import * as TreeCodec from "../../src/tree/TreeCodec.ts";
import { lines } from "./golden.ts";

const messages = lines<{ type: "artifact" | "source" | "directory"; bytes: string }>("artifact/records.jsonl").map(
  ({ type, bytes }) => ({ type, bytes: Uint8Array.from(Buffer.from(bytes, "hex")) }),
);

/** A good message with a few bytes changed, cut off or put in. */
const damaged = fc
  .record({
    message: fc.constantFrom(...messages),
    edits: fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        kind: fc.constantFrom("set", "cut", "add"),
        byte: fc.nat(255),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  })
  .map(({ message, edits }) => {
    let bytes = [...message.bytes];
    for (const { at, kind, byte } of edits) {
      const index = Math.min(bytes.length, Math.floor(at * (bytes.length + 1)));
      if (kind === "cut") bytes = bytes.slice(0, index);
      else bytes.splice(index, kind === "set" ? 1 : 0, byte);
    }
    return { type: message.type, bytes: Uint8Array.from(bytes) };
  });

describe("damaged messages", () => {
  test("are read as something safe or refused with a CAS error, never a crash", () => {
    fc.assert(
      fc.property(damaged, ({ type, bytes }) => {
        const result = BstError.attempt(() => {
          if (type === "artifact") return ArtifactCodec.decode(bytes);
          if (type === "source") return SourceCodec.decode(bytes);
          return DirectoryCodec.decode(bytes);
        });
        if (Result.isFailure(result)) {
          expect(result.failure.domain).toBe("CAS");
          return;
        }
        if (!("entries" in result.success)) return;
        for (const [name, entry] of result.success.entries) {
          expect(Names.flaw(name)).toBeUndefined();
          const digest =
            entry.type === "file"
              ? entry.digest
              : entry.type === "directory"
                ? DirectoryCodec.digestOfEntry(entry.tree)
                : undefined;
          if (digest !== undefined) expect(digest.hash).toMatch(/^[0-9a-f]{64}$/);
        }
      }),
      { numRuns: 5000 },
    );
  });

  test("trees too", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const result = BstError.attempt(() => TreeCodec.decode(bytes));
        if (Result.isFailure(result)) expect(result.failure.domain).toBe("CAS");
      }),
      { numRuns: 2000 },
    );
  });
});

test("a directory keeps the digest of the bytes it came from, properties that we have no place for included", () => {
  // NodeProperties { unix_mode: UInt32Value { 0o700 } }
  const bytes = Uint8Array.from([0x2a, 5, 0x1a, 3, 0x08, 0xc0, 0x03]);
  const directory = DirectoryCodec.decode(bytes);
  expect(directory.entries.size).toBe(0);
  expect(DirectoryCodec.digestOf(directory).size).toBe(bytes.length);
  expect(DirectoryCodec.collectNew(directory)).toEqual([]);
});
