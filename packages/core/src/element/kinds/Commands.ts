/**
 * What kinds that run commands share: dependencies grouped by where they are staged, the staging steps that follow from that, and the end of an assembly.
 *
 * A group's dependencies keep the element's sorted order; groups are staged in code-point order of their location, so parents come before
 * children. Only what is staged at `/` gets integrated, each element of the runtime closure once and in staging order.
 */
import { raise } from "../../error/BstError.ts";
import * as Canonical from "../../key/Canonical.ts";
import type * as Plan from "../../plan/Plan.ts";
import type { Dependency, Element, Json } from "../Element.ts";
import type { GraphView } from "../ElementKind.ts";

/** A dependency staged somewhere: its element and the path by which it is named (which is what keys hold). */
export interface Staged {
  readonly element: number;
  readonly path: string;
}

/** Groups of dependencies: by location, or by environment variable. */
export type Groups = ReadonlyMap<string, readonly Staged[]>;

/** Adds a dependency to a group under construction. */
export function add(groups: Map<string, Staged[]>, name: string, dependency: Dependency): void {
  const staged = { element: dependency.element, path: dependency.path };
  const group = groups.get(name);
  if (group === undefined) groups.set(name, [staged]);
  else group.push(staged);
}

/** Groups as they enter keys: names to lists of paths. */
export function groupsKey(groups: Groups): Json {
  const object: Record<string, Json> = Object.create(null);
  for (const [name, group] of groups) object[name] = group.map((staged) => staged.path);
  return object;
}

/** The runtime closure of a selection, each element once, in staging order. */
export function closure(selection: Iterable<number>, graph: GraphView): readonly number[] {
  const seen = new Set<number>();
  for (const id of selection) for (const member of graph.runScope(id)) seen.add(member);
  return [...seen];
}

/** Stages groups at their locations and integrates what stands at `/`. */
export function stageGroups(groups: Groups, graph: GraphView): readonly Plan.Step[] {
  const steps: Plan.Step[] = [];
  for (const at of Canonical.sorted(groups.keys())) {
    const elements = closure(
      (groups.get(at) as readonly Staged[]).map((staged) => staged.element),
      graph,
    );
    steps.push({
      type: "stage-artifacts",
      elements,
      at,
      overlapAction: "warning",
      label: `Staging dependencies at: ${at}`,
    });
  }
  const root = groups.get("/");
  if (root !== undefined) {
    const elements = closure(
      root.map((staged) => staged.element),
      graph,
    );
    steps.push({ type: "integrate", elements, label: "Integrating sandbox" });
  }
  return steps;
}

/** A shell command of an element; its label is its text. */
export function shell(command: string): Plan.Command {
  return { argv: ["sh", "-c", "-e", `${command}\n`], label: command };
}

/** A variable's value, undefined when unset or empty. */
export function variable(variables: ReadonlyMap<string, string>, name: string): string | undefined {
  const value = variables.get(name);
  return value === "" ? undefined : value;
}

/**
 * The directory to empty after a successful build, unless that would touch the result: undefined when one of build root and install root is a
 * textual prefix of the other.
 */
export function disposableBuildRoot(element: Element): string | undefined {
  const buildRoot = element.variables.get("build-root");
  const installRoot = variable(element.variables, "install-root");
  if (buildRoot === undefined) return undefined;
  if (installRoot !== undefined && (buildRoot.startsWith(installRoot) || installRoot.startsWith(buildRoot))) {
    return undefined;
  }
  return buildRoot;
}

/** A path joined as the sandbox joins it: an absolute second part replaces the first. */
export function join(first: string, second: string): string {
  if (second.startsWith("/")) return second;
  return first.endsWith("/") ? first + second : `${first}/${second}`;
}

/** Digest variables of groups, by name in code-point order. */
export function digestVariables(groups: Groups, graph: GraphView): readonly Plan.DigestVariable[] {
  return Canonical.sorted(groups.keys()).map((name) => ({
    name,
    elements: closure(
      (groups.get(name) as readonly Staged[]).map((staged) => staged.element),
      graph,
    ),
  }));
}

/** One command of a generated build script: it stops the script when it fails, and shows what it runs. */
export function scriptLine(command: string): string {
  return `(set -ex; ${command}\n) || exit 1\n`;
}

/** What most kinds have in common; a kind spreads it and says where it differs. */
export const ordinary = {
  defaults: "",
  artifactVersion: 0,
  strictRebuild: false,
  runsCommands: () => true,
  forbidsSources: false,
  forbidsBuildDepends: false,
  forbidsRuntimeDepends: false,
  hasArtifact: true,
} as const;

/** The plan of a kind that its plugin assembles, where none can be started: it can be loaded, shown, and taken from a cache, but not built. */
export function cannotBuild(_settings: unknown, element: Element): never {
  return raise({
    domain: "ELEMENT",
    reason: null,
    message: `Elements of kind '${element.kind.name}' are built by their plugin in Python, which is not to be had here: '${element.fullName}' cannot be built`,
    hint: "Build it with BuildStream, or pull its artifact: its cache key is the same.",
  });
}

/** A plan without commands, over the build scope's files or nothing; a kind fills in what it does. */
export function quietPlan(
  element: Element,
  collect: string,
  stage: readonly Plan.Step[],
  assemble: readonly Plan.Step[],
): Plan.Plan {
  return {
    environment: Object.fromEntries(element.environment),
    workingDirectory: "/",
    markedDirectories: [],
    digestVariables: [],
    stage,
    assemble,
    collect,
    runsCommands: false,
  };
}
