/**
 * From target names to all elements that they reach, with every dependency resolved to the element that it means.
 *
 * The walk is depth first, in the order of declaration, over all projects with one stack: that order decides which errors come first and in which order projects are
 * loaded.
 */
import * as Declarations from "../element/Declarations.ts";
import { raise } from "../error/BstError.ts";
import * as ProjectPath from "../project/ProjectPath.ts";
import { place } from "../yaml/Node.ts";
import * as ElementFiles from "./ElementFiles.ts";
import type { LoadDependency, LoadElement, LoadingProject } from "./LoadState.ts";

interface Frame {
  readonly element: LoadElement;
  readonly declarations: readonly Declarations.Declaration[];
  next: number;
  readonly found: Map<LoadElement, LoadDependency>;
}

/** Loads a target, given as a path from the top-level project, and everything below it. */
export function load(top: LoadingProject, path: string): LoadElement {
  const target = ElementFiles.resolve(top, path, undefined);
  if (target.entered) return target;
  const stack: Frame[] = [enter(target)];
  while (stack.length > 0) {
    const frame = stack[stack.length - 1] as Frame;
    const declaration = frame.declarations[frame.next++];
    if (declaration === undefined) {
      stack.pop();
      continue;
    }
    const element = ElementFiles.resolve(frame.element.owner, Declarations.targetOf(declaration), declaration.node);
    if (element.kind === "junction" && !element.entered && isNamed(frame.element.owner, declaration, element)) {
      raise({
        domain: "LOAD",
        reason: "invalid-data",
        message: `'${frame.element.fullName}' depends on '${element.fullName}', which is a junction`,
        place: place(declaration.node),
        hint: "Depend on an element of the subproject, as in `junction.bst:element.bst`.",
      });
    }
    const first = frame.found.get(element);
    if (first === undefined) {
      const dependency: LoadDependency = { ...declaration, element };
      frame.found.set(element, dependency);
      frame.element.dependencies.push(dependency);
    } else Declarations.merge(first, declaration);
    if (!element.entered) stack.push(enter(element));
  }
  return target;
}

/** Whether a dependency names an element of its own project by its own name. Junctions behind links, overrides and other junctions are let pass, as BuildStream does. */
function isNamed(project: LoadingProject, declaration: Declarations.Declaration, element: LoadElement): boolean {
  return element.owner === project && ProjectPath.normalize(Declarations.targetOf(declaration)) === element.name;
}

function enter(element: LoadElement): Frame {
  element.entered = true;
  return { element, declarations: Declarations.read(element.node), next: 0, found: new Map() };
}
