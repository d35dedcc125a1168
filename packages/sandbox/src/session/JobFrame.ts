/**
 * The frame around a job: its log file, the messages that say how it began and ended, and what the scheduler is told of its end.
 *
 * The texts of these messages are the queue's name where nothing went wrong (log lines show the log file instead), the error where something did.
 */
import * as BstErrors from "@millrace/core/error/BstError";
import type { Action, Subject } from "@millrace/core/event/Event";
import type * as Knowledge from "@millrace/core/schedule/Knowledge";
import * as Queue from "@millrace/core/schedule/Queue";
import * as Cause from "effect/Cause";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import type * as Jobs from "./Jobs.ts";
import type * as Runner from "./Runner.ts";
import type * as SessionClock from "./SessionClock.ts";
import * as Voice from "./Voice.ts";

/** A job's last failure, kept for whoever decides what to do about it. */
export interface Failed {
  readonly error: BstErrors.BstError;
  readonly log: string | undefined;
  /** Whether a shell can be opened in what it left behind. */
  readonly sandbox: boolean;
}

export interface Frame {
  readonly report: Voice.Report;
  readonly clock: SessionClock.SessionClock;
  readonly keyLength: number;
  readonly version: string;
  readonly job: number;
  readonly action: Action;
  readonly subject: Subject;
  readonly attempt: number;
  /** How many tries the queue allows. */
  readonly tries: number;
  readonly log: { readonly directory: string; readonly stem: string } | undefined;
  readonly failed: (failure: Failed) => void;
}

/** The message of an error as a log line shows it, with the place it is about. */
export function text(error: BstErrors.BstError): string {
  return error.place === undefined ? error.message : `${BstErrors.formatPlace(error.place)}: ${error.message}`;
}

function detail(error: BstErrors.BstError): string | undefined {
  if (error.hint === undefined) return error.detail;
  return error.detail === undefined ? error.hint : `${error.detail.replace(/\n+$/, "")}\n\n${error.hint}`;
}

function defect(cause: Cause.Cause<unknown>): string {
  const broken = Cause.squash(cause);
  return broken instanceof Error ? (broken.stack ?? broken.message) : String(broken);
}

/** Runs a job's work inside its frame; never fails. */
export function run<R>(
  frame: Frame,
  work: (voice: Voice.Voice) => Effect.Effect<Knowledge.Facts, Jobs.Failure, R>,
): Effect.Effect<Runner.Ended, never, R> {
  const { report, clock, job, action, subject, keyLength, version, log } = frame;
  const name = Queue.nameOf(action);
  const body = Effect.fnUntraced(function* (voice: Voice.Voice): Effect.fn.Return<Runner.Ended, never, R> {
    const start = clock.elapsed();
    const elapsed = () => clock.elapsed() - start;
    voice.say("start", name, { scheduler: true });
    report({ type: "job-start", job, action, element: subject, attempt: frame.attempt, log: voice.logFile ?? "" });
    const end = (outcome: "success" | "failure" | "skipped" | "cancelled", error?: BstErrors.BstError) =>
      report({ type: "job-end", job, outcome, elapsed: elapsed(), error });
    const fail = (error: BstErrors.BstError, sandbox: boolean, facts?: Knowledge.Facts): Runner.Ended => {
      const temporary = error.temporary === true;
      const again = temporary && frame.attempt < frame.tries;
      const said = again ? `Try #${frame.attempt} failed, retrying` : text(error);
      voice.say("failure", said, {
        elapsed: elapsed(),
        detail: again ? undefined : detail(error),
        scheduler: true,
        sandbox,
        error,
      });
      if (!again) frame.failed({ error, log: voice.logFile, sandbox });
      end("failure", error);
      return { outcome: "failure", temporary, facts };
    };
    const terminated = Effect.sync(() => {
      Voice.core(report, clock).say("info", "Job terminated", { speaker: subject, scheduler: true });
      end("cancelled");
    });
    const exit = yield* Effect.exit(work(voice).pipe(Effect.onInterrupt(() => terminated)));
    if (Exit.isSuccess(exit)) {
      voice.say("success", name, { elapsed: elapsed(), scheduler: true });
      end("success");
      return { outcome: "success", facts: exit.value };
    }
    const failure = Cause.findErrorOption(exit.cause);
    if (failure._tag === "Some") {
      const cause = failure.value;
      if (cause._tag === "BstError") return fail(cause, false);
      if (cause._tag === "FailedBuild") return fail(cause.error, true, cause.facts);
      voice.say("skipped", cause.reason, { elapsed: elapsed(), scheduler: true });
      end("skipped");
      return { outcome: "skipped", facts: cause.facts };
    }
    const trace = defect(exit.cause);
    voice.say("bug", name, {
      elapsed: elapsed(),
      detail: `The program is at fault here:\n\n${trace}`,
      scheduler: true,
    });
    const error = new BstErrors.BstError({
      domain: "IMPL",
      reason: null,
      message: `${name} of ${subject.name} broke`,
      detail: trace,
    });
    frame.failed({ error, log: voice.logFile, sandbox: false });
    end("failure", error);
    return { outcome: "failure" };
  });
  return Voice.withJob(
    { report, clock, job: { number: job, action, element: subject }, keyLength, version, log },
    body,
  ).pipe(
    Effect.catch((cause) =>
      Effect.sync((): Runner.Ended => {
        const message = `The log file of the job cannot be written: ${cause.message}`;
        const error = new BstErrors.BstError({ domain: "STREAM", reason: null, message });
        Voice.core(report, clock).say("error", message, { speaker: subject, error, scheduler: true });
        frame.failed({ error, log: undefined, sandbox: false });
        return { outcome: "failure" };
      }),
    ),
  );
}
