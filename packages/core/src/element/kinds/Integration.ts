/**
 * The integration commands in an element's artifact, known without building it: its own, after those it passes on.
 *
 * Only filters pass integration commands on, and a chain of filters ends at an element that is none.
 */
import * as Access from "../../yaml/Access.ts";
import type { Element } from "../Element.ts";
import type { GraphView } from "../ElementKind.ts";
import * as Filter from "./Filter.ts";

function own(element: Element): readonly string[] | undefined {
  const bst = Access.optionalMapping(element.public, "bst");
  return bst === undefined ? undefined : Access.optionalStringList(bst, "integration-commands");
}

/** The commands; undefined when the public data has no such list. */
export function commands(element: Element, graph: GraphView): readonly string[] | undefined {
  const parts: (readonly string[])[] = [];
  let found = false;
  for (let here: Element | undefined = element; here !== undefined; ) {
    const list = own(here);
    if (list !== undefined) parts.push(list);
    found ||= list !== undefined;
    const target: number | undefined = Filter.passesOn(here);
    found ||= target !== undefined;
    here = target === undefined ? undefined : graph.element(target);
  }
  return found ? parts.reverse().flat() : undefined;
}
