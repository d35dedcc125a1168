/** `script`: commands run over staged dependencies, without sources. */

import * as Access from "../../yaml/Access.ts";
import type { ElementKind } from "../ElementKind.ts";
import * as Commands from "./Commands.ts";
import * as ScriptElement from "./ScriptElement.ts";

const keys = ["commands", "root-read-only"];
const dependencyKeys = ["location"];

/** The kind. */
export const kind: ElementKind<ScriptElement.Settings> = {
  ...ScriptElement.ordinary,
  name: "script",
  defaults: `variables:
  cwd: /
config:
  root-read-only: False
  commands: []
`,
  configure: (config, context) => {
    Access.validateKeys(config, keys);
    const commands = Access.getStringList(config, "commands");
    return ScriptElement.fromVariables(
      context,
      [["commands", commands]],
      Access.getBool(config, "root-read-only", false),
    );
  },
  configureDependencies: (settings, dependencies) => {
    const layout = new Map<string, Commands.Staged[]>();
    for (const dependency of dependencies) {
      if (!dependency.build) continue;
      if (dependency.configs.length === 0) Commands.add(layout, "/", dependency);
      for (const config of dependency.configs) {
        Access.validateKeys(config, dependencyKeys);
        Commands.add(layout, Access.optionalString(config, "location") ?? "/", dependency);
      }
    }
    return { ...settings, layout };
  },
  uniqueKey: ScriptElement.uniqueKey,
  plan: ScriptElement.plan,
};
