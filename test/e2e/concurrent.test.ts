/** A short run of the stress of concurrent builds (`test/stress/concurrent.ts`). */
import { describe, expect, it } from "vitest";
import { stress } from "../stress/concurrent.ts";

describe("builds at the same time", () => {
  it("share one cache under a quota and `kill -9`", async () => {
    const report = await stress({ seconds: 15, seed: 5, workers: 3 });
    expect(report.faults).toEqual([]);
    expect(report.killed).toBeGreaterThan(0);
    expect(report.compared).toBeGreaterThan(0);
  }, 240_000);
});
