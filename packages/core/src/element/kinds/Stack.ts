/** `stack`: a name for a set of elements. Its artifact is empty and says only that they are built. */
import { raise } from "../../error/BstError.ts";
import type { ElementKind } from "../ElementKind.ts";
import * as Commands from "./Commands.ts";

/** The kind. Any `config` is accepted and ignored. */
export const kind: ElementKind<null> = {
  ...Commands.ordinary,
  name: "stack",
  runsCommands: () => false,
  forbidsSources: true,
  hasArtifact: false,
  configure: () => null,
  preflight: (_settings, element, graph) => {
    const partial = element.dependencies.filter((dependency) => !dependency.build || !dependency.runtime);
    if (partial.length === 0) return;
    raise({
      domain: "ELEMENT",
      reason: "stack-requires-build-and-run",
      message: `The stack '${element.fullName}' has dependencies for building only or for running only`,
      detail: partial.map((dependency) => graph.element(dependency.element).fullName).join("\n"),
      hint: "List the dependencies of a stack in `depends`, without a `type`.",
    });
  },
  uniqueKey: () => 1,
  plan: (_settings, element) => ({
    environment: Object.fromEntries(element.environment),
    workingDirectory: "/",
    markedDirectories: [],
    digestVariables: [],
    stage: [],
    assemble: [{ type: "mkdir", path: "/output" }],
    collect: "/output",
    runsCommands: false,
  }),
};
