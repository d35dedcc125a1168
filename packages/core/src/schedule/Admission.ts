/**
 * Whether an element that stands in front of a queue is skipped, waits, or may start: decided by what is known of it, and by how many of its build
 * dependencies are not usable yet.
 */
import * as Knowledge from "./Knowledge.ts";
import type { Queue } from "./Queue.ts";
import * as Table from "./Table.ts";

/** The part of a state that counts: how many direct build dependencies of each element are not usable yet. */
interface Waiting {
  readonly waitingBuild: Table.Table | Table.Draft;
}

/** Whether a fact of an element is known. */
export function knows(bits: number, bit: number): boolean {
  return (bits & bit) !== 0;
}

/** Whether sources need no fetching before a build: staged, or at least here. */
function sourcesHere(bits: number): boolean {
  const sources = Knowledge.sourcesOf(bits);
  return sources !== "unknown" && sources !== "absent";
}

/** Whether an element could be built right now, had it the resources. */
export function buildable(work: Waiting, element: number, bits: number): boolean {
  return knows(bits, Knowledge.scheduled) && sourcesHere(bits) && Table.get(work.waitingBuild, element) === 0;
}

/** What a queue says of an element that arrives. */
export function statusIn(work: Waiting, queue: Queue, element: number, bits: number): "skip" | "ready" | "pending" {
  const artifact = Knowledge.artifactOf(bits);
  switch (queue.action) {
    case "cache-query":
      return artifact !== "unknown" || !knows(bits, Knowledge.queryable) ? "skip" : "ready";
    case "track":
      return knows(bits, Knowledge.trackable) ? "ready" : "skip";
    case "pull":
      return knows(bits, Knowledge.pullPending) ? "ready" : "skip";
    case "fetch": {
      if (queue.skipCached) {
        if (artifact === "unknown") return "pending";
        if (artifact === "present") return "skip";
      }
      const sources = Knowledge.sourcesOf(bits);
      const enough = sources === "both" || sources === (queue.original ? "original" : "staged");
      return enough ? "skip" : "ready";
    }
    case "build":
      if (artifact === "present") return "skip";
      return buildable(work, element, bits) ? "ready" : "pending";
    case "push":
      return knows(bits, Knowledge.push) ? "ready" : "skip";
    case "src-push":
      return knows(bits, Knowledge.sourcePush) ? "ready" : "skip";
  }
}
