/**
 * Element files: found, read, their conditionals and includes processed, links noted. What they depend on comes later.
 */
import * as Declarations from "../element/Declarations.ts";
import * as ElementName from "../element/ElementName.ts";
import type * as Link from "../element/kinds/Link.ts";
import { formatPlace, raise } from "../error/BstError.ts";
import * as Conditionals from "../project/Conditionals.ts";
import * as Includes from "../project/Includes.ts";
import * as ProjectPath from "../project/ProjectPath.ts";
import * as Access from "../yaml/Access.ts";
import * as Closest from "../yaml/Closest.ts";
import { type Mapping, type Node, place, synthetic } from "../yaml/Node.ts";
import * as ElementNames from "./ElementNames.ts";
import * as Instantiate from "./Instantiate.ts";
import * as Junctions from "./Junctions.ts";
import * as Links from "./Links.ts";
import * as LoadProject from "./LoadProject.ts";
import { isFirstPass, type LoadElement, type LoadingProject } from "./LoadState.ts";
import * as ParsedFiles from "./ParsedFiles.ts";

const elementKeys = [
  "kind",
  "depends",
  "sources",
  "sandbox",
  "variables",
  "environment",
  "environment-nocache",
  "config",
  "public",
  "description",
  "build-depends",
  "runtime-depends",
];

/**
 * The element of a file, read now if it was not before; `name` is normalised. With `onlyFirstPass` ordinary elements are passed over, since they
 * would need the whole project.
 */
export function get(project: LoadingProject, name: string, provenance: Node | undefined): LoadElement;
export function get(
  project: LoadingProject,
  name: string,
  provenance: Node | undefined,
  onlyFirstPass: boolean,
): LoadElement | undefined;
export function get(
  project: LoadingProject,
  name: string,
  provenance: Node | undefined,
  onlyFirstPass = false,
): LoadElement | undefined {
  const known = project.elements.get(name);
  if (known !== undefined) return known;
  ElementName.check(name, provenance);
  const { session } = project;
  const path = ProjectPath.join(project.elementPath, name);
  const raw =
    ParsedFiles.read(session.files, project.files, path, LoadProject.prefixOf(project.junction) + name) ??
    missing(project, name, provenance);
  const kind = Access.getString(raw, "kind");
  let node: Mapping;
  if (isFirstPass(kind)) node = Conditionals.process(raw, project.first.options);
  else if (onlyFirstPass) return undefined;
  else {
    LoadProject.loadFully(project);
    const includer = project.full?.includer ?? circular(project, name, provenance);
    node = session.files.timed("compose", () => Includes.process(includer, raw));
  }
  Access.validateKeys(node, elementKeys);
  const fullName = project.junction === undefined ? name : `${project.junction.fullName}:${name}`;
  const element: LoadElement = {
    index: session.elements.length,
    owner: project,
    name,
    fullName,
    kind: Access.getString(node, "kind"),
    node,
    linkTarget: undefined,
    dependencies: [],
    entered: false,
  };
  if (element.kind !== "link") return register(element);
  const link = register({ ...element, linkTarget: linkTarget(element) });
  if (link.linkTarget !== undefined) Links.add(project, name, link.linkTarget.value);
  return link;
}

function register(element: LoadElement): LoadElement {
  element.owner.elements.set(element.name, element);
  element.owner.session.elements.push(element);
  return element;
}

function linkTarget(element: LoadElement) {
  const { settings } = Instantiate.alone(element);
  const first = Declarations.read(element.node)[0];
  if (first !== undefined) {
    raise({
      domain: "LOAD",
      reason: "link-forbidden-dependencies",
      message: `The link '${element.fullName}' has dependencies`,
      place: place(element.node),
      hint: `A link only names its target; put dependencies there. The first is at ${formatPlace(place(first.node))}.`,
    });
  }
  return (settings as Link.Settings).target;
}

function missing(project: LoadingProject, name: string, provenance: Node | undefined): never {
  const { elementPath, files, junction } = project;
  const stripped = name.startsWith(`${elementPath}/`) ? name.slice(elementPath.length + 1) : undefined;
  const hint =
    stripped !== undefined && files.kind(ProjectPath.join(elementPath, stripped)) !== undefined
      ? `Did you mean '${stripped}'?`
      : Closest.suggest(name, ElementNames.list(files, elementPath));
  return raise({
    domain: "LOAD",
    reason: "missing-file",
    message:
      junction === undefined
        ? `Could not find element '${name}' in elements directory '${ProjectPath.join(files.directory, elementPath)}'`
        : `Could not find element '${name}' in the project behind the junction '${junction.name}'`,
    place: provenance === undefined || provenance.file === synthetic ? undefined : place(provenance),
    hint,
  });
}

function circular(project: LoadingProject, name: string, provenance: Node | undefined): never {
  return raise({
    domain: "LOAD",
    reason: "circular-reference",
    message: `The element '${name}' is needed to load the project '${project.name}' that it belongs to`,
    place: provenance === undefined || provenance.file === synthetic ? undefined : place(provenance),
    hint: "Files that project.conf includes can only come through junctions and links.",
  });
}

/** A path of junctions and a name, as seen from a project: the project that it leads to and the normalised name there. */
export function follow(
  project: LoadingProject,
  path: string,
  provenance: Node | undefined,
): { readonly project: LoadingProject; readonly name: string } {
  const { junction, name } = ElementName.split(path);
  const owner = junction === undefined ? project : Junctions.find(project, junction, provenance);
  return { project: owner, name: ProjectPath.normalize(name) };
}

/** The element that a name in a project means, after overrides and links; what it depends on is not loaded yet. */
export function resolve(project: LoadingProject, path: string, provenance: Node | undefined): LoadElement {
  let { project: here, name } = follow(project, path, provenance);
  let from = provenance;
  const passed = new Set<LoadElement>();
  for (;;) {
    const element = get(here, name, from);
    // Whatever was entered has been through this already.
    if (element.entered) return element;
    const override = Links.overrides(here, name).at(-1);
    const next =
      override ?? (element.linkTarget === undefined ? undefined : { project: here, node: element.linkTarget });
    if (next === undefined) return element;
    if (passed.has(element)) {
      raise({
        domain: "LOAD",
        reason: "circular-reference",
        message: `'${element.fullName}' leads back to itself through links or overrides`,
        detail: [...passed, element].map((step) => step.fullName).join(" -> "),
        place: place(next.node),
        hint: "Make one of these links point to a real element.",
      });
    }
    passed.add(element);
    ({ project: here, name } = follow(next.project, next.node.value, next.node));
    from = next.node;
  }
}
