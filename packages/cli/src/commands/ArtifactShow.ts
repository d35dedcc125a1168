/** `bst artifact show`: whether artifacts are in the local cache, or at least on a server. */
import type * as Selection from "@millrace/core/graph/Selection";
import * as Effect from "effect/Effect";
import * as Available from "../app/Available.ts";
import * as Items from "../app/Items.ts";
import * as Output from "../app/Output.ts";
import * as Selected from "../app/Selected.ts";
import * as Values from "../args/Values.ts";
import type * as Documents from "../json/Documents.ts";
import * as Json from "../json/Json.ts";
import * as Style from "../ui/Style.ts";
import * as Command from "./Command.ts";
import type { Invocation } from "./Dispatch.ts";

/** Width of the state column. */
const stateWidth = 12;

type State = Documents.Content<"artifact show">["artifacts"][0]["state"];

/** Prints one line each. */
export function run(invocation: Invocation): Promise<number> {
  const { values } = invocation;
  return Command.run(
    invocation,
    Effect.fnUntraced(function* ({ context, voice }) {
      const selected = yield* Selected.select(context, voice, {
        words: Values.list(values, "artifacts"),
        deps: Values.text(values, "deps") as Selection.Mode,
        artifacts: true,
      });
      const items = yield* Items.find(context, voice, selected);
      const remote = yield* Available.among(context, voice, selected, items);
      if (Values.isSet(values, "json")) {
        const artifacts = items.map((item) => ({ ...Items.named(item), state: stateOf(item, remote)[0] }));
        Json.print("artifact show", { artifacts });
        return 0;
      }
      const paint = context.main.colors ? Style.ansi : Style.plain;
      const lines = items.map((item) => {
        const [state, colour] = stateOf(item, remote);
        return `${paint(state.padStart(stateWidth), { fg: colour })} ${paint(item.label, { fg: "yellow" })}\n`;
      });
      Output.out(`${lines.join("")}\n`);
      return 0;
    }),
  );
}

function stateOf(item: Items.Item, remote: ReadonlySet<Items.Item>): readonly [State, Style.Colour] {
  const { artifact } = item;
  if (artifact === undefined) return remote.has(item) ? ["available", "magenta"] : ["not cached", "bright_red"];
  return artifact.buildSuccess ? ["cached", "magenta"] : ["failed", "red"];
}
