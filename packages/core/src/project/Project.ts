/** A project after loading its project.conf: what elements, commands and logs need of it. */
import type { Mapping, SourceFile } from "../yaml/Node.ts";
import type { ProjectFiles } from "./ProjectFiles.ts";

export interface ShellConfig {
  readonly command: readonly string[];
  readonly environment: ReadonlyMap<string, string>;
  readonly hostFiles: readonly { readonly path: string; readonly hostPath: string; readonly optional: boolean }[];
}

/** One mirror, in the order of trial. `kind` other than `default` belongs to a mirror plugin. */
export interface Mirror {
  readonly name: string;
  readonly kind: string;
  /** alias -> urls, for kind `default`. */
  readonly aliases: ReadonlyMap<string, readonly string[]>;
  /** Configuration of a mirror plugin. */
  readonly config: Mapping | undefined;
  /** Where the mirror has what `alias:rest` names, for plugins that run in another process. */
  readonly translate?:
    | ((alias: string, aliasUrl: string, rest: string) => { readonly url: string; readonly bearer: boolean })
    | undefined;
  /** What stands for the mirror in that process. */
  readonly host?: unknown;
}

/** A cache server as written (user configuration or project.conf); decoded by the remote package. */
export interface RemoteSpec {
  readonly url: string;
  readonly instanceName: string | undefined;
  readonly type: "index" | "storage" | "all";
  readonly push: boolean;
  readonly node: Mapping;
}

/** Where a kind comes from, for the session heading and `show`. */
export interface PluginOrigin {
  readonly kind: string;
  readonly type: "element" | "source" | "source-mirror";
  readonly origin: "core" | "local" | "pip" | "junction" | "npm";
  readonly detail: string;
}

export interface Project {
  readonly name: string;
  readonly files: ProjectFiles;
  /** Junction path from the top-level project, empty there. */
  readonly junctionPath: readonly string[];
  /** Where the project was first asked for, as messages name places; undefined for the top-level project. */
  readonly loadedBy: string | undefined;
  readonly elementPath: string;
  readonly refStorage: "inline" | "project.refs";
  readonly parent: Project | undefined;
  /** Sorted warnings that are fatal, as they enter keys. */
  readonly fatalWarnings: readonly string[];
  readonly defaultTargets: readonly string[];
  readonly aliases: ReadonlyMap<string, string>;
  readonly mirrors: readonly Mirror[];
  readonly defaultMirror: string | undefined;
  readonly shell: ShellConfig;
  /** Resolved option values as text, in declaration order, for the session heading. */
  readonly options: ReadonlyMap<string, string>;
  readonly artifactServers: readonly RemoteSpec[];
  readonly sourceServers: readonly RemoteSpec[];
  /** Base variables after the second pass, expanded where possible. */
  readonly variables: ReadonlyMap<string, string>;
  readonly plugins: readonly PluginOrigin[];
  /** The text of project.conf, for messages. */
  readonly conf: SourceFile;
  /** declared source provenance attributes */
  readonly sourceProvenanceAttributes: ReadonlyMap<string, string>;
  readonly strict: boolean;
  /** The parent's alias that this project's junction maps an alias to; undefined for unmapped ones and at the top level. */
  readonly mapAlias?: ((alias: string) => string | undefined) | undefined;
  /** Whether the user configuration replaced the mirrors (url policy `user`). */
  readonly mirrorsFromUser?: boolean | undefined;
}
