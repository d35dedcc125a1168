/** Artifacts that are named by their keys, pulled and pushed beside the elements of a session. */
import type * as ArtifactName from "@millrace/core/artifact/ArtifactName";
import { BstError } from "@millrace/core/error/BstError";
import * as Effect from "effect/Effect";
import * as ArtifactJob from "./ArtifactJob.ts";
import type { Context } from "./Context.ts";
import type { Speaking } from "./Messages.ts";
import type { Services } from "./Program.ts";
import * as Pulling from "./Pulling.ts";

function noServer(message: string): BstError {
  return new BstError({
    domain: "STREAM",
    reason: null,
    message,
    hint: "Configure one in the user configuration or the project, or name one on the command line.",
  });
}

/** Pulls those that are not in the cache. */
export const pull = Effect.fnUntraced(function* (
  context: Context,
  speaking: Speaking,
  names: readonly ArtifactName.ArtifactName[],
): Effect.fn.Return<void, BstError, Services> {
  if (names.length === 0) return;
  const remotes = yield* Pulling.connectFor(context, speaking.voice, names);
  if (!remotes.pulls) return yield* noServer("No artifact cache is available to pull from");
  yield* Pulling.named(context, speaking, names);
});

/** Pushes them, pulling first what is missing. */
export const push = Effect.fnUntraced(function* (
  context: Context,
  speaking: Speaking,
  names: readonly ArtifactName.ArtifactName[],
): Effect.fn.Return<void, BstError, Services> {
  if (names.length === 0) return;
  const remotes = yield* Pulling.connectFor(context, speaking.voice, names);
  if (!remotes.pushes) return yield* noServer("No artifact cache is available to push to");
  yield* Pulling.named(context, speaking, names);
  yield* ArtifactJob.all(context, speaking, "push", names, remotes.pushNamed);
});
