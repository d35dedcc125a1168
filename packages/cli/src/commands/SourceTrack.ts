/** `bst source track`: a session that looks for newer refs and writes them into the project. */
import type { Element } from "@millrace/core/element/Element";
import type { Status } from "@millrace/core/event/Event";
import type { Graph } from "@millrace/core/graph/Graph";
import * as Keys from "@millrace/core/key/Keys";
import * as Session from "@millrace/sandbox/session/Session";
import type { Voice } from "@millrace/sandbox/session/Voice";
import * as Effect from "effect/Effect";
import type { Context } from "../app/Context.ts";
import * as Loading from "../app/Loading.ts";
import type { Services } from "../app/Program.ts";
import * as RefSaver from "../app/RefSaver.ts";
import * as Sessions from "../app/Sessions.ts";
import * as Tracking from "../app/Tracking.ts";
import * as Command from "./Command.ts";
import type { Invocation } from "./Dispatch.ts";

/** Tracks. */
export function run(invocation: Invocation): Promise<number> {
  const { values } = invocation;
  return Command.runSession(invocation, (context) =>
    Sessions.run(
      context,
      "Track",
      Effect.fnUntraced(function* ({ voice, options }) {
        const { graph, members } = yield* Tracking.select(context, voice, values);
        return yield* Session.track(graph, members, options(graph), {
          save: Tracking.taking(graph, (element, source, ref) => {
            if (RefSaver.save(graph.project, element, source, ref) === "saved") return;
            voice.say("warning", "The new ref belongs into a subproject and is not written", {
              speaker: { name: element.fullName, key: null, keyIsStrict: false },
            });
          }),
          resolved: yield* resolved(context, voice, graph),
        });
      }),
    ),
  );
}

/** Lists the elements whose keys are other ones with the new refs, once these are written. */
const resolved = Effect.fnUntraced(function* (
  context: Context,
  voice: Voice,
  graph: Graph,
): Effect.fn.Return<Effect.Effect<readonly Status[]>, never, Services> {
  const services = yield* Effect.context<Services>();
  const quiet: Voice = { ...voice, say: () => {}, activity: (_, work) => work };
  const list = Effect.gen(function* () {
    Loading.forget(context);
    const names = graph.targets.map((id) => (graph.elements[id] as Element).fullName);
    const { elements } = yield* Loading.load(context, quiet, names, false);
    const before = Keys.compute(graph.elements).strict;
    return Keys.compute(elements).strict.flatMap((fullKey, id): readonly Status[] => {
      if (fullKey === undefined || fullKey === before[id]) return [];
      return [{ id, name: (elements[id] as Element).fullName, fullKey, keyIsStrict: true, state: "waiting" }];
    });
  });
  // What makes loading fail now is the next command's to tell; the tracking itself went well.
  const told = list.pipe(
    Effect.provide(services),
    Effect.orElseSucceed(() => []),
  );
  return context.main.strict === false ? Effect.succeed([]) : told;
});
