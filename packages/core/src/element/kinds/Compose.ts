/**
 * `compose`: one artifact out of the files of many, by split domains, optionally after running their integration commands.
 *
 * Files that integration creates are kept, files that it removes are dropped, whatever their domain. Without any selection the whole root is the result.
 */
import * as Canonical from "../../key/Canonical.ts";
import type * as Plan from "../../plan/Plan.ts";
import * as Access from "../../yaml/Access.ts";
import type { ElementKind } from "../ElementKind.ts";
import * as Commands from "./Commands.ts";

export interface Settings {
  readonly integrate: boolean;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly orphans: boolean;
}

const keys = ["integrate", "include", "exclude", "include-orphans"];

/** The kind. */
export const kind: ElementKind<Settings> = {
  ...Commands.ordinary,
  name: "compose",
  defaults: "config:\n  integrate: True\n  include: []\n  exclude: []\n  include-orphans: True\n",
  strictRebuild: true,
  forbidsRuntimeDepends: true,
  forbidsSources: true,
  runsCommands: (settings) => settings.integrate,
  configure: (config) => {
    Access.validateKeys(config, keys);
    return {
      integrate: Access.getBool(config, "integrate"),
      include: Access.getStringList(config, "include"),
      exclude: Access.getStringList(config, "exclude"),
      orphans: Access.getBool(config, "include-orphans"),
    };
  },
  uniqueKey: (settings) => ({
    integrate: settings.integrate,
    include: Canonical.sorted(settings.include),
    orphans: settings.orphans,
    ...(settings.exclude.length > 0 ? { exclude: Canonical.sorted(settings.exclude) } : {}),
  }),
  plan: (settings, element, graph) => {
    const elements = graph.buildScope(element.id);
    const { include, exclude, orphans } = settings;
    const selects = include.length > 0 || exclude.length > 0 || !orphans;
    const result = "/buildstream/install";
    const assemble: Plan.Step[] = [];
    if (settings.integrate) {
      if (selects) assemble.push({ type: "snapshot" });
      assemble.push({ type: "integrate", elements, label: "Integrating sandbox" });
    }
    if (selects) assemble.push({ type: "select", elements, split: { include, exclude, orphans }, to: result });
    return {
      environment: Object.fromEntries(element.environment),
      workingDirectory: "/",
      markedDirectories: [],
      digestVariables: [],
      stage: [{ type: "stage-artifacts", elements, at: "/", overlapAction: "warning", label: "Staging dependencies" }],
      assemble,
      collect: selects ? result : "/",
      runsCommands: settings.integrate,
    };
  },
};
