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

/** Reports what the jobs of a session that has no other came to. */
function summarise({ report }: Speaking, total: number, pulled: ArtifactJob.Tally, pushed?: ArtifactJob.Tally): void {
  const queues = [{ name: "Pull", completeName: "Artifacts Pulled", ...pulled }];
  if (pushed !== undefined) queues.push({ name: "Push", completeName: "Artifacts Pushed", ...pushed });
  report({ type: "summary", total, session: total, queues, resolved: [] });
}

/** Pulls those that are not in the cache. `alone` is whether there are no elements beside them, whose session would tell what came of it. */
export const pull = Effect.fnUntraced(function* (
  context: Context,
  speaking: Speaking,
  names: readonly ArtifactName.ArtifactName[],
  alone: boolean,
): Effect.fn.Return<void, BstError, Services> {
  if (names.length === 0) return;
  const remotes = yield* Pulling.connectFor(context, speaking.voice, names);
  if (!remotes.pulls) return yield* noServer("No artifact cache is available to pull from");
  const pulled = ArtifactJob.tally();
  const summary = Effect.sync(() => alone && summarise(speaking, names.length, pulled));
  yield* Effect.ensuring(Pulling.named(context, speaking, names, pulled), summary);
});

/** Pushes them, pulling first what is missing. */
export const push = Effect.fnUntraced(function* (
  context: Context,
  speaking: Speaking,
  names: readonly ArtifactName.ArtifactName[],
  alone: boolean,
): Effect.fn.Return<void, BstError, Services> {
  if (names.length === 0) return;
  const remotes = yield* Pulling.connectFor(context, speaking.voice, names);
  if (!remotes.pushes) return yield* noServer("No artifact cache is available to push to");
  const [pulled, pushed] = [ArtifactJob.tally(), ArtifactJob.tally()];
  const summary = Effect.sync(() => alone && summarise(speaking, names.length, pulled, pushed));
  const work = Effect.andThen(
    Pulling.named(context, speaking, names, pulled),
    ArtifactJob.all(context, speaking, "push", names, remotes.pushNamed, pushed),
  );
  yield* Effect.ensuring(work, summary);
});
