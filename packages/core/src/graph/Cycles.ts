/** Circular dependencies, found by one walk without recursion and told as the path that closes. */
import { raise } from "../error/BstError.ts";
import { place, synthetic } from "../yaml/Node.ts";
import type { LoadElement } from "./LoadState.ts";

/** Most steps of a cycle that a message lists. */
const shownSteps = 100;

/** Raises `circular-dependency` when one of the targets leads into a cycle. */
export function check(targets: readonly LoadElement[], count: number): void {
  const done = new Uint8Array(count);
  const active = new Uint8Array(count);
  const path: { readonly element: LoadElement; next: number }[] = [];
  for (const target of targets) {
    if (done[target.index] === 1) continue;
    active[target.index] = 1;
    path.push({ element: target, next: 0 });
    while (path.length > 0) {
      const top = path[path.length - 1] as (typeof path)[number];
      const dependency = top.element.dependencies[top.next++];
      if (dependency === undefined) {
        path.pop();
        active[top.element.index] = 0;
        done[top.element.index] = 1;
        continue;
      }
      const { element, node } = dependency;
      if (active[element.index] === 1) {
        const start = path.findIndex((step) => step.element === element);
        const names = [...path.slice(start).map((step) => step.element.fullName), element.fullName];
        const shown =
          names.length > shownSteps
            ? [
                ...names.slice(0, shownSteps / 2),
                `… ${names.length - shownSteps} more …`,
                ...names.slice(-shownSteps / 2),
              ]
            : names;
        raise({
          domain: "LOAD",
          reason: "circular-dependency",
          message: `The element '${element.fullName}' depends on itself`,
          detail: `Dependency chain: ${shown.join(" -> ")}`,
          place: node.file === synthetic ? undefined : place(node),
          hint: "Take one of these dependencies out, or split an element in two.",
        });
      }
      if (done[element.index] === 1) continue;
      active[element.index] = 1;
      path.push({ element, next: 0 });
    }
  }
}
