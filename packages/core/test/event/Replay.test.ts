import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Action } from "../../src/event/Event.ts";
import * as Replay from "../../src/event/Replay.ts";
import { recording } from "./recordings.ts";

describe("Replay", () => {
  const fan = recording(
    [
      ["a", [], []],
      ["b", [], []],
      ["c", [], []],
      ["top", [0, 1, 2], []],
    ],
    [
      ["a", "build", 0, 30],
      ["b", "build", 30, 50],
      ["c", "build", 50, 60],
      ["top", "build", 60, 65],
    ],
    1,
  );

  it("takes what the session took, under the settings that it had", () => {
    expect(Replay.of(fan, {})).toEqual({
      settings: { fetchers: 10, builders: 1, pushers: 4 },
      elapsed: 65,
      recorded: 65,
      jobs: 4,
    });
  });

  it("tells what more builders would have brought, down to the longest chain", () => {
    expect(Replay.of(fan, { builders: 2 })?.elapsed).toBe(35);
    expect(Replay.of(fan, { builders: 64 })?.elapsed).toBe(35);
  });

  it("has nothing to say of a recording without jobs", () => {
    expect(Replay.of(fan.slice(0, 3), {})).toBeUndefined();
  });

  it("never ends before the longest chain or the work shared among all builders, and one builder does one after the other", () => {
    const worlds = fc.array(
      fc.record({ length: fc.integer({ min: 1, max: 50 }), needs: fc.array(fc.nat(), { maxLength: 3 }) }),
      {
        minLength: 1,
        maxLength: 20,
      },
    );
    fc.assert(
      fc.property(worlds, fc.integer({ min: 1, max: 6 }), (world, builders) => {
        const needs = world.map(({ needs: wanted }, at) =>
          at === 0 ? [] : [...new Set(wanted.map((one) => one % at))],
        );
        const elements = [
          ...needs.map((build, at): [string, number[], number[]] => [`e${at}`, build, []]),
          ["top", needs.map((_, at) => at), []] as [string, number[], number[]],
        ];
        let time = 0;
        const jobs = world.map(({ length }, at): [string, Action, number, number] => {
          const start = time;
          time += length;
          return [`e${at}`, "build", start, time];
        });
        const lines = recording(elements, [...jobs, ["top", "build", time, time]], 1);
        const chain: number[] = [];
        for (const [at, below] of needs.entries())
          chain.push((world[at]?.length ?? 0) + Math.max(0, ...below.map((one) => chain[one] ?? 0)));
        expect(Replay.of(lines, {})?.elapsed).toBe(time);
        const elapsed = Replay.of(lines, { builders })?.elapsed ?? 0;
        expect(elapsed).toBeGreaterThanOrEqual(Math.max(...chain, time / builders));
        expect(elapsed).toBeLessThanOrEqual(time);
      }),
      { numRuns: 100 },
    );
  });
});
