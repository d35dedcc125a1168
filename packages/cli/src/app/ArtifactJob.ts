/** Work on one artifact that is named by its key, told and logged as the jobs of sessions are. */
import type * as ArtifactName from "@millrace/core/artifact/ArtifactName";
import type { BstError } from "@millrace/core/error/BstError";
import * as JobFrame from "@millrace/sandbox/session/JobFrame";
import { Skipped } from "@millrace/sandbox/session/Jobs";
import type { Say } from "@millrace/sandbox/session/Remotes";
import * as Session from "@millrace/sandbox/session/Session";
import * as Effect from "effect/Effect";
import type { Context } from "./Context.ts";
import type { Speaking } from "./Messages.ts";
import type { Services } from "./Program.ts";
import { version } from "./Version.ts";

/** Runs it; `work` says whether it did anything. Fails as a session does whose only job failed. */
export const run = Effect.fnUntraced(function* (
  context: Context,
  { voice, report }: Speaking,
  action: "pull" | "push",
  name: ArtifactName.ArtifactName,
  work: (say: Say) => Effect.Effect<boolean, BstError, Services>,
): Effect.fn.Return<void, BstError, Services> {
  const { keyLength } = context.config.logging;
  const key = name.key.slice(0, keyLength);
  let lastError: BstError | undefined;
  const frame: JobFrame.Frame = {
    report,
    clock: voice.clock,
    keyLength,
    version,
    job: 0,
    action,
    subject: { name: name.element, key, keyIsStrict: true },
    attempt: 1,
    tries: 1,
    log: { directory: context.config.logdir, stem: `${name.project}/${name.element}/${key}-${action}` },
    failed: ({ error }) => {
      lastError = error;
    },
  };
  yield* JobFrame.run(frame, (own) =>
    work((kind, text) => own.say(kind === "warn" ? "warning" : kind, text)).pipe(
      Effect.flatMap((done) =>
        done ? Effect.succeed({}) : Effect.fail(new Skipped(action === "pull" ? "Pull" : "Push", {})),
      ),
    ),
  );
  if (lastError === undefined) return;
  const failure = Session.failureOf({ status: "error", lastError, elapsed: 0, queues: [] });
  if (failure !== undefined) return yield* failure;
});
