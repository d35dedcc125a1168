import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as Analysis from "../../src/event/Analysis.ts";
import type { Action } from "../../src/event/Event.ts";
import * as Recording from "../../src/event/Recording.ts";
import { recording } from "./recordings.ts";

type Line = Recording.Line;

const chainOf = (lines: readonly Line[]) =>
  Analysis.of(lines)?.chain.map(({ job, waited, crowded }) => [job.element, job.action, waited, crowded]);

describe("Analysis", () => {
  it("goes back over what ended last, through what dependencies need to run", () => {
    const lines = recording(
      [
        ["lib", [], []],
        ["tool", [], [0]],
        ["slow", [], []],
        ["top", [1], []],
      ],
      [
        ["lib", "fetch", 0, 10],
        ["lib", "build", 10, 50],
        ["tool", "build", 5, 20],
        ["slow", "build", 0, 45],
        ["top", "build", 60, 100],
      ],
      3,
    );
    expect(chainOf(lines)).toEqual([
      ["lib", "fetch", 0, 0],
      ["lib", "build", 0, 0],
      ["top", "build", 10, 0],
    ]);
  });

  it("tells waiting for a builder from other waiting", () => {
    const lines = recording(
      [
        ["a", [], []],
        ["b", [], []],
      ],
      [
        ["a", "build", 0, 30],
        ["b", "build", 30, 90],
      ],
      1,
    );
    expect(chainOf(lines)).toEqual([["b", "build", 30, 30]]);
    expect(Analysis.of(lines)?.builders.busy).toEqual([0, 90]);
  });

  it("reads what it wrote, passes over what it does not know, and refuses other files", () => {
    const lines = recording([["a", [], []]], [["a", "build", 0, 30]]);
    const written = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    expect(Recording.read(written)).toEqual(lines);
    expect(Recording.read(`${written}{"time":1,"type":"of the future"}\n{"time":1,"ty`)).toEqual(lines);
    expect(Recording.read("")).toBeUndefined();
    expect(Recording.read("kind: manual\n")).toBeUndefined();
    expect(Analysis.of([])).toBeUndefined();
  });

  it("gives a chain in the order of time that ends with the last job, whatever happened", () => {
    const job = fc.tuple(
      fc.constantFrom("a", "b", "c", "d"),
      fc.constantFrom<Action>("fetch", "build", "pull", "push"),
      fc.nat(100),
      fc.nat(100),
    );
    const edges = (id: number) => fc.subarray(Array.from({ length: id }, (_, at) => at));
    const graph = fc.tuple(
      ...["a", "b", "c", "d"].map((name, id) => fc.tuple(fc.constant(name), edges(id), edges(id))),
    );
    fc.assert(
      fc.property(
        graph,
        fc.array(job, { minLength: 1 }),
        fc.integer({ min: 1, max: 3 }),
        (elements, jobs, builders) => {
          const timed = jobs.map(([name, action, start, length]) => [name, action, start, start + length] as const);
          const analysis = Analysis.of(recording(elements, timed, builders));
          const links = analysis?.chain ?? [];
          expect(links.at(-1)?.job.end).toBe(Math.max(...timed.map(([, , , end]) => end)));
          for (const [at, { job: own, waited, crowded }] of links.entries()) {
            expect(waited).toBeGreaterThanOrEqual(0);
            expect(crowded).toBeLessThanOrEqual(waited);
            if (at > 0 && own.element !== links[at - 1]?.job.element)
              expect(links[at - 1]?.job.end).toBeLessThanOrEqual(own.start);
          }
          const covered = analysis?.builders.busy.reduce((sum, time, count) => sum + time * count, 0);
          const built = timed
            .filter(([, action]) => action === "build")
            .reduce((sum, [, , start, end]) => sum + end - start, 0);
          expect(covered).toBe(built);
        },
      ),
    );
  });
});
