/**
 * `bst workspace reset`: workspaces as they were when they were opened; `--soft` only makes the next build configure again.
 */
import { raise } from "@millrace/core/error/BstError";
import { attempt } from "@millrace/sandbox/cas/Cas";
import * as Effect from "effect/Effect";
import * as Context from "../app/Context.ts";
import * as Loading from "../app/Loading.ts";
import * as OpenWorkspaces from "../app/OpenWorkspaces.ts";
import * as WorkspaceNames from "../app/WorkspaceNames.ts";
import * as Workspaces from "../app/Workspaces.ts";
import * as Values from "../args/Values.ts";
import * as Command from "./Command.ts";
import type { Invocation } from "./Dispatch.ts";

/** Resets those named, or all. */
export function run(invocation: Invocation): Promise<number> {
  const { values } = invocation;
  const every = Values.isSet(values, "all");
  const refuse = (message: string): never => raise({ domain: "APP", reason: null, message });
  return Command.run(
    invocation,
    Effect.fnUntraced(function* ({ context, ...speaking }) {
      const { voice } = speaking;
      const named = Values.list(values, "elements");
      const place = yield* attempt(() => Context.needProject(context, "Workspaces cannot be reset"));
      const words = yield* attempt(() => {
        if (every && named.length > 0) return refuse("Name elements, or use --all, but not both");
        if (every)
          return context.workspaces.size > 0 ? [...context.workspaces.keys()] : refuse("There is no open workspace");
        if (named.length > 0) return named;
        return place.workspaceElement === undefined
          ? refuse("Name the elements whose workspaces to reset, or use --all")
          : [place.workspaceElement];
      });
      const names = yield* WorkspaceNames.resolve(context, voice, words);
      yield* WorkspaceNames.needOpen(context, names);
      for (const name of names) {
        const entry = context.workspaces.get(name) as Workspaces.Entry;
        const directory = Workspaces.directory(place.directory, entry);
        if (Values.isSet(values, "soft")) {
          yield* attempt(() =>
            Workspaces.change(
              place.directory,
              (record) => new Map([...record, [name, { ...entry, lastBuild: undefined }]]),
            ),
          );
          voice.say("info", `Reset workspace state for ${name} at: ${directory}`);
          continue;
        }
        yield* voice.activity(
          `Removing workspace directory ${directory}`,
          attempt(() => OpenWorkspaces.forget(place, name, directory, true)),
        );
        voice.say("info", `Closed workspace for ${name}`);
        Loading.forget(context);
        const closed = OpenWorkspaces.withoutWorkspaces(context, [name]);
        yield* OpenWorkspaces.open(closed, speaking, [name], { checkout: true, force: true, directory });
      }
      return 0;
    }),
  );
}
