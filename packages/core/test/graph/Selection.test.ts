import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Dependency, Element } from "../../src/element/Element.ts";
import * as Scope from "../../src/graph/Scope.ts";
import * as Selection from "../../src/graph/Selection.ts";
import { mapping } from "../../src/yaml/Node.ts";

type Edge = readonly [to: number, type: "b" | "r" | "a"];

function elements(graph: readonly (readonly Edge[])[]): readonly Element[] {
  return graph.map((edges, id) => {
    const dependencies = edges.map(
      ([element, type]): Dependency => ({
        element,
        build: type !== "r",
        runtime: type !== "b",
        strict: false,
        path: `${element}.bst`,
        configs: [],
        node: mapping(),
      }),
    );
    return { id, name: `${id}.bst`, dependencies } as unknown as Element;
  });
}

/** The scopes as BuildStream defines them, by recursion. */
function slowScope(graph: readonly (readonly Edge[])[], root: number, scope: "run" | "build"): number[] {
  const seen = new Set<number>();
  const out: number[] = [];
  const run = (id: number) => {
    seen.add(id);
    for (const [to, type] of graph[id] ?? []) if (type !== "b" && !seen.has(to)) run(to);
    out.push(id);
  };
  if (scope === "run") run(root);
  else for (const [to, type] of graph[root] ?? []) if (type !== "r" && !seen.has(to)) run(to);
  return out;
}

const graphs = fc
  .array(fc.array(fc.tuple(fc.nat(1000), fc.constantFrom("b", "r", "a")), { maxLength: 4 }), {
    minLength: 1,
    maxLength: 25,
  })
  .map((rows) =>
    rows.map((edges, id): readonly Edge[] => {
      const found = new Map<number, Edge>();
      if (id > 0) for (const [to, type] of edges) found.set(to % id, [to % id, type as "b" | "r" | "a"]);
      return [...found.values()];
    }),
  );

describe("Scope and Selection", () => {
  it("gives the scopes of the definition", () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const view = Scope.make(elements(graph));
        for (let id = 0; id < graph.length; id++) {
          expect(view.runScope(id)).toEqual(slowScope(graph, id, "run"));
          expect(view.buildScope(id)).toEqual(slowScope(graph, id, "build"));
        }
      }),
    );
  });

  it("plans the deepest build chains first and dependencies never after a dependant of greater depth", () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const view = Scope.make(elements(graph));
        const target = graph.length - 1;
        const plan = Selection.plan(view, [target], "all");
        expect(new Set(plan)).toEqual(new Set(Selection.allScopeOf(view, [target])));
        for (const id of plan) {
          for (const [to, type] of graph[id] ?? []) {
            if (type !== "r") expect(plan.indexOf(to)).toBeLessThan(plan.indexOf(id));
          }
        }
      }),
    );
  });

  it("keeps what targets need below an excepted element's dependencies", () => {
    // t1 -> m -> x -> y, e -> x; t2 -> y: x falls out, m and y (needed by t2) stay.
    const graph: (readonly Edge[])[] = [[], [[0, "a"]], [[1, "a"]], [[2, "a"]], [[1, "a"]], [[0, "a"]]];
    const view = Scope.make(elements(graph));
    const selected = Selection.select(view, [3, 5], "all");
    expect(selected).toEqual([0, 1, 2, 3, 5]);
    expect(Selection.except(view, [3, 5], selected, [4])).toEqual([0, 2, 3, 5]);
  });

  it("stands a runtime chain of 100,000", () => {
    const graph = Array.from({ length: 100_000 }, (_, id): readonly Edge[] => (id === 0 ? [] : [[id - 1, "a"]]));
    const view = Scope.make(elements(graph));
    expect(view.runScope(99_999)).toHaveLength(100_000);
    expect(Selection.plan(view, [99_999], "all")).toHaveLength(100_000);
  });
});
