/**
 * How a session has an element built: the service that carries out plans, as far as a session sees it.
 *
 * A build that failed in a way worth keeping is a result, not a failure of the effect: its artifact is in the cache, and the next session
 * fails the same way without building.
 */
import type { Artifact } from "@millrace/core/artifact/Artifact";
import type { Element } from "@millrace/core/element/Element";
import type { GraphView } from "@millrace/core/element/ElementKind";
import type { BstError } from "@millrace/core/error/BstError";
import type { Graph } from "@millrace/core/graph/Graph";
import * as Context from "effect/Context";
import type * as Effect from "effect/Effect";
import type * as Voice from "./Voice.ts";

export interface Request {
  readonly graph: Graph;
  readonly view: GraphView;
  readonly element: Element;
  /** The keys under which the artifact is stored. */
  readonly keys: { readonly strong: string; readonly strict: string; readonly weak: string };
  /** The artifact of a dependency, which is cached. */
  readonly artifactOf: (element: number) => Artifact;
  readonly voice: Voice.Voice;
}

export interface Built {
  readonly artifact: Artifact;
  /** Why the build failed; undefined when it succeeded. */
  readonly error: BstError | undefined;
}

export interface BuilderShape {
  /** Builds an element whose dependencies are cached and whose sources are at hand, and stores the artifact. */
  readonly build: (request: Request) => Effect.Effect<Built, BstError>;
}

export class Builder extends Context.Service<Builder, BuilderShape>()("@millrace/sandbox/session/Builder") {}
