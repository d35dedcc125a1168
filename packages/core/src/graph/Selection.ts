/**
 * Which elements a command works on: `--deps`, `--except`, `--order` and the order of a build plan.
 *
 * All functions take targets by id and give ids; results are in staging order (dependencies first) unless said otherwise, each element once,
 * and targets share what was visited, so that the union of their scopes has one order.
 */
import type { Dependency } from "../element/Element.ts";
import type { GraphView } from "../element/ElementKind.ts";
import * as PythonText from "../yaml/PythonText.ts";
import * as Scope from "./Scope.ts";

/** The values of `--deps` that select over the graph. */
export type Mode = "none" | "run" | "build" | "all";

/** The elements that `--deps MODE` selects for these targets. */
export function select(graph: GraphView, targets: readonly number[], mode: Mode): readonly number[] {
  switch (mode) {
    case "none":
      return targets;
    case "run":
      return runScopeOf(graph, targets);
    case "build":
      return buildScopeOf(graph, targets);
    case "all":
      return allScopeOf(graph, targets);
  }
}

function runScopeOf(graph: GraphView, targets: readonly number[]): readonly number[] {
  const seen = new Set<number>();
  const selected: number[] = [];
  for (const target of targets) Scope.visit(graph.element, target, Scope.isRuntime, seen, selected);
  return selected;
}

function buildScopeOf(graph: GraphView, targets: readonly number[]): readonly number[] {
  const seen = new Set<number>();
  const selected: number[] = [];
  for (const target of targets) {
    for (const dependency of graph.element(target).dependencies) {
      if (dependency.build) Scope.visit(graph.element, dependency.element, Scope.isRuntime, seen, selected);
    }
  }
  return selected;
}

/** Everything that the targets reach, themselves included; an element's build dependencies are walked before its runtime ones. */
export function allScopeOf(graph: GraphView, targets: readonly number[]): readonly number[] {
  const seen = new Set<number>();
  const selected: number[] = [];
  const ordered = (id: number): readonly Dependency[] => {
    const { dependencies } = graph.element(id);
    return [
      ...dependencies.filter((dependency) => dependency.build),
      ...dependencies.filter((dependency) => !dependency.build),
    ];
  };
  for (const target of targets) Scope.visitOver(ordered, target, seen, selected);
  return selected;
}

/**
 * Takes `--except` elements and what only they need out of a selection. Where an excepted element meets what the targets reach, that
 * element falls out together with all that nothing else among the targets' own elements needs; a target below it keeps itself and its own needs.
 */
export function except(
  graph: GraphView,
  targets: readonly number[],
  selected: readonly number[],
  excepted: readonly number[],
): readonly number[] {
  if (excepted.length === 0) return selected;
  const targeted = new Set(allScopeOf(graph, targets));
  const border = new Set<number>();
  const visited = new Set<number>();
  const outside = [...excepted];
  for (let id = outside.pop(); id !== undefined; id = outside.pop()) {
    if (visited.has(id)) continue;
    visited.add(id);
    if (targeted.has(id)) border.add(id);
    else for (const dependency of graph.element(id).dependencies) outside.push(dependency.element);
  }
  const kept = new Set<number>();
  const inside = [...targets];
  for (let id = inside.pop(); id !== undefined; id = inside.pop()) {
    if (kept.has(id) || border.has(id)) continue;
    kept.add(id);
    for (const dependency of graph.element(id).dependencies) inside.push(dependency.element);
  }
  return selected.filter((id) => kept.has(id));
}

/** `--order`: as selected, or by the element's name inside its project (stable, by code point). */
export function order(graph: GraphView, selected: readonly number[], by: "stage" | "alpha"): readonly number[] {
  if (by === "stage") return selected;
  return selected.slice().sort((a, b) => PythonText.compare(graph.element(a).name, graph.element(b).name));
}

/**
 * A build plan: everything the roots reach, elements with the most build edges above them first, because the longest chains should start
 * earliest. Ties keep the order of a walk that finishes runtime dependencies before build dependencies.
 */
export function plan(graph: GraphView, targets: readonly number[], mode: Mode): readonly number[] {
  const roots = mode === "build" ? directBuildDependencies(graph, targets) : targets;
  const seen = new Set<number>();
  const walked: number[] = [];
  const ordered = (id: number): readonly Dependency[] => {
    const { dependencies } = graph.element(id);
    return [
      ...dependencies.filter((dependency) => dependency.runtime),
      ...dependencies.filter((dependency) => !dependency.runtime),
    ];
  };
  for (const root of roots) Scope.visitOver(ordered, root, seen, walked);
  const depth = new Map<number, number>(walked.map((id) => [id, 0]));
  for (let at = walked.length - 1; at >= 0; at--) {
    const id = walked[at] as number;
    const own = depth.get(id) as number;
    for (const dependency of graph.element(id).dependencies) {
      const below = own + (dependency.build ? 1 : 0);
      if (below > (depth.get(dependency.element) as number)) depth.set(dependency.element, below);
    }
  }
  return walked.slice().sort((a, b) => (depth.get(b) as number) - (depth.get(a) as number));
}

/** The direct build dependencies of the targets, each once: what `--deps build` requires of a build. */
export function directBuildDependencies(graph: GraphView, targets: readonly number[]): readonly number[] {
  const direct = new Set<number>();
  for (const target of targets) {
    for (const dependency of graph.element(target).dependencies) if (dependency.build) direct.add(dependency.element);
  }
  return [...direct];
}
