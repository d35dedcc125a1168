/**
 * The pattern of kinds that run groups of commands over staged dependencies, without sources: `script` and the image builders.
 *
 * The layout is complete in the key (even when everything is at `/`), and such an element is rebuilt whenever a dependency changes, also in
 * non-strict mode, because its output is made of them.
 */
import type * as Plan from "../../plan/Plan.ts";
import type { Element, Json } from "../Element.ts";
import type { ConfigureContext, ElementKind, GraphView } from "../ElementKind.ts";
import * as Commands from "./Commands.ts";

export interface Settings {
  /** Groups of commands, in running order. */
  readonly commands: readonly (readonly [group: string, commands: readonly string[]])[];
  readonly workingDirectory: string;
  readonly installRoot: string;
  readonly rootReadOnly: boolean;
  readonly layout: Commands.Groups;
}

/** Settings with the directories that the variables `cwd` and `install-root` give. */
export function fromVariables(
  context: Pick<ConfigureContext, "variables">,
  commands: Settings["commands"],
  rootReadOnly: boolean,
): Settings {
  return {
    commands,
    workingDirectory: Commands.variable(context.variables, "cwd") ?? "/",
    installRoot: Commands.variable(context.variables, "install-root") ?? "/",
    rootReadOnly,
    layout: new Map(),
  };
}

/** The members of the pattern's key. */
export function keyMembers(settings: Settings): { readonly commands: Json; readonly [name: string]: Json } {
  return {
    commands: Object.fromEntries(settings.commands),
    cwd: settings.workingDirectory,
    "install-root": settings.installRoot,
    layout: Commands.groupsKey(settings.layout),
    "root-read-only": settings.rootReadOnly,
  };
}

/** The key of the pattern. */
export const uniqueKey: (settings: Settings) => Json = keyMembers;

/** The plan of the pattern; without a layout the whole build scope is staged at the root and integrated. */
export function plan(settings: Settings, element: Element, graph: GraphView): Plan.Plan {
  const scope = settings.layout.size === 0 ? graph.buildScope(element.id) : [];
  const staging: readonly Plan.Step[] =
    settings.layout.size > 0
      ? Commands.stageGroups(settings.layout, graph)
      : [
          {
            type: "stage-artifacts",
            elements: scope,
            at: "/",
            overlapAction: "warning",
            label: "Staging dependencies",
          },
          { type: "integrate", elements: scope, label: "Integrating sandbox" },
        ];
  return {
    environment: Object.fromEntries(element.environment),
    workingDirectory: settings.workingDirectory,
    markedDirectories: [settings.installRoot],
    digestVariables: [],
    stage: [...staging, { type: "mkdir", path: settings.installRoot }],
    assemble: settings.commands.map(([group, commands]) => ({
      type: "run",
      label: `Running '${group}'`,
      readOnlyRoot: settings.rootReadOnly,
      commands: commands.map(Commands.shell),
    })),
    collect: settings.installRoot,
    collectsFailure: true,
    runsCommands: true,
    buildRoot: Commands.disposableBuildRoot(element),
  };
}

/** What kinds of the pattern have in common. */
export const ordinary = {
  ...Commands.ordinary,
  strictRebuild: true,
  forbidsSources: true,
  forbidsRuntimeDepends: true,
} satisfies Partial<ElementKind<never>>;
