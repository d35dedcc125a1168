/** Loading projects from records of files, for tests. */
import * as Result from "effect/Result";
import type { Element } from "../../src/element/Element.ts";
import { BstError } from "../../src/error/BstError.ts";
import type { Graph } from "../../src/graph/Graph.ts";
import * as Load from "../../src/graph/Load.ts";
import * as ParsedFiles from "../../src/graph/ParsedFiles.ts";
import * as MemoryFiles from "../../src/project/MemoryFiles.ts";
import type { ProjectFiles } from "../../src/project/ProjectFiles.ts";

export type Files = Readonly<Record<string, MemoryFiles.Content>>;

export const request: Load.LoadRequest = {
  targets: undefined,
  options: [],
  host: { os: "Linux", machine: "x86_64", cpus: 4 },
  maxJobs: 0,
  strict: true,
  overrides: () => ({}),
  fetchPolicy: "all",
  trackPolicy: "aliases",
  environment: new Map(),
  workspaces: new Map(),
};

/** A host that has no junction at hand but those given by full name. */
export function host(files: Files, junctions: Readonly<Record<string, ProjectFiles>> = {}): Load.LoaderHost {
  return {
    files: MemoryFiles.make(files),
    junction: (junction) => junctions[junction.fullName],
    directory: () => MemoryFiles.make({}),
  };
}

/** Loads, and gives the graph or throws the failure. */
export function load(files: Files, targets?: readonly string[], more: Partial<Load.LoadRequest> = {}): Graph {
  const result = Load.load({ ...request, ...more, targets }, host(files), ParsedFiles.make());
  if (Result.isSuccess(result)) return result.success;
  throw result.failure instanceof BstError ? result.failure : result.failure.error;
}

/** The failure of loading. */
export function failure(files: Files, targets?: readonly string[], more: Partial<Load.LoadRequest> = {}): BstError {
  try {
    load(files, targets, more);
  } catch (cause) {
    if (cause instanceof BstError) return cause;
    throw cause;
  }
  throw new Error("loading succeeded");
}

/** An element by full name. */
export function element(graph: Graph, fullName: string): Element {
  const found = graph.elements.find((candidate) => candidate.fullName === fullName);
  if (found === undefined) throw new Error(`no element ${fullName}`);
  return found;
}

/** Full names of an element's dependencies, in order. */
export function dependencies(graph: Graph, fullName: string): readonly string[] {
  return element(graph, fullName).dependencies.map(
    (dependency) => (graph.elements[dependency.element] as Element).fullName,
  );
}

export const conf = "name: test\nmin-version: 2.0\n";
