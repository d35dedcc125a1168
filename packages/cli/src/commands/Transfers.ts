/** What pulling and pushing have in common: a session over the selected elements that moves artifacts, or sources, one way. */
import type { Graph } from "@millrace/core/graph/Graph";
import type * as Selection from "@millrace/core/graph/Selection";
import * as Session from "@millrace/sandbox/session/Session";
import type { Voice } from "@millrace/sandbox/session/Voice";
import * as Effect from "effect/Effect";
import type { Context } from "../app/Context.ts";
import * as NamedArtifacts from "../app/NamedArtifacts.ts";
import * as Pulling from "../app/Pulling.ts";
import * as Selected from "../app/Selected.ts";
import * as Sessions from "../app/Sessions.ts";
import * as Values from "../args/Values.ts";
import * as Command from "./Command.ts";
import type { Invocation } from "./Dispatch.ts";

const artifactWays = {
  pull: { name: "Pull", named: NamedArtifacts.pull, session: Session.pull },
  push: { name: "Push", named: NamedArtifacts.push, session: Session.push },
} as const;

/** Says that what is pulled may stay where it is, for those who pull in order to work without a network. */
function tellOfStorage({ config }: Context, voice: Voice, what: string): void {
  const service = config.cache.storageService;
  if (service === undefined) return;
  voice.say("warning", `${what} may stay in the storage service ${service.url}, and not be in the local cache`);
}

/** Runs a session that moves artifacts; those named by key go first, without a graph. */
export function artifacts(invocation: Invocation, way: keyof typeof artifactWays): Promise<number> {
  const { values } = invocation;
  const { name, named, session } = artifactWays[way];
  return Command.runSession(
    invocation,
    (context) =>
      Sessions.run(
        context,
        name,
        Effect.fnUntraced(function* ({ options, ...speaking }) {
          if (way === "pull") tellOfStorage(context, speaking.voice, "Pulled artifacts");
          const selected = yield* Selected.select(context, speaking.voice, {
            words: Values.list(values, "artifacts"),
            deps: Values.text(values, "deps") as Selection.Mode,
            artifacts: true,
            pulls: speaking,
            defaults: true,
            skipJunctions: true,
          });
          const alone = selected.graph === undefined && selected.artifacts.length > 0;
          yield* named(context, speaking, selected.artifacts, alone);
          if (alone) return Pulling.nothingElse;
          const graph: Graph = yield* Selected.someGraph(context, speaking.voice, selected);
          return yield* session(graph, selected.elements, options(graph));
        }),
      ),
    way,
  );
}

const sourceWays = {
  pull: { name: "Fetch", session: Session.fetch },
  push: { name: "Push", session: Session.pushSources },
} as const;

/** Runs a session that fetches sources, or uploads them to source caches. */
export function sources(invocation: Invocation, way: keyof typeof sourceWays): Promise<number> {
  const { values } = invocation;
  const { name, session } = sourceWays[way];
  return Command.runSession(
    invocation,
    (context) =>
      Sessions.run(
        context,
        name,
        Effect.fnUntraced(function* ({ voice, options }) {
          if (way === "pull") tellOfStorage(context, voice, "Fetched sources");
          const selected = yield* Selected.select(context, voice, {
            words: Values.list(values, "elements"),
            deps: Values.text(values, "deps") as Selection.Mode,
            except: Values.list(values, "except"),
            defaults: true,
          });
          const graph: Graph = yield* Selected.someGraph(context, voice, selected);
          return yield* session(graph, selected.elements, options(graph));
        }),
      ),
    way,
  );
}
