/** Fetches sources for a command that needs them, without a heading and a summary. */
import type { Element } from "@millrace/core/element/Element";
import { type BstError, raise } from "@millrace/core/error/BstError";
import type { Graph } from "@millrace/core/graph/Graph";
import { attempt } from "@millrace/sandbox/cas/Cas";
import * as Session from "@millrace/sandbox/session/Session";
import { ElementSources, type Manner } from "@millrace/sandbox/sources/ElementSources";
import * as Effect from "effect/Effect";
import type { Context } from "./Context.ts";
import type { Speaking } from "./Messages.ts";
import type { Services } from "./Program.ts";
import * as Sessions from "./Sessions.ts";

/** How sources are asked for outside of sessions. */
export function manner(context: Context): Manner {
  return {
    fetchPolicy: context.config.fetch.source,
    trackPolicy: context.config.track.source,
    report: () => {},
  };
}

export interface How {
  /** Asks for the upstream data even where staged sources are cached. */
  readonly original?: boolean;
  /** The servers of sources were connected to. */
  readonly connected?: boolean;
}

/** Fetches what is missing. Fails as a session does. */
export const fetch = Effect.fnUntraced(function* (
  context: Context,
  speaking: Speaking,
  graph: Graph,
  elements: readonly number[],
  { original = false, connected = false }: How = {},
): Effect.fn.Return<void, BstError, Services> {
  const outcome = yield* Session.fetch(
    graph,
    elements,
    {
      settings: Sessions.settings(context, graph, false),
      conduct: { onError: context.config.scheduler.onError, person: undefined, asksAboutFailures: false },
      report: speaking.report,
      connected,
    },
    original,
  );
  const failure = Session.failureOf(outcome);
  if (failure !== undefined) return yield* failure;
  if (original) return;
  const sources = yield* ElementSources;
  const missing: string[] = [];
  const check = Effect.gen(function* () {
    for (const id of elements) {
      const element = graph.elements[id] as Element;
      if (element.sources.length === 0 || (yield* sources.find(element)) !== undefined) continue;
      if (!(yield* sources.hasOriginals(element, manner(context)))) missing.push(element.fullName);
    }
  });
  yield* speaking.voice.activity("Checking sources", check);
  if (missing.length === 0) return;
  yield* attempt(() =>
    raise({
      domain: "PIPELINE",
      reason: "uncached-sources",
      message: `The sources of ${missing.length === 1 ? "an element are" : `${missing.length} elements are`} not here`,
      detail: missing.join("\n"),
      hint: "Fetch them with bst source fetch.",
    }),
  );
});
