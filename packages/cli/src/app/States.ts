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

/** What is asked about the elements of a list. */
export interface Question {
  readonly elements: readonly State.Subject[];
  readonly keys: Keys.Keys;
  /** Those asked for. */
  readonly wanted: readonly number[];
  /** Those and all that they depend on, dependencies first. */
  readonly reached: readonly number[];
  readonly strict: boolean;
  /** With `keys` only the keys of the result count, which in a strict session are known without looking. */
  readonly need: "keys" | "states";
  readonly caches: State.Caches;
}

/** Looks elements up in the caches. */
export function ask(
  voice: Voice.Voice,
  { elements, keys, wanted, reached, strict, need, caches }: Question,
): Effect.Effect<Queried["states"], BstError> {
  return voice.activity(
    "Query cache",
    State.compute(elements, reached, wanted, keys, strict, strict && need === "keys" ? none : caches),
    { silent: true },
  );
}

/** What matters of an element for its state. */
export function subject(element: Element): State.Subject {
  return {
    kind: element.kind.name,
    resolved: element.sources.every((source) => source.resolved),
    dependencies: element.dependencies,
  };
}

/** Looks the elements of a graph, and what they depend on, up in the caches. */
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
  const element = (id: number) => graph.elements[id] as Element;
  const caches: State.Caches = {
    artifact: (id, key) => artifacts.findComplete(ArtifactName.make(element(id).project.name, element(id).name, key)),
    hasSources: Effect.fnUntraced(function* (id: number) {
      if (element(id).sources.length === 0) return true;
      if ((yield* sources.find(element(id))) !== undefined) return true;
      return yield* sources.hasOriginals(element(id), manner);
    }),
  };
  const reached = Selection.allScopeOf(Scope.make(graph.elements), wanted);
  const strict = Context.strict(context, graph.project.name);
  const elements = graph.elements.map(subject);
  return { keys, states: yield* ask(voice, { elements, keys, wanted, reached, strict, need, caches }) };
});
