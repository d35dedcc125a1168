/** `bst remote check`: what a server can do, tried. */
import type * as Check from "@millrace/sandbox/remote/Check";
import * as Effect from "effect/Effect";
import * as Output from "../app/Output.ts";
import * as Remote from "../args/Remote.ts";
import * as Values from "../args/Values.ts";
import type * as Documents from "../json/Documents.ts";
import * as Json from "../json/Json.ts";
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
      if (Values.isSet(values, "json")) Json.print("remote check", document(report));
      else Output.out(Check.text(report));
      return report.usable ? 0 : 1;
    }),
  );
}

/** The report with null for what is not known. */
function document({ capabilities, probes, ...rest }: Check.Report): Documents.Content<"remote check"> {
  return {
    ...rest,
    capabilities:
      capabilities === undefined
        ? null
        : {
            ...capabilities,
            maxBatchBytes: capabilities.maxBatchBytes ?? null,
            maxBlobBytes: capabilities.maxBlobBytes ?? null,
          },
    probes: probes.map((probe) => ({ ...probe, problem: probe.problem ?? null })),
  };
}
