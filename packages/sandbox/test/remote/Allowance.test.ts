/** What tasks may take is bounded for each and for all, and all of it comes back. */
import { assert, describe, it } from "@effect/vitest";
import * as Allowance from "@millrace/sandbox/remote/Allowance";
import * as fc from "fast-check";

describe("an allowance", () => {
  it("gives no task and not all of them more than there is, and gives out again what came back", () => {
    const step = fc.record({ task: fc.nat(4), bytes: fc.nat(60), ends: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const begin = Allowance.make({ each: 50, all: 100 });
        const shares = Array.from({ length: 5 }, () => ({ share: begin(), taken: 0, over: false }));
        for (const { task, bytes, ends } of steps) {
          const one = shares[task]!;
          if (ends) {
            one.share.end();
            one.taken = 0;
            one.over = true;
            continue;
          }
          const inAll = shares.reduce((sum, { taken }) => sum + taken, 0);
          const fits = !one.over && one.taken + bytes <= 50 && inAll + bytes <= 100;
          assert.strictEqual(one.share.take(bytes), fits);
          if (fits) one.taken += bytes;
        }
      }),
    );
  });
});
