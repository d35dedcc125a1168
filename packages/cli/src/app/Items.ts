/** Selected elements and artifacts as one list, each with its artifact where it is cached. */
import type { Artifact } from "@millrace/core/artifact/Artifact";
import * as ArtifactName from "@millrace/core/artifact/ArtifactName";
import type { Element } from "@millrace/core/element/Element";
import type { BstError } from "@millrace/core/error/BstError";
import { ArtifactCache } from "@millrace/sandbox/artifacts/ArtifactCache";
import type * as Voice from "@millrace/sandbox/session/Voice";
import * as Effect from "effect/Effect";
import type * as State from "../show/State.ts";
import type { Context } from "./Context.ts";
import type { Services } from "./Program.ts";
import type { Selected } from "./Selected.ts";
import * as States from "./States.ts";

/** One element or artifact. */
export interface Item {
  /** As reports call it: full element name, or name of the artifact. */
  readonly label: string;
  /** The element, undefined for an artifact that was named by its key. */
  readonly element: Element | undefined;
  /** Name of the artifact by its strong key, undefined while the key is unknown. */
  readonly name: ArtifactName.ArtifactName | undefined;
  /** Other names under which the artifact may be stored (the weak key). */
  readonly weakName: ArtifactName.ArtifactName | undefined;
  readonly artifact: Artifact | undefined;
}

/** Looks everything selected up in the local cache. */
export const find = Effect.fnUntraced(function* (
  context: Context,
  voice: Voice.Voice,
  selected: Selected,
): Effect.fn.Return<readonly Item[], BstError, Services> {
  const cache = yield* ArtifactCache;
  const items: Item[] = [];
  if (selected.graph !== undefined) {
    const { graph } = selected;
    const { keys, states } = yield* States.query(context, voice, graph, selected.elements);
    for (const id of selected.elements) {
      const element = graph.elements[id] as Element;
      const state = states.get(id) as State.ElementState;
      const weak = keys.weak[id];
      const name = (key: string) => ArtifactName.make(element.project.name, element.name, key);
      items.push({
        label: element.fullName,
        element,
        name: state.key === undefined ? undefined : name(state.key),
        weakName: weak === undefined ? undefined : name(weak),
        artifact: state.artifact,
      });
    }
  }
  for (const name of selected.artifacts) {
    const artifact = yield* cache.findComplete(name);
    items.push({
      label: ArtifactName.format(name),
      element: undefined,
      name: artifact === undefined ? name : { ...name, key: artifact.strongKey },
      weakName: artifact === undefined ? undefined : { ...name, key: artifact.weakKey },
      artifact,
    });
  }
  return items;
});

/** An item as JSON names it: its element, unless it was named by its key, and its artifact once the key is known. */
export function named(item: Item): { readonly element: string | null; readonly artifact: string | null } {
  const { element, name } = item;
  return { element: element?.fullName ?? null, artifact: name === undefined ? null : ArtifactName.format(name) };
}

/** The artifact's name for messages. */
export function reference(item: Item): string {
  return item.name === undefined ? item.label : ArtifactName.format(item.name);
}
