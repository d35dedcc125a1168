/** `check_forbidden`: fails to build when elements of some names are among what it is built from. */
import * as Canonical from "../../key/Canonical.ts";
import * as Access from "../../yaml/Access.ts";
import type { ElementKind } from "../ElementKind.ts";
import * as Commands from "./Commands.ts";

export interface Settings {
  readonly forbidden: ReadonlySet<string>;
}

const keys = ["forbidden"];

/** The kind. */
export const kind: ElementKind<Settings> = {
  ...Commands.ordinary,
  name: "check_forbidden",
  configure: (config) => {
    Access.validateKeys(config, keys);
    return { forbidden: new Set(Access.getStringList(config, "forbidden")) };
  },
  uniqueKey: (settings) => ({ forbidden: Canonical.sorted(settings.forbidden) }),
  plan: (settings, element, graph) => {
    const scope = graph.buildScope(element.id).map(graph.element);
    const found = scope.filter((member) => settings.forbidden.has(member.name));
    const users = (name: number): string =>
      scope
        .filter((member) => member.dependencies.some((dependency) => dependency.runtime && dependency.element === name))
        .map((member) => member.fullName)
        .join(", ");
    const detail = found
      .map((member) => `${member.fullName}, needed by ${users(member.id) || element.fullName}`)
      .join("\n");
    return Commands.quietPlan(
      element,
      "/",
      [],
      found.length === 0 ? [] : [{ type: "fail", message: "It is built from elements that it forbids", detail }],
    );
  },
};
