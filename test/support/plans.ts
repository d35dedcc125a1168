/** Large plans for the scheduler, as tests count what it does with them and benches time it. */
import * as Queue from "@millrace/core/schedule/Queue";
import * as Resource from "@millrace/core/schedule/Resource";
import type * as ScheduleState from "@millrace/core/schedule/ScheduleState";
import * as Simulator from "@millrace/core/schedule/Simulator";
import * as Workload from "@millrace/core/schedule/Workload";

/** Build dependencies of an element, by its number. */
export type Shape = (element: number) => readonly number[];

export const shapes: Readonly<Record<string, Shape>> = {
  chain: (element) => (element === 0 ? [] : [element - 1]),
  tangle: (element) => [1, 3, 11, 101].map((step) => element - step).filter((dependency) => dependency >= 0),
  flat: () => [],
};

/** A build of `size` elements of which nothing is cached. */
export function buildPlan(build: Shape, size: number): ScheduleState.Plan {
  const roots = Array.from({ length: size }, (_, element) => element);
  return {
    workload: Workload.planned({ size, build, run: () => [] }, roots),
    queues: [Queue.make("fetch", { skipCached: true }), Queue.make("build", { imperative: true }), Queue.make("push")],
    limits: Resource.limits(10, 4, 4),
    required: roots.map((element) => ({ element, withRuntime: true })),
    facts: () => ({ artifact: "absent", sources: "absent", push: true }),
  };
}

/** A world in which jobs take between one and five units, and all succeed. */
export const ageing: Simulator.World = {
  duration: (element) => 1 + (element % 5),
  result: (_, action) => ({ outcome: "success", facts: Simulator.learned(action) }),
};
