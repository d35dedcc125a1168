/** Work on artifacts that are named by their keys, told and logged as the jobs of sessions are. */
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

/** What came of the jobs of one kind. */
export interface Tally {
  processed: number;
  skipped: number;
  readonly failed: string[];
}

/** Of jobs that have not begun. */
export const tally = (): Tally => ({ processed: 0, skipped: 0, failed: [] });

/** Says whether it did anything. */
export type Work = (name: ArtifactName.ArtifactName, say: Say) => Effect.Effect<boolean, BstError, Services>;

/** Runs one job, again while its failure may pass, and counts it; gives the failure that stays. */
const one = Effect.fnUntraced(function* (
  context: Context,
  { voice, report }: Speaking,
  action: "pull" | "push",
  job: number,
  name: ArtifactName.ArtifactName,
  work: Work,
  counts: Tally,
): Effect.fn.Return<BstError | undefined, never, Services> {
  const { logging, scheduler, logdir } = context.config;
  const key = name.key.slice(0, logging.keyLength);
  const tries = 1 + scheduler.networkRetries;
  let lastError: BstError | undefined;
  for (let attempt = 1; ; attempt++) {
    const frame: JobFrame.Frame = {
      report,
      clock: voice.clock,
      keyLength: logging.keyLength,
      version,
      job,
      action,
      subject: { name: name.element, key, keyIsStrict: true },
      attempt,
      tries,
      log: { directory: logdir, stem: `${name.project}/${name.element}/${key}-${action}` },
      failed: ({ error }) => {
        lastError = error;
      },
    };
    const ended = yield* JobFrame.run(frame, (own) =>
      work(name, (kind, text) => own.say(kind === "warn" ? "warning" : kind, text)).pipe(
        Effect.flatMap((done) =>
          done ? Effect.succeed({}) : Effect.fail(new Skipped(action === "pull" ? "Pull" : "Push", {})),
        ),
      ),
    );
    if (ended.outcome === "failure" && ended.temporary === true && attempt < tries) continue;
    if (ended.outcome === "success") counts.processed++;
    else if (ended.outcome === "skipped") counts.skipped++;
    else counts.failed.push(name.element);
    return ended.outcome === "failure" ? lastError : undefined;
  }
});

/**
 * Runs a job for each of some artifacts, as many at once as the user allows. After a failure no other begins, unless the user wants to go on. Fails as a session
 * does in which a job failed.
 */
export const all = Effect.fnUntraced(function* (
  context: Context,
  speaking: Speaking,
  action: "pull" | "push",
  names: readonly ArtifactName.ArtifactName[],
  work: Work,
  counts: Tally = tally(),
): Effect.fn.Return<void, BstError, Services> {
  const { fetchers, pushers, onError } = context.config.scheduler;
  let lastError: BstError | undefined;
  yield* Effect.forEach(
    names.entries(),
    Effect.fnUntraced(function* ([job, name]) {
      if (lastError !== undefined && onError !== "continue") return;
      lastError = (yield* one(context, speaking, action, job, name, work, counts)) ?? lastError;
    }),
    { concurrency: action === "pull" ? fetchers : pushers, discard: true },
  );
  if (lastError === undefined) return;
  const failure = Session.failureOf({ status: "error", lastError, elapsed: 0, queues: [] });
  if (failure !== undefined) return yield* failure;
});
