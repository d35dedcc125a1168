/** A plan while it is carried out: the root as a tree, and what later steps need to know of earlier ones. */
import type * as Compose from "@millrace/core/tree/Compose";
import type { Digest } from "@millrace/core/tree/Digest";
import type { Directory } from "@millrace/core/tree/Directory";
import type * as Overlaps from "@millrace/core/tree/Overlaps";
import type { CasShape } from "../cas/Cas.ts";
import type * as ObjectStore from "../cas/ObjectStore.ts";
import type { Roots } from "../staging/Roots.ts";
import type { Job } from "./Job.ts";

export interface Means {
  readonly store: ObjectStore.ObjectStore;
  readonly roots: Roots["Service"];
  /** Brings blobs that are behind the store. */
  readonly bring: CasShape["bring"];
  readonly job: Job;
}

/** A plan being carried out. */
export interface State extends Omit<Means, "job"> {
  /** The plan in it may still change while a plugin of another process builds. */
  job: Job;
  environment: Record<string, string>;
  subsandboxes: readonly Digest[];
  tree: Directory;
  /** The part of the root that other elements are likely to have too: without sources and marked directories. */
  base: Directory | undefined;
  sessions: readonly Overlaps.Session[];
  snapshot: Directory | undefined;
  /** What the composition that follows an integration will be. */
  composition: Compose.Composition | undefined;
  sources: Directory | undefined;
}
