/**
 * Warnings of services that know of no voice (a damaged object in the store, overlays that do not work): they are said by the command's voice, or kept
 * until it has one.
 */
import type * as Voice from "@millrace/sandbox/session/Voice";
import * as Effect from "effect/Effect";
import type * as Layer from "effect/Layer";
import * as Logger from "effect/Logger";
import type * as Scope from "effect/Scope";
import * as Output from "./Output.ts";

interface Warnings {
  voice: Voice.Voice | undefined;
  readonly waiting: string[];
}

/** One process runs one command. */
const warnings: Warnings = { voice: undefined, waiting: [] };

/** Takes what services log; nothing but warnings is logged. */
export const layer: Layer.Layer<never> = Logger.layer([
  Logger.make<unknown, void>(({ message }) => {
    const text = [message].flat().join(" ");
    if (warnings.voice === undefined) warnings.waiting.push(text);
    else warnings.voice.say("warning", text);
  }),
]);

/** Lets a voice say them until the scope closes. */
export function through(voice: Voice.Voice): Effect.Effect<void, never, Scope.Scope> {
  return Effect.acquireRelease(
    Effect.sync(() => {
      const before = warnings.voice;
      warnings.voice = voice;
      for (const text of warnings.waiting.splice(0)) voice.say("warning", text);
      return before;
    }),
    (before) =>
      Effect.sync(() => {
        warnings.voice = before;
      }),
  ).pipe(Effect.asVoid);
}

/** Says plainly what no voice came for. */
export function flush(): void {
  for (const text of warnings.waiting.splice(0)) Output.error(`WARNING: ${text}\n`);
}
