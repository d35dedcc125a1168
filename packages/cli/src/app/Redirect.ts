/** Elements that stand for another one in tracking and workspaces: a filter has no sources of its own, but those of what it filters. */
import type { Element } from "@millrace/core/element/Element";
import type { Graph } from "@millrace/core/graph/Graph";
import type { Voice } from "@millrace/sandbox/session/Voice";

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

/** The elements meant, each once; `voice` says where that is another one than was named. */
export function all(graph: Graph, ids: readonly number[], voice: Voice): readonly number[] {
  const nameOf = (id: number) => (graph.elements[id] as Element).fullName;
  const meant = ids.map((id) => {
    const target = follow(graph, id);
    if (target !== id) voice.say("info", `Element '${nameOf(id)}' redirected to '${nameOf(target)}'`);
    return target;
  });
  return [...new Set(meant)];
}
