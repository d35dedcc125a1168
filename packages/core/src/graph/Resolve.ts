/**
 * From loaded files to elements with ids: every element after its dependencies.
 *
 * Each element is begun before its dependencies and finished after them, in the sorted order of dependencies, with an explicit stack.
 */

import * as Declarations from "../element/Declarations.ts";
import type { Dependency, Element } from "../element/Element.ts";
import * as Variables from "../variables/Variables.ts";
import * as Instantiate from "./Instantiate.ts";
import type { LoadElement } from "./LoadState.ts";
import * as Scope from "./Scope.ts";

interface Frame {
  readonly begun: Instantiate.Begun;
  next: number;
}

/** All elements that the targets reach; the index of one is its id. */
export function resolve(targets: readonly LoadElement[]): {
  readonly elements: readonly Element[];
  readonly targets: readonly number[];
} {
  const elements: Element[] = [];
  const view = Scope.make(elements);
  const ids = new Map<LoadElement, number>();
  for (const target of targets) {
    if (ids.has(target)) continue;
    const stack: Frame[] = [{ begun: Instantiate.begin(target), next: 0 }];
    while (stack.length > 0) {
      const frame = stack[stack.length - 1] as Frame;
      const { load } = frame.begun;
      const dependency = load.dependencies[frame.next++];
      if (dependency !== undefined) {
        if (!ids.has(dependency.element)) stack.push({ begun: Instantiate.begin(dependency.element), next: 0 });
        continue;
      }
      stack.pop();
      const id = elements.length;
      ids.set(load, id);
      Instantiate.finish(frame.begun, id, dependenciesOf(frame.begun, ids), view, (element) => elements.push(element));
    }
  }
  return { elements, targets: targets.map((target) => ids.get(target) as number) };
}

function dependenciesOf(begun: Instantiate.Begun, ids: ReadonlyMap<LoadElement, number>): readonly Dependency[] {
  return begun.load.dependencies.map((dependency) => ({
    element: ids.get(dependency.element) as number,
    build: dependency.build,
    runtime: dependency.runtime,
    strict: dependency.strict,
    path: Declarations.pathOf(dependency),
    configs: dependency.configs.map((config) => Variables.expand(begun.declared, config)),
    node: dependency.node,
  }));
}
