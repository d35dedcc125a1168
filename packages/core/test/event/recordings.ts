/** Recordings made up for tests. */
import type { Action } from "../../src/event/Event.ts";
import type * as Recording from "../../src/event/Recording.ts";

type Line = Recording.Line;

export const subject = (name: string) => ({ name, key: null, keyIsStrict: true });

/** A recording of jobs `[element, action, start, end]` over elements `[name, build, run]`. */
export function recording(
  elements: readonly (readonly [string, readonly number[], readonly number[]])[],
  jobs: readonly (readonly [string, Action, number, number])[],
  builders = 2,
): readonly Line[] {
  const told = jobs.flatMap(([name, action, start, end], job): Line[] => [
    { time: start, type: "job-start", job, action, element: subject(name), attempt: 1, log: "" },
    { time: end, type: "job-end", job, outcome: "success", elapsed: end - start },
  ]);
  return [
    { time: 0, type: "header", version: 1 },
    { time: 0, type: "session-start", name: "Build", targets: [] },
    {
      time: 0,
      type: "graph",
      targets: ["top"],
      limits: { fetchers: 10, builders, pushers: 4 },
      elements: elements.map(([name, build, run], id) => ({ id, name, kind: "manual", state: "waiting", build, run })),
    },
    ...told.sort((left, right) => left.time - right.time),
    {
      time: Math.max(...jobs.map(([, , , end]) => end)),
      type: "session-end",
      name: "Build",
      elapsed: 0,
      failed: false,
      terminated: false,
    },
  ];
}
