/**
 * The interface of an element kind: a record of pure functions over data, BuildStream's abstract methods without side effects.
 *
 * Built-in kinds and TypeScript plugins of projects implement the same interface.
 */
import type { Plan } from "../plan/Plan.ts";
import type { ProjectFiles } from "../project/ProjectFiles.ts";
import type { Source } from "../source/Source.ts";
import type { Mapping } from "../yaml/Node.ts";
import type { Dependency, Element, Json } from "./Element.ts";

/** What a kind can see of its element while configuring: no graph, only itself. */
export interface ConfigureContext {
  readonly name: string;
  readonly projectName: string;
  readonly variables: ReadonlyMap<string, string>;
  readonly environment: ReadonlyMap<string, string>;
  readonly public: Mapping;
  readonly node: Mapping;
  /** What kinds want to know that live in another process. */
  readonly instance?: ElementInstance | undefined;
}

/** An element from the outside, for kinds that speak for themselves while they are configured. */
export interface ElementInstance {
  readonly fullName: string;
  readonly files: ProjectFiles;
  /** Whether a workspace is open on it. */
  readonly workspace: boolean;
  /** A warning by token, null for one that can never be fatal. */
  readonly warn: (token: string | null, message: string) => void;
  readonly inform: (message: string, detail: string | undefined) => void;
  /** Its sources; none before they are loaded. */
  readonly sources: () => readonly Source[];
}

/** What a kind can see of the graph when dependencies are at hand. */
export interface GraphView {
  readonly element: (id: number) => Element;
  /** BUILD scope: direct build dependencies and their runtime closure, in staging order, without the element itself. */
  readonly buildScope: (id: number) => readonly number[];
  /** RUN scope: the element and its runtime closure, in staging order. */
  readonly runScope: (id: number) => readonly number[];
}

export interface ElementKind<Settings> {
  readonly name: string;
  /** Text of the kind's default YAML (`KIND.yaml`), taken literally; empty when it has none. */
  readonly defaults: string;
  readonly artifactVersion: number;
  readonly strictRebuild: boolean;
  /** Whether commands run: decides whether sandbox and environment enter the key. May depend on settings (compose). */
  readonly runsCommands: (settings: Settings) => boolean;
  /** Whether only the kind's Python plugin assembles elements: the kind loads them, and its plan has a step that is not known here. */
  readonly assembledByPlugin?: true | undefined;
  readonly forbidsSources: boolean;
  readonly forbidsBuildDepends: boolean;
  readonly forbidsRuntimeDepends: boolean;
  /** False for kinds whose artifact is nothing to stage or filter (stack). */
  readonly hasArtifact: boolean;
  /** Reads `config` (validating its keys); raises a BstError on bad data. */
  readonly configure: (config: Mapping, context: ConfigureContext) => Settings;
  /** Reads the `config` of build dependencies; undefined when the kind takes none (INVALID_DEPENDENCY_CONFIG then). */
  readonly configureDependencies?:
    | ((
        settings: Settings,
        dependencies: readonly Dependency[],
        context: ConfigureContext,
        graph: GraphView,
      ) => Settings)
    | undefined;
  /** Checks what needs the dependencies' kinds and types; raises. */
  readonly preflight?: ((settings: Settings, element: Element, graph: GraphView) => void) | undefined;
  readonly uniqueKey: (settings: Settings, context: ConfigureContext) => Json;
  /** What building it means; raises a clear error when this kind cannot be built yet. */
  readonly plan: (settings: Settings, element: Element, graph: GraphView) => Plan;
  /** The build as a shell script (`bst source checkout --include-build-scripts`); undefined when the kind has none. */
  readonly generateScript?: ((settings: Settings, element: Element) => string) | undefined;
  /** A kind that stands for its build dependency in tracking and workspaces (filter): the element to use instead. */
  readonly redirect?: ((settings: Settings, element: Element) => number | undefined) | undefined;
  /** The kind as a pinned plugin package means it, from the text of its `KIND.py`; undefined for kinds of which releases do not differ. */
  readonly pinned?: ((module: string) => ElementKind<Settings>) | undefined;
  /** What carries out the work of kinds that are not native; opaque here. */
  readonly host?: unknown;
  /** Deprecation message, when the kind is deprecated. */
  readonly deprecated?: string | undefined;
}

// biome-ignore lint/suspicious/noExplicitAny: settings are opaque outside their kind
export type AnyElementKind = ElementKind<any>;
