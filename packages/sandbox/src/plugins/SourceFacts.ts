/**
 * Sources of elements as plugins see them that ask for them.
 *
 * A source of the host is the host's own object. Of a native one the host makes the plugin that it stands for, from the same configuration, so that a plugin finds the
 * attributes and methods that it knows; core kinds have no such plugin, and the host describes them itself.
 */
import type { Source } from "@millrace/core/source/Source";
import * as SourceInfo from "@millrace/core/source/SourceInfo";
import type * as Dump from "@millrace/core/yaml/Dump";
import { mapping } from "@millrace/core/yaml/Node";
import type { Host } from "./Host.ts";
import * as HostedSource from "./HostedSource.ts";
import * as PluginFiles from "./PluginFiles.ts";
import * as Wire from "./Wire.ts";

/** What the host needs to give a source to a plugin; `element` is the one it belongs to, null for the asking one while it is loaded. */
export function facts(host: Host, element: number | null, source: Source): Wire.Data {
  const { kind, context, index } = source;
  const origin = [element, index];
  if (HostedSource.mark(kind) !== undefined)
    return { number: (source.settings as HostedSource.Settings).number, origin };
  const files = Wire.files();
  const { standsFor } = kind;
  return {
    kind: kind.name,
    home: standsFor?.home ?? null,
    directory: standsFor?.plugin === undefined ? null : PluginFiles.directoryOf(host, standsFor.plugin.directory),
    origin,
    project: HostedSource.projectFacts(context),
    facts: HostedSource.sourceFacts(source.config, context, files),
    files: files.names,
    ref: kind.ref(source.settings) ?? null,
  };
}

/** What a source says of its origins, null for kinds that cannot. */
export function info(source: Source): Wire.Data {
  return SourceInfo.of(source)?.map(plain) ?? null;
}

function plain(value: Dump.Dumpable): Wire.Data {
  if (value instanceof Map)
    return Object.fromEntries(
      [...(value as ReadonlyMap<string, Dump.Dumpable>)].map(([key, item]) => [key, plain(item)]),
    );
  return Array.isArray(value) ? (value as readonly Dump.Dumpable[]).map(plain) : String(value);
}

/** The source that a question is about, by its element and its place there. */
export function at(origin: Wire.Data, sources: (element: number | null) => readonly Source[]): Source | undefined {
  if (!Array.isArray(origin)) return undefined;
  const [element, index] = origin as readonly Wire.Data[];
  return sources(typeof element === "number" ? element : null)[Number(index)];
}

/** Replaces the alias of a url as the source's project says. */
export function translate(source: Source, url: string): string {
  return source.context.translateUrl(url, source.node ?? mapping());
}
