/**
 * The events of a command as JSON lines (`core/src/event/Recording.ts` has their form), written as they happen and readable after a crash.
 *
 * Progress is thinned: a job's first, its last, and one a fraction of a second in between.
 */
import * as fs from "node:fs";
import { BstError } from "@millrace/core/error/BstError";
import * as Catalogue from "@millrace/core/error/Catalogue";
import type { Event } from "@millrace/core/event/Event";

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
  return `${JSON.stringify({ time, ...event, ...more }, plain)}\n`;
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

/** Opens for writing. A pipe that nobody reads would hold the command up for ever, so that one is refused (ENXIO), as what cannot be written is. */
function opened(path: string): number {
  if (fs.statSync(path, { throwIfNoEntry: false })?.isFIFO() !== true) return fs.openSync(path, "w");
  // This one asks without waiting, and stays until the other is there: a reader takes a pipe without a writer for ended.
  const asking = fs.openSync(path, fs.constants.O_WRONLY | fs.constants.O_NONBLOCK);
  try {
    return fs.openSync(path, "w");
  } finally {
    fs.closeSync(asking);
  }
}

/** Begins a file, replacing an old one. Throws the system's error when it cannot be written. */
export function open(path: string, now: () => number): EventFile {
  const descriptor = opened(path);
  fs.writeSync(descriptor, header(now()));
  const progress = new Map<number, { readonly told: number; readonly done: number }>();
  const handle = (event: Event, time: number = now()): void => {
    if (event.type === "job-progress") {
      const known = progress.get(event.job);
      const due = known === undefined || time - known.told >= pause;
      progress.set(event.job, { told: due ? time : known.told, done: event.done });
      if (!due) return;
    }
    const bytes = event.type === "job-end" ? progress.get(event.job)?.done : undefined;
    fs.writeSync(descriptor, line(event, time, bytes === undefined ? {} : { bytes }));
  };
  return { handle, close: () => fs.closeSync(descriptor) };
}
