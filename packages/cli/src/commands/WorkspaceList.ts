/** `bst workspace list`: the open workspaces, as YAML. */

import * as Dump from "@millrace/core/yaml/Dump";
import { attempt } from "@millrace/sandbox/cas/Cas";
import * as Effect from "effect/Effect";
import * as Context from "../app/Context.ts";
import * as Loading from "../app/Loading.ts";
import * as Output from "../app/Output.ts";
import * as Workspaces from "../app/Workspaces.ts";
import * as Values from "../args/Values.ts";
import * as Json from "../json/Json.ts";
import * as Command from "./Command.ts";
import type { Invocation } from "./Dispatch.ts";

/** Prints them; of a valid project only, as BuildStream does. */
export function run(invocation: Invocation): Promise<number> {
  return Command.run(
    invocation,
    Effect.fnUntraced(function* ({ context, voice }) {
      const { directory } = yield* attempt(() => Context.needProject(context, "The workspaces cannot be listed"));
      yield* Loading.load(context, voice, []);
      if (Values.isSet(invocation.values, "json")) {
        const workspaces = [...context.workspaces].map(([element, entry]) => ({
          element,
          directory: Workspaces.directory(directory, entry),
        }));
        Json.print("workspace list", { workspaces });
        return 0;
      }
      const list = [...context.workspaces].map(
        ([element, entry]) =>
          new Map([
            ["element", element],
            ["directory", Workspaces.directory(directory, entry)],
          ]),
      );
      Output.out(Dump.dump(new Map([["workspaces", list]])));
      return 0;
    }),
  );
}
