/** `ostree`: a sysroot of dependencies committed to a branch of an OSTree repository. */
import type * as Plan from "../../plan/Plan.ts";
import * as Access from "../../yaml/Access.ts";
import type { ElementKind } from "../ElementKind.ts";
import * as Commands from "./Commands.ts";

export interface Settings {
  readonly branch: string;
  readonly initialCommands: readonly string[];
  /** Build dependencies that make the sandbox. */
  readonly environment: readonly number[];
  /** Build dependencies that make the committed tree. */
  readonly sysroot: readonly number[];
}

const keys = ["ostree-branch", "initial-commands"];
const dependencyKeys = ["sysroot"];

/** The kind. */
export const kind: ElementKind<Settings> = {
  ...Commands.ordinary,
  name: "ostree",
  defaults: "config:\n  initial-commands: []\n",
  strictRebuild: true,
  forbidsRuntimeDepends: true,
  forbidsSources: true,
  configure: (config) => {
    Access.validateKeys(config, keys);
    return {
      branch: Access.getString(config, "ostree-branch"),
      initialCommands: Access.getStringList(config, "initial-commands"),
      environment: [],
      sysroot: [],
    };
  },
  configureDependencies: (settings, dependencies) => {
    const environment: number[] = [];
    const sysroot: number[] = [];
    for (const dependency of dependencies) {
      if (!dependency.build) continue;
      if (dependency.configs.length === 0) environment.push(dependency.element);
      for (const config of dependency.configs) {
        Access.validateKeys(config, dependencyKeys);
        (Access.getBool(config, "sysroot", false) ? sysroot : environment).push(dependency.element);
      }
    }
    return { ...settings, environment, sysroot };
  },
  uniqueKey: (settings) => ({ branch: settings.branch, "initial-commands": settings.initialCommands }),
  plan: (settings, element, graph) => {
    const buildRoot = element.variables.get("build-root") ?? "/";
    const installRoot = element.variables.get("install-root") ?? "/";
    const bare = Commands.join(buildRoot, "barerepo");
    const environment = Commands.closure(settings.environment, graph);
    const stage: Plan.Step[] = [
      {
        type: "stage-artifacts",
        elements: environment,
        at: "/",
        overlapAction: "warning",
        label: "Staging environment",
      },
      { type: "integrate", elements: environment, label: "Integrating sandbox" },
    ];
    if (settings.sysroot.length > 0) {
      stage.push({
        type: "stage-artifacts",
        elements: Commands.closure(settings.sysroot, graph),
        at: element.variables.get("sysroot") ?? "/",
        overlapAction: "warning",
        label: "Staging sysroot",
      });
    }
    // Without labels of their own, as BuildStream has them: labels are part of the script that an execution service gets.
    const program = (...argv: readonly string[]): Plan.Command => ({ argv, label: "" });
    const commit = ["--consume", Commands.join(buildRoot, "sysroot"), "--branch", settings.branch];
    const commands = [
      ...settings.initialCommands.map((command) => program("sh", "-c", "-e", command)),
      program("ostree", "init", "--repo", bare),
      program("ostree", "commit", "--repo", bare, ...commit, "--timestamp", "2011-11-11 11:11:11+00:00"),
      program("ostree", "init", "--repo", installRoot, "--mode", "archive"),
      program("ostree", "pull-local", "--repo", installRoot, bare),
    ];
    return {
      ...Commands.quietPlan(element, installRoot, stage, [
        { type: "run", label: "Running commands", readOnlyRoot: false, commands },
      ]),
      markedDirectories: [buildRoot, installRoot],
      runsCommands: true,
    };
  },
};
