/** `bst remote check`: what a server can do, tried. */
import * as Effect from "effect/Effect";
import * as Output from "../app/Output.ts";
import * as Remote from "../args/Remote.ts";
import * as Values from "../args/Values.ts";
import * as Command from "./Command.ts";
import type { Invocation } from "./Dispatch.ts";

/** Prints the report; the exit code is not zero when something that the server should do does not work. */
export function run(invocation: Invocation): Promise<number> {
  const { values } = invocation;
  return Command.run(
    invocation,
    Effect.fnUntraced(function* () {
      const Check = yield* Effect.promise(() => import("@millrace/sandbox/remote/Check"));
      const report = yield* Check.check(Remote.parse(Values.text(values, "server") as string, "all"));
      Output.out(Values.isSet(values, "json") ? `${JSON.stringify(report, null, 2)}\n` : Check.text(report));
      return report.usable ? 0 : 1;
    }),
  );
}
