/**
 * The pure half of a source kind: configuration, ref and unique key. Fetching, tracking and staging are Effect code in `@millrace/sandbox`,
 * found by the kind's name.
 */
import type { Json } from "../element/Element.ts";
import type { HostedPlugin } from "../project/Plugins.ts";
import type { ProjectFiles } from "../project/ProjectFiles.ts";
import type { Mapping, Node } from "../yaml/Node.ts";

export interface SourceContext {
  /** Full name of the element, for messages. */
  readonly elementName: string;
  readonly projectName: string;
  /** The files of the project that declares the source. */
  readonly files: ProjectFiles;
  /** Turns `alias:rest` into a url of the project's (first alias url, no mirrors); raises for unknown aliases as BuildStream does. */
  readonly translateUrl: (url: string, node: Node) => string;
  /** The CAS digest of an open workspace's directory, modification times included; undefined when the directory is not there. */
  readonly workspaceDigest?:
    | ((directory: string) => { readonly hash: string; readonly size: number } | undefined)
    | undefined;
  /** Reports a warning by token, null for one that can never be fatal (fatal when the project says so). */
  readonly warn: (token: string | null, message: string, node?: Node) => void;
  /** How the source is declared, for kinds that live in another process. */
  readonly declared?: SourceDeclaration | undefined;
}

/** A Python plugin that a native kind stands for. */
export interface PluginStandIn {
  /** The package that has it. */
  readonly home: string;
  /** Its files, where the project names them; otherwise those of the installed package count. */
  readonly plugin: HostedPlugin | undefined;
}

/** A source as its element declares it. */
export interface SourceDeclaration {
  readonly node: Mapping;
  /** Position among the element's sources. */
  readonly index: number;
  readonly directory: string | undefined;
  readonly provenance: Mapping | undefined;
  /** The names that the project allows in `provenance`. */
  readonly provenanceAttributes: readonly string[];
}

export interface SourceKind<Settings> {
  readonly name: string;
  /** Text of the kind's default YAML, empty when none. */
  readonly defaults: string;
  /** Whether staging, tracking or fetching needs the sources before it in the element. */
  readonly requiresPreviousStage: boolean;
  readonly requiresPreviousTrack: boolean;
  readonly requiresPreviousFetch: boolean;
  /** Reads the source's mapping (kind, directory and provenance already taken off; variables expanded); raises on bad data. */
  readonly configure: (config: Mapping, context: SourceContext) => Settings;
  /** Whether the ref is known; a source without is `no reference`. */
  readonly isResolved: (settings: Settings) => boolean;
  /** Cheap checks on the host's files (a patch directory is there, ...). */
  readonly preflight?: ((settings: Settings, context: SourceContext) => void) | undefined;
  /** May digest local files through the context. */
  readonly uniqueKey: (settings: Settings, context: SourceContext) => Json;
  /** The ref as a node value as it would be written (`project.refs`, inline), undefined when it has none. */
  readonly ref: (settings: Settings) => Json | undefined;
  /**
   * New settings with another ref (from `project.refs` or tracking). Undefined for kinds without refs. Of a kind whose `refKeys` are not just
   * `ref`, the ref is the mapping of those keys.
   */
  readonly withRef?: ((settings: Settings, ref: Node | undefined, context: SourceContext) => Settings) | undefined;
  /** Which keys of the mapping hold the ref, for writing it back; default `["ref"]`. */
  readonly refKeys?: readonly string[] | undefined;
  /**
   * The kind as a pinned plugin package means it, from the text of its `KIND.py`: default urls of package registries, which the built-in facts do not hold, and
   * differences between releases. Undefined for kinds that have neither.
   */
  readonly pinned?: ((module: string) => SourceKind<Settings>) | undefined;
  /**
   * What the mapping that holds the ref becomes with another one; undefined for kinds whose ref is just what {@link refKeys} name. The mapping is the source's own, or
   * its entry in `project.refs`.
   */
  readonly writeRef?:
    | ((settings: Settings, ref: Json, node: { readonly [key: string]: Json }) => { readonly [key: string]: Json })
    | undefined;
  /** Whether records of `source-info` name the ecosystem of the version; releases of the plugin packages before 2.3.2 do not. Yes when absent. */
  readonly namesEcosystem?: boolean | undefined;
  /** Records for `source-info`, for kinds that make them themselves; undefined when they cannot say. */
  readonly info?: ((settings: Settings, context: SourceContext) => readonly Json[] | undefined) | undefined;
  /** The built-in kind that fetches and stages sources of this one, for plugins; their settings are then that kind's. The kind itself when absent. */
  readonly driver?: string | undefined;
  /** Deprecation message, when the kind is deprecated. */
  readonly deprecated?: string | undefined;
  /** What carries out the work of kinds that have no driver of their own; opaque here. */
  readonly host?: unknown;
  /** The Python plugin that this native kind stands for, for plugins that look at the sources of elements; undefined for core kinds. */
  readonly standsFor?: PluginStandIn | undefined;
  /** Urls as written, for `source-info`, alias checks and mirrors. */
  readonly urls: (settings: Settings) => readonly { readonly url: string; readonly primary: boolean }[];
}

// biome-ignore lint/suspicious/noExplicitAny: settings are opaque outside their kind
export type AnySourceKind = SourceKind<any>;
