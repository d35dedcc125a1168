/**
 * An element after loading: everything its files say, composed, expanded and checked. Immutable; refers to others by index in the graph.
 */

import type { Project } from "../project/Project.ts";
import type { Source } from "../source/Source.ts";
import type { Mapping, Node } from "../yaml/Node.ts";
import type { AnyElementKind } from "./ElementKind.ts";

/** A direct dependency, merged over all ways in which the element names it, in BuildStream's sorted order. */
export interface Dependency {
  readonly element: number;
  readonly build: boolean;
  readonly runtime: boolean;
  readonly strict: boolean;
  /** As first written: `name.bst` or `junction.bst:name.bst`; plugin keys and error messages use it. */
  readonly path: string;
  /** The `config:` mappings given for it (variables expanded), in order; empty when none. */
  readonly configs: readonly Mapping[];
  /** Where it is declared. */
  readonly node: Node;
}

export interface SandboxConfig {
  readonly buildOs: string;
  readonly buildArch: string;
  readonly buildUid: number | undefined;
  readonly buildGid: number | undefined;
  readonly remoteApisSocket: { readonly path: string; readonly actionCacheEnableUpdate: boolean } | undefined;
}

export interface Element {
  /** Index in the graph. */
  readonly id: number;
  readonly project: Project;
  /** Name inside its own project, e.g. `base/libc.bst`. */
  readonly name: string;
  /** With the junction path from the top-level project, e.g. `fdsdk.bst:base/libc.bst`. */
  readonly fullName: string;
  /** `/` replaced by `-`, extension dropped: names directories and refs. */
  readonly normalName: string;
  readonly kind: AnyElementKind;
  readonly description: string;
  /** The element file's root, for errors about the element as a whole. */
  readonly node: Mapping;
  /** All variables, expanded. */
  readonly variables: ReadonlyMap<string, string>;
  readonly environment: ReadonlyMap<string, string>;
  readonly environmentNocache: ReadonlySet<string>;
  /** The composed `config:`, expanded. */
  readonly config: Mapping;
  /** The composed public data, expanded, always with `bst: split-rules`. */
  readonly public: Mapping;
  readonly sandbox: SandboxConfig;
  readonly sources: readonly Source[];
  readonly dependencies: readonly Dependency[];
  /** What `kind.configure` and `kind.configureDependencies` made of `config`. */
  readonly settings: unknown;
  /** The kind's contribution to the cache key, computed once at load. */
  readonly uniqueKey: Json;
  /** The workspace that replaces the sources, when one is open. */
  readonly workspace: Workspace | undefined;
  /** Whether this is the first-pass kind of element that loading itself uses. */
  readonly role: "element" | "junction" | "link";
}

export interface Workspace {
  /** Absolute path of the workspace directory. */
  readonly directory: string;
  /** Strong key of the last build, for incremental builds. */
  readonly lastBuild: string | undefined;
}

/** What a key document may hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
