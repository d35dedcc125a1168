/** The error for a kind that no origin of the project offers, with what was perhaps meant. */
import type * as ElementKinds from "../element/ElementKinds.ts";
import { raise } from "../error/BstError.ts";
import * as Closest from "../yaml/Closest.ts";
import { type Node, place } from "../yaml/Node.ts";
import type { PluginType } from "./Plugins.ts";

/** What is known of a package's kinds. */
interface Names {
  readonly names: (home: ElementKinds.Package) => readonly string[];
}

const packages = ["buildstream-plugins", "buildstream-plugins-community"] as const;

/** The failure when no origin offers a kind; `registry` knows kinds that would be there if the project asked for them. */
export function fail(type: PluginType, name: string, user: Node, known: Iterable<string>, registry?: Names): never {
  return raise({
    domain: "PLUGIN",
    reason: "plugin-not-found",
    message: `There is no ${type} kind '${name}'`,
    place: place(user),
    hint:
      Closest.suggest(name, known) ??
      (registry === undefined ? undefined : declaration(type, name, registry)) ??
      "Correct the name, or declare where the plugin is under `plugins:` of project.conf.",
  });
}

/** How the project gets a kind of BuildStream's plugin packages that has this name, or nearly. */
function declaration(type: PluginType, name: string, registry: Names): string | undefined {
  for (const home of packages) {
    const kinds = registry.names(home);
    const kind = kinds.includes(name) ? name : Closest.of(name, kinds);
    if (kind === undefined) continue;
    const meant = kind === name ? "" : `Did you mean '${kind}'? `;
    return `${meant}'${kind}' is in the package ${home}; declare it in project.conf: plugins: [{origin: pip, package-name: ${home}, ${type}s: [${kind}]}]`;
  }
  return undefined;
}
