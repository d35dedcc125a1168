/** `bst cache clean`: takes out what nobody needs. */
import { Cas, inSlices } from "@millrace/sandbox/cas/Cas";
import * as Maintenance from "@millrace/sandbox/cas/Maintenance";
import * as Effect from "effect/Effect";
import * as Output from "../app/Output.ts";
import * as Values from "../args/Values.ts";
import * as Json from "../json/Json.ts";
import * as Size from "../show/Size.ts";
import * as Command from "./Command.ts";
import type { Invocation } from "./Dispatch.ts";

/** Prints how much went. */
export function run(invocation: Invocation): Promise<number> {
  return Command.run(
    invocation,
    Effect.fnUntraced(function* ({ context }) {
      const { store, backing } = yield* Cas;
      const gone = yield* inSlices(() => Maintenance.collect(store, context.config.cachedir, backing !== undefined));
      if (Values.isSet(invocation.values, "json")) {
        Json.print("cache clean", gone);
        return 0;
      }
      Output.out(
        `Removed ${gone.objects} objects (${Size.text(gone.bytes)}) and ${gone.records} records without content\n`,
      );
      return 0;
    }),
  );
}
