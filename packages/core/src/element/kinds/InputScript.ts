/**
 * The pattern of image builders: a script with fixed groups of commands, over dependencies at the root and `input` dependencies in the build directory.
 */
import { raise } from "../../error/BstError.ts";
import * as Access from "../../yaml/Access.ts";
import type { Dependency } from "../Element.ts";
import type { ConfigureContext, ElementKind } from "../ElementKind.ts";
import * as Commands from "./Commands.ts";
import * as ScriptElement from "./ScriptElement.ts";

/** Where dependencies go: those marked `input: true` to the build directory, others to the root. Raises when none is marked. */
export function layout(dependencies: readonly Dependency[], context: ConfigureContext): Commands.Groups {
  const groups = new Map<string, Commands.Staged[]>();
  const buildRoot = context.variables.get("build-root") ?? "/";
  let found = false;
  for (const dependency of dependencies) {
    if (!dependency.build) continue;
    if (dependency.configs.length === 0) Commands.add(groups, "/", dependency);
    for (const config of dependency.configs) {
      Access.validateKeys(config, dependencyKeys);
      const input = Access.getBool(config, "input", false);
      found ||= input;
      Commands.add(groups, input ? buildRoot : "/", dependency);
    }
  }
  if (!found) {
    raise({
      domain: "ELEMENT",
      reason: null,
      message: `None of the dependencies of '${context.name}' is its input`,
      hint: "Give one build dependency `config: {input: true}`.",
    });
  }
  return groups;
}

const dependencyKeys = ["input"];

/** A kind of this pattern. `strict` says whether other configuration keys are refused. */
export function kind(
  name: string,
  groups: readonly string[],
  strict: boolean,
  defaults: string,
): ElementKind<ScriptElement.Settings> {
  return {
    ...ScriptElement.ordinary,
    name,
    defaults,
    configure: (config, context) => {
      if (strict) Access.validateKeys(config, groups);
      const commands = groups.map((group) => [group, Access.getStringList(config, group)] as const);
      return ScriptElement.fromVariables(context, commands, true);
    },
    configureDependencies: (settings, dependencies, context) => ({
      ...settings,
      layout: layout(dependencies, context),
    }),
    uniqueKey: ScriptElement.uniqueKey,
    plan: (settings, element, graph) => {
      const plan = ScriptElement.plan(settings, element, graph);
      return { ...plan, markedDirectories: [...plan.markedDirectories, "/buildstream"] };
    },
  };
}
