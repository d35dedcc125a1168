/**
 * What an element needs, in staging order: BuildStream's scopes over a loaded (or still growing) list of elements.
 *
 * RUN is the element and its runtime closure, dependencies first. BUILD is the direct build dependencies with their runtime closures, each
 * once, without the element itself; because a closure is closed downwards, it is the concatenation of the RUN scopes of the build
 * dependencies minus what came before. RUN scopes are kept for reuse up to a bound, so that a long runtime chain does not fill memory with
 * overlapping lists. Nothing recurses.
 */
import type { Dependency, Element } from "../element/Element.ts";
import type { GraphView } from "../element/ElementKind.ts";

/** Numbers kept in remembered scopes (16 MB at four bytes each). */
const rememberedNumbers = 4_000_000;

/** A view on elements whose ids are their indices; elements may be appended while the view is in use. */
export function make(elements: readonly Element[]): GraphView {
  const remembered = new Map<number, readonly number[]>();
  let budget = rememberedNumbers;
  const element = (id: number): Element => elements[id] as Element;
  const runScope = (id: number): readonly number[] => {
    const known = remembered.get(id);
    if (known !== undefined) return known;
    const scope: number[] = [];
    const seen = new Set<number>();
    visit(element, id, isRuntime, seen, scope);
    if (scope.length <= budget) {
      budget -= scope.length;
      remembered.set(id, scope);
    }
    return scope;
  };
  const buildScope = (id: number): readonly number[] => {
    const direct = element(id).dependencies.filter(isBuild);
    if (direct.length === 1) return runScope((direct[0] as Dependency).element);
    const seen = new Set<number>();
    for (const dependency of direct) {
      if (seen.has(dependency.element)) continue;
      for (const needed of runScope(dependency.element)) seen.add(needed);
    }
    return [...seen];
  };
  return { element, runScope, buildScope };
}

/** Whether the dependency is needed to build. */
export function isBuild(dependency: Dependency): boolean {
  return dependency.build;
}

/** Whether the dependency is needed to run. */
export function isRuntime(dependency: Dependency): boolean {
  return dependency.runtime;
}

/**
 * Appends to `into` what is reachable from `root` over the wanted dependencies, dependencies first and `root` last, leaving out what is
 * in `seen` already; all that is appended enters `seen`.
 */
export function visit(
  element: (id: number) => Element,
  root: number,
  wanted: (dependency: Dependency) => boolean,
  seen: Set<number>,
  into: number[],
): void {
  visitOver((id) => element(id).dependencies.filter(wanted), root, seen, into);
}

/** {@link visit} with the dependencies of an element given as a list in the order of the walk. */
export function visitOver(
  dependencies: (id: number) => readonly Dependency[],
  root: number,
  seen: Set<number>,
  into: number[],
): void {
  if (seen.has(root)) return;
  seen.add(root);
  const stack = [{ id: root, below: dependencies(root), next: 0 }];
  while (stack.length > 0) {
    const top = stack[stack.length - 1] as (typeof stack)[number];
    const dependency = top.below[top.next++];
    if (dependency === undefined) {
      stack.pop();
      into.push(top.id);
    } else if (!seen.has(dependency.element)) {
      seen.add(dependency.element);
      stack.push({ id: dependency.element, below: dependencies(dependency.element), next: 0 });
    }
  }
}
