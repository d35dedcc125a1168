/**
 * `collect_initial_scripts`: the scripts in the public data `initial-script` of all that it is built from, as numbered files in a directory.
 *
 * Freedesktop SDK and GNOME carry this kind as a plugin of their own; its configuration and key are the same in both.
 */

import type { Step } from "../../plan/Plan.ts";
import * as Access from "../../yaml/Access.ts";
import type { ElementKind } from "../ElementKind.ts";
import * as Commands from "./Commands.ts";

export interface Settings {
  readonly path: string;
}

const keys = ["path"];

/** The kind. */
export const kind: ElementKind<Settings> = {
  ...Commands.ordinary,
  name: "collect_initial_scripts",
  forbidsRuntimeDepends: true,
  forbidsSources: true,
  configure: (config) => {
    Access.validateKeys(config, keys);
    return { path: Access.getString(config, "path") };
  },
  uniqueKey: (settings) => ({ path: settings.path }),
  plan: (settings, element, graph) => {
    const directory = `/${settings.path.replace(/^\/+|\/+$/g, "")}`;
    const assemble: Step[] = [];
    for (const id of graph.buildScope(element.id)) {
      const member = graph.element(id);
      const data = Access.optionalMapping(member.public, "initial-script");
      const text = data === undefined ? undefined : Access.optionalString(data, "script");
      if (text === undefined) continue;
      const number = String(assemble.length + 1).padStart(3, "0");
      const name = `${number}-${member.name.replace(/[^A-Za-z0-9]/gu, "_")}`;
      assemble.push({ type: "write-file", path: Commands.join(directory, name), text, executable: true });
    }
    return Commands.quietPlan(element, "/", [], assemble);
  },
};
