/**
 * Recordings of the last sessions below the cache directory, for `bst report`: what began and ended when, without the messages.
 *
 * A file begins with the first job, so that sessions without work leave none. A recording that cannot be written is no reason to stop a build.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Event } from "@millrace/core/event/Event";
import * as EventFile from "../ui/EventFile.ts";

/** How many sessions are kept. */
const most = 20;

const kept: ReadonlySet<Event["type"]> = new Set([
  "session-start",
  "graph",
  "job-start",
  "job-end",
  "phase-end",
  "suspended",
  "resumed",
  "summary",
  "session-end",
]);

function directory(cachedir: string): string {
  return join(cachedir, "millrace", "recordings");
}

/** The recordings, the oldest first. */
export function list(cachedir: string): readonly string[] {
  try {
    const place = directory(cachedir);
    return readdirSync(place)
      .filter((name) => name.endsWith(".jsonl"))
      .sort()
      .map((name) => join(place, name));
  } catch {
    return [];
  }
}

/** What a recording holds; undefined when it cannot be read. */
export function content(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** Records a session as it goes. */
export function make(cachedir: string, now: () => number): EventFile.EventFile {
  const waiting: (() => void)[] = [];
  let file: EventFile.EventFile | undefined;
  let given = true;
  const lost = () => {
    given = false;
  };
  const handle = (event: Event): void => {
    if (!given || !kept.has(event.type)) return;
    try {
      if (file === undefined && event.type === "job-start") {
        file = begin(cachedir, now, lost);
        for (const tell of waiting) tell();
      }
      if (file !== undefined) file.handle(event);
      else if (event.type === "session-start" || event.type === "graph") {
        const time = now();
        waiting.push(() => file?.handle(event, time));
      }
    } catch {
      lost();
    }
  };
  return { handle, close: () => file?.close() };
}

function begin(cachedir: string, now: () => number, lost: () => void): EventFile.EventFile {
  const place = directory(cachedir);
  mkdirSync(place, { recursive: true });
  for (const old of list(cachedir).slice(0, 1 - most)) rmSync(old, { force: true });
  const began = now();
  const stamp = new Date(began).toISOString().replaceAll(/[:.]/g, "-");
  return EventFile.open(join(place, `${stamp}-${process.pid}.jsonl`), now, lost);
}
