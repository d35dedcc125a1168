/** Elements that stand for another one in tracking and workspaces: a filter has no sources of its own, but those of what it filters. */
import type { Element } from "@millrace/core/element/Element";
import type { Graph } from "@millrace/core/graph/Graph";

/** The element whose sources are meant. */
function follow(graph: Graph, id: number): number {
  let at = id;
  for (;;) {
    const element = graph.elements[at] as Element;
    const next = element.kind.redirect?.(element.settings, element);
    if (next === undefined) return at;
    at = next;
  }
}

/** The elements meant, each once. */
export function all(graph: Graph, ids: readonly number[]): readonly number[] {
  return [...new Set(ids.map((id) => follow(graph, id)))];
}
