/**
 * The events of a command as JSON lines (`core/src/event/Recording.ts` has their form), written as they happen and readable after a crash.
 *
 * Progress is thinned: a job's first, its last, and one a fraction of a second in between.
 */
import { BstError } from "@millrace/core/error/BstError";
import * as Catalogue from "@millrace/core/error/Catalogue";
import type { Event } from "@millrace/core/event/Event";
import * as SideFile from "./SideFile.ts";

/** That of `core/src/event/Recording.ts`, which is too much to load for a number. */
export const version = 1;

/** Milliseconds between two lines that tell of one job's progress. */
const pause = 200;

/** A replacer; errors are looked for in their holder, since they have made themselves something else in `value`. */
function plain(this: { readonly [key: string]: unknown }, key: string, value: unknown): unknown {
  const held = this[key];
  if (!(held instanceof BstError)) return value;
  const { domain, reason, message, detail, place, hint, task } = held;
  return { domain, reason, message, detail, place, hint, task, ...Catalogue.explain(held) };
}

/** An event as a line, with its line end. */
export function line(event: Event, time: number, more: { readonly bytes?: number } = {}): string {
  // Only where there is an error does every value have to be looked at.
  const replacer = "error" in event && event.error !== undefined ? plain : undefined;
  return `${JSON.stringify({ time, ...event, ...more }, replacer)}\n`;
}

/** The line that a file begins with. */
export function header(time: number): string {
  return `${JSON.stringify({ time, type: "header", version })}\n`;
}

export interface EventFile {
  /** Writes an event; `time` is now unless given. */
  readonly handle: (event: Event, time?: number) => void;
  readonly close: () => void;
}

/** Begins a file, as {@link SideFile.open} does. */
export function open(path: string, now: () => number, lost: (cause: Error) => void): EventFile {
  const file = SideFile.open(path, header(now()), lost);
  const progress = new Map<number, { readonly told: number; readonly done: number }>();
  const handle = (event: Event, time: number = now()): void => {
    if (event.type === "job-progress") {
      const known = progress.get(event.job);
      const due = known === undefined || time - known.told >= pause;
      progress.set(event.job, { told: due ? time : known.told, done: event.done });
      if (!due) return;
    }
    const bytes = event.type === "job-end" ? progress.get(event.job)?.done : undefined;
    file.write(line(event, time, bytes === undefined ? {} : { bytes }));
  };
  return { handle, close: file.close };
}
