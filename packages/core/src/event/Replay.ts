/**
 * A recorded session run again under other settings, without running anything: its jobs take what they took, and end as they ended.
 *
 * The scheduler is the one that drives sessions, so what comes out is what it would have done. Jobs do not slow each other down in it, as they do on a machine
 * with too few processors: more builders than those give an answer that is too good.
 */
import * as Queue from "../schedule/Queue.ts";
import * as Resource from "../schedule/Resource.ts";
import type { Plan } from "../schedule/ScheduleState.ts";
import * as Simulator from "../schedule/Simulator.ts";
import * as Workload from "../schedule/Workload.ts";
import type { Action } from "./Event.ts";
import { type Job, of as jobsOf } from "./Jobs.ts";
import type { Line, LineOf } from "./Recording.ts";

/** How many jobs of each kind may run at once; what is left out stays as it was. */
export interface Settings {
  readonly fetchers?: number | undefined;
  readonly builders?: number | undefined;
  readonly pushers?: number | undefined;
}

export interface Replay {
  readonly settings: Required<{ readonly [Name in keyof Settings]: number }>;
  /** Milliseconds from the first job to the end of the last one. */
  readonly elapsed: number;
  /** The same of the session as it was recorded. */
  readonly recorded: number;
  /** How many jobs ran. */
  readonly jobs: number;
}

/** The queues of sessions that build; others have those that their jobs went through. */
const order: readonly Action[] = ["track", "pull", "fetch", "build", "push", "src-push"];

/** Replays one session; undefined when the recording has no jobs, or not the graph. */
export function of(lines: readonly Line[], settings: Settings): Replay | undefined {
  const graph = lines.find((line) => line.type === "graph");
  const jobs = jobsOf(lines);
  if (graph === undefined || jobs.length === 0) return undefined;
  const limits = {
    fetchers: settings.fetchers ?? graph.limits.fetchers,
    builders: settings.builders ?? graph.limits.builders,
    pushers: settings.pushers ?? graph.limits.pushers,
  };
  const world = worldOf(graph, jobs);
  const plan = planOf(graph, jobs, limits, (element) => world.duration(element, "build"));
  const simulation = Simulator.run(plan, world);
  const first = jobs.reduce((earliest, { start }) => Math.min(earliest, start), Number.POSITIVE_INFINITY);
  const last = jobs.reduce((latest, { end }) => Math.max(latest, end), 0);
  return { settings: limits, elapsed: simulation.elapsed, recorded: last - first, jobs: simulation.jobs.length };
}

type Elements = LineOf<"graph">["elements"];

/** Elements by their place in an order in which each comes after what it depends on, which their ids are. */
function ordered(graph: LineOf<"graph">): Elements {
  return [...graph.elements].sort((left, right) => left.id - right.id);
}

function planOf(
  graph: LineOf<"graph">,
  jobs: readonly Job[],
  limits: Replay["settings"],
  duration: (element: number) => number,
): Plan {
  const elements = ordered(graph);
  const at = new Map(elements.map(({ id }, index) => [id, index] as const));
  const places = (ids: readonly number[]) => ids.flatMap((id) => at.get(id) ?? []);
  const edges: Workload.Edges = {
    size: elements.length,
    build: (element) => places(elements[element]!.build),
    run: (element) => places(elements[element]!.run),
  };
  const done = new Set(jobs.map(({ action, element }) => `${action} ${element}`));
  const has = (action: Action, element: number) => done.has(`${action} ${elements[element]!.name}`);
  const building = jobs.some(({ action }) => action === "build");
  const everybody = elements.map((_, index) => index);
  const members = everybody.filter((element) => order.some((action) => has(action, element)));
  const names = new Set(graph.targets);
  const targets = everybody.filter((element) => names.has(elements[element]!.name));
  const roots = targets.length > 0 ? targets : everybody;
  const passed = order.filter((action) => jobs.some((job) => job.action === action));
  return {
    workload: building ? Workload.planned(edges, roots, duration) : Workload.plain(edges, members),
    queues: passed.map((action) =>
      Queue.make(action, { imperative: action === "build", skipCached: building && action === "fetch" }),
    ),
    limits: Resource.limits(limits.fetchers, limits.builders, limits.pushers),
    required: building ? roots.map((element) => ({ element, withRuntime: true })) : undefined,
    facts: (element) => ({
      artifact: factOf(elements[element]!.state),
      pullPending: has("pull", element),
      sources: has("fetch", element) ? "absent" : "staged",
      trackable: has("track", element),
      push: has("push", element),
      sourcePush: has("src-push", element),
    }),
  };
}

function factOf(state: Elements[number]["state"]): "present" | "failure" | "absent" {
  if (state === "cached") return "present";
  return state === "failed" ? "failure" : "absent";
}

/** What each job did, all its attempts together. */
function worldOf(graph: LineOf<"graph">, jobs: readonly Job[]): Simulator.World {
  const names = ordered(graph).map(({ name }) => name);
  const recorded = new Map<string, { elapsed: number; outcome: Job["outcome"] }>();
  for (const { action, element, elapsed, outcome } of jobs) {
    const key = `${action} ${element}`;
    recorded.set(key, { elapsed: (recorded.get(key)?.elapsed ?? 0) + elapsed, outcome });
  }
  const find = (element: number, action: Action) => recorded.get(`${action} ${names[element]}`);
  return {
    duration: (element, action) => find(element, action)?.elapsed ?? 0,
    result: (element, action) => {
      const outcome = find(element, action)?.outcome ?? "success";
      if (outcome === "success") return { outcome, facts: Simulator.learned(action) };
      if (action === "pull") return { outcome: "skipped", facts: { artifact: "absent", pullPending: false } };
      return { outcome: outcome === "skipped" ? "skipped" : "failure" };
    },
  };
}
