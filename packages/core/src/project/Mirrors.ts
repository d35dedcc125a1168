/** `mirrors:` of a project or of the user's configuration for it, in the order in which they are tried. */
import * as Access from "../yaml/Access.ts";
import type { Mapping } from "../yaml/Node.ts";
import type { Mirror } from "./Project.ts";

const defaultKeys = ["name", "kind", "aliases"];
const pluginKeys = ["name", "kind", "config"];

/** One mirror; variables are expanded already. */
export function read(node: Mapping): Mirror {
  const kind = Access.getString(node, "kind", "default");
  if (kind !== "default") {
    Access.validateKeys(node, pluginKeys);
    const config = Access.optionalMapping(node, "config");
    const name = Access.getString(node, "name");
    return { name, kind, config, aliases: config === undefined ? new Map() : pluginAliases(config) };
  }
  const name = Access.getString(node, "name");
  Access.validateKeys(node, defaultKeys);
  const aliases = Access.getMapping(node, "aliases");
  const urls = [...aliases.entries.keys()].map((alias) => [alias, Access.getStringList(aliases, alias)] as const);
  return { name, kind, config: undefined, aliases: new Map(urls) };
}

/** The aliases for which a mirror plugin takes part: a list, or the keys of a mapping. Its urls are its own affair. */
function pluginAliases(config: Mapping): ReadonlyMap<string, readonly string[]> {
  const node = Access.optionalNode(config, "aliases", ["sequence", "mapping"]);
  if (node === undefined || node.type === "scalar") return new Map();
  const names = node.type === "mapping" ? [...node.entries.keys()] : Access.asStringList(node);
  return new Map(names.map((name) => [name, []]));
}
