/** What `bst report` says of a recorded session, as text and as JSON. */
import type { Analysis, Link } from "@millrace/core/event/Analysis";
import type { Job } from "@millrace/core/event/Jobs";
import type { Replay } from "@millrace/core/event/Replay";
import type * as Documents from "../json/Documents.ts";
import * as Style from "../ui/Style.ts";
import * as Width from "../ui/Width.ts";
import * as Length from "./Length.ts";
import * as Size from "./Size.ts";

/** How many of the slowest jobs, and of the longest parts, are listed. */
const listed = 10;

/** What is shorter than this, in milliseconds, is not worth a remark. */
const noticed = 50;

function slowest(analysis: Analysis): readonly Job[] {
  return [...analysis.jobs].sort((left, right) => right.elapsed - left.elapsed).slice(0, listed);
}

/** Milliseconds in which builders that might have worked had nothing to do, and in which no build ran at all. */
function idle({ builders }: Analysis): { readonly some: number; readonly all: number } {
  const { limit, busy } = builders;
  const some = busy.reduce((sum, time, count) => sum + time * Math.max(0, limit - count), 0);
  return { some, all: busy[0] ?? 0 };
}

/** The document. */
export function document(analysis: Analysis, file: string, replay: Replay | undefined): Documents.Content<"report"> {
  const { name, targets, start, end, outcome, states, chain, actions, phases, builders } = analysis;
  return {
    file,
    name,
    targets,
    start,
    elapsed: end - start,
    outcome,
    states: Object.fromEntries(states),
    chain: chain.map(({ job, waited, crowded }) => ({ ...plain(job), waited, crowded })),
    actions: actions.map(({ action, count, elapsed, outcomes, bytes }) => ({
      action,
      count,
      elapsed,
      outcomes,
      bytes,
    })),
    phases,
    builders: { limit: builders.limit, busy: builders.busy, idle: idle(analysis).some },
    replay:
      replay === undefined
        ? null
        : { ...replay.settings, elapsed: replay.elapsed, recorded: replay.recorded, jobs: replay.jobs },
    slowest: slowest(analysis).map(plain),
    failures: failures(analysis).map((job) => ({
      ...plain(job),
      log: job.log,
      domain: job.error?.domain ?? null,
      reason: job.error?.reason ?? null,
      message: job.error?.message ?? "",
      owner: job.error?.owner ?? null,
      next: job.error?.next ?? null,
    })),
  };
}

function plain({ action, element, start, elapsed, outcome, bytes }: Job) {
  return { action, element, start, elapsed, outcome, bytes };
}

function failures({ jobs }: Analysis): readonly Job[] {
  return jobs.filter(({ outcome }) => outcome === "failure" || outcome === "unfinished");
}

/** Rows of cells, the first flush right, the rest flush left. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<readonly number[]>(
    (known, row) => row.map((cell, at) => Math.max(known[at] ?? 0, Width.of(cell))),
    [],
  );
  const pad = (cell: string, at: number) => {
    const blanks = " ".repeat((widths[at] as number) - Width.of(cell));
    return at === 0 ? blanks + cell : cell + blanks;
  };
  return rows.map((row) => `  ${row.map(pad).join("  ").trimEnd()}\n`).join("");
}

function remark({ waited, crowded, job }: Link, at: number): string {
  if (waited < noticed) return "";
  if (at === 0) return `${Length.text(waited)} after the session began`;
  const kind = job.action === "build" ? "builder" : job.action.endsWith("push") ? "pusher" : "fetcher";
  return crowded * 2 > waited
    ? `after waiting ${Length.text(waited)} for a free ${kind}`
    : `${Length.text(waited)} after what it needed was there`;
}

function chainText({ chain, start, end }: Analysis): string {
  const rows = chain.map((link, at) => {
    const { action, element, elapsed } = link.job;
    return [Length.text(elapsed), action, Width.tame(element), remark(link, at)];
  });
  const work = chain.reduce((sum, { job }) => sum + job.elapsed, 0);
  const share = end > start ? Math.round((100 * work) / (end - start)) : 0;
  const most = `${Length.text(work)} of ${Length.text(end - start)} (${share}%): no number of builders makes it shorter than this.\n`;
  return `${table(rows)}  ${most}`;
}

function actionsText({ actions }: Analysis): string {
  return table(
    actions.map(({ action, count, elapsed, outcomes, bytes }) => {
      const others = Object.entries(outcomes).filter(([outcome, number]) => outcome !== "success" && number > 0);
      const rest = others.map(([outcome, number]) => `${number} ${outcome}`).join(", ");
      const amount = bytes === 0 ? "" : Size.text(bytes);
      return [Length.text(elapsed), action, `${count} ${count === 1 ? "job" : "jobs"}`, amount, rest];
    }),
  );
}

function buildersText(analysis: Analysis): string {
  const { limit, busy } = analysis.builders;
  const whole = busy.reduce((sum, time) => sum + time, 0);
  if (whole === 0) return "";
  const { some, all } = idle(analysis);
  const used = busy.reduce((sum, time, count) => sum + time * count, 0);
  const share = Math.round((100 * used) / (whole * Math.max(1, limit)));
  const none = all < noticed ? "" : `; for ${Length.text(all)} nothing was built at all`;
  return `  ${limit} ${limit === 1 ? "builder" : "builders"}, ${share}% busy between the first build and the last; ${Length.text(some)} of builders' time was idle${none}\n`;
}

function statesText({ states, actions }: Analysis): string {
  const total = [...states.values()].reduce((sum, count) => sum + count, 0);
  const pulls = actions.find(({ action }) => action === "pull");
  const parts = [...states].map(([state, count]) => `${count} ${state}`);
  const pulled = pulls === undefined ? "" : `; ${pulls.outcomes.success} of ${pulls.count} asked for were pulled`;
  return `  ${total} elements at the beginning: ${parts.join(", ")}${pulled}\n`;
}

function failuresText(analysis: Analysis): string {
  return failures(analysis)
    .map(({ action, element, outcome, error, log }) => {
      if (outcome === "unfinished") return `  ${action} ${Width.tame(element)}: was running when the recording ended\n`;
      const code = [error?.domain, error?.reason].filter((part) => part != null).join(" ");
      const next = error?.next === undefined ? "" : `    ${error.next}\n`;
      const where = log === "" ? "" : `    Log: ${log}\n`;
      return `  ${action} ${Width.tame(element)}: ${error?.message ?? ""} (${code}; ${error?.owner})\n${next}${where}`;
    })
    .join("");
}

function replayText({ settings, elapsed, recorded, jobs }: Replay): string {
  const { fetchers, builders, pushers } = settings;
  const told = `${builders} builders, ${fetchers} fetchers and ${pushers} pushers`;
  return `  ${Length.text(elapsed)} instead of ${Length.text(recorded)} with ${told}, had each of the ${jobs} jobs taken what it took\n`;
}

const outcomes: Readonly<Record<Analysis["outcome"], string>> = {
  success: "succeeded",
  failure: "failed",
  terminated: "was terminated",
  unfinished: "did not end: the recording stops in the middle",
};

/** The text. */
export function text(analysis: Analysis, replay: Replay | undefined, paint: Style.Paint): string {
  const { name, targets, start, end, outcome, phases } = analysis;
  const asked =
    targets.length > 3 ? `${targets.slice(0, 3).join(", ")} and ${targets.length - 3} more` : targets.join(", ");
  const title = `${name} of ${asked}, ${new Date(start).toLocaleString("sv")}: ${outcomes[outcome]} after ${Length.text(end - start)}\n`;
  const section = (head: string, body: string) => (body === "" ? "" : `\n${paint(head, Style.format)}\n${body}`);
  const jobs = (list: readonly Job[]) =>
    table(list.map(({ elapsed, action, element }) => [Length.text(elapsed), action, Width.tame(element)]));
  const parts = phases
    .slice(0, listed)
    .map(({ elapsed, action, name: part, count }) => [
      Length.text(elapsed),
      action,
      part,
      count === 1 ? "once" : `${count} times`,
    ]);
  return [
    title,
    section("What it waited for", chainText(analysis)),
    section("Builders", buildersText(analysis)),
    section("With other numbers of jobs at once", replay === undefined ? "" : replayText(replay)),
    section("Caches", statesText(analysis)),
    section("Time by kind of job", actionsText(analysis)),
    section("Time by part of a job", table(parts)),
    section("Slowest", jobs(slowest(analysis))),
    section("Failed", failuresText(analysis)),
  ].join("");
}
