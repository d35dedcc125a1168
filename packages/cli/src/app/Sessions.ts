/**
 * Commands that run a session: what is shown while they do, and how they end.
 *
 * The session's name is announced before the project is loaded, so that loading counts as part of it and its failure is told as the session's.
 */
import type { BstError } from "@millrace/core/error/BstError";
import type { Event } from "@millrace/core/event/Event";
import type { Graph } from "@millrace/core/graph/Graph";
import { attempt } from "@millrace/sandbox/cas/Cas";
import * as Session from "@millrace/sandbox/session/Session";
import * as SessionClock from "@millrace/sandbox/session/SessionClock";
import type { Settings } from "@millrace/sandbox/session/Settings";
import * as Voice from "@millrace/sandbox/session/Voice";
import * as Clock from "effect/Clock";
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import * as Closing from "../ui/Closing.ts";
import * as Frontend from "../ui/Frontend.ts";
import * as Keys from "../ui/Keys.ts";
import * as LiveTerminal from "../ui/LiveTerminal.ts";
import * as Prompt from "../ui/Prompt.ts";
import * as Style from "../ui/Style.ts";
import * as Context from "./Context.ts";
import * as FailureShell from "./FailureShell.ts";
import * as LogTail from "./LogTail.ts";
import * as MainOptions from "./MainOptions.ts";
import * as Messages from "./Messages.ts";
import * as Output from "./Output.ts";
import type { Services } from "./Program.ts";
import * as Recordings from "./Recordings.ts";
import * as SessionHeading from "./SessionHeading.ts";
import * as Tracing from "./Tracing.ts";
import { version } from "./Version.ts";
import * as Warnings from "./Warnings.ts";

/** What the body of a session is given. */
export interface Given extends Messages.Speaking {
  /** The options for one of the sandbox package's sessions over this graph, which the heading then shows. */
  readonly options: (graph: Graph, retryFailed?: boolean) => Session.Options;
}

/** Milliseconds between two drawings of a live terminal. */
const tick = 250;

/** Runs a session named `name`; `body` loads what it needs and hands back what came of it. The result is the exit code. */
export const run = Effect.fnUntraced(function* <R>(
  context: Context.Context,
  name: string,
  body: (given: Given) => Effect.Effect<Session.Outcome, BstError, R>,
): Effect.fn.Return<number, BstError, R | Services | Scope.Scope> {
  const began = performance.timeOrigin;
  const clock = SessionClock.make(yield* Clock.Clock, began);
  const complain: Messages.Complaint = (text) => voice.say("warning", text);
  const copy = yield* Messages.logFile(context.main.logFile, complain);
  let shown: Graph | undefined;
  const graph = () => shown as Graph;
  const live =
    context.main.interactive && !MainOptions.isDumb(context.environment)
      ? yield* liveTerminal(context, clock)
      : undefined;
  const frontend = yield* attempt(() =>
    Frontend.make({
      settings: Messages.settings(context),
      heading: () => SessionHeading.make(context, graph(), clock.wall()),
      list: SessionHeading.lister(context, graph),
      write: Output.error,
      writeLog: copy,
      now: clock.wall,
      region: live,
      scrollback: live === undefined ? "all" : "verdicts",
    }),
  );
  const events = yield* Messages.eventFile(context.main.events, clock.wall, complain);
  const recording = yield* Effect.acquireRelease(
    Effect.sync(() => Recordings.make(context.config.cachedir, clock.wall)),
    (made) => Effect.sync(made.close),
  );
  const spans = yield* tracing(context, clock);
  const closing = live === undefined ? undefined : Closing.make(clock.wall);
  const record = (event: Event): void => {
    closing?.handle(event);
    spans?.handle(event);
    events?.handle(event);
    recording.handle(event);
  };
  const report = (event: Event): void => {
    frontend.handle(event);
    record(event);
    if (event.type === "announce") record(SessionHeading.recorded(context, graph(), event.elements));
  };
  const services = yield* Effect.context<Services>();
  const voice = Voice.core(report, clock);
  yield* Warnings.through(voice);
  const end = (failed: boolean, terminated: boolean) =>
    report({ type: "session-end", name, elapsed: clock.elapsed(), failed, terminated });
  report({ type: "session-start", name, targets: [] });
  if (spans?.problem !== undefined) voice.say("warning", spans.problem);
  const outcome = yield* body({
    voice,
    report,
    options: (loaded, retryFailed) => {
      shown = loaded;
      return {
        settings: settings(context, loaded, retryFailed === true),
        conduct: {
          onError: context.config.scheduler.onError,
          person: context.main.interactive
            ? person(live, (question) => Effect.provide(FailureShell.open(context, graph(), question, voice), services))
            : undefined,
          asksAboutFailures: context.main.onError === undefined,
        },
        report,
        began,
        clock,
      };
    },
  }).pipe(Effect.tapError(() => Effect.sync(() => end(true, false))));
  end(outcome.status !== "success", outcome.status === "terminated");
  const failure = Session.failureOf(outcome);
  if (failure !== undefined) return yield* failure;
  const told = closing?.text(columns());
  if (told !== undefined) Output.error(`\n${told}\n`);
  return 0;
});

function columns(): number {
  // A terminal that does not know its size says 0.
  return process.stderr.columns || 80;
}

/** The settings of a session over a graph. */
export function settings(context: Context.Context, graph: Graph, retryFailed: boolean): Settings {
  const { scheduler, logging, build, logdir, fetch, track } = context.config;
  return {
    strict: Context.strict(context, graph.project.name),
    fetchers: scheduler.fetchers,
    builders: scheduler.builders,
    pushers: scheduler.pushers,
    networkRetries: scheduler.networkRetries,
    retryFailed: retryFailed || build.retryFailed,
    logDirectory: logdir,
    keyLength: logging.keyLength,
    version,
    fetchPolicy: fetch.source,
    trackPolicy: track.source,
  };
}

/** Spans, where the environment asks for them; a problem is one that is worth a warning. */
const tracing = Effect.fnUntraced(function* (context: Context.Context, clock: SessionClock.SessionClock) {
  const target = Tracing.target(context.environment);
  if (target === undefined) return undefined;
  if (typeof target === "string") return { handle: () => {}, problem: target };
  const Spans = yield* Effect.promise(() => import("./Spans.ts"));
  const handle = yield* Spans.open(target, context.environment, clock.wall);
  return { handle, problem: undefined };
});

const liveTerminal = Effect.fnUntraced(function* (
  context: Context.Context,
  clock: SessionClock.SessionClock,
): Effect.fn.Return<LiveTerminal.LiveTerminal, never, Scope.Scope> {
  const live = LiveTerminal.make({
    write: Output.error,
    size: () => ({ columns: columns(), rows: process.stderr.rows || 24 }),
    now: clock.elapsed,
    paint: context.main.colors ? Style.ansi : Style.plain,
    lastLine: LogTail.last,
    keys: Keys.listen,
  });
  yield* Effect.acquireRelease(
    Effect.sync(() => setInterval(live.draw, tick)),
    (timer) =>
      Effect.sync(() => {
        clearInterval(timer);
        live.close();
      }),
  );
  return live;
});

/** Somebody at the terminal; a region that is drawn there makes room for questions. */
function person(live: LiveTerminal.LiveTerminal | undefined, shell: Prompt.Console["shell"]) {
  return Prompt.person({
    write: Output.error,
    readLine: Prompt.readLine,
    page: Prompt.page,
    shell,
    hide: () => live?.hide(),
    show: () => live?.show(),
  });
}
