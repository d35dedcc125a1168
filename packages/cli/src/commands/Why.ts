/** `bst why`: what an element that has to be built differs in from its last artifact. */
import * as Effect from "effect/Effect";
import * as Context from "../app/Context.ts";
import * as Output from "../app/Output.ts";
import * as Reasons from "../app/Reasons.ts";
import * as Selected from "../app/Selected.ts";
import * as Values from "../args/Values.ts";
import * as Json from "../json/Json.ts";
import * as ReasonText from "../show/ReasonText.ts";
import * as Style from "../ui/Style.ts";
import * as Command from "./Command.ts";
import type { Invocation } from "./Dispatch.ts";

/** Prints one block an element. */
export function run(invocation: Invocation): Promise<number> {
  const { values } = invocation;
  return Command.run(
    invocation,
    Effect.fnUntraced(function* ({ context, voice }) {
      const words = Values.list(values, "elements");
      const { graph, targets } = yield* Selected.select(context, voice, { words, deps: "none", defaults: true });
      const strict = graph !== undefined && Context.strict(context, graph.project.name);
      const reasons = graph === undefined ? [] : yield* Reasons.find(graph, [...new Set(targets)], strict);
      if (Values.isSet(values, "json")) {
        Json.print("why", { elements: reasons });
        return 0;
      }
      const kindOf = (name: string, source: number): string | undefined =>
        graph?.elements.find(({ fullName }) => fullName === name)?.sources[source]?.kind.name;
      const paint = context.main.colors ? Style.ansi : Style.plain;
      const { keyLength } = context.config.logging;
      Output.out(reasons.map((reason) => ReasonText.text(reason, keyLength, paint, kindOf)).join("\n"));
      return 0;
    }),
  );
}
