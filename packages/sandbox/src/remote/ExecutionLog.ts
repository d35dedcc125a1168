/** What is known of an execution while it runs: how long it waited and ran, and what it prints, where the server shows that. */
import type { BstError } from "@millrace/core/error/BstError";
import * as Deferred from "effect/Deferred";
import * as Effect from "effect/Effect";
import type { ActionResult } from "./ActionMessages.ts";
import type * as Channel from "./Channel.ts";
import * as ExecutionMessages from "./ExecutionMessages.ts";
import * as Messages from "./Messages.ts";

export interface ExecutionLog {
  readonly watch: (progress: ExecutionMessages.Progress) => void;
  /** Shows the output while the work goes on. */
  readonly during: <A>(work: Effect.Effect<A, BstError>) => Effect.Effect<A, BstError>;
  /** Bytes of each stream that were shown. */
  readonly shown: () => { readonly stdout: number; readonly stderr: number };
  /** Where the time went, for people. */
  readonly summary: (result: ActionResult, cached: boolean) => string;
}

const streams = ["stdout", "stderr"] as const;

/** A log of one execution; `print` gets what it shows. */
export function make(channel: Channel.Channel, print: (bytes: Uint8Array) => void): ExecutionLog {
  const begun = Date.now();
  let running: number | undefined;
  const counts = { stdout: 0, stderr: 0 };
  const names = { stdout: Deferred.makeUnsafe<string>(), stderr: Deferred.makeUnsafe<string>() };
  const follow = (which: (typeof streams)[number]) =>
    Deferred.await(names[which]).pipe(
      Effect.flatMap((name) =>
        channel.read(
          "/google.bytestream.ByteStream/Read",
          () => Messages.readRequest(name, counts[which]),
          (answer) => {
            const bytes = Messages.readResponse(answer);
            counts[which] += bytes.length;
            print(bytes);
          },
          { patient: true },
        ),
      ),
      // The result has all of it anyway.
      Effect.ignore,
    );
  return {
    watch: (progress) => {
      if (progress.stage === ExecutionMessages.stage.executing) running ??= Date.now();
      for (const which of streams)
        if (progress[which] !== "") Deferred.doneUnsafe(names[which], Effect.succeed(progress[which]));
    },
    during: (work) =>
      Effect.scoped(
        Effect.gen(function* () {
          for (const which of streams) yield* Effect.forkScoped(follow(which));
          return yield* work;
        }),
      ),
    shown: () => counts,
    summary: ({ moments }, cached) => {
      if (cached) return "The result was known to the server: nothing was executed";
      const start = moments?.executionStarted ?? moments?.started;
      const end = moments?.executionCompleted ?? moments?.completed;
      const by = moments === undefined || moments.worker === "" ? "" : ` by ${moments.worker}`;
      const queued =
        moments?.queued !== undefined && start !== undefined ? start - moments.queued : (running ?? begun) - begun;
      const ran = start !== undefined && end !== undefined ? end - start : Date.now() - (running ?? begun);
      return `Waited ${seconds(queued)} for a worker, executed in ${seconds(ran)}${by}`;
    },
  };
}

function seconds(milliseconds: number): string {
  return `${(Math.max(0, milliseconds) / 1000).toFixed(1)} s`;
}
