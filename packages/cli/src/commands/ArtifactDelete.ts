/** `bst artifact delete`: takes artifacts out of the local cache. What they hold goes when the store is cleaned. */
import * as ArtifactName from "@millrace/core/artifact/ArtifactName";
import type * as Selection from "@millrace/core/graph/Selection";
import { ArtifactCache } from "@millrace/sandbox/artifacts/ArtifactCache";
import * as Effect from "effect/Effect";
import * as Items from "../app/Items.ts";
import * as Pulling from "../app/Pulling.ts";
import * as Selected from "../app/Selected.ts";
import * as Values from "../args/Values.ts";
import * as Command from "./Command.ts";
import type { Invocation } from "./Dispatch.ts";

/** Removes the names by strong and by weak key. */
export function run(invocation: Invocation): Promise<number> {
  const { values } = invocation;
  return Command.run(
    invocation,
    Effect.fnUntraced(function* ({ context, voice }) {
      const cache = yield* ArtifactCache;
      const selected = yield* Selected.select(context, voice, {
        words: Values.list(values, "artifacts"),
        deps: Values.text(values, "deps") as Selection.Mode,
        artifacts: true,
      });
      yield* Pulling.connectToNone(voice);
      const items = yield* Items.find(context, voice, selected);
      const names = new Map<string, ArtifactName.ArtifactName>();
      for (const item of items) {
        for (const name of [item.name, item.weakName]) {
          if (name !== undefined) names.set(ArtifactName.format(name), name);
        }
      }
      let removed = false;
      for (const [text, name] of names) {
        if (yield* cache.remove(name)) {
          voice.say("info", `Removed: ${text}`);
          removed = true;
        } else {
          voice.say("warning", `Could not find ref '${text}'`);
        }
      }
      if (!removed) voice.say("info", "No artifacts were removed");
      return 0;
    }),
  );
}
