/**
 * Messages of commands that run no session: each is a line on the standard error, and in the file of `--log-file`, as it is said.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import { type BstError, raise } from "@millrace/core/error/BstError";
import type { Event } from "@millrace/core/event/Event";
import { attempt } from "@millrace/sandbox/cas/Cas";
import * as SessionClock from "@millrace/sandbox/session/SessionClock";
import * as Voice from "@millrace/sandbox/session/Voice";
import * as Clock from "effect/Clock";
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import * as LogLine from "../ui/LogLine.ts";
import type { Context } from "./Context.ts";
import * as LogTail from "./LogTail.ts";
import * as Output from "./Output.ts";
import * as Warnings from "./Warnings.ts";

/** The settings of log lines that the configuration makes. */
export function settings(context: Context): LogLine.Settings {
  const { logging, logdir } = context.config;
  return {
    colours: context.main.colors,
    debug: logging.debug,
    verbose: logging.verbose,
    errorLines: logging.errorLines,
    messageLines: logging.messageLines,
    keyLength: logging.keyLength,
    messageFormat: logging.messageFormat,
    logDirectory: logdir,
    processId: process.pid,
    lastLines: LogTail.read,
  };
}

/** Opens the file of `--log-file` for as long as the scope lives; gives a function that writes to it. */
export const logFile = Effect.fnUntraced(function* (
  path: string | undefined,
): Effect.fn.Return<(text: string) => void, BstError, Scope.Scope> {
  if (path === undefined) return () => {};
  const descriptor = yield* Effect.acquireRelease(
    attempt(() => openLog(path)),
    (open) => Effect.sync(() => closeSync(open)),
  );
  return (text) => void writeSync(descriptor, text);
});

function openLog(path: string): number {
  try {
    return openSync(path, "w");
  } catch (cause) {
    return raise({
      domain: "APP",
      reason: null,
      message: `The log file ${path} cannot be written: ${(cause as Error).message}`,
    });
  }
}

/** How a command speaks: by voice, or by reporting events of what it runs. */
export interface Speaking {
  readonly voice: Voice.Voice;
  /** Shows messages; all other events are for sessions that have a heading and a summary, and are passed over. */
  readonly report: (event: Event) => void;
}

/** The way in which a command without a session speaks. */
export const speaking = Effect.fnUntraced(function* (
  context: Context,
): Effect.fn.Return<Speaking, BstError, Scope.Scope> {
  const clock = yield* Clock.clockWith(Effect.succeed);
  const copy = yield* logFile(context.main.logFile);
  const renderer = yield* attempt(() => LogLine.renderer(settings(context)));
  const uncoloured = LogLine.uncoloured(renderer);
  const sessionClock = SessionClock.make(clock);
  const report = (event: Event): void => {
    if (event.type !== "message" || !LogLine.shown(event, renderer.settings)) return;
    const line = { message: event, time: sessionClock.wall() };
    Output.error(LogLine.render(renderer, line));
    if (context.main.logFile !== undefined) copy(LogLine.render(uncoloured, line));
  };
  const voice = Voice.core(report, sessionClock);
  yield* Warnings.through(voice);
  return { voice, report };
});
