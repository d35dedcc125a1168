/** Random sessions for the scheduler's properties. */
import * as fc from "fast-check";
import type { Action } from "../../src/event/Event.ts";
import type { Facts } from "../../src/schedule/Knowledge.ts";
import * as Queue from "../../src/schedule/Queue.ts";
import type * as Resource from "../../src/schedule/Resource.ts";
import type { Plan } from "../../src/schedule/ScheduleState.ts";
import * as Simulator from "../../src/schedule/Simulator.ts";
import * as Workload from "../../src/schedule/Workload.ts";

export interface Session {
  readonly build: readonly (readonly number[])[];
  readonly run: readonly (readonly number[])[];
  readonly targets: readonly number[];
  readonly facts: readonly Facts[];
  readonly limits: Resource.Limits;
  readonly retries: number;
  readonly pulls: boolean;
  readonly pushes: boolean;
  /** Numbers that decide durations and outcomes. */
  readonly dice: readonly number[];
  readonly failureRate: number;
}

/** Graphs of up to `size` elements; each depends on earlier ones only. */
export function session(size: number): fc.Arbitrary<Session> {
  return fc.integer({ min: 1, max: size }).chain((count) => {
    const edges = fc.tuple(
      ...Array.from({ length: count }, (_, element) =>
        element === 0 ? fc.constant<number[]>([]) : fc.uniqueArray(fc.nat(element - 1), { maxLength: 4 }),
      ),
    );
    const facts = fc.record({
      artifact: fc.constantFrom("absent" as const, "absent" as const, "present" as const, "failure" as const),
      sources: fc.constantFrom("absent" as const, "staged" as const),
      push: fc.boolean(),
      pullPending: fc.boolean(),
    });
    return fc.record({
      build: edges,
      run: edges,
      targets: fc.uniqueArray(fc.nat(count - 1), { minLength: 1, maxLength: 3 }),
      facts: fc.array(facts, { minLength: count, maxLength: count }),
      limits: fc.record({
        cache: fc.constant(0),
        download: fc.nat(3),
        process: fc.nat(3),
        upload: fc.nat(3),
      }),
      retries: fc.nat(2),
      pulls: fc.boolean(),
      pushes: fc.boolean(),
      dice: fc.array(fc.nat(1000), { minLength: 16, maxLength: 16 }),
      failureRate: fc.constantFrom(0, 0, 100, 400),
    });
  });
}

export function planOf(world: Session): Plan {
  const edges = {
    size: world.build.length,
    build: (element: number) => world.build[element]!,
    run: (element: number) => world.run[element]!,
  };
  const networkRetries = world.retries;
  return {
    workload: Workload.planned(edges, world.targets),
    queues: [
      ...(world.pulls ? [Queue.make("pull", { networkRetries })] : []),
      Queue.make("fetch", { networkRetries, skipCached: true }),
      Queue.make("build", { imperative: true }),
      ...(world.pushes ? [Queue.make("push", { networkRetries })] : []),
    ],
    limits: world.limits,
    required: world.targets.map((element) => ({ element, withRuntime: true })),
    facts: (element) => {
      const facts = world.facts[element]!;
      const pending = world.pulls && facts.pullPending === true && facts.artifact === "absent";
      return { ...facts, pullPending: pending };
    },
  };
}

export function worldOf(session: Session): Simulator.World {
  const roll = (element: number, action: Action, salt: number) =>
    (session.dice[(element * 7 + action.length * 3 + salt) % session.dice.length]! * 31 + element * 17 + salt * 101) %
    1000;
  return {
    duration: (element, action) => 1 + (roll(element, action, 1) % 7),
    result: (element, action, attempt) => {
      if (roll(element, action, 2 + attempt) < session.failureRate) {
        const temporary = action !== "build" && roll(element, action, 9) % 2 === 0;
        return {
          outcome: "failure",
          temporary,
          facts: action === "build" ? { artifact: "failure", push: true } : undefined,
        };
      }
      if (action === "pull" && roll(element, action, 5) % 2 === 0)
        return { outcome: "skipped", facts: { artifact: "absent", pullPending: false } };
      return { outcome: "success", facts: Simulator.learned(action) };
    },
  };
}
