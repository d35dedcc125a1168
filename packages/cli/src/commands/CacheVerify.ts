/** `bst cache verify`: hashes every object of the store. */
import { BstError } from "@millrace/core/error/BstError";
import { Cas, inSlices } from "@millrace/sandbox/cas/Cas";
import * as Maintenance from "@millrace/sandbox/cas/Maintenance";
import * as Effect from "effect/Effect";
import * as Output from "../app/Output.ts";
import * as Values from "../args/Values.ts";
import * as Json from "../json/Json.ts";
import * as Size from "../show/Size.ts";
import * as Command from "./Command.ts";
import type { Invocation } from "./Dispatch.ts";

/** Prints what was found; fails when anything is damaged. */
export function run(invocation: Invocation): Promise<number> {
  return Command.run(
    invocation,
    Effect.fnUntraced(function* ({ context }) {
      const { store } = yield* Cas;
      const found = yield* inSlices(() => Maintenance.verify(store, context.config.cachedir));
      if (Values.isSet(invocation.values, "json"))
        Json.print("cache verify", {
          objects: found.objects,
          bytes: found.bytes,
          damaged: found.damaged,
          affected: found.hit,
        });
      else Output.out(`${found.objects} objects, ${Size.text(found.bytes)}: ${found.damaged.length} damaged\n`);
      if (found.damaged.length === 0 && found.hit.length === 0) return 0;
      return yield* new BstError({
        domain: "CAS",
        reason: "damaged",
        message: `The cache in ${context.config.cachedir} is damaged`,
        detail: [
          ...found.damaged.map((hash) => `object ${hash}`),
          ...found.hit.map((name) => `needed by or damaged: ${name}`),
        ].join("\n"),
        hint: "Damaged objects were moved to millrace/quarantine in the cache directory; what needs them is built or downloaded again. Damage that comes back points to the disk or the memory.",
      });
    }),
  );
}
