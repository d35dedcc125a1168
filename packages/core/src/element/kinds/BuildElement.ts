/**
 * The pattern of most kinds: stage dependencies and sources, run four lists of commands in the build directory, collect the install root.
 *
 * A kind of this pattern is nothing but a name and default YAML. Two surprises in its key: `notparallel` counts as set whenever the variable is
 * not empty, even as `False`; and the member for digest variables is misspelt, which keys must repeat.
 *
 * The configure commands are marked in the plan, because a workspace build runs them only until they succeeded once.
 */
import type * as Plan from "../../plan/Plan.ts";
import * as Access from "../../yaml/Access.ts";
import type { Json } from "../Element.ts";
import type { ConfigureContext, ElementKind } from "../ElementKind.ts";
import * as Commands from "./Commands.ts";

const steps = ["configure-commands", "build-commands", "install-commands", "strip-commands"] as const;

export interface Settings {
  readonly commands: Readonly<Record<(typeof steps)[number], readonly string[]>>;
  /** Dependencies by staging location. */
  readonly layout: Commands.Groups;
  /** Dependencies by the environment variable that gets their digest. */
  readonly digests: Commands.Groups;
}

const dependencyKeys = ["digest-environment", "location"];

function configure(config: Parameters<ElementKind<Settings>["configure"]>[0]): Settings {
  Access.validateKeys(config, steps);
  return {
    commands: {
      "configure-commands": Access.getStringList(config, "configure-commands", []),
      "build-commands": Access.getStringList(config, "build-commands", []),
      "install-commands": Access.getStringList(config, "install-commands", []),
      "strip-commands": Access.getStringList(config, "strip-commands", []),
    },
    layout: new Map(),
    digests: new Map(),
  };
}

const configureDependencies: NonNullable<ElementKind<Settings>["configureDependencies"]> = (settings, dependencies) => {
  const layout = new Map<string, Commands.Staged[]>();
  const digests = new Map<string, Commands.Staged[]>();
  for (const dependency of dependencies) {
    if (!dependency.build) continue;
    if (dependency.configs.length === 0) Commands.add(layout, "/", dependency);
    for (const config of dependency.configs) {
      Access.validateKeys(config, dependencyKeys);
      const variable = Access.optionalString(config, "digest-environment");
      if (variable !== undefined) Commands.add(digests, variable, dependency);
      Commands.add(layout, Access.optionalString(config, "location") ?? "/", dependency);
    }
  }
  return { ...settings, layout, digests };
};

function uniqueKey(settings: Settings, context: Pick<ConfigureContext, "variables">): Json {
  const key: Record<string, Json> = { ...settings.commands };
  const subdirectory = Commands.variable(context.variables, "command-subdir");
  if (subdirectory !== undefined) key["command-subdir"] = subdirectory;
  if (Commands.variable(context.variables, "notparallel") !== undefined) key["notparallel"] = true;
  if ([...settings.layout.keys()].some((location) => location !== "/"))
    key["layout"] = Commands.groupsKey(settings.layout);
  if (settings.digests.size > 0) key["digest-enviornment"] = Commands.groupsKey(settings.digests);
  return key;
}

const plan: ElementKind<Settings>["plan"] = (settings, element, graph) => {
  const buildRoot = element.variables.get("build-root") ?? "/";
  const installRoot = element.variables.get("install-root") ?? "/";
  const subdirectory = Commands.variable(element.variables, "command-subdir");
  const commands = steps.flatMap((step) =>
    settings.commands[step].map((command): Plan.Command => {
      const shell = Commands.shell(command);
      return step === "configure-commands" ? { ...shell, configures: true } : shell;
    }),
  );
  return {
    environment: Object.fromEntries(element.environment),
    workingDirectory: subdirectory === undefined ? buildRoot : Commands.join(buildRoot, subdirectory),
    markedDirectories: [buildRoot, installRoot],
    digestVariables: Commands.digestVariables(settings.digests, graph),
    stage: [...Commands.stageGroups(settings.layout, graph), { type: "stage-sources", at: buildRoot }],
    assemble: [{ type: "run", label: "Running commands", readOnlyRoot: true, commands }],
    collect: installRoot,
    runsCommands: true,
    buildRoot: Commands.disposableBuildRoot(element),
  };
};

const generateScript: ElementKind<Settings>["generateScript"] = (settings) =>
  steps.flatMap((step) => settings.commands[step].map(Commands.scriptLine)).join("");

/** A kind of this pattern. */
export function kind(name: string, defaults: string): ElementKind<Settings> {
  return {
    ...Commands.ordinary,
    name,
    defaults,
    configure,
    configureDependencies,
    uniqueKey,
    plan,
    generateScript,
  };
}
