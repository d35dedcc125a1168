/**
 * The order of an element's dependencies, which is the staging order and enters cache keys.
 *
 * One that depends on another comes after it; then those only needed at run time come last; then names inside the project decide, by code point; of two
 * elements with one name, that of a subproject comes first, and of two subprojects the junction's name decides. This is no total order, hence the exact
 * algorithm counts (see ListSort).
 */
import * as PythonText from "../yaml/PythonText.ts";
import * as ListSort from "./ListSort.ts";
import type { LoadDependency, LoadElement } from "./LoadState.ts";
import * as Reachability from "./Reachability.ts";

/** Sorts the dependencies of all elements in place; the graph must be without cycles. */
export function sortAll(elements: readonly LoadElement[]): void {
  if (!elements.some((element) => element.dependencies.length > 1)) return;
  const children = elements.map((element) => element.dependencies.map((dependency) => dependency.element.index));
  const { reaches } = Reachability.make(elements.length, (index) => children[index] as readonly number[]);
  const less = (a: LoadDependency, b: LoadDependency): boolean => {
    if (reaches(a.element.index, b.element.index)) return false;
    if (reaches(b.element.index, a.element.index)) return true;
    return compareUnrelated(a, b) < 0;
  };
  for (const { dependencies } of elements) {
    if (dependencies.length < 2) continue;
    const sorted = ListSort.sort(dependencies, less);
    dependencies.splice(0, dependencies.length, ...sorted);
  }
}

/** The comparison of two dependencies neither of which depends on the other. */
function compareUnrelated(a: LoadDependency, b: LoadDependency): number {
  if (a.build !== b.build || a.runtime !== b.runtime) {
    if (!a.build) return 1;
    if (!b.build) return -1;
  }
  const byName = PythonText.compare(a.element.name, b.element.name);
  if (byName !== 0) return byName;
  const left = a.element.owner.junction;
  const right = b.element.owner.junction;
  if (left !== undefined && right !== undefined) return PythonText.compare(left.name, right.name);
  if (left !== undefined) return -1;
  return right === undefined ? 0 : 1;
}
