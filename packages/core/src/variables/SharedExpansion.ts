/**
 * Expanding one node for many elements: those whose variables agree on what the node refers to get the same result.
 *
 * Most of what an element takes from its project (split rules, environment, sandbox) is the same node for all elements of a kind, and refers to a few variables
 * that hardly differ. Looking these up is much cheaper than expanding, and equal results share their memory. Only nodes that live as long as the load should be
 * given here.
 */
import type { Mapping, Node } from "../yaml/Node.ts";
import * as Variables from "./Variables.ts";

interface Template {
  /** Variables that the node itself names, each once. */
  readonly names: readonly string[];
  /** Results by the values of these. */
  readonly results: Map<string, Mapping>;
}

const templates = new WeakMap<Mapping, Template>();
const reference = /%\{([a-zA-Z][a-zA-Z0-9_-]*)\}/g;

/** What {@link Variables.expand} gives, remembered by the node and the values that it needs. */
export function expand(variables: Variables.Variables, node: Mapping): Mapping {
  let template = templates.get(node);
  if (template === undefined) {
    const names = new Set<string>();
    collect(node, names);
    template = { names: [...names], results: new Map() };
    templates.set(node, template);
  }
  if (template.names.length === 0) return node;
  let key = "";
  for (const name of template.names) {
    const value = Variables.get(variables, name);
    // Expanding the node tells where the undefined name stands.
    if (value === undefined) return Variables.expand(variables, node);
    key += `${value.length}:${value}`;
  }
  let result = template.results.get(key);
  if (result === undefined) {
    result = Variables.expand(variables, node);
    template.results.set(key, result);
  }
  return result;
}

function collect(node: Node, names: Set<string>): void {
  if (node.type === "scalar") {
    if (!node.value.includes("%{")) return;
    for (const match of node.value.matchAll(reference)) names.add(match[1] as string);
  } else if (node.type === "sequence") for (const item of node.items) collect(item, names);
  else for (const child of node.entries.values()) collect(child, names);
}
