/** `bst worker`: joins a scheduler and carries out its actions until a signal ends it. */
import { BstError } from "@millrace/core/error/BstError";
import { Cas } from "@millrace/sandbox/cas/Cas";
import { Roots } from "@millrace/sandbox/staging/Roots";
import * as Effect from "effect/Effect";
import * as Remote from "../args/Remote.ts";
import * as Values from "../args/Values.ts";
import * as Command from "./Command.ts";
import type { Invocation } from "./Dispatch.ts";

/** Results in 0 after the work that was taken is done. */
export function run(invocation: Invocation): Promise<number> {
  const { values } = invocation;
  return Command.run(
    invocation,
    Effect.fnUntraced(function* ({ voice }) {
      const places = Values.integer(values, "jobs") ?? 1;
      if (places < 1) return yield* new BstError({ domain: "APP", reason: null, message: "--jobs must be at least 1" });
      const Worker = yield* Effect.promise(() => import("@millrace/sandbox/worker/Worker"));
      const { store } = yield* Cas;
      const storage = Values.text(values, "storage");
      yield* Worker.run({
        store,
        roots: yield* Roots,
        scheduler: Remote.parse(Values.text(values, "scheduler") as string, "pull"),
        storage: storage === undefined ? undefined : Remote.parse(storage, "pull"),
        places,
        name: Values.text(values, "name"),
        properties: Values.pairs(values, "property"),
        say: (kind, text) => voice.say(kind === "warn" ? "warning" : kind, text),
      });
      return 0;
    }),
  );
}
