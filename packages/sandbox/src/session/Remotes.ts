/**
 * What a session asks of remote caches. Without any, which is the default, no pull or push queue exists.
 */
import type { Artifact } from "@millrace/core/artifact/Artifact";
import type { ArtifactName } from "@millrace/core/artifact/ArtifactName";
import type { Element } from "@millrace/core/element/Element";
import type { BstError } from "@millrace/core/error/BstError";
import type { RemoteSpec } from "@millrace/core/project/Project";
import type { Digest } from "@millrace/core/tree/Digest";
import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import type { Reference } from "../sources/SourceCache.ts";
import type * as Voice from "./Voice.ts";

/** Which caches a command uses. */
export interface Caches {
  readonly artifacts: boolean;
  readonly sources: boolean;
}

/** What servers are chosen by: a project, or one of which only the name is known. */
export interface Served {
  readonly name: string;
  /** The project that brought it in. */
  readonly parent: Served | undefined;
  /** What relative paths of its configuration start from. */
  readonly files: { readonly directory: string };
  readonly artifactServers: readonly RemoteSpec[];
  readonly sourceServers: readonly RemoteSpec[];
}

/** Says what goes on while something is pulled. */
export type Say = (kind: "status" | "info" | "warn", text: string) => void;

export interface RemotesShape {
  /** Asks the servers of these projects whether they can be used; until then there are none. */
  readonly connect: (
    projects: readonly Served[],
    caches: Caches,
    warn: (message: string) => void,
  ) => Effect.Effect<void, BstError>;
  /** Whether build trees are pulled with artifacts. */
  readonly buildTrees: boolean;
  /** Whether any project of the session can pull, push, push sources. */
  readonly pulls: boolean;
  readonly pushes: boolean;
  readonly pushesSources: boolean;
  readonly canPull: (element: Element) => boolean;
  readonly canPush: (element: Element) => boolean;
  readonly canPushSources: (element: Element) => boolean;
  /** Asks for the artifacts of many elements at once, so that {@link RemotesShape.pull} need not ask for each. */
  readonly foresee: (
    wanted: readonly { readonly element: Element; readonly keys: readonly string[] }[],
    warn: (message: string) => void,
  ) => Effect.Effect<void>;
  /**
   * The artifacts of those elements that need no push, since every server that takes them has them whole. Asked in few large questions; a push that comes
   * meanwhile waits for what it is told. Artifacts are looked up by their keys where they are not given.
   */
  readonly settled: (
    wanted: readonly { readonly element: Element; readonly key: string; readonly artifact?: Artifact | undefined }[],
  ) => Effect.Effect<ReadonlyMap<Element, Artifact>, BstError>;
  /** Brings the artifact with one of these keys into the cache; false when no remote has it. */
  readonly pull: (element: Element, keys: readonly string[], voice: Voice.Voice) => Effect.Effect<boolean, BstError>;
  /** Offers the artifact to every remote that takes it; false when they all had it. */
  readonly push: (element: Element, key: string, voice: Voice.Voice) => Effect.Effect<boolean, BstError>;
  readonly pushSources: (element: Element, voice: Voice.Voice) => Effect.Effect<boolean, BstError>;
  /** Brings sources that are cached by this reference; undefined when no remote has them. */
  readonly pullSources: (
    project: string,
    reference: Reference,
    say: Say,
  ) => Effect.Effect<Digest | undefined, BstError>;
  /** Brings the artifact of a name, with its build trees when these are asked for; undefined when no remote has it. */
  readonly pullNamed: (
    name: ArtifactName,
    buildTrees: boolean,
    say: Say,
  ) => Effect.Effect<Artifact | undefined, BstError>;
  /** Offers the artifact of a name, which is in the cache; false when every remote had it. */
  readonly pushNamed: (name: ArtifactName, say: Say) => Effect.Effect<boolean, BstError>;
  /** Why an artifact that no remote was found to have may be there all the same: one of the project's is left alone, since it failed. */
  readonly unanswered: (project: string) => BstError | undefined;
  /** Whether a remote has an artifact. */
  readonly has: (name: ArtifactName) => Effect.Effect<boolean, BstError>;
}

const no = () => false;

export const none: RemotesShape = {
  connect: () => Effect.void,
  buildTrees: false,
  pulls: false,
  pushes: false,
  pushesSources: false,
  canPull: no,
  canPush: no,
  canPushSources: no,
  foresee: () => Effect.void,
  settled: () => Effect.succeed(new Map()),
  pull: () => Effect.succeed(false),
  push: () => Effect.succeed(false),
  pushSources: () => Effect.succeed(false),
  pullSources: () => Effect.succeed(undefined),
  pullNamed: () => Effect.succeed(undefined),
  pushNamed: () => Effect.succeed(false),
  unanswered: () => undefined,
  has: () => Effect.succeed(false),
};

export const Remotes = Context.Reference<RemotesShape>("@millrace/sandbox/session/Remotes", {
  defaultValue: () => none,
});
