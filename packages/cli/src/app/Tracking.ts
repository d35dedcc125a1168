/** Which elements are tracked, from the words of a command, and what becomes of the refs. */
import type { Element } from "@millrace/core/element/Element";
import { type BstError, raise } from "@millrace/core/error/BstError";
import type { Graph } from "@millrace/core/graph/Graph";
import * as Scope from "@millrace/core/graph/Scope";
import * as Selection from "@millrace/core/graph/Selection";
import { attempt } from "@millrace/sandbox/cas/Cas";
import type { Voice } from "@millrace/sandbox/session/Voice";
import type { Tracked } from "@millrace/sandbox/sources/ElementSources";
import * as Effect from "effect/Effect";
import * as Values from "../args/Values.ts";
import type { Context } from "./Context.ts";
import type { Services } from "./Program.ts";
import * as Redirect from "./Redirect.ts";
import * as Selected from "./Selected.ts";

/** What to track. */
export interface Chosen {
  readonly graph: Graph;
  readonly members: readonly number[];
}

/** Loads and selects, as `--deps`, `--except` and `--cross-junctions` say. */
export const select = Effect.fnUntraced(function* (
  context: Context,
  voice: Voice,
  values: Values.Values,
): Effect.fn.Return<Chosen, BstError, Services> {
  const selected = yield* Selected.select(context, voice, {
    words: Values.list(values, "elements"),
    deps: "none",
    except: Values.list(values, "except"),
    defaults: true,
    complete: false,
  });
  const graph = yield* Selected.someGraph(context, voice, selected);
  const deps = Values.text(values, "deps") as Selection.Mode;
  const members = yield* attempt(() => choose(voice, graph, selected, deps, Values.isSet(values, "cross-junctions")));
  return { graph, members };
});

/** What a session does with the refs that it found: each that is another one than before is handed to `take`. */
export function taking(
  graph: Graph,
  take: (element: Element, source: Tracked["source"], ref: Exclude<Tracked["ref"], undefined>) => void,
): (id: number, refs: readonly Tracked[]) => Effect.Effect<void, BstError> {
  return (id, refs) =>
    attempt(() => {
      for (const { source, ref, changed } of refs)
        if (changed && ref !== undefined) take(graph.elements[id] as Element, source, ref);
    });
}

/** What to track: by project of the targets, since dependencies across junctions count only when they are asked for. */
function choose(
  voice: Voice,
  graph: Graph,
  selected: Selected.Selected,
  deps: Selection.Mode,
  crossJunctions: boolean,
): readonly number[] {
  const view = Scope.make(graph.elements);
  const projectOf = (id: number) => (graph.elements[id] as Element).project;
  const members: number[] = [];
  for (const project of new Set(selected.targets.map(projectOf))) {
    const targets = selected.targets.filter((id) => projectOf(id) === project);
    const reached = deps === "none" ? Redirect.all(graph, targets, voice) : Selection.select(view, targets, deps);
    members.push(...(crossJunctions ? reached : reached.filter((id) => projectOf(id) === project)));
  }
  const foreign = members.filter((id) => projectOf(id) !== graph.project);
  if (graph.project.refStorage === "inline" && foreign.length > 0) {
    raise({
      domain: "STREAM",
      reason: "untrackable-sources",
      message: "Sources of subprojects cannot be tracked from here",
      detail: foreign.map((id) => (graph.elements[id] as Element).fullName).join("\n"),
      hint: "Set ref-storage to project.refs in project.conf, so that this project keeps their refs.",
    });
  }
  const unique = [...new Set(members)];
  return Selection.except(view, selected.targets, unique, selected.excepted);
}
