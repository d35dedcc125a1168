/**
 * What a recorded session was waiting for.
 *
 * The chain goes backwards from the job that ended last: before each job comes, of all that it had to wait for, the one that ended last; for a build these are the
 * results of its build dependencies with all that they need to run, for any job the earlier job of the same element. The time between the two is waiting
 * for something else, mostly for a free builder.
 */
import type { Action } from "./Event.ts";
import { type Job, of as jobsOf } from "./Jobs.ts";
import type { Line, LineOf } from "./Recording.ts";

/** A job in the chain, and how long it was ready before it began. */
export interface Link {
  readonly job: Job;
  /** Milliseconds between the end of what it waited for and its beginning. */
  readonly waited: number;
  /** Of these, how long as many jobs of its kind ran as may. */
  readonly crowded: number;
}

export interface Share {
  readonly name: string;
  readonly count: number;
  /** Milliseconds, of all together. */
  readonly elapsed: number;
}

export interface ActionShare extends Share {
  readonly action: Action;
  readonly outcomes: Readonly<Record<Job["outcome"], number>>;
  readonly bytes: number;
}

export interface Analysis {
  /** `Build`, `Fetch`. */
  readonly name: string;
  readonly targets: readonly string[];
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly end: number;
  /** `unfinished` where the recording stops before the session ended. */
  readonly outcome: "success" | "failure" | "terminated" | "unfinished";
  /** How many elements the targets reach, by state when the session began. */
  readonly states: ReadonlyMap<string, number>;
  readonly jobs: readonly Job[];
  /** What the session waited for, in the order of time. */
  readonly chain: readonly Link[];
  readonly actions: readonly ActionShare[];
  /** Parts of jobs, the longest first. */
  readonly phases: readonly (Share & { readonly action: Action })[];
  readonly builders: {
    readonly limit: number;
    /** Milliseconds in which so many builds ran at once; the index is the number. */
    readonly busy: readonly number[];
  };
}

/** Analyses one session; undefined when the recording has none. */
export function of(lines: readonly Line[]): Analysis | undefined {
  const began = lines.find((line) => line.type === "session-start");
  if (began === undefined) return undefined;
  const ended = lines.find((line) => line.type === "session-end");
  const graph = lines.find((line) => line.type === "graph");
  const jobs = jobsOf(lines);
  const end = ended?.time ?? lines.at(-1)?.time ?? began.time;
  const limit = graph?.limits.builders ?? 0;
  return {
    name: began.name,
    targets: graph?.targets ?? began.targets,
    start: began.time,
    end,
    outcome: outcomeOf(ended),
    states: tally(graph?.elements.map(({ state }) => state) ?? []),
    jobs,
    chain: chain(jobs, graph, began.time),
    actions: actions(jobs),
    phases: phases(jobs),
    builders: { limit, busy: busy(jobs.filter(({ action }) => action === "build")) },
  };
}

function outcomeOf(ended: LineOf<"session-end"> | undefined): Analysis["outcome"] {
  if (ended === undefined) return "unfinished";
  if (ended.terminated) return "terminated";
  return ended.failed ? "failure" : "success";
}

function tally(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function later(left: Job | undefined, right: Job | undefined): Job | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return right.end > left.end ? right : left;
}

function chain(jobs: readonly Job[], graph: LineOf<"graph"> | undefined, start: number): readonly Link[] {
  const before = waitedFor(jobs, graph);
  const running = new Map<Action, readonly Job[]>(Map.groupBy(jobs, ({ action }) => action));
  const links: Link[] = [];
  const met = new Set<Job>();
  let job = jobs.reduce<Job | undefined>(later, undefined);
  while (job !== undefined && !met.has(job)) {
    met.add(job);
    const previous = before(job);
    const ready = Math.min(previous?.end ?? start, job.start);
    const limit = limitOf(job.action, graph);
    const crowded = crowdedBetween(ready, job.start, running.get(job.action) ?? [], limit);
    links.unshift({ job, waited: job.start - ready, crowded });
    job = previous;
  }
  return links;
}

/** For each job what, of all that it waited for, ended last. */
function waitedFor(jobs: readonly Job[], graph: LineOf<"graph"> | undefined): (job: Job) => Job | undefined {
  const earlier = new Map<Job, Job>();
  const byElement = Map.groupBy(jobs, ({ element }) => element);
  for (const own of byElement.values()) for (let at = 1; at < own.length; at++) earlier.set(own[at]!, own[at - 1]!);
  const elements = graph?.elements ?? [];
  const at = new Map(elements.map(({ id, name }) => [name, id] as const));
  const byId = new Map(elements.map((element) => [element.id, element] as const));
  /** The last job that gave an element, or something that it needs to run, by id. */
  const results = new Map<number, Job | undefined>();
  for (const { id, name, run } of elements) {
    const own = byElement.get(name)?.filter(({ action }) => action === "build" || action === "pull") ?? [];
    const needed = run.map((dependency) => results.get(dependency));
    results.set(id, [...own, ...needed].reduce<Job | undefined>(later, undefined));
  }
  return (job) => {
    const before = earlier.get(job);
    if (job.action !== "build") return before;
    const dependencies = byId.get(at.get(job.element) ?? -1)?.build ?? [];
    return [before, ...dependencies.map((id) => results.get(id))]
      .filter((other) => other === undefined || other.end <= job.start)
      .reduce<Job | undefined>(later, undefined);
  };
}

function limitOf(action: Action, graph: LineOf<"graph"> | undefined): number {
  const limits = graph?.limits;
  if (limits === undefined) return Number.POSITIVE_INFINITY;
  if (action === "build") return limits.builders;
  return action === "push" || action === "src-push" ? limits.pushers : limits.fetchers;
}

/** How many milliseconds of a stretch had at least `limit` of these jobs. */
function crowdedBetween(from: number, to: number, jobs: readonly Job[], limit: number): number {
  if (to <= from) return 0;
  const inside = jobs
    .map(({ start, end }) => ({ start: Math.max(start, from), end: Math.min(end, to) }))
    .filter(({ start, end }) => end > start);
  return busy(inside).reduce((sum, time, count) => (count >= limit ? sum + time : sum), 0);
}

/** Milliseconds by how many of the stretches cover them, between the first beginning and the last end. */
function busy(stretches: readonly { readonly start: number; readonly end: number }[]): readonly number[] {
  const edges = stretches
    .flatMap(({ start, end }) => [
      { time: start, change: 1 },
      { time: end, change: -1 },
    ])
    .sort((left, right) => left.time - right.time || left.change - right.change);
  const times: number[] = [0];
  let count = 0;
  edges.forEach(({ time, change }, at) => {
    times[count] = (times[count] ?? 0) + (at === 0 ? 0 : time - (edges[at - 1]?.time ?? time));
    count += change;
  });
  return Array.from(times, (time) => time ?? 0);
}

function actions(jobs: readonly Job[]): readonly ActionShare[] {
  return [...Map.groupBy(jobs, ({ action }) => action)].map(([action, own]) => {
    const outcomes = { success: 0, failure: 0, skipped: 0, cancelled: 0, unfinished: 0 };
    for (const { outcome } of own) outcomes[outcome]++;
    const bytes = own.reduce((sum, job) => sum + job.bytes, 0);
    return { name: action, action, count: own.length, elapsed: total(own), outcomes, bytes };
  });
}

function phases(jobs: readonly Job[]): Analysis["phases"] {
  const parts = jobs.flatMap(({ action, phases: own }) =>
    own.filter(({ depth }) => depth === 0).map((phase) => ({ action, ...phase })),
  );
  return [...Map.groupBy(parts, ({ action, name }) => `${action} ${name}`).values()]
    .map((own) => ({ action: own[0]!.action, name: own[0]!.name, count: own.length, elapsed: total(own) }))
    .sort((left, right) => right.elapsed - left.elapsed);
}

function total(items: readonly { readonly elapsed: number }[]): number {
  return items.reduce((sum, { elapsed }) => sum + elapsed, 0);
}
