/** `collect_integration`: a shell script with the integration commands of all that it is built from, instead of running them. */
import { raise } from "../../error/BstError.ts";
import * as Canonical from "../../key/Canonical.ts";
import * as Access from "../../yaml/Access.ts";
import type { ElementKind } from "../ElementKind.ts";
import * as Commands from "./Commands.ts";
import * as Integration from "./Integration.ts";

export interface Settings {
  readonly scriptPath: string;
  /** Names of elements that are left out. */
  readonly ignore: ReadonlySet<string>;
}

const keys = ["script-path", "ignore"];

/** The kind. */
export const kind: ElementKind<Settings> = {
  ...Commands.ordinary,
  name: "collect_integration",
  forbidsRuntimeDepends: true,
  configure: (config) => {
    Access.validateKeys(config, keys);
    return {
      scriptPath: Access.getString(config, "script-path"),
      ignore: new Set(Access.getStringList(config, "ignore", [])),
    };
  },
  preflight: (settings, element, graph) => {
    const fail = (message: string, hint: string): never => raise({ domain: "ELEMENT", reason: null, message, hint });
    if (element.sources.length > 0) {
      fail(`'${element.fullName}' has sources, but a ${kind.name} uses none`, "Remove its sources.");
    }
    if (settings.ignore.size === 0) return;
    const names = new Set(graph.buildScope(element.id).map((id) => graph.element(id).name));
    for (const name of settings.ignore) {
      if (!names.has(name))
        fail(
          `'${element.fullName}' ignores '${name}', which is not among its dependencies`,
          "Remove it from `ignore`.",
        );
    }
  },
  uniqueKey: (settings) => ({ "script-path": settings.scriptPath, ignore: Canonical.sorted(settings.ignore) }),
  plan: (settings, element, graph) => {
    let text = "#!/bin/sh\nset -e\n\n";
    for (const id of graph.buildScope(element.id)) {
      const member = graph.element(id);
      const commands = settings.ignore.has(member.name) ? undefined : Integration.commands(member, graph);
      if (commands === undefined) continue;
      text += `# integration commands from ${member.name}\n`;
      for (const command of commands) text += `${command}\n\n`;
    }
    return Commands.quietPlan(
      element,
      "/",
      [],
      [{ type: "write-file", path: Commands.join("/", settings.scriptPath), text, executable: true }],
    );
  },
};
