/**
 * From the words of a command to the elements and artifacts that it works on.
 *
 * Patterns are expanded, defaults filled in, the project loaded, `--deps` and `--except` applied. Artifacts named by their keys stand beside the
 * elements; they have build dependencies only, as recorded when they were built.
 */
import * as ArtifactName from "@millrace/core/artifact/ArtifactName";
import { type BstError, raise } from "@millrace/core/error/BstError";
import type { Graph } from "@millrace/core/graph/Graph";
import * as Scope from "@millrace/core/graph/Scope";
import * as Selection from "@millrace/core/graph/Selection";
import { ArtifactCache } from "@millrace/sandbox/artifacts/ArtifactCache";
import { attempt } from "@millrace/sandbox/cas/Cas";
import type * as Voice from "@millrace/sandbox/session/Voice";
import * as Effect from "effect/Effect";
import * as ArtifactNames from "./ArtifactNames.ts";
import * as Context from "./Context.ts";
import * as Loading from "./Loading.ts";
import type { Speaking } from "./Messages.ts";
import type { Services } from "./Program.ts";
import * as Pulling from "./Pulling.ts";
import * as Targets from "./Targets.ts";

/** What to select. */
export interface Wanted {
  readonly words: readonly string[];
  readonly deps: Selection.Mode;
  readonly except?: readonly string[];
  /** Whether artifacts may be named. */
  readonly artifacts?: boolean;
  /** What is taken when there are no words: nothing, or the project's defaults. */
  readonly defaults?: boolean;
  /** How pulling of named artifacts is told, where they may be pulled to learn what they depend on. */
  readonly pulls?: Speaking;
  /** Leaves out junctions among defaults, which cannot be built. */
  readonly skipJunctions?: boolean;
  /** Whether every project met must be complete, as {@link Loading.load} has it; yes when absent. */
  readonly complete?: boolean;
}

/** What was selected. */
export interface Selected {
  /** Undefined when no element was named. */
  readonly graph: Graph | undefined;
  /** The elements named, or the defaults. */
  readonly targets: readonly number[];
  /** The elements that `--deps` and `--except` leave, in staging order. */
  readonly elements: readonly number[];
  /** The elements of `--except`. */
  readonly excepted: readonly number[];
  /** Artifacts by name, each once. */
  readonly artifacts: readonly ArtifactName.ArtifactName[];
  /** Whether there were warnings about the words. */
  readonly warned: boolean;
}

/** Loads and selects. Patterns without a match are warnings. */
export const select = Effect.fnUntraced(function* (
  context: Context.Context,
  voice: Voice.Voice,
  wanted: Wanted,
): Effect.fn.Return<Selected, BstError, Services> {
  const words =
    wanted.words.length === 0 && wanted.defaults === true
      ? yield* defaultTargets(context, voice, wanted.complete)
      : wanted.words;
  const patterns = words.some((word) => /[*?[]/.test(word) && word.endsWith(".bst"));
  const project =
    patterns && context.place !== undefined
      ? (yield* Loading.load(context, voice, [], wanted.complete)).project
      : undefined;
  const targets = yield* attempt(() =>
    Targets.classify(
      words,
      {
        elements:
          project === undefined ? undefined : () => Targets.allElements(project.files, project.elementPath, false),
        artifacts: () => ArtifactNames.list(context.config.cachedir),
      },
      wanted.artifacts === true,
    ),
  );
  for (const warning of targets.warnings) voice.say("warning", warning);
  let graph: Graph | undefined;
  let elements: readonly number[] = [];
  let named: readonly number[] = [];
  let outside: readonly number[] = [];
  // A project without elements has nothing to build, which is no mistake.
  if (targets.elements.length > 0 || (words.length === 0 && wanted.defaults === true)) {
    yield* attempt(() =>
      Context.needProject(context, `These elements cannot be loaded: ${targets.elements.join(", ")}`),
    );
    const excepted = wanted.except ?? [];
    graph = yield* Loading.load(context, voice, [...targets.elements, ...excepted], wanted.complete);
    const view = Scope.make(graph.elements);
    const all = graph.targets.slice(0, targets.elements.length);
    named =
      wanted.skipJunctions === true && wanted.words.length === 0
        ? all.filter((id) => graph?.elements[id]?.kind.name !== "junction")
        : all;
    const selected = Selection.select(view, named, wanted.deps);
    outside = graph.targets.slice(targets.elements.length);
    elements = Selection.except(view, named, selected, outside);
  }
  if (targets.artifacts.length > 0 && (wanted.deps === "all" || wanted.deps === "run")) {
    yield* attempt(() =>
      raise({
        domain: "STREAM",
        reason: "deps-not-supported",
        message: `--deps ${wanted.deps} does not go with names of artifacts`,
        detail: "An artifact only knows what it was built from; use --deps build or --deps none.",
      }),
    );
  }
  const artifacts = yield* withDependencies(context, targets.artifacts, wanted);
  return { graph, targets: named, elements, excepted: outside, artifacts, warned: targets.warnings.length > 0 };
});

/** The graph of the elements selected, with the targets that are left as its targets; fails when no element was selected. */
export function needGraph({ graph, targets }: Selected): Effect.Effect<Graph, BstError> {
  if (graph !== undefined) return Effect.succeed({ ...graph, targets });
  return attempt(() => raise({ domain: "STREAM", reason: null, message: "No element is left to work on" }));
}

/** As {@link needGraph}, but where patterns matched nothing there is nothing to do, which is no failure. */
export const someGraph = Effect.fnUntraced(function* (
  context: Context.Context,
  voice: Voice.Voice,
  selected: Selected,
): Effect.fn.Return<Graph, BstError, Services> {
  const nothing = selected.graph === undefined && selected.artifacts.length === 0 && selected.warned;
  return nothing ? yield* Loading.load(context, voice, []) : yield* needGraph(selected);
});

/** The default targets of the project, or the element of the workspace at hand. */
const defaultTargets = Effect.fnUntraced(function* (
  context: Context.Context,
  voice: Voice.Voice,
  complete?: boolean,
): Effect.fn.Return<readonly string[], BstError, Services> {
  const place = yield* attempt(() => Context.needProject(context, "There are no elements to work on by default"));
  if (place.workspaceElement !== undefined) return [place.workspaceElement];
  const { project } = yield* Loading.load(context, voice, [], complete);
  return project.defaultTargets.length > 0
    ? project.defaultTargets
    : Targets.allElements(project.files, project.elementPath, true);
});

const withDependencies = Effect.fnUntraced(function* (
  context: Context.Context,
  words: readonly string[],
  { deps, pulls }: Wanted,
): Effect.fn.Return<readonly ArtifactName.ArtifactName[], BstError, Services> {
  const cache = yield* ArtifactCache;
  const names = yield* attempt(() => words.map(ArtifactName.parse));
  // What an artifact was built from is only known from the artifact.
  if (pulls !== undefined && deps === "build") yield* Pulling.named(context, pulls, names);
  const found = new Map<string, ArtifactName.ArtifactName>();
  for (const name of names) {
    const artifact = yield* cache.find(name);
    if (deps !== "build") {
      // A weak name and the strong name of one artifact are the same artifact.
      const own = artifact === undefined ? name : { ...name, key: artifact.strongKey };
      found.set(ArtifactName.format(own), own);
      continue;
    }
    for (const dependency of artifact?.buildDeps ?? []) {
      const below = ArtifactName.make(dependency.projectName, dependency.elementName, dependency.cacheKey);
      found.set(ArtifactName.format(below), below);
    }
  }
  return [...found.values()];
});
