/**
 * The half of a source kind that touches the world: getting what its ref names, finding newer refs, and turning it into a tree.
 *
 * BuildStream stages every source into a real directory and captures that. Here a source that stands alone yields a tree of the store, by
 * whatever way is shortest (an archive is unpacked into the store directly); only a kind that changes what came before it (patches, submodules,
 * vendored crates) works on a real directory, which is checked out for it and captured again.
 */
import type { Json } from "@millrace/core/element/Element";
import type { BstError } from "@millrace/core/error/BstError";
import type { Project } from "@millrace/core/project/Project";
import type { Source } from "@millrace/core/source/Source";
import type { Directory } from "@millrace/core/tree/Directory";
import type * as Effect from "effect/Effect";
import type { CasShape } from "../cas/Cas.ts";
import type { LocationsShape } from "../cas/Locations.ts";
import type { Candidate, Policy } from "./AliasUrls.ts";

/** What drivers work with. */
export interface Environment {
  readonly cas: CasShape;
  readonly locations: LocationsShape;
  /** Which urls may be tried for fetching and for tracking (user configuration, `fetch.source` and `track.source`). */
  readonly fetchPolicy: Policy;
  readonly trackPolicy: Policy;
  /** Hears what happens, in the order it happens. */
  readonly report: (progress: Progress) => void;
}

/** What a driver says while it works. */
export type Progress =
  | { readonly type: "start"; readonly text: string }
  | { readonly type: "success"; readonly text: string; readonly elapsed: number }
  | { readonly type: "failure"; readonly text: string; readonly elapsed: number }
  | { readonly type: "status"; readonly text: string }
  | { readonly type: "info"; readonly text: string }
  | {
      readonly type: "warning";
      readonly text: string;
      readonly detail?: string | undefined;
      readonly token?: string | undefined;
    }
  | { readonly type: "bytes"; readonly done: number; readonly total: number | undefined };

/** A source with what it needs to be worked on. */
export interface Subject {
  readonly source: Source;
  readonly project: Project;
  readonly environment: Environment;
}

/** How a source becomes part of a tree. */
export type Staging =
  /** Stands alone; the tree is imported over what came before. */
  | {
      readonly type: "tree";
      /** With `latest` (seconds), for a workspace, files keep times that their archive gives them, none later than it. */
      readonly make: (subject: Subject, latest?: number) => Effect.Effect<Directory, BstError>;
    }
  /** Changes a real directory that holds the sources before it. */
  | {
      readonly type: "change";
      readonly apply: (subject: Subject, directory: string) => Effect.Effect<void, BstError>;
    };

export interface SourceDriver {
  /** The kind's name. */
  readonly kind: string;
  /** Whether what the ref names is at hand, so that staging needs no network. Cheap: a look at one or two files. */
  readonly isCached: (subject: Subject) => boolean;
  /**
   * Gets what the ref names from one of the urls. `previous` is a real directory with the sources before it, for kinds that need them to fetch.
   * Undefined for kinds that have nothing to fetch.
   */
  readonly fetch?: ((subject: Subject, previous: string | undefined) => Effect.Effect<void, BstError>) | undefined;
  /** Finds the newest ref, in the form in which it is written to files; undefined when there is nothing to track. */
  readonly track?:
    | ((subject: Subject, previous: string | undefined) => Effect.Effect<Json | undefined, BstError>)
    | undefined;
  readonly stage: Staging;
  /**
   * Opens a workspace: fills a directory that the user will work in. Kinds without one stage into it; version control kinds leave their metadata
   * there.
   */
  readonly initWorkspace?: ((subject: Subject, directory: string) => Effect.Effect<void, BstError>) | undefined;
}

/** One place to try, see {@link Candidate}. */
export type { Candidate, Policy };
