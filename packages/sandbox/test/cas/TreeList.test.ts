import type { Digest } from "@millrace/core/tree/Digest";
import * as TreeList from "@millrace/sandbox/cas/TreeList";
import * as Storage from "@millrace/sandbox/remote/Storage";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

const digest: fc.Arbitrary<Digest> = fc.record({
  hash: fc.stringMatching(/^[0-9a-f]{64}$/),
  size: fc.oneof(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 2 ** 50 })),
});
const digests = fc.array(digest, { maxLength: 60 });

describe("a list of blobs", () => {
  it("gives the list of any of them", () => {
    fc.assert(
      fc.property(digests, fc.func(fc.boolean()), (all, isWanted) => {
        const chosen = new Set(all.filter((each) => isWanted(each.hash)));
        const some = TreeList.select(TreeList.write(all), ({ hash }) => isWanted(hash) as boolean);
        expect(TreeList.read(some)).toEqual([...chosen]);
        expect(some.buffer.byteLength).toBe(some.length);
      }),
    );
  });

  it("is cut into batches that a server takes, and what is too large for one, without anything lost", () => {
    fc.assert(
      fc.property(digests, fc.integer({ min: 200, max: 6000 }), (all, batch) => {
        const { small, large } = Storage.batches({ batch } as Storage.Storage, TreeList.write(all));
        const batches = small.map(({ list }) => TreeList.read(list));
        // A thread that gets a view gets all of the memory under it.
        for (const { list } of small) expect(list.buffer.byteLength).toBe(list.length);
        const fits = ({ size }: Digest): boolean => size + 160 <= batch;
        expect(batches.flat()).toEqual(all.filter(fits));
        expect(large).toEqual(all.filter((each) => !fits(each)));
        for (const [at, { size }] of small.entries()) {
          const together = batches[at]!;
          expect(together.length).toBeGreaterThan(0);
          expect(size).toBe(together.reduce((sum, each) => sum + each.size, 0));
          expect(size + 160 * together.length).toBeLessThanOrEqual(batch);
        }
      }),
    );
  });
});
