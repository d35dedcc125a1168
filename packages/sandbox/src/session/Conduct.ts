/**
 * What a session does when a job fails or a person interrupts: by configuration, or by asking.
 *
 * One question at a time; while it is open everything that runs is stopped, and the session's clock with it.
 */
import type { Artifact } from "@millrace/core/artifact/Artifact";
import type { BstError } from "@millrace/core/error/BstError";
import type { Action, Event, Subject } from "@millrace/core/event/Event";
import * as Effect from "effect/Effect";
import * as Semaphore from "effect/Semaphore";
import * as Run from "../sandbox/Run.ts";
import type * as Runner from "./Runner.ts";
import type * as SessionClock from "./SessionClock.ts";

export type OnError = "continue" | "quit" | "terminate";

/** A failure that a person is asked about. */
export interface Question {
  readonly id: number;
  readonly element: Subject;
  readonly action: Action;
  readonly error: BstError;
  readonly log: string | undefined;
  /** Whether a shell can be opened in what the failure left behind. */
  readonly sandbox: boolean;
  /** The cached failed build, for the shell. */
  readonly artifact: Artifact | undefined;
}

/** Somebody at a terminal. */
export interface Person {
  readonly onFailure: (question: Question) => Effect.Effect<Runner.Verdict>;
  readonly onInterrupt: Effect.Effect<"continue" | "quit" | "terminate">;
}

export interface Options {
  readonly onError: OnError;
  /** Who is asked about interruptions; undefined when nobody is there. */
  readonly person: Person | undefined;
  /** Whether failures are asked about too (not when `--on-error` was given). */
  readonly asksAboutFailures: boolean;
}

/** A session's way to stop all that runs and let it go on. */
export interface Brake {
  readonly suspend: () => void;
  readonly resume: () => void;
}

/** Stops child processes, new jobs and the clock; counts, so that what is stopped twice must be let go twice. */
export function brake(
  clock: SessionClock.SessionClock,
  controls: Runner.Controls,
  report: (event: Event) => void,
): Brake {
  let depth = 0;
  return {
    suspend: () => {
      if (depth++ > 0) return;
      report({ type: "suspended" });
      Run.suspendAll();
      clock.suspend();
      controls.give({ type: "suspend" });
    },
    resume: () => {
      if (--depth > 0) return;
      clock.resume();
      Run.resumeAll();
      controls.give({ type: "resume" });
      report({ type: "resumed" });
    },
  };
}

export interface Conduct {
  readonly verdict: (question: Question) => Effect.Effect<Runner.Verdict>;
  /** Answers Ctrl-C. */
  readonly interrupt: Effect.Effect<void>;
  readonly terminate: () => void;
}

/** Decides for one run. `brakeOf` and `controls` are asked for when needed, since they exist only once the loop runs. */
export const make = Effect.fnUntraced(function* (
  options: Options,
  controls: () => Runner.Controls | undefined,
  brakeOf: () => Brake | undefined,
): Effect.fn.Return<Conduct> {
  const oneAtATime = yield* Semaphore.make(1);
  let terminating = false;
  let asking = false;
  const ask = <A>(question: Effect.Effect<A>): Effect.Effect<A> =>
    Effect.acquireUseRelease(
      Effect.sync(() => {
        asking = true;
        brakeOf()?.suspend();
      }),
      () => question,
      () =>
        Effect.sync(() => {
          asking = false;
          brakeOf()?.resume();
        }),
    );
  const { person } = options;
  const verdict = (question: Question): Effect.Effect<Runner.Verdict> => {
    if (person === undefined || !options.asksAboutFailures) return Effect.succeed(options.onError);
    return oneAtATime.withPermits(1)(
      Effect.suspend(() =>
        terminating ? Effect.succeed<Runner.Verdict>("continue") : ask(person.onFailure(question)),
      ).pipe(
        Effect.tap((answer) =>
          Effect.sync(() => {
            if (answer === "terminate") terminating = true;
          }),
        ),
      ),
    );
  };
  const terminate = () => {
    terminating = true;
    controls()?.give({ type: "terminate" });
  };
  const interrupt = Effect.suspend(() => {
    // A terminal sends its interrupt to the question as well, which takes it as an answer.
    if (terminating || asking) return Effect.void;
    if (person === undefined) return Effect.sync(terminate);
    return oneAtATime
      .withPermits(1)(ask(person.onInterrupt))
      .pipe(
        Effect.flatMap((answer) =>
          Effect.sync(() => {
            if (answer === "terminate") terminate();
            else if (answer === "quit") controls()?.give({ type: "quit" });
          }),
        ),
      );
  });
  return { verdict, interrupt, terminate };
});
