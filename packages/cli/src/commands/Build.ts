/** `bst build`: a session that builds elements and what they need. */
import type * as Selection from "@millrace/core/graph/Selection";
import * as Session from "@millrace/sandbox/session/Session";
import * as Effect from "effect/Effect";
import * as Selected from "../app/Selected.ts";
import * as Sessions from "../app/Sessions.ts";
import * as Values from "../args/Values.ts";
import * as Command from "./Command.ts";
import type { Invocation } from "./Dispatch.ts";

/** Builds. */
export function run(invocation: Invocation): Promise<number> {
  const { values } = invocation;
  return Command.runSession(
    invocation,
    (context) =>
      Sessions.run(
        context,
        "Build",
        Effect.fnUntraced(function* ({ voice, options }) {
          const deps = (Values.text(values, "deps") ?? context.config.build.dependencies) as Selection.Mode;
          const selected = yield* Selected.select(context, voice, {
            words: Values.list(values, "elements"),
            deps,
            defaults: true,
            skipJunctions: true,
          });
          const graph = yield* Selected.someGraph(context, voice, selected);
          return yield* Session.build(graph, deps, options(graph, Values.isSet(values, "retry-failed")));
        }),
      ),
    "all",
  );
}
