/**
 * `junction`: a subproject. The loader reads these settings; a junction is never built, but has a key, because its staging directory is named by its weak key.
 */
import { raise } from "../../error/BstError.ts";
import * as Access from "../../yaml/Access.ts";
import * as Node from "../../yaml/Node.ts";
import type { ElementKind } from "../ElementKind.ts";
import * as Commands from "./Commands.ts";

export interface Settings {
  /** Where in the sources the subproject's project.conf is; empty for the top. */
  readonly path: string;
  /** Values for the subproject's options. */
  readonly options: Node.Mapping;
  /** Junctions of the subproject (by their name there) and what replaces them: scalars naming elements of this project. */
  readonly overrides: ReadonlyMap<string, Node.Scalar>;
  /** Aliases of the subproject and the aliases of this project that they map to. */
  readonly aliases: ReadonlyMap<string, string>;
  /** Whether aliases that are not listed map to those of the same name here. */
  readonly mapAliases: "none" | "identity";
}

const keys = ["path", "options", "overrides", "aliases", "map-aliases"];

/** The alias of the parent project that an alias of the subproject maps to; undefined when it maps to none. */
export function parentAlias(settings: Settings, alias: string): string | undefined {
  return settings.aliases.get(alias) ?? (settings.mapAliases === "identity" ? alias : undefined);
}

function overrides(config: Node.Mapping, name: string): ReadonlyMap<string, Node.Scalar> {
  const found = new Map<string, Node.Scalar>();
  const node = Access.optionalMapping(config, "overrides");
  if (node === undefined) return found;
  for (const key of node.entries.keys()) {
    const replacement = Access.getScalar(node, key);
    if (replacement.value === name) {
      raise({
        domain: "ELEMENT",
        reason: "override-junction-with-self",
        message: `The junction '${name}' overrides '${key}' of its subproject with itself`,
        place: Node.place(replacement),
        hint: "Name another junction here, or drop the override.",
      });
    }
    found.set(key, replacement);
  }
  return found;
}

function aliases(config: Node.Mapping): ReadonlyMap<string, string> {
  const node = Access.optionalMapping(config, "aliases");
  return new Map(
    node === undefined ? [] : [...node.entries.keys()].map((alias) => [alias, Access.getString(node, alias)]),
  );
}

/** The kind. */
export const kind: ElementKind<Settings> = {
  ...Commands.ordinary,
  name: "junction",
  forbidsBuildDepends: true,
  forbidsRuntimeDepends: true,
  configure: (config, context) => {
    Access.validateKeys(config, keys);
    return {
      path: Access.optionalString(config, "path") ?? "",
      options: Access.optionalMapping(config, "options") ?? Node.mapping([], config),
      overrides: overrides(config, context.name),
      aliases: aliases(config),
      mapAliases: Access.getEnum(config, "map-aliases", ["none", "identity"], "none"),
    };
  },
  uniqueKey: () => 1,
  plan: (_settings, element) =>
    raise({
      domain: "PIPELINE",
      reason: null,
      message: `'${element.fullName}' is a junction, and junctions cannot be built`,
      hint: "Name an element of the subproject, as in `junction.bst:element.bst`.",
    }),
};
