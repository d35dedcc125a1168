/**
 * Links and overrides: which path stands for which, seen from each project.
 *
 * A link is remembered in its own project and, with the junction's name in front, in every project above, so that an override may name an element through a link
 * and still be found. Of several overrides for one element the one of the highest ancestor counts.
 */
import type { Scalar } from "../yaml/Node.ts";
import type { LoadingProject } from "./LoadState.ts";

/** Remembers a link in its project and all projects above. */
export function add(project: LoadingProject, name: string, target: string): void {
  let here = project;
  let link = name;
  let stands = target;
  addOne(here, link, stands);
  while (here.parent !== undefined && here.junction !== undefined) {
    link = `${here.junction.name}:${link}`;
    stands = `${here.junction.name}:${stands}`;
    here = here.parent;
    addOne(here, link, stands);
  }
}

function addOne(project: LoadingProject, link: string, target: string): void {
  const { links } = project;
  links.set(link, target);
  for (const [other, stands] of links) if (expand(project, stands) === link) links.set(other, target);
  project.overrides = undefined;
}

/** A path with the first known link at its beginning replaced by what it stands for. */
function expand(project: LoadingProject, path: string): string {
  for (const [link, target] of project.links) {
    if (path === link) return target;
    if (path.startsWith(link) && path[link.length] === ":") return target + path.slice(link.length);
  }
  return path;
}

/** An override as found: the value, and the project in which it is a path. */
export interface Override {
  readonly project: LoadingProject;
  readonly node: Scalar;
}

/** All overrides for an element of a project, the closest ancestor's first. */
export function overrides(project: LoadingProject, name: string): readonly Override[] {
  const found: Override[] = [];
  let here = project;
  let path = name;
  while (here.parent !== undefined && here.junction !== undefined) {
    const node = here.junction.settings.overrides.get(path) ?? expandedOverrides(here).get(path);
    if (node !== undefined) found.push({ project: here.parent, node });
    path = `${here.junction.name}:${path}`;
    here = here.parent;
  }
  return found;
}

function expandedOverrides(project: LoadingProject): ReadonlyMap<string, Scalar> {
  if (project.overrides !== undefined) return project.overrides;
  const expanded = new Map<string, Scalar>();
  for (const [path, node] of project.junction?.settings.overrides ?? []) {
    const target = expand(project, path);
    if (!expanded.has(target)) expanded.set(target, node);
  }
  project.overrides = expanded;
  return expanded;
}
