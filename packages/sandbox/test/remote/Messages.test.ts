/** Answers that are read in a short way, beside the long one. */
import * as Digest from "@millrace/core/tree/Digest";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Wire from "@millrace/core/tree/Wire";
import * as TreeList from "@millrace/sandbox/cas/TreeList";
import * as Messages from "@millrace/sandbox/remote/Messages";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

const digests = Array.from({ length: 5 }, (_, at) => ({ ...Digest.ofBytes(Uint8Array.of(at)), size: 100 ** at }));

/** How an answer says that a blob was taken; `code` says how it went. */
const answer = (told: readonly Digest.Digest[], status: "absent" | "empty" | number) =>
  Wire.bytesOf(() => {
    for (const digest of told)
      Wire.message(1, () => {
        DirectoryCodec.writeDigest(1, digest);
        if (status !== "absent") Wire.message(2, () => Wire.integer(1, status === "empty" ? 0 : status));
      });
  });

/** The long way. */
function took(bytes: Uint8Array): boolean {
  const answers = Messages.batchUpdateResponse(bytes);
  const taken = new Set(answers.map(({ digest }) => digest.hash));
  return answers.every(({ status }) => status.code === 0) && digests.every(({ hash }) => taken.has(hash));
}

describe("the answer to an upload of many", () => {
  const list = TreeList.write(digests);

  it("is known at sight where it says of each that it was taken, in the order of the question", () => {
    for (const status of ["absent", "empty"] as const)
      expect(Messages.tookAll(answer(digests, status), list)).toBe(true);
    expect(Messages.tookAll(answer(digests, 8), list)).toBe(false);
    expect(Messages.tookAll(answer(digests.slice(1), "empty"), list)).toBe(false);
    expect(Messages.tookAll(answer([...digests, ...digests], "empty"), list)).toBe(false);
    expect(Messages.tookAll(answer(digests.toReversed(), "empty"), list)).toBe(false);
    expect(Messages.tookAll(new Uint8Array(0), list)).toBe(false);
  });

  it("is never taken for that where it says something else, whatever becomes of its bytes", () => {
    const change = fc.record({ at: fc.nat(), to: fc.nat(255), cut: fc.boolean() });
    fc.assert(
      fc.property(
        fc.constantFrom("absent" as const, "empty" as const, 8),
        fc.array(change, { maxLength: 3 }),
        (how, changes) => {
          let bytes = answer(digests, how);
          for (const { at, to, cut } of changes) {
            const place = at % bytes.length;
            bytes = cut
              ? bytes.slice(0, place + 1)
              : Uint8Array.from(bytes, (byte, index) => (index === place ? to : byte));
          }
          if (Messages.tookAll(bytes, list)) expect(took(bytes)).toBe(true);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
