/**
 * What a load keeps while it runs: the projects met so far, their elements as files, and what they found out about each other.
 *
 * These records are filled in as loading goes on; they are never seen outside `graph/`. A {@link LoadingProject} is a project together with what BuildStream calls
 * its loader: the elements by name, links, and the subprojects behind its junctions.
 */

import type { Prepared, ProjectParts } from "../element/ComposeElement.ts";
import type { Declaration } from "../element/Declarations.ts";
import type { Element, Workspace } from "../element/Element.ts";
import type { AnyElementKind } from "../element/ElementKind.ts";
import type * as Junction from "../element/kinds/Junction.ts";
import type * as Scripts from "../plugin/Scripts.ts";
import type { Policy } from "../project/Aliases.ts";
import type { Host } from "../project/Host.ts";
import type * as Includes from "../project/Includes.ts";
import type * as Options from "../project/Options.ts";
import type * as Plugins from "../project/Plugins.ts";
import type { Mirror, Project, RemoteSpec, ShellConfig } from "../project/Project.ts";
import type { ProjectFiles } from "../project/ProjectFiles.ts";
import type * as UserConfig from "../project/UserConfig.ts";
import type { Source } from "../source/Source.ts";
import type { AnySourceKind, SourceContext } from "../source/SourceKind.ts";
import type { Mapping, Node, Scalar } from "../yaml/Node.ts";
import type { Warning } from "./Graph.ts";
import type { ParsedFiles } from "./ParsedFiles.ts";

/** What the user's configuration says about one project, as far as loading minds it. */
export type ProjectOverrides = Partial<Pick<UserConfig.ProjectOverrides, "options" | "mirrors" | "defaultMirror">>;

/** What to load and under which circumstances. */
export interface LoadRequest {
  /** Element names as on the command line; the default targets when undefined. */
  readonly targets: readonly string[] | undefined;
  /** `-o NAME VALUE`, in order. */
  readonly options: readonly (readonly [name: string, value: string])[];
  readonly host: Host;
  /** `--max-jobs` or `build.max-jobs`; 0 means as many as there are processors, at most 8. */
  readonly maxJobs: number;
  readonly strict: boolean;
  /** The user configuration's `projects: NAME:`. */
  readonly overrides: (project: string) => ProjectOverrides;
  /** `--default-mirror`. */
  readonly defaultMirror?: string | undefined;
  readonly fetchPolicy: Policy;
  readonly trackPolicy: Policy;
  /** The caller's environment, for `$NAME` in `shell:`. */
  readonly environment: ReadonlyMap<string, string>;
  /** Open workspaces by full element name. */
  readonly workspaces: ReadonlyMap<string, Workspace>;
  /** The native kinds; those built in when absent. */
  readonly kinds?: Plugins.Registries | undefined;
  /** What runs plugins that are not native; without it they are an error. */
  readonly hosting?: Plugins.Hosting | undefined;
  /** What loads plugins written in TypeScript; without it they are an error. */
  readonly scripts?: Scripts.Load | undefined;
  /**
   * Whether projects of which only junctions and links were needed are completed too; yes when absent. Tracking does not, so that the junction can be
   * tracked without which project.conf cannot be completed.
   */
  readonly complete?: boolean | undefined;
}

/** What the loader asks of the world. */
export interface LoaderHost {
  /** The top-level project's files. */
  readonly files: ProjectFiles;
  /** The files of a junction's sources; undefined when they are not at hand yet. Sources in one local directory are not asked for. */
  readonly junction: (junction: JunctionElement) => ProjectFiles | undefined;
  /** A directory on the host by absolute path: the workspace of a junction. */
  readonly directory: (path: string) => ProjectFiles;
  readonly workspaceDigest?: SourceContext["workspaceDigest"];
}

/** A junction that must be fetched and staged before loading can go on. */
export interface JunctionElement {
  /** Name inside the project that declares it. */
  readonly name: string;
  readonly fullName: string;
  readonly project: Project;
  readonly node: Mapping;
  readonly sources: readonly Source[];
  /** Its element, without dependencies and with id -1, for its weak key. */
  readonly element: Element;
}

/** One pass over project.conf: what may differ between the configuration without and with includes from other projects. */
export interface Pass {
  readonly options: Options.Options;
  /** Base variables, unexpanded. */
  readonly variables: Mapping;
  readonly elementOverrides: Mapping;
  readonly sourceOverrides: Mapping;
  readonly aliases: ReadonlyMap<string, string>;
  readonly mirrors: readonly Mirror[];
  readonly mirrorsOverridden: boolean;
  readonly defaultMirror: string | undefined;
  /** The whole composed configuration. */
  readonly conf: Mapping;
}

/** What only the second pass gives. */
export interface FullConfig {
  readonly pass: Pass;
  readonly parts: ProjectParts;
  readonly shell: ShellConfig;
  readonly provenanceAttributes: ReadonlyMap<string, string>;
  readonly artifactServers: readonly RemoteSpec[];
  readonly sourceServers: readonly RemoteSpec[];
  readonly refs: Mapping | undefined;
  readonly includer: Includes.Includer;
}

/** How a subproject was reached. */
export interface JunctionUse {
  readonly name: string;
  readonly fullName: string;
  readonly settings: Junction.Settings;
}

export interface LoadingProject {
  readonly session: Session;
  readonly files: ProjectFiles;
  readonly junction: JunctionUse | undefined;
  readonly parent: LoadingProject | undefined;
  /** Where the junction was asked for. */
  readonly provenance: Node | undefined;
  readonly name: string;
  readonly elementPath: string;
  readonly conf: Mapping;
  readonly defaultTargets: readonly string[];
  readonly fatalWarnings: string[];
  readonly disallowSubprojectUris: boolean;
  readonly duplicates: ReadonlyMap<string, readonly Scalar[]>;
  readonly internal: readonly Scalar[];
  readonly refStorage: Project["refStorage"];
  plugins: Plugins.Table;
  first: Pass;
  junctionRefs: Mapping | undefined;
  full: FullConfig | undefined;
  /** Set when the second pass begins: includes may ask for it again meanwhile. */
  fullyLoading: boolean;
  /** What elements see of it; completed by the second pass. */
  readonly project: Project;
  readonly elements: Map<string, LoadElement>;
  /** Paths of links, from here, and what they stand for. */
  readonly links: Map<string, string>;
  /** Overrides of the junction with links in their paths followed; undefined when links changed since. */
  overrides: ReadonlyMap<string, Scalar> | undefined;
  /** Subprojects by the junction's name. */
  readonly loaders: Map<string, LoadingProject>;
  /** Junction paths being searched now, with the node that asked. */
  readonly searches: Map<string, Node>;
  /** Projects whose junction was replaced by one that leads here. */
  readonly alternativeParents: LoadingProject[];
  readonly prepared: Map<string, Prepared>;
  /** Kinds looked up so far, by name: finding one may mean reading its file in a subproject. */
  readonly elementKinds: Map<string, Plugins.Found<AnyElementKind>>;
  readonly sourceKinds: Map<string, Plugins.Found<AnySourceKind>>;
  /** Checks that wait for the second pass. */
  readonly afterFullLoad: (() => void)[];
}

/** An element's file and what it turned out to depend on. */
export interface LoadElement {
  /** Order of loading; index in {@link Session.elements}. */
  readonly index: number;
  readonly owner: LoadingProject;
  readonly name: string;
  readonly fullName: string;
  readonly kind: string;
  readonly node: Mapping;
  /** What a link stands for. */
  readonly linkTarget: Scalar | undefined;
  readonly dependencies: LoadDependency[];
  /** Whether its dependencies are being or have been loaded. */
  entered: boolean;
}

/** A declared dependency and the element it turned out to be. */
export interface LoadDependency extends Declaration {
  element: LoadElement;
}

export interface Session {
  readonly request: LoadRequest;
  readonly host: LoaderHost;
  readonly files: ParsedFiles;
  readonly top: () => LoadingProject;
  readonly projects: LoadingProject[];
  readonly elements: LoadElement[];
  readonly warnings: Warning[];
  readonly redundantRefs: string[];
  /** The junction for which loading had to stop. */
  needed: JunctionElement | undefined;
}

/** Whether elements of a kind are loaded with the first pass's configuration, because loading itself uses them. */
export function isFirstPass(kind: string): boolean {
  return kind === "junction" || kind === "link";
}
