/**
 * The signals that a running session answers: SIGINT, SIGTERM, SIGTSTP, and SIGHUP as SIGTERM: the terminal is gone, its processes are to end.
 *
 * While a session runs it is the only one to answer them: other listeners of this process are set aside and come back afterwards, since a listener that ends the
 * program at once would take the choice from the person.
 */
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";

export interface Handlers {
  readonly interrupt: () => void;
  readonly terminate: () => void;
  /** Before the process stops. */
  readonly suspend: () => void;
  /** After it was continued. */
  readonly resume: () => void;
}

const names = ["SIGINT", "SIGTERM", "SIGHUP", "SIGTSTP"] as const;

/** Answers signals until the scope closes. */
export function watch(handlers: Handlers): Effect.Effect<void, never, Scope.Scope> {
  const stop = () => {
    handlers.suspend();
    // Returns once somebody continued the process.
    process.kill(process.pid, "SIGSTOP");
    handlers.resume();
  };
  const own = { SIGINT: handlers.interrupt, SIGTERM: handlers.terminate, SIGHUP: handlers.terminate, SIGTSTP: stop };
  return Effect.acquireRelease(
    Effect.sync(() => {
      const aside = names.map((name) => ({ name, listeners: process.listeners(name) }));
      for (const name of names) {
        process.removeAllListeners(name);
        process.on(name, own[name]);
      }
      return aside;
    }),
    (aside) =>
      Effect.sync(() => {
        for (const { name, listeners } of aside) {
          process.off(name, own[name]);
          for (const listener of listeners) process.on(name, listener);
        }
      }),
  ).pipe(Effect.asVoid);
}
