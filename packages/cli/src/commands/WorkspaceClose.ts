/** `bst workspace close`: builds use the original sources again. */
import { raise } from "@millrace/core/error/BstError";
import { attempt } from "@millrace/sandbox/cas/Cas";
import * as Effect from "effect/Effect";
import * as Context from "../app/Context.ts";
import * as OpenWorkspaces from "../app/OpenWorkspaces.ts";
import * as Output from "../app/Output.ts";
import * as WorkspaceNames from "../app/WorkspaceNames.ts";
import * as Workspaces from "../app/Workspaces.ts";
import * as Values from "../args/Values.ts";
import * as Command from "./Command.ts";
import type { Invocation } from "./Dispatch.ts";

/** Closes those named, or all. */
export function run(invocation: Invocation): Promise<number> {
  const { values } = invocation;
  const every = Values.isSet(values, "all");
  const removes = Values.isSet(values, "remove-dir");
  return Command.run(
    invocation,
    Effect.fnUntraced(function* ({ context, voice }) {
      const place = yield* attempt(() => Context.needProject(context, "Workspaces cannot be closed"));
      const named = Values.list(values, "elements");
      if (every && context.workspaces.size === 0) {
        Output.error("No open workspaces to close\n");
        return 0;
      }
      const words = yield* attempt(() => {
        if (every) return [...context.workspaces.keys()];
        if (named.length > 0) return named;
        if (place.workspaceElement !== undefined) return [place.workspaceElement];
        return raise({ domain: "APP", reason: null, message: "No elements specified" });
      });
      const names = every ? words : yield* WorkspaceNames.resolve(context, voice, words);
      yield* WorkspaceNames.needOpen(context, names);
      for (const name of names) {
        const entry = context.workspaces.get(name) as Workspaces.Entry;
        const directory = Workspaces.directory(place.directory, entry);
        const work = attempt(() => OpenWorkspaces.forget(place, name, directory, removes));
        yield* removes ? voice.activity(`Removing workspace directory ${directory}`, work) : work;
        voice.say("info", `Closed workspace for ${name}`);
      }
      return 0;
    }),
  );
}
