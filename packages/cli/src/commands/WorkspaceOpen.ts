/** `bst workspace open`. */
import * as Effect from "effect/Effect";
import * as OpenWorkspaces from "../app/OpenWorkspaces.ts";
import * as Values from "../args/Values.ts";
import * as Command from "./Command.ts";
import type { Invocation } from "./Dispatch.ts";

/** Opens workspaces for the elements named. */
export function run(invocation: Invocation): Promise<number> {
  const { values } = invocation;
  return Command.run(
    invocation,
    Effect.fnUntraced(function* ({ context, ...speaking }) {
      yield* OpenWorkspaces.open(context, speaking, Values.list(values, "elements"), {
        checkout: !Values.isSet(values, "no-checkout"),
        force: Values.isSet(values, "force"),
        directory: Values.text(values, "directory"),
      });
      return 0;
    }),
  );
}
