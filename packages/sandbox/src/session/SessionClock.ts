/**
 * The time of a session: wall clock, and elapsed time that stands still while the session is suspended.
 *
 * A build that a person stopped for lunch did not take an hour: what log lines and the summary call elapsed leaves out suspension.
 */
import type * as Clock from "effect/Clock";

export interface SessionClock {
  /** Milliseconds since the epoch, with a fraction. */
  readonly wall: () => number;
  /** Milliseconds since the session began, without suspension. */
  readonly elapsed: () => number;
  readonly suspend: () => void;
  readonly resume: () => void;
}

/** A clock that starts now; `began` (milliseconds since the epoch) moves its beginning back to when the command started. */
export function make(clock: Clock.Clock, began?: number): SessionClock {
  const monotonic = () => Number(clock.monotonicTimeNanosUnsafe()) / 1e6;
  const start = monotonic();
  const lead = began === undefined ? 0 : clock.currentTimeMillisUnsafe() - began;
  let paused = 0;
  let since: number | undefined;
  return {
    wall: () => Number(clock.currentTimeNanosUnsafe()) / 1e6,
    elapsed: () => (since ?? monotonic()) - start - paused + lead,
    suspend: () => {
      since ??= monotonic();
    },
    resume: () => {
      if (since === undefined) return;
      paused += monotonic() - since;
      since = undefined;
    },
  };
}

const two = (number: number) => String(number).padStart(2, "0");
const four = (number: number) => String(number).padStart(4, "0");

/** A text that is made of a time (milliseconds since the epoch), made once a second. */
function eachSecond(text: (at: Date) => string): (time: number) => string {
  let known = { second: Number.NaN, text: "" };
  return (time) => {
    const second = Math.floor(time / 1000);
    if (second !== known.second) known = { second, text: text(new Date(time)) };
    return known.text;
  };
}

/** `20261121-053640`, local time: the part of a log file's name that tells one run from the next. */
export const stamp = eachSecond((at) => {
  const day = `${four(at.getFullYear())}${two(at.getMonth() + 1)}${two(at.getDate())}`;
  return `${day}-${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`;
});

const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/** `Saturday, 21-11-2026 at 05:36:40`, local time, as headings and log files begin. */
export const date = eachSecond((at) => {
  const day = `${two(at.getDate())}-${two(at.getMonth() + 1)}-${four(at.getFullYear())}`;
  return `${days[at.getDay()]}, ${day} at ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
});
