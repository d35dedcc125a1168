/**
 * The live region of a terminal as a fold over events and a picture of it: what runs, for how long, in which phase, and how far the session is.
 *
 * A picture is a list of lines, none wider than asked for and no more than asked for, whatever elements are called and however many jobs run.
 */
import type { Action, Event, QueueCounts } from "@millrace/core/event/Event";
import * as Style from "./Style.ts";
import * as Width from "./Width.ts";

export interface Job {
  readonly job: number;
  readonly action: Action;
  readonly name: string;
  /** Time of its start, on the clock that {@link picture} is given. */
  readonly start: number;
  /** Its log file; empty when it keeps none. */
  readonly log: string;
  /** Activities that it is in, the innermost last. */
  readonly phases: readonly string[];
  readonly done: number | undefined;
  readonly total: number | undefined;
}

export interface Live {
  readonly session: string | undefined;
  readonly start: number;
  readonly jobs: readonly Job[];
  readonly queues: readonly QueueCounts[];
  readonly members: number;
  readonly total: number;
  /** When the session will end, on the clock that {@link picture} is given. */
  readonly end: number | undefined;
}

export const empty: Live = { session: undefined, start: 0, jobs: [], queues: [], members: 0, total: 0, end: undefined };

function withJob(live: Live, matches: (job: Job) => boolean, change: (job: Job) => Job): Live {
  return { ...live, jobs: live.jobs.map((job) => (matches(job) ? change(job) : job)) };
}

/** The region after an event; `now` on any clock in milliseconds that stands still while the session is suspended. */
export function next(live: Live, event: Event, now: number): Live {
  switch (event.type) {
    case "session-start":
      return { ...empty, session: event.name, start: now };
    case "session-end":
      return { ...live, session: undefined, jobs: [] };
    case "announce": {
      const end = event.estimate === undefined ? undefined : now + event.estimate;
      return { ...live, members: event.session, total: event.elements.length, end };
    }
    case "queues":
      return { ...live, queues: event.queues, members: event.session, total: event.total };
    case "job-start": {
      const { job, action, element } = event;
      const started: Job = {
        job,
        action,
        name: element.name,
        log: event.log,
        start: now,
        phases: [],
        done: undefined,
        total: undefined,
      };
      return { ...live, jobs: [...live.jobs, started] };
    }
    case "job-progress":
      return withJob(
        live,
        (job) => job.job === event.job,
        (job) => ({ ...job, done: event.done, total: event.total }),
      );
    case "job-end":
      return { ...live, jobs: live.jobs.filter((job) => job.job !== event.job) };
    case "message": {
      const { task, action, kind, text, scheduler } = event;
      if (task === undefined || scheduler === true) return live;
      const mine = (job: Job) => job.name === task.name && job.action === action;
      if (kind === "start") return withJob(live, mine, (job) => ({ ...job, phases: [...job.phases, text] }));
      if (kind !== "success" && kind !== "failure") return live;
      return withJob(live, mine, (job) => {
        const at = job.phases.lastIndexOf(text);
        return at < 0 ? job : { ...job, phases: job.phases.slice(0, at), done: undefined, total: undefined };
      });
    }
    default:
      return live;
  }
}

/** `0:07`, `12:34`, `1:02:03`. */
export function clock(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (number: number) => String(number).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes}:${two(seconds % 60)}`
    : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

function bytes(count: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let amount = count;
  let unit = 0;
  for (; amount >= 1000 && unit < units.length - 1; unit++) amount /= 1000;
  return `${unit === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${units[unit]}`;
}

function progress(job: Job): string {
  if (job.done === undefined) return "";
  return job.total === undefined ? bytes(job.done) : `${bytes(job.done)} of ${bytes(job.total)}`;
}

/** How many elements are through with what the session is for: its last queue but those that push. */
function finished(queues: readonly QueueCounts[]): number {
  const main = queues.findLast((queue) => !queue.name.endsWith("ush")) ?? queues[queues.length - 1];
  return main === undefined ? 0 : main.processed + main.skipped + main.failed.length;
}

function headline({ live, width, now, paint, hint }: Picture): string {
  const done = finished(live.queues);
  const percent = live.members === 0 ? 0 : Math.floor((100 * Math.min(done, live.members)) / live.members);
  const parts = [`${live.session ?? ""} ${clock(now - live.start)}`, `${done}/${live.members} (${percent}%)`];
  // An estimate that has run out says nothing any more.
  if (live.end !== undefined && live.end > now) parts.push(`about ${clock(live.end - now)} left`);
  for (const queue of live.queues) {
    const failed = queue.failed.length > 0 ? ` ${queue.failed.length} failed` : "";
    parts.push(`${queue.completeName.toLowerCase()} ${queue.processed}${failed}`);
  }
  if (hint !== undefined) parts.push(hint);
  let text = "";
  for (const part of parts) {
    const longer = text === "" ? part : `${text} · ${part}`;
    if (text !== "" && Width.of(longer) > width) break;
    text = longer;
  }
  return paint(Width.cut(Width.tame(text), width), Style.content, { bold: true });
}

function jobLine(job: Job, { width, now, paint }: Picture): string {
  const start = `  ${clock(now - job.start).padStart(5)} ${job.action.padEnd(5)} `;
  const room = width - Width.of(start);
  if (room < 4) return paint(Width.cut(start, width), Style.format);
  const phase = Width.tame(
    [job.phases[job.phases.length - 1] ?? "", progress(job)].filter((part) => part !== "").join(" · "),
  );
  const name = Width.cutMiddle(
    Width.tame(job.name),
    phase === "" ? room : Math.max(Math.min(room, 12), room - Width.of(phase) - 2),
  );
  const left = room - Width.of(name) - 2;
  const tail = left < 6 || phase === "" ? "" : `  ${Width.cut(phase, left)}`;
  return paint(start, Style.format) + paint(name, Style.content) + paint(tail, Style.detail);
}

export interface Picture {
  readonly live: Live;
  /** Columns, and lines, that it may take. */
  readonly width: number;
  readonly height: number;
  readonly now: number;
  readonly paint: Style.Paint;
  /** What a key would do, for the headline where it has room. */
  readonly hint?: string;
  /** The last line of a log file, where each job is to show it below itself. */
  readonly lastLine?: ((log: string) => string) | undefined;
}

const said = "        ";

/** The lines of the region. Empty between sessions. */
export function picture(region: Picture): readonly string[] {
  const { live, width, height, paint, lastLine } = region;
  if (live.session === undefined || width < 1 || height < 1) return [];
  const lines = [headline(region)];
  const room = Math.floor((height - 1) / (lastLine === undefined ? 1 : 2));
  // The longest running jobs are what a waiting person wants to know about.
  const shown = live.jobs.length <= room ? live.jobs : live.jobs.slice(0, Math.max(0, room - 1));
  for (const job of shown) {
    lines.push(jobLine(job, region));
    const last = lastLine === undefined || job.log === "" ? "" : lastLine(job.log);
    if (last !== "") lines.push(paint(Width.cut(said + Width.tame(last), width), Style.detail));
  }
  const hidden = live.jobs.length - shown.length;
  if (hidden > 0 && lines.length < height) lines.push(paint(Width.cut(`  and ${hidden} more`, width), Style.format));
  return lines;
}
