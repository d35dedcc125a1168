/** What the loader asks for plugins that are not native: classes of the plugin host as kinds. The host is started with the first. */
import type { AnyElementKind } from "@millrace/core/element/ElementKind";
import type { HostedPlugin, Hosting, PluginType } from "@millrace/core/project/Plugins";
import type { AnySourceKind } from "@millrace/core/source/SourceKind";
import * as Access from "@millrace/core/yaml/Access";
import type { Mapping } from "@millrace/core/yaml/Node";
import * as Host from "./Host.ts";
import * as HostedAssembly from "./HostedAssembly.ts";
import * as HostedElement from "./HostedElement.ts";
import * as HostedSource from "./HostedSource.ts";
import * as PluginFiles from "./PluginFiles.ts";
import * as Wire from "./Wire.ts";

/** How plugins are hosted. */
export interface Options extends Host.Options {
  /** Whether plugins run that have a native equivalent. */
  readonly preferred: boolean;
}

/** Hosts plugins; nothing is started before the first is needed. */
export function make(options: Options): Hosting {
  let started: Host.Host | undefined;
  const host = (): Host.Host => (started ??= Host.start(options));
  const classes = new Map<string, Wire.Arguments>();
  const load = (type: PluginType, plugin: HostedPlugin): Wire.Arguments => {
    const directory = PluginFiles.directoryOf(host(), plugin.directory);
    const key = `${type}\n${directory}\n${plugin.kind}`;
    let facts = classes.get(key);
    if (facts === undefined) {
      const args = { type, kind: plugin.kind, directory };
      facts = Wire.record(
        host().exchange("load", args, Host.deaf, `while the ${type} plugin '${plugin.kind}' was loaded`),
      );
      classes.set(key, facts);
    }
    return facts;
  };
  const installed: Hosting["installed"] = (name, type, kind) => {
    const answer = host().exchange("installed", { name, type, kind }, Host.deaf, `while '${name}' was looked for`);
    if (answer === null || answer === undefined) return undefined;
    const { version, directory, defaults } = Wire.record(answer);
    return {
      version: Wire.text(version),
      directory: typeof directory === "string" ? directory : undefined,
      defaults: Wire.text(defaults),
    };
  };
  const element = (plugin: HostedPlugin): AnyElementKind => HostedElement.make(host(), plugin, load("element", plugin));
  return {
    preferred: options.preferred,
    element,
    assembly: (native, plugin) => HostedAssembly.make(native, plugin, { element, installed }),
    source: (plugin): AnySourceKind => HostedSource.make(host(), plugin, load("source", plugin)),
    mirror: (plugin, node) => {
      const facts = load("source-mirror", plugin);
      const number = host().number();
      const files = Wire.files();
      const { name, files: tree } = plugin.project;
      const args = {
        number,
        cls: facts["class"],
        project: { name, directory: tree.directory, provenance: [] },
        node: Wire.node(node, files),
        files: files.names,
      };
      const aliases = Wire.texts(host().exchange("mirror-new", args, Host.deaf, `while a mirror was configured`)) ?? [];
      return {
        name: Access.getString(node, "name"),
        kind: plugin.kind,
        config: mappingAt(node, "config"),
        aliases: new Map(aliases.map((alias) => [alias, []])),
        host: number,
        translate: (alias, aliasUrl, rest) => {
          const what = `while a mirror translated '${alias}:${rest}'`;
          const { url, bearer } = Wire.record(
            host().exchange("mirror-translate", { number, alias, aliasUrl, rest }, Host.deaf, what),
          );
          return { url: Wire.text(url), bearer: bearer === true };
        },
      };
    },
    installed,
  };
}

function mappingAt(node: Mapping, key: string): Mapping | undefined {
  const found = node.entries.get(key);
  return found?.type === "mapping" ? found : undefined;
}
