import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as Reachability from "../../src/graph/Reachability.ts";

/** Acyclic graphs: every edge goes from a greater to a smaller number, then nodes are renumbered. */
const graphs = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.infiniteStream(fc.nat(1_000_000)))
  .map(([count, random]) => {
    const draw = (limit: number) => (random.next().value as number) % limit;
    const density = 1 + draw(5);
    const names = Array.from({ length: count }, (_, index) => index);
    for (let at = count - 1; at > 0; at--) {
      const other = draw(at + 1);
      const kept = names[at] as number;
      names[at] = names[other] as number;
      names[other] = kept;
    }
    const children: number[][] = names.map(() => []);
    for (let from = 1; from < count; from++) {
      for (let edge = draw(density); edge > 0; edge--) {
        (children[names[from] as number] as number[]).push(names[draw(from)] as number);
      }
    }
    return children;
  });

function closure(children: readonly (readonly number[])[], from: number): Set<number> {
  const below = new Set<number>();
  const stack = [from];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    for (const child of children[node] ?? []) {
      if (below.has(child)) continue;
      below.add(child);
      stack.push(child);
    }
  }
  return below;
}

describe("Reachability", () => {
  it("answers as the transitive closure does", () => {
    fc.assert(
      fc.property(graphs, (children) => {
        const { reaches } = Reachability.make(children.length, (node) => children[node] ?? []);
        for (let from = 0; from < children.length; from++) {
          const below = closure(children, from);
          for (let to = 0; to < children.length; to++) expect(reaches(from, to)).toBe(below.has(to));
        }
      }),
      { numRuns: 200 },
    );
  });

  it("stands a chain of 100,000", () => {
    const count = 100_000;
    const { reaches } = Reachability.make(count, (node) => (node === 0 ? [] : [node - 1]));
    expect(reaches(count - 1, 0)).toBe(true);
    expect(reaches(0, count - 1)).toBe(false);
  });
});
