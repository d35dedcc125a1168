/** Why elements have no artifact under their keys: what the local cache knows of earlier artifacts, compared with what the elements are now. */
import type { Artifact } from "@millrace/core/artifact/Artifact";
import * as ArtifactName from "@millrace/core/artifact/ArtifactName";
import type { Element, Json } from "@millrace/core/element/Element";
import type { BstError } from "@millrace/core/error/BstError";
import type { Graph } from "@millrace/core/graph/Graph";
import * as Scope from "@millrace/core/graph/Scope";
import * as Selection from "@millrace/core/graph/Selection";
import * as Causes from "@millrace/core/key/Causes";
import * as Changes from "@millrace/core/key/Changes";
import * as KeyDocument from "@millrace/core/key/KeyDocument";
import * as Keys from "@millrace/core/key/Keys";
import { ArtifactCache, type ArtifactCacheShape } from "@millrace/sandbox/artifacts/ArtifactCache";
import * as Metadata from "@millrace/sandbox/artifacts/Metadata";
import { attempt, Cas } from "@millrace/sandbox/cas/Cas";
import type { ObjectStore } from "@millrace/sandbox/cas/ObjectStore";
import * as Effect from "effect/Effect";
import type * as Documents from "../json/Documents.ts";
import type { Services } from "./Program.ts";
import * as Stages from "./Stages.ts";

/** What is said of one element. */
export type Reason = Documents.Content<"why">["elements"][0];

type Cause = Reason["causes"][0];

/** What all answers are made from. */
interface World {
  readonly graph: Graph;
  readonly keys: Keys.Keys;
  readonly strict: boolean;
  readonly cache: ArtifactCacheShape;
  readonly store: ObjectStore;
}

/** The reasons of some elements. In a strict session only an artifact with the strict key counts, otherwise one with the weak key as well. */
export const find = Effect.fnUntraced(function* (
  graph: Graph,
  ids: readonly number[],
  strict: boolean,
): Effect.fn.Return<readonly Reason[], BstError, Services> {
  const cache = yield* ArtifactCache;
  const { store } = yield* Cas;
  const keys = yield* attempt(() => Stages.timed("keys", () => Keys.compute(graph.elements)));
  const world = { graph, keys, strict, cache, store };
  const inquiry = Causes.inquire(question(world));
  return yield* Effect.forEach(ids, (id) => reason(world, inquiry, id));
});

const reason = Effect.fnUntraced(function* (
  world: World,
  inquiry: Causes.Inquiry,
  id: number,
): Effect.fn.Return<Reason, BstError> {
  const { graph, keys, strict, cache } = world;
  const element = elementOf(graph, id);
  const [strictKey, weakKey] = [keys.strict[id], keys.weak[id]];
  const answer = (state: Reason["state"], more: Partial<Reason> = {}): Reason => ({
    ...{ name: element.fullName, key: strictKey ?? null, state },
    ...{ previous: null, changed: [], causes: [], ...more },
  });
  if (element.role === "junction") return answer("junction");
  if (strictKey === undefined || weakKey === undefined)
    return answer("no reference", { changed: unresolved(graph, id) });
  const names = (strict ? [strictKey] : [strictKey, weakKey]).map((key) => nameOf(element, key));
  for (const name of names) {
    const artifact = yield* cache.findComplete(name);
    if (artifact !== undefined) return answer(artifact.buildSuccess ? "cached" : "failed", { key: artifact.strongKey });
  }
  const found = yield* attempt(() => names.some((name) => cache.peek(name) !== undefined));
  if (found) return answer("incomplete");
  const last = yield* lastArtifact(world, element);
  if (last === undefined) return answer("new");
  const { artifact, mtime } = last;
  const { changed, causes } = yield* attempt(() =>
    Stages.timed("compare", () => Causes.find(inquiry, id, previousOf(artifact))),
  );
  return answer("changed", {
    previous: {
      key: artifact.strongKey,
      lastUsed: new Date(mtime).toISOString(),
      succeeded: artifact.buildSuccess,
    },
    changed: changed.map((dependency) => elementOf(graph, dependency).fullName),
    causes: causes.map((cause) => described(world, cause)),
  });
});

function elementOf(graph: Graph, id: number): Element {
  return graph.elements[id] as Element;
}

function nameOf({ project, name }: Element, key: string): ArtifactName.ArtifactName {
  return ArtifactName.make(project.name, name, key);
}

/** Elements with a source without a ref among an element and what it depends on. */
function unresolved(graph: Graph, id: number): readonly string[] {
  return Selection.allScopeOf(Scope.make(graph.elements), [id])
    .map((member) => elementOf(graph, member))
    .filter(({ sources }) => !sources.every((source) => source.resolved))
    .map(({ fullName }) => fullName);
}

/** The artifact of an element that was used last, among those that can be read. */
const lastArtifact = Effect.fnUntraced(function* (
  { cache }: World,
  { project, name }: Element,
): Effect.fn.Return<{ readonly artifact: Artifact; readonly mtime: number } | undefined, BstError> {
  for (const listed of yield* cache.history(project.name, name)) {
    const artifact = yield* attempt(() => cache.peek(listed.name));
    if (artifact !== undefined) return { artifact, mtime: listed.mtime };
  }
  return undefined;
});

function previousOf({ weakKey, strongKey, buildDeps }: Artifact): Causes.Previous {
  const dependencies = buildDeps.map(({ projectName, elementName, cacheKey }) => ({
    project: projectName,
    name: elementName,
    key: cacheKey,
  }));
  return { weakKey, strongKey, dependencies };
}

function question({ graph, keys, strict, cache }: World): Causes.Question {
  return {
    ...{ elements: graph.elements, keys, strict },
    previous: ({ project, name, key }) => {
      const artifact = cache.peek(ArtifactName.make(project, name, key));
      return artifact === undefined ? undefined : previousOf(artifact);
    },
    inputs: (weakKey) => cache.inputs(weakKey),
  };
}

function described(world: World, cause: Causes.Cause): Cause {
  const { graph, keys, cache } = world;
  const element = elementOf(graph, cause.element);
  const fullName = (id: number): string => elementOf(graph, id).fullName;
  const recorded = cause.previous === undefined ? undefined : cache.inputs(cause.previous.weakKey);
  const artifact = cause.previous === undefined ? undefined : cache.peek(nameOf(element, cause.key));
  const differs = cause.inputs !== false && artifact !== undefined;
  return {
    element: element.fullName,
    through: cause.through.map(fullName),
    key: keys.strict[cause.element] ?? null,
    previousKey: cause.key,
    gone: artifact === undefined,
    inputs: cause.inputs ?? null,
    recorded: recorded !== undefined,
    changes: !differs
      ? []
      : recorded === undefined
        ? changedEnvironment(world, element, artifact)
        : Changes.between(JSON.parse(recorded) as Json, JSON.parse(KeyDocument.inputs(element)) as Json).map(plain),
    variables: differs ? changedVariables(world, element, artifact) : [],
    added: cause.added.map(fullName),
    removed: cause.removed.map(({ project, name }) => (project === graph.project.name ? name : `${project}:${name}`)),
    reordered: cause.reordered,
  };
}

function plain({ path, before, after }: Changes.Change): Cause["changes"][0] {
  return { path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}

/** Metadata that is gone from the store tells nothing. */
function orNothing<A>(read: () => A): A | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function changedVariables({ store }: World, element: Element, artifact: Artifact): Cause["variables"] {
  const before = orNothing(() => Metadata.variables(store, artifact));
  if (before === undefined) return [];
  return Changes.between(before, Object.fromEntries(element.variables)).map((change) => {
    const { path, ...values } = plain(change);
    return { name: path.join("."), ...values };
  });
}

/** A value that a kind sets to the digest of what it stages: part of what commands see, but not of the element's environment. */
const digestValue = /^[0-9a-f]{64}\/\d+$/;

function changedEnvironment({ store }: World, element: Element, artifact: Artifact): Cause["changes"] {
  const before = orNothing(() => Metadata.environment(store, artifact));
  if (before === undefined) return [];
  return Changes.between(before, Object.fromEntries(element.environment))
    .filter(({ path: [name], before: old, after }) => {
      const staged = after === undefined && digestValue.test(String(old));
      return !staged && !element.environmentNocache.has(String(name));
    })
    .map((change) => plain({ ...change, path: ["environment", ...change.path] }));
}
