/**
 * One project loaded twice: allowed only when every instance but the primary ones is marked by a project above it.
 *
 * Instances that some ancestor calls `internal` never conflict. Marking as `duplicates` helps only when no unmarked instance is left; one unmarked instance beside internal
 * ones is fine.
 */
import { formatPlace, raise } from "../error/BstError.ts";
import { place } from "../yaml/Node.ts";
import * as Junctions from "./Junctions.ts";
import type { LoadingProject, Session } from "./LoadState.ts";

/** Raises `conflicting-junction` for the first project name with instances that conflict. */
export function check(session: Session): void {
  const byName = new Map<string, LoadingProject[]>();
  for (const project of session.projects) {
    const instances = byName.get(project.name);
    if (instances === undefined) byName.set(project.name, [project]);
    else instances.push(project);
  }
  for (const [name, instances] of byName) {
    if (instances.length > 1) checkInstances(name, instances);
  }
}

function checkInstances(name: string, instances: readonly LoadingProject[]): void {
  const marks = instances.map((project) => {
    const above = ancestors(project);
    return {
      project,
      duplicating: above.filter((ancestor) => marked(ancestor, ancestor.duplicates.get(name) ?? [], project)),
      internalizing: above.filter((ancestor) => marked(ancestor, ancestor.internal, project)),
    };
  });
  const primary = marks.filter((mark) => mark.duplicating.length === 0 && mark.internalizing.length === 0);
  const duplicated = marks.some((mark) => mark.duplicating.length > 0);
  if (primary.length === 0 || (primary.length === 1 && !duplicated)) return;
  const lines = marks.flatMap(({ project, duplicating, internalizing }) => [
    describe(project),
    ...duplicating.map((ancestor) => `  Duplicated by: ${describe(ancestor)}`),
    ...internalizing.map((ancestor) => `  Internal to: ${describe(ancestor)}`),
  ]);
  raise({
    domain: "LOAD",
    reason: "conflicting-junction",
    message: `The project '${name}' is loaded ${instances.length} times, through different junctions`,
    detail: lines.join("\n"),
    hint: "Override or link the junctions to one, or mark the instances under `junctions: duplicates:` or `internal:` in project.conf.",
  });
}

/** `NAME (JUNCTION): PLACE`, or `NAME (toplevel)`. */
function describe(project: LoadingProject): string {
  if (project.junction === undefined) return `${project.name} (toplevel)`;
  const where = project.provenance === undefined ? "" : `: ${formatPlace(place(project.provenance))}`;
  return `${project.name} (${project.junction.fullName})${where}`;
}

/** Every project from which this one can be named, also through junctions that were overridden. */
function ancestors(project: LoadingProject): readonly LoadingProject[] {
  const found = new Set<LoadingProject>();
  for (const start of [project.parent, ...project.alternativeParents]) {
    for (let here = start; here !== undefined && !found.has(here); here = here.parent) found.add(here);
  }
  return [...found];
}

function marked(ancestor: LoadingProject, paths: LoadingProject["internal"], project: LoadingProject): boolean {
  return paths.some((path) => Junctions.findLoaded(ancestor, path.value, path) === project);
}
