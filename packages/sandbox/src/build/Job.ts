/** One element to build, with everything that building it needs to know of others. */
import type { Artifact } from "@millrace/core/artifact/Artifact";
import type { Element } from "@millrace/core/element/Element";
import type { BstError } from "@millrace/core/error/BstError";
import type { Subject } from "@millrace/core/event/Event";
import type { Plan } from "@millrace/core/plan/Plan";
import type { Directory } from "@millrace/core/tree/Directory";
import type * as Effect from "effect/Effect";
import type { Behind } from "../apis/Apis.ts";
import type { Voice } from "../session/Voice.ts";
import type { Elsewhere } from "./Elsewhere.ts";

export interface Keys {
  readonly strong: string;
  readonly strict: string;
  readonly weak: string;
}

/** What is needed of another element. */
export interface Dependency {
  readonly element: Element;
  readonly strongKey: string;
  /** How its messages are marked. */
  readonly subject: Subject;
  /** The key as messages show it, shortened. */
  readonly briefKey: string;
  /** Its cached artifact; undefined when it has none. */
  readonly artifact: Effect.Effect<Artifact | undefined, BstError>;
}

/** When build trees are kept. */
export type CacheBuildTrees = "always" | "auto" | "never";

export interface Job {
  readonly element: Element;
  readonly plan: Plan;
  readonly keys: Keys;
  /** An element by its index in the graph. */
  readonly dependency: (id: number) => Dependency;
  /** BUILD scope in staging order, as the artifact records it. */
  readonly buildScope: readonly number[];
  /** The merged sources, fetched already. */
  readonly sources: Effect.Effect<Directory, BstError>;
  /** What an open workspace was built from last time, when that can be built upon. */
  readonly lastBuild?: { readonly sources: Directory; readonly buildTree: Directory } | undefined;
  readonly cacheBuildTrees: CacheBuildTrees;
  /** Where its commands run; undefined for this machine. */
  readonly elsewhere?: Elsewhere | undefined;
  /** What a sandbox with a remote APIs socket has behind it. */
  readonly nested?: Effect.Effect<Behind | undefined, BstError> | undefined;
  readonly voice: Voice;
}
