/** Bare elements for key tests: kinds without configuration, dependencies as drawn. */
import type { Dependency, Element, Json } from "../../src/element/Element.ts";
import * as Stack from "../../src/element/kinds/Stack.ts";
import type { Project } from "../../src/project/Project.ts";
import type { Source } from "../../src/source/Source.ts";
import * as Node from "../../src/yaml/Node.ts";

export const project = { name: "test", fatalWarnings: [] as readonly string[] } as Project;

export interface Shape {
  readonly dependencies: readonly (Pick<Dependency, "element" | "build" | "runtime"> & { readonly strict?: boolean })[];
  readonly strictRebuild?: boolean;
  readonly resolved?: boolean;
  readonly runsCommands?: boolean;
  readonly key?: Json;
  readonly name?: string;
}

/** The elements of a graph drawn as a list, each naming only earlier ones. */
export function elements(shapes: readonly Shape[]): Element[] {
  return shapes.map((shape, id) => {
    const name = shape.name ?? `e${id}.bst`;
    const source = {
      resolved: false,
      uniqueKey: () => {
        throw new Error("asked for the key of a source without ref");
      },
    } as unknown as Source;
    const element: Element = {
      id,
      project,
      name,
      fullName: name,
      normalName: name.replace(".bst", ""),
      kind: {
        ...Stack.kind,
        strictRebuild: shape.strictRebuild === true,
        runsCommands: () => shape.runsCommands === true,
      },
      description: "",
      node: Node.mapping(),
      variables: new Map([["build-root", `/buildstream/test/${name}`]]),
      environment: new Map([
        ["PATH", "/bin"],
        ["JOBS", "4"],
      ]),
      environmentNocache: new Set(["JOBS"]),
      config: Node.mapping(),
      public: Node.mapping([["bst", Node.mapping([["split-rules", Node.mapping()]])]]),
      sandbox: {
        buildOs: "linux",
        buildArch: "x86-64",
        buildUid: undefined,
        buildGid: undefined,
        remoteApisSocket: undefined,
      },
      sources: shape.resolved === false ? [source] : [],
      dependencies: shape.dependencies.map((dependency) => ({
        strict: false,
        path: `e${dependency.element}.bst`,
        configs: [],
        node: Node.scalar(`e${dependency.element}.bst`),
        ...dependency,
      })),
      settings: null,
      uniqueKey: shape.key ?? 1,
      workspace: undefined,
      role: "element",
    };
    return element;
  });
}
