/**
 * What code that runs in a session says: messages and timed activities, told to whoever watches and to the job's log file.
 *
 * A job has one voice. Everything said goes to its log file; what is said inside an activity that silences what is nested in it reaches the watchers only when
 * it is of a kind that always does. The file is written synchronously: a record must be there before the command whose output follows it.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import type { BstError } from "@millrace/core/error/BstError";
import type { Action, Event, MessageType, Subject } from "@millrace/core/event/Event";
import * as CoreEvent from "@millrace/core/event/Event";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as MakeDirectory from "../files/MakeDirectory.ts";
import * as LogRecord from "./LogRecord.ts";
import * as SessionClock from "./SessionClock.ts";

export type Report = (event: Event) => void;

export interface Said {
  readonly detail?: string | undefined;
  readonly elapsed?: number | undefined;
  /** Who says it: the job's element unless given; null for the core itself. */
  readonly speaker?: Subject | null | undefined;
  readonly scheduler?: boolean | undefined;
  readonly error?: BstError | undefined;
  readonly sandbox?: boolean | undefined;
}

export interface ActivityOptions {
  readonly detail?: string | undefined;
  readonly speaker?: Subject | null | undefined;
  /** Hide from watchers what is said inside, but for messages that always show. */
  readonly silent?: boolean | undefined;
}

export interface Voice {
  readonly clock: SessionClock.SessionClock;
  readonly say: (kind: MessageType, text: string, said?: Said) => void;
  /** Says when work starts and how it ended; fails and succeeds as the work does. */
  readonly activity: <A, E, R>(
    text: string,
    work: Effect.Effect<A, E, R>,
    options?: ActivityOptions,
  ) => Effect.Effect<A, E, R>;
  /** Says when work starts; what comes back says how it ended. For work that is not one effect. */
  readonly begin: (text: string, options?: ActivityOptions) => (succeeded: boolean) => void;
  /** Absolute path of the log file; undefined where nothing is logged. */
  readonly logFile: string | undefined;
  /** Descriptor of the log file, for the output of commands; undefined where nothing is logged. */
  readonly descriptor: number | undefined;
  /** Copies text into the log file as it is. */
  readonly write: (text: string) => void;
}

export interface Job {
  /** As events count jobs. */
  readonly number: number;
  readonly action: Action;
  readonly element: Subject;
}

interface Parts {
  readonly report: Report;
  readonly clock: SessionClock.SessionClock;
  readonly keyLength: number;
  readonly job: Job | undefined;
  readonly log: { readonly file: string; readonly descriptor: number } | undefined;
}

function make({ report, clock, keyLength, job, log }: Parts): Voice {
  let silence = 0;
  let depth = 0;
  const write = (text: string) => {
    if (log === undefined) return;
    const bytes = Buffer.from(text, "utf8");
    for (let at = 0; at < bytes.length; ) at += fs.writeSync(log.descriptor, bytes, at);
  };
  const say = (kind: MessageType, text: string, said: Said = {}) => {
    const { detail, elapsed, scheduler, error, sandbox } = said;
    const element = said.speaker === null ? undefined : (said.speaker ?? job?.element);
    if (log !== undefined) write(LogRecord.render({ kind, text, detail, element, elapsed }, keyLength));
    if (job !== undefined && kind === "log") return;
    if (silence > 0 && !CoreEvent.unconditional.has(kind)) return;
    report({
      type: "message",
      kind,
      text,
      detail,
      element,
      task: job?.element,
      action: job?.action,
      elapsed,
      log: log?.file,
      scheduler,
      error,
      sandbox,
    });
  };
  const start = (text: string, options: ActivityOptions) => {
    const { speaker, detail, silent } = options;
    const begin = clock.elapsed();
    const part = { job: job?.number ?? null, depth: depth++, name: text };
    report({ type: "phase-start", ...part });
    say("start", text, { detail, speaker });
    if (silent === true) silence++;
    return (outcome: "success" | "failure" | undefined) => {
      if (silent === true) silence--;
      depth--;
      report({ type: "phase-end", ...part, outcome: outcome ?? "cancelled", elapsed: clock.elapsed() - begin });
      if (outcome !== undefined) say(outcome, text, { elapsed: clock.elapsed() - begin, speaker });
    };
  };
  const activity: Voice["activity"] = (text, work, options = {}) =>
    Effect.suspend(() => {
      const end = start(text, options);
      return work.pipe(
        Effect.onExit((exit) =>
          Effect.sync(() => {
            // An interruption is told by the job, not by each activity it cuts short.
            if (Exit.hasInterrupts(exit)) end(undefined);
            else end(Exit.isSuccess(exit) ? "success" : "failure");
          }),
        ),
      );
    });
  const begin: Voice["begin"] = (text, options = {}) => {
    const end = start(text, options);
    return (succeeded) => end(succeeded ? "success" : "failure");
  };
  return { clock, say, activity, begin, logFile: log?.file, descriptor: log?.descriptor, write };
}

/** The voice of the command itself, outside of jobs. */
export function core(report: Report, clock: SessionClock.SessionClock): Voice {
  return make({ report, clock, keyLength: 0, job: undefined, log: undefined });
}

/** The same voice, of an element: what does not say who speaks is said by it. */
export function about(voice: Voice, speaker: Subject): Voice {
  return {
    ...voice,
    say: (kind, text, said) => voice.say(kind, text, { speaker, ...said }),
    activity: (text, work, options) => voice.activity(text, work, { speaker, ...options }),
    begin: (text, options) => voice.begin(text, { speaker, ...options }),
  };
}

/** A voice that does not tell when work starts and how it ended, for work of which that was told before. */
export function unannounced(voice: Voice): Voice {
  return { ...voice, activity: (_, work) => work, begin: () => () => {} };
}

export interface LogOptions {
  readonly report: Report;
  readonly clock: SessionClock.SessionClock;
  readonly job: Job;
  readonly keyLength: number;
  /** Version in the first line of log files. */
  readonly version: string;
  /** Where the log goes: `DIRECTORY/STEM.TIMESTAMP.log`; undefined for jobs that keep none. */
  readonly log: { readonly directory: string; readonly stem: string } | undefined;
}

/** Opens a log file. Appending: a command that inherits the descriptor and this process write in turn. */
function openLog(file: string): number {
  try {
    return fs.openSync(file, "a");
  } catch {
    MakeDirectory.make(path.dirname(file));
    return fs.openSync(file, "a");
  }
}

/** The voice of a job while `use` runs, with its log file open. Raises nothing: a log that cannot be opened is the caller's `Effect` failure. */
export function withJob<A, E, R>(
  options: LogOptions,
  use: (voice: Voice) => Effect.Effect<A, E, R>,
): Effect.Effect<A, E | Error, R> {
  const { report, clock, job, keyLength, log } = options;
  if (log === undefined) return use(make({ report, clock, keyLength, job, log: undefined }));
  return Effect.acquireUseRelease(
    Effect.try({
      try: () => {
        const now = clock.wall();
        const file = path.join(log.directory, `${log.stem}.${SessionClock.stamp(now)}.log`);
        const descriptor = openLog(file);
        fs.writeSync(descriptor, `BuildStream ${options.version} - ${SessionClock.date(now)}\n`);
        return { file, descriptor };
      },
      catch: (cause) => (cause instanceof Error ? cause : new Error(String(cause))),
    }),
    (open) => use(make({ report, clock, keyLength, job, log: open })),
    ({ descriptor }, exit) =>
      Effect.sync(() => {
        if (Exit.hasInterrupts(exit)) fs.writeSync(descriptor, "\n\nForcefully terminated\n");
        fs.closeSync(descriptor);
      }),
  );
}
