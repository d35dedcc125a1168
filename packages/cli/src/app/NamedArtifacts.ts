/** Artifacts that are named by their keys, pulled and pushed beside the elements of a session. */
import * as ArtifactName from "@millrace/core/artifact/ArtifactName";
import { BstError } from "@millrace/core/error/BstError";
import { ArtifactCache } from "@millrace/sandbox/artifacts/ArtifactCache";
import type * as Voice from "@millrace/sandbox/session/Voice";
import * as Effect from "effect/Effect";
import type { Context } from "./Context.ts";
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
  voice: Voice.Voice,
  names: readonly ArtifactName.ArtifactName[],
): Effect.fn.Return<void, BstError, Services> {
  if (names.length === 0) return;
  const remotes = yield* Pulling.connectFor(context, voice, names);
  if (!remotes.pulls) return yield* noServer("No artifact cache is available to pull from");
  yield* Pulling.named(context, voice, names);
});

/** Pushes them, pulling first what is missing. */
export const push = Effect.fnUntraced(function* (
  context: Context,
  voice: Voice.Voice,
  names: readonly ArtifactName.ArtifactName[],
): Effect.fn.Return<void, BstError, Services> {
  if (names.length === 0) return;
  const cache = yield* ArtifactCache;
  const remotes = yield* Pulling.connectFor(context, voice, names);
  if (!remotes.pushes) return yield* noServer("No artifact cache is available to push to");
  yield* Pulling.named(context, voice, names);
  for (const name of names) {
    if ((yield* cache.findComplete(name)) === undefined) {
      return yield* new BstError({
        domain: "ARTIFACT",
        reason: null,
        message: `There is no artifact ${ArtifactName.format(name)}, here or on a server`,
      });
    }
    yield* remotes.pushNamed(name, Pulling.saying(voice, name));
  }
});
