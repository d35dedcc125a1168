/**
 * The events of a command as JSON lines (`--events FILE`), for programs: one object a line, written as it happens, readable after a crash.
 *
 * Every line has `time` (milliseconds since the epoch) and `type`, the first one `version` as well. Fields are those of the events; an error is told
 * by domain, reason, message, detail, place and hint, with cause, owner and next step from the catalogue.
 */
import * as fs from "node:fs";
import { BstError } from "@millrace/core/error/BstError";
import * as Catalogue from "@millrace/core/error/Catalogue";
import type { Event } from "@millrace/core/event/Event";

/** Raised when fields change their meaning; new fields do not count. */
export const version = 1;

function plain(_: string, value: unknown): unknown {
  if (!(value instanceof BstError)) return value;
  const { domain, reason, message, detail, place, hint, task } = value;
  return { domain, reason, message, detail, place, hint, task, ...Catalogue.explain(value) };
}

/** An event as a line, with its line end. */
export function line(event: Event, time: number): string {
  return `${JSON.stringify({ time, ...event }, plain)}\n`;
}

/** The line that a file begins with. */
function header(time: number): string {
  return `${JSON.stringify({ time, type: "header", version })}\n`;
}

export interface EventFile {
  readonly handle: (event: Event) => void;
  readonly close: () => void;
}

/** Begins a file, replacing an old one. Throws the system's error when it cannot be written. */
export function open(path: string, now: () => number): EventFile {
  const descriptor = fs.openSync(path, "w");
  fs.writeSync(descriptor, header(now()));
  return {
    handle: (event) => void fs.writeSync(descriptor, line(event, now())),
    close: () => fs.closeSync(descriptor),
  };
}
