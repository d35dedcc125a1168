/** The jobs of a recorded session, put together from the lines that tell of them. */
import type { Action } from "./Event.ts";
import type { Line, LineOf } from "./Recording.ts";

export interface Phase {
  readonly name: string;
  readonly depth: number;
  /** Milliseconds. */
  readonly elapsed: number;
}

export interface Job {
  readonly action: Action;
  readonly element: string;
  /** Milliseconds since the epoch; the end is that of the recording where the job has none. */
  readonly start: number;
  readonly end: number;
  /** Milliseconds, without the time in which everything was stopped. */
  readonly elapsed: number;
  /** `unfinished` where the recording ends before the job. */
  readonly outcome: LineOf<"job-end">["outcome"] | "unfinished";
  readonly bytes: number;
  readonly log: string;
  readonly error: LineOf<"job-end">["error"];
  readonly phases: readonly Phase[];
}

/** All jobs, in the order in which they began. */
export function of(lines: readonly Line[]): readonly Job[] {
  const last = lines.at(-1)?.time ?? 0;
  const begun = new Map<number, { readonly start: LineOf<"job-start">; readonly phases: Phase[]; bytes: number }>();
  const ended = new Map<number, LineOf<"job-end">>();
  for (const line of lines) {
    switch (line.type) {
      case "job-start":
        begun.set(line.job, { start: line, phases: [], bytes: 0 });
        break;
      case "phase-end":
        if (line.job !== null) begun.get(line.job)?.phases.push(line);
        break;
      case "job-progress": {
        const job = begun.get(line.job);
        if (job !== undefined && line.unit === "bytes") job.bytes = line.done;
        break;
      }
      case "job-end":
        ended.set(line.job, line);
        break;
      default:
        break;
    }
  }
  return [...begun].map(([number, { start, phases, bytes }]) => {
    const end = ended.get(number);
    return {
      action: start.action,
      element: start.element.name,
      start: start.time,
      end: end?.time ?? last,
      elapsed: end?.elapsed ?? last - start.time,
      outcome: end?.outcome ?? "unfinished",
      bytes: end?.bytes ?? bytes,
      log: start.log,
      error: end?.error,
      phases: phases.map(({ name, depth, elapsed }) => ({ name, depth, elapsed })),
    };
  });
}
