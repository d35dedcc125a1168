/**
 * The queues that elements pass through: what each is called, what its jobs use, and which of them belong to which session.
 *
 * Names are BuildStream's, since the summary and log file names are made of them: a queue is called `Fetch` in the summary and `fetch` in the log's
 * action column, and `Sources Fetched` in the status area of the terminal.
 */
import type { Action } from "../event/Event.ts";
import type { Resource } from "./Resource.ts";

export interface Queue {
  readonly action: Action;
  /** In messages and the summary, e.g. `Src-push`. */
  readonly name: string;
  /** In the status area, e.g. `Sources Pushed`. */
  readonly completeName: string;
  readonly resources: readonly Resource[];
  readonly exclusive: readonly Resource[];
  /** The queue that the session is for: after `quit`, it and those before it start nothing, those after it drain. */
  readonly imperative: boolean;
  /** How often a job that failed for a passing reason is tried again. */
  readonly retries: number;
  /** Whether jobs of this queue write log files. */
  readonly logs: boolean;
  /** Fetch only: elements whose artifact is cached skip the queue. */
  readonly skipCached: boolean;
  /** Fetch only: what counts is the upstream data (to open a workspace), not the staged sources. */
  readonly original: boolean;
}

interface Facts {
  readonly name: string;
  readonly completeName: string;
  readonly resources: readonly Resource[];
}

const facts: Readonly<Record<Action, Facts>> = {
  "cache-query": { name: "Cache-query", completeName: "Cache queried", resources: ["process", "cache"] },
  track: { name: "Track", completeName: "Sources Tracked", resources: ["download"] },
  pull: { name: "Pull", completeName: "Artifacts Pulled", resources: ["download", "cache"] },
  fetch: { name: "Fetch", completeName: "Sources Fetched", resources: ["download"] },
  build: { name: "Build", completeName: "Built", resources: ["process", "cache"] },
  push: { name: "Push", completeName: "Artifacts Pushed", resources: ["upload"] },
  "src-push": { name: "Src-push", completeName: "Sources Pushed", resources: ["upload"] },
};

export interface Options {
  readonly imperative?: boolean;
  /** The user's `network-retries`; used by queues that download or upload. */
  readonly networkRetries?: number;
  readonly skipCached?: boolean;
  readonly original?: boolean;
  readonly exclusive?: readonly Resource[];
}

export function make(action: Action, options: Options = {}): Queue {
  const { name, completeName, resources } = facts[action];
  const network = resources.includes("download") || resources.includes("upload");
  return {
    action,
    name,
    completeName,
    resources,
    exclusive: options.exclusive ?? [],
    imperative: options.imperative ?? false,
    retries: network ? (options.networkRetries ?? 0) : 0,
    logs: action !== "cache-query",
    skipCached: options.skipCached ?? false,
    original: options.original ?? false,
  };
}

/** The name in messages and the summary. */
export function nameOf(action: Action): string {
  return facts[action].name;
}
