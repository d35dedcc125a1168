/** Activities with a beginning and an end, as logs show them: START, then SUCCESS or FAILURE with the time it took. */
import * as Clock from "effect/Clock";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import type { Environment } from "./SourceDriver.ts";

/** Reports the start and the end of some work. */
export const activity = Effect.fnUntraced(function* <A, E>(
  environment: Pick<Environment, "report">,
  text: string,
  work: Effect.Effect<A, E>,
): Effect.fn.Return<A, E> {
  const started = yield* Clock.currentTimeMillis;
  environment.report({ type: "start", text });
  return yield* work.pipe(
    Effect.onExit((exit) =>
      Clock.currentTimeMillis.pipe(
        Effect.map((ended) =>
          environment.report({ type: Exit.isSuccess(exit) ? "success" : "failure", text, elapsed: ended - started }),
        ),
      ),
    ),
  );
});
