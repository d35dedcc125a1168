/** `bst artifact pull`: a session that downloads artifacts. */
import type * as Selection from "@millrace/core/graph/Selection";
import * as Session from "@millrace/sandbox/session/Session";
import * as Effect from "effect/Effect";
import * as NamedArtifacts from "../app/NamedArtifacts.ts";
import * as Pulling from "../app/Pulling.ts";
import * as Selected from "../app/Selected.ts";
import * as Sessions from "../app/Sessions.ts";
import * as Values from "../args/Values.ts";
import * as Command from "./Command.ts";
import type { Invocation } from "./Dispatch.ts";

/** Downloads. */
export function run(invocation: Invocation): Promise<number> {
  const { values } = invocation;
  return Command.runSession(invocation, (context) =>
    Sessions.run(
      context,
      "Pull",
      Effect.fnUntraced(function* ({ options, ...speaking }) {
        const selected = yield* Selected.select(context, speaking.voice, {
          words: Values.list(values, "artifacts"),
          deps: Values.text(values, "deps") as Selection.Mode,
          artifacts: true,
          pulls: speaking,
          defaults: true,
          skipJunctions: true,
        });
        yield* NamedArtifacts.pull(context, speaking, selected.artifacts);
        if (selected.graph === undefined && selected.artifacts.length > 0) return Pulling.nothingElse;
        const graph = yield* Selected.needGraph(selected);
        return yield* Session.pull(graph, selected.elements, options(graph));
      }),
    ),
  );
}
