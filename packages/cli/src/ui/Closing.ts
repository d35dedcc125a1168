/**
 * The last line of a session at a terminal: what was built, what was pulled, what was there, and the longest chain of jobs that waited for each other.
 *
 * It is worked out from the same lines that recordings hold, kept until the session ends.
 */
import * as Analysis from "@millrace/core/event/Analysis";
import type { Event } from "@millrace/core/event/Event";
import * as Recording from "@millrace/core/event/Recording";
import * as EventFile from "./EventFile.ts";
import * as Live from "./Live.ts";
import * as Width from "./Width.ts";

export interface Closing {
  readonly handle: (event: Event) => void;
  /** The line without its end; undefined while there is nothing to tell. */
  readonly text: (width: number) => string | undefined;
}

const kept: ReadonlySet<Event["type"]> = new Set(["session-start", "graph", "job-start", "job-end", "session-end"]);

/** Elements of a chain that are named. */
const named = 3;

/** Listens to one session; `now` in milliseconds since the epoch. */
export function make(now: () => number): Closing {
  const lines: string[] = [EventFile.header(now())];
  return {
    handle: (event) => {
      if (kept.has(event.type)) lines.push(EventFile.line(event, now()));
    },
    text: (width) => {
      const analysis = Analysis.of(Recording.read(lines.join("")) ?? []);
      return analysis === undefined || analysis.jobs.length === 0 ? undefined : Width.cut(told(analysis), width);
    },
  };
}

function told(analysis: Analysis.Analysis): string {
  const done = (action: string) => analysis.actions.find((share) => share.action === action)?.outcomes.success ?? 0;
  const counts = [
    [done("build"), "built"],
    [done("pull"), "pulled"],
    [analysis.states.get("cached") ?? 0, "cached before"],
  ] as const;
  const parts = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  const work = analysis.chain.reduce((sum, { job }) => sum + job.elapsed, 0);
  const names = [...new Set(analysis.chain.map(({ job }) => Width.tame(job.element)))];
  const shown = names.length > named ? [names[0], "…", ...names.slice(1 - named)] : names;
  return `${parts.length > 0 ? `${parts.join(", ")}; ` : ""}longest chain ${Live.clock(work)}: ${shown.join(" → ")}`;
}
