/**
 * The state of elements as `bst show` names it, and the keys and artifacts behind it.
 *
 * In strict mode an artifact is looked up by the strict key. Otherwise the strict key is tried first and the weak key then, and the key shown
 * is the strong key that the found artifact records; an element that is found by neither gets the key that a build would give it. An element
 * is buildable when its sources are at hand and everything that staging it needs was built successfully.
 */
import type { Artifact } from "@millrace/core/artifact/Artifact";
import type { Dependency } from "@millrace/core/element/Element";
import type { BstError } from "@millrace/core/error/BstError";
import type { Keys } from "@millrace/core/key/Keys";
import * as Effect from "effect/Effect";

/** The states, as printed. */
export type State = "no reference" | "junction" | "waiting" | "failed" | "cached" | "fetch needed" | "buildable";

/** What is known about an element. */
export interface ElementState {
  /** The full key, undefined while it cannot be known. */
  readonly key: string | undefined;
  readonly keyIsStrict: boolean;
  readonly artifact: Artifact | undefined;
  readonly state: State;
}

/** What matters of an element here. */
export interface Subject {
  readonly kind: string;
  /** Whether all sources have a ref. */
  readonly resolved: boolean;
  /** Its dependencies, by their place in the list. */
  readonly dependencies: readonly Pick<Dependency, "element" | "build" | "runtime">[];
}

/** What is asked of the caches, by the element's place in the list. */
export interface Caches {
  /** The artifact with this key, when everything that using it needs is there. */
  readonly artifact: (id: number, key: string) => Effect.Effect<Artifact | undefined, BstError>;
  /** Whether the sources can be staged without fetching. */
  readonly hasSources: (id: number) => Effect.Effect<boolean, BstError>;
}

/**
 * The states of `wanted` elements; `reached` must hold them and all that they depend on, dependencies first. Sources are looked for only where
 * it matters.
 */
export const compute = Effect.fnUntraced(function* (
  elements: readonly Subject[],
  reached: readonly number[],
  wanted: readonly number[],
  keys: Keys,
  strict: boolean,
  caches: Caches,
): Effect.fn.Return<ReadonlyMap<number, ElementState>, BstError> {
  const strong = keys.strong();
  const asked = new Set(wanted);
  /** Elements that can be staged: cached successfully with all that they need at run time. */
  const ready = new Set<number>();
  const states = new Map<number, ElementState>();
  for (const id of reached) {
    const element = elements[id] as Subject;
    const strictKey = keys.strict[id];
    let artifact = strictKey === undefined ? undefined : yield* caches.artifact(id, strictKey);
    if (artifact !== undefined || strict) {
      if (strictKey !== undefined) strong.set(id, strictKey);
    } else {
      const weakKey = keys.weak[id];
      if (weakKey !== undefined) artifact = yield* caches.artifact(id, weakKey);
      if (artifact !== undefined) strong.set(id, artifact.strongKey);
      else strong.compute(id);
    }
    const runtimeReady = element.dependencies.every(
      (dependency) => !dependency.runtime || ready.has(dependency.element),
    );
    if (artifact?.buildSuccess === true && runtimeReady) ready.add(id);
    if (!asked.has(id)) continue;
    const key = strong.get(id);
    const buildReady = element.dependencies.every((dependency) => !dependency.build || ready.has(dependency.element));
    const state = yield* name(element, keys.weak[id] !== undefined, artifact, buildReady, caches.hasSources(id));
    states.set(id, { key, keyIsStrict: key !== undefined && key === strictKey, artifact, state });
  }
  return states;
});

const name = Effect.fnUntraced(function* (
  element: Subject,
  queryable: boolean,
  artifact: Artifact | undefined,
  buildReady: boolean,
  hasSources: Effect.Effect<boolean, BstError>,
): Effect.fn.Return<State, BstError> {
  if (!element.resolved) return "no reference";
  if (element.kind === "junction") return "junction";
  if (!queryable) return "waiting";
  if (artifact !== undefined) return artifact.buildSuccess ? "cached" : "failed";
  if (!(yield* hasSources)) return "fetch needed";
  return buildReady ? "buildable" : "waiting";
});
