/**
 * `project.refs` and `junction.refs`: where a project with `ref-storage: project.refs` keeps the refs of its sources, and of subprojects' sources.
 *
 * The file maps project name → element name → one mapping a source, by position. A file that is not there is an empty one.
 */
import * as Access from "../yaml/Access.ts";
import * as Composite from "../yaml/Composite.ts";
import type { Mapping } from "../yaml/Node.ts";

/** The two files; sources of junctions look into the second. */
export type FileName = "project.refs" | "junction.refs";

const topKeys = ["projects"];

/** Checks a file of refs after its conditionals were processed. */
export function check(node: Mapping): Mapping {
  Composite.assertFullyComposited(node);
  Access.validateKeys(node, topKeys);
  return node;
}

/** The mapping (e.g. `ref: …`) kept for one source of an element; undefined when there is none. */
export function find(refs: Mapping | undefined, project: string, element: string, source: number): Mapping | undefined {
  const projects = refs === undefined ? undefined : Access.optionalMapping(refs, "projects");
  const elements = projects === undefined ? undefined : Access.optionalMapping(projects, project);
  const sources = elements === undefined ? undefined : Access.optionalSequence(elements, element);
  const node = sources?.items[source];
  if (node === undefined || node.type === "mapping") return node;
  return Access.invalid(node, `Each item below '${element}' must be a mapping that holds the ref of a source`);
}
