/**
 * From a junction to the project behind it.
 *
 * A project is loaded when somebody first needs it, through the highest override that concerns its junction. A junction with one local source is used in place; for
 * any other the host is asked, and where it has nothing yet, loading stops with the junction noted in the session.
 */
import * as Declarations from "../element/Declarations.ts";
import * as ElementName from "../element/ElementName.ts";
import type * as Junction from "../element/kinds/Junction.ts";
import { BstError, formatPlace, raise } from "../error/BstError.ts";
import type { ProjectFiles } from "../project/ProjectFiles.ts";
import * as ProjectPath from "../project/ProjectPath.ts";
import type * as Local from "../source/kinds/Local.ts";
import type * as Workspace from "../source/kinds/Workspace.ts";
import { type Node, place, type Scalar, synthetic } from "../yaml/Node.ts";
import * as ElementFiles from "./ElementFiles.ts";
import * as Instantiate from "./Instantiate.ts";
import * as Links from "./Links.ts";
import * as LoadProject from "./LoadProject.ts";
import type { JunctionElement, LoadElement, LoadingProject } from "./LoadState.ts";
import * as ParsedFiles from "./ParsedFiles.ts";

/** The project behind a path of junctions, e.g. `a.bst:b.bst`, loading what is not loaded yet. */
export function find(project: LoadingProject, path: string, provenance: Node | undefined): LoadingProject {
  const searching = project.searches.get(path);
  if (searching !== undefined && provenance !== undefined) {
    raise({
      domain: "LOAD",
      reason: "circular-reference",
      message: `Looking for '${path}' leads back to looking for '${path}'`,
      detail: searching === provenance ? undefined : `First asked for at ${formatPlace(place(searching))}`,
      place: whereOf(provenance),
      hint: "A junction, a link or an include depends on what it is itself needed for.",
    });
  }
  if (provenance !== undefined) project.searches.set(path, provenance);
  try {
    let here = project;
    for (const name of path.split(":")) here = findOne(here, name, provenance);
    return here;
  } finally {
    if (provenance !== undefined) project.searches.delete(path);
  }
}

/** The same among the projects that are loaded already; junctions and links are read for it, but no project is. */
export function findLoaded(project: LoadingProject, path: string, provenance: Node): LoadingProject | undefined {
  let here: LoadingProject | undefined = project;
  for (const name of path.split(":")) {
    here = findOneLoaded(here, name, provenance);
    if (here === undefined) return undefined;
  }
  return here;
}

function findOneLoaded(project: LoadingProject, written: string, provenance: Node): LoadingProject | undefined {
  const name = ProjectPath.normalize(written);
  const known = project.loaders.get(name);
  if (known !== undefined) return known;
  const passed = new Set<LoadElement>();
  let here = project;
  let element = ElementFiles.get(here, name, provenance, true);
  while (element?.linkTarget !== undefined && !passed.has(element)) {
    passed.add(element);
    const link: Scalar = element.linkTarget;
    const { junction, name: target } = ElementName.split(link.value);
    const owner: LoadingProject | undefined = junction === undefined ? here : findLoaded(here, junction, link);
    if (owner === undefined) return undefined;
    here = owner;
    const found = here.loaders.get(target);
    if (found !== undefined) return found;
    element = ElementFiles.get(here, ProjectPath.normalize(target), link, true);
  }
  return undefined;
}

function findOne(project: LoadingProject, written: string, provenance: Node | undefined): LoadingProject {
  const name = ProjectPath.normalize(written);
  const known = project.loaders.get(name);
  if (known !== undefined) return known;
  const overriding = findOverriding(project, name);
  if (overriding !== undefined) {
    project.loaders.set(name, overriding);
    return overriding;
  }
  const element = ElementFiles.get(project, name, provenance);
  if (element.linkTarget !== undefined) {
    const target = ElementFiles.follow(project, element.linkTarget.value, element.linkTarget);
    return find(target.project, target.name, element.linkTarget);
  }
  if (element.kind !== "junction") {
    raise({
      domain: "LOAD",
      reason: "invalid-data",
      message: `'${name}' is used as a junction, but it is an element of kind '${element.kind}'`,
      place: whereOf(provenance),
      hint: "Only a junction (or a link to one) can stand before a ':'.",
    });
  }
  const dependency = Declarations.read(element.node)[0];
  if (dependency !== undefined) {
    raise({
      domain: "LOAD",
      reason: "invalid-junction",
      message: `The junction '${element.fullName}' has dependencies`,
      place: place(dependency.node),
      hint: "Junctions cannot depend on anything; remove them.",
    });
  }
  const loaded = load(project, element, provenance);
  project.loaders.set(name, loaded);
  // Overrides may name their victims through links that exist only now.
  for (let here = loaded; here.parent !== undefined; here = here.parent) readOverriddenLinks(here);
  return loaded;
}

/** The project that replaces the one behind a junction, by the highest override. */
function findOverriding(project: LoadingProject, name: string): LoadingProject | undefined {
  const overrides = [...Links.overrides(project, name)];
  const highest = overrides.pop();
  if (highest === undefined) return undefined;
  const found = find(highest.project, highest.node.value, highest.node);
  if (found !== project) found.alternativeParents.push(project);
  found.alternativeParents.push(...overrides.map((override) => override.project));
  return found;
}

function load(project: LoadingProject, element: LoadElement, provenance: Node | undefined): LoadingProject {
  const { session } = project;
  const made = Instantiate.alone(element);
  const settings = made.settings as Junction.Settings;
  if (made.sources.some((source) => !source.resolved)) {
    raise({
      domain: "LOAD",
      reason: "subproject-inconsistent",
      message: `The sources of the junction '${element.fullName}' have no ref`,
      place: whereOf(provenance),
      hint: `Track it first: bst source track ${element.fullName}`,
    });
  }
  const junction: JunctionElement = {
    name: element.name,
    fullName: element.fullName,
    project: project.project,
    node: element.node,
    sources: made.sources,
    element: made,
  };
  const staged = filesOf(project, junction) ?? need(project, junction, provenance);
  const files = ParsedFiles.below(session.files, staged, settings.path);
  const use = { name: element.name, fullName: element.fullName, settings };
  try {
    return LoadProject.loadFirstPass(session, files, use, project, provenance);
  } catch (cause) {
    if (!(cause instanceof BstError) || cause.reason !== LoadProject.missingReason) throw cause;
    return raise({
      domain: "LOAD",
      reason: "invalid-junction",
      message: `There is no project.conf in the sources of the junction '${element.fullName}'${settings.path === "" ? "" : ` below '${settings.path}'`}`,
      place: whereOf(provenance),
      hint: "Set `config: path:` of the junction to the directory that has it.",
    });
  }
}

function filesOf(project: LoadingProject, junction: JunctionElement): ProjectFiles | undefined {
  const [only, ...others] = junction.sources;
  if (only !== undefined && others.length === 0) {
    if (only.kind.name === "local") {
      const { path } = only.settings as Local.Settings;
      return ParsedFiles.below(project.session.files, project.files, path);
    }
    if (only.kind.name === "workspace") {
      return project.session.host.directory((only.settings as Workspace.Settings).path);
    }
  }
  return project.session.host.junction(junction);
}

function need(project: LoadingProject, junction: JunctionElement, provenance: Node | undefined): never {
  project.session.needed = junction;
  return raise({
    domain: "LOAD",
    reason: "subproject-fetch-needed",
    message: `The sources of the junction '${junction.fullName}' are not at hand`,
    place: whereOf(provenance),
    hint: `Fetch them with \`bst source fetch ${junction.fullName}\`.`,
  });
}

/** Reads what the overrides of a project's junction name, in case these are links. */
function readOverriddenLinks(project: LoadingProject): void {
  for (const [path, node] of project.junction?.settings.overrides ?? []) {
    const passed = new Set<string>();
    let next: string | undefined = path;
    let from: Node = node;
    while (next !== undefined && !passed.has(next)) {
      passed.add(next);
      const { junction, name } = ElementName.split(next);
      const owner: LoadingProject | undefined = junction === undefined ? project : findLoaded(project, junction, from);
      const target: Node | undefined =
        owner === undefined ? undefined : ElementFiles.get(owner, name, from, true)?.linkTarget;
      if (target?.type !== "scalar") break;
      next = junction === undefined ? target.value : `${junction}:${target.value}`;
      from = target;
    }
  }
}

function whereOf(node: Node | undefined) {
  return node === undefined || node.file === synthetic ? undefined : place(node);
}
