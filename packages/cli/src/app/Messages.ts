/**
 * Messages of commands that run no session: each is a line on the standard error, and in the files of `--log-file` and `--events`, as it is said.
 */
import type { BstError } from "@millrace/core/error/BstError";
import type { Event } from "@millrace/core/event/Event";
import { attempt } from "@millrace/sandbox/cas/Cas";
import * as SessionClock from "@millrace/sandbox/session/SessionClock";
import * as Voice from "@millrace/sandbox/session/Voice";
import * as Clock from "effect/Clock";
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import * as EventFile from "../ui/EventFile.ts";
import * as LogLine from "../ui/LogLine.ts";
import * as SideFile from "../ui/SideFile.ts";
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

/** Says that something is amiss; may be called before there is a voice to say it with. */
export type Complaint = (text: string) => void;

/** Opens the file of `--log-file` for as long as the scope lives; undefined when there is none. */
export const logFile = Effect.fnUntraced(function* (
  path: string | undefined,
  complain: Complaint,
): Effect.fn.Return<((text: string) => void) | undefined, BstError, Scope.Scope> {
  if (path === undefined) return undefined;
  const lost = (cause: Error) => complain(`The log file ${path} is not complete: ${SideFile.reason(cause)}`);
  const file = yield* beside("log file", path, () => SideFile.open(path, "", lost));
  return file.write;
});

/** Opens the file of `--events` for as long as the scope lives; a command does not start without it. */
export const eventFile = Effect.fnUntraced(function* (
  path: string | undefined,
  now: () => number,
  complain: Complaint,
): Effect.fn.Return<EventFile.EventFile | undefined, BstError, Scope.Scope> {
  if (path === undefined) return undefined;
  const lost = (cause: Error) => complain(`The file for events ${path} is not complete: ${SideFile.reason(cause)}`);
  return yield* beside("file for events", path, () => EventFile.open(path, now, lost));
});

function beside<A extends { readonly close: () => void }>(
  what: string,
  path: string,
  open: () => A,
): Effect.Effect<A, BstError, Scope.Scope> {
  const opened = Effect.try({ try: open, catch: (cause) => SideFile.refused(what, path, cause as Error) });
  return Effect.acquireRelease(opened, (file) => Effect.sync(file.close));
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
  const sessionClock = SessionClock.make(clock);
  const complain: Complaint = (text) => voice.say("warning", text);
  const copy = yield* logFile(context.main.logFile, complain);
  const events = yield* eventFile(context.main.events, sessionClock.wall, complain);
  const renderer = yield* attempt(() => LogLine.renderer(settings(context)));
  const uncoloured = LogLine.uncoloured(renderer);
  const report = (event: Event): void => {
    events?.handle(event);
    if (event.type !== "message" || !LogLine.shown(event, renderer.settings)) return;
    const line = { message: event, time: sessionClock.wall() };
    Output.error(LogLine.render(renderer, line));
    copy?.(LogLine.render(uncoloured, line));
  };
  const voice = Voice.core(report, sessionClock);
  yield* Warnings.through(voice);
  return { voice, report };
});
