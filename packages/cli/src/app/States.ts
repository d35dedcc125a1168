/** Asks the local caches for the states of elements. */
import * as ArtifactName from "@millrace/core/artifact/ArtifactName";
import type { Element } from "@millrace/core/element/Element";
import type { BstError } from "@millrace/core/error/BstError";
import type { Graph } from "@millrace/core/graph/Graph";
import * as Scope from "@millrace/core/graph/Scope";
import * as Selection from "@millrace/core/graph/Selection";
import * as Keys from "@millrace/core/key/Keys";
import { ArtifactCache } from "@millrace/sandbox/artifacts/ArtifactCache";
import { attempt } from "@millrace/sandbox/cas/Cas";
import type * as Voice from "@millrace/sandbox/session/Voice";
import { ElementSources } from "@millrace/sandbox/sources/ElementSources";
import * as Effect from "effect/Effect";
import * as State from "../show/State.ts";
import * as Context from "./Context.ts";
import type { Services } from "./Program.ts";
import * as Stages from "./Stages.ts";

/** Keys of the whole graph, and the states of the elements asked for. */
export interface Queried {
  readonly keys: Keys.Keys;
  readonly states: ReadonlyMap<number, State.ElementState>;
}

/** Caches that hold nothing, for strict keys, which depend on no cache. */
const none: State.Caches = { artifact: () => Effect.succeed(undefined), hasSources: () => Effect.succeed(false) };

/**
 * Looks the elements, and what they depend on, up in the caches. With `need` at `keys` only the keys of the result count, which in a strict session are
 * known without looking.
 */
export const query = Effect.fnUntraced(function* (
  context: Context.Context,
  voice: Voice.Voice,
  graph: Graph,
  wanted: readonly number[],
  need: "keys" | "states" = "states",
): Effect.fn.Return<Queried, BstError, Services> {
  const artifacts = yield* ArtifactCache;
  const sources = yield* ElementSources;
  const keys = yield* attempt(() => Stages.timed("keys", () => Keys.compute(graph.elements)));
  const manner = {
    fetchPolicy: context.config.fetch.source,
    trackPolicy: context.config.track.source,
    report: () => {},
  };
  const caches: State.Caches = {
    artifact: (element, key) => artifacts.findComplete(ArtifactName.make(element.project.name, element.name, key)),
    hasSources: Effect.fnUntraced(function* (element: Element) {
      if (element.sources.length === 0) return true;
      if ((yield* sources.find(element)) !== undefined) return true;
      return yield* sources.hasOriginals(element, manner);
    }),
  };
  const reached = Selection.allScopeOf(Scope.make(graph.elements), wanted);
  const strict = Context.strict(context, graph.project.name);
  const states = yield* voice.activity(
    "Query cache",
    State.compute(graph.elements, reached, wanted, keys, strict, strict && need === "keys" ? none : caches),
    { silent: true },
  );
  return { keys, states };
});
