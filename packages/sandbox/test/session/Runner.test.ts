import { assert, describe, it } from "@effect/vitest";
import * as Queue from "@millrace/core/schedule/Queue";
import * as Resource from "@millrace/core/schedule/Resource";
import * as Schedule from "@millrace/core/schedule/Schedule";
import type * as ScheduleState from "@millrace/core/schedule/ScheduleState";
import * as Simulator from "@millrace/core/schedule/Simulator";
import * as Workload from "@millrace/core/schedule/Workload";
import * as Deferred from "effect/Deferred";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import * as fc from "fast-check";
import * as Runner from "../../src/session/Runner.ts";

interface Rig {
  readonly build: readonly (readonly number[])[];
  readonly builders: number;
  readonly failing: ReadonlySet<number>;
}

function planOf(rig: Rig, retries = 0): ScheduleState.Plan {
  const size = rig.build.length;
  const edges = { size, build: (element: number) => rig.build[element]!, run: () => [] };
  const roots = Array.from({ length: size }, (_, element) => element);
  return {
    workload: Workload.planned(edges, roots),
    queues: [
      Queue.make("fetch", { skipCached: true, networkRetries: retries }),
      Queue.make("build", { imperative: true }),
    ],
    limits: Resource.limits(2, rig.builders, 1),
    required: roots.map((element) => ({ element, withRuntime: true })),
    facts: () => ({ artifact: "absent", sources: "absent" }),
  };
}

const rigs: fc.Arbitrary<Rig> = fc.integer({ min: 1, max: 12 }).chain((size) =>
  fc.record({
    build: fc.tuple(
      ...Array.from({ length: size }, (_, element) =>
        element === 0 ? fc.constant<number[]>([]) : fc.uniqueArray(fc.nat(element - 1), { maxLength: 3 }),
      ),
    ),
    builders: fc.integer({ min: 1, max: 4 }),
    failing: fc.uniqueArray(fc.nat(size - 1), { maxLength: 2 }).map((list) => new Set(list)),
  }),
);

const quiet = { observe: () => {}, cancelling: () => {} };

/** Jobs that give way a few times, as real ones do, and then succeed or fail. */
function fake(rig: Rig, running: { now: number; most: number }, built: number[]) {
  return (start: Runner.Start) =>
    Effect.gen(function* () {
      running.now++;
      running.most = Math.max(running.most, running.now);
      for (let turn = 0; turn < (start.element * 7) % 4; turn++) yield* Effect.yieldNow;
      running.now--;
      if (start.action === "build") {
        for (const dependency of rig.build[start.element]!) assert.include(built, dependency);
        if (rig.failing.has(start.element)) return { outcome: "failure", facts: { artifact: "failure" } } as const;
        built.push(start.element);
      }
      return { outcome: "success", facts: Simulator.learned(start.action) } as const;
    });
}

describe("Runner", () => {
  it.effect("keeps the scheduler's laws with real fibers, on a thousand random graphs", () =>
    Effect.gen(function* () {
      for (const rig of fc.sample(rigs, { numRuns: 1000, seed: 7 })) {
        const running = { now: 0, most: 0 };
        const built: number[] = [];
        const state = yield* Runner.run({
          ...quiet,
          plan: planOf(rig),
          perform: fake(rig, running, built),
          verdict: () => Effect.succeed("continue"),
        });
        assert.isAtMost(running.most, rig.builders + 2);
        const stuck = new Set(rig.failing);
        rig.build.forEach((needs, element) => {
          if (needs.some((dependency) => stuck.has(dependency))) stuck.add(element);
        });
        const expected = rig.build.map((_, element) => element).filter((element) => !stuck.has(element));
        assert.sameMembers(built, expected);
        assert.strictEqual(Schedule.status(state), rig.failing.size > 0 ? "error" : "success");
      }
    }),
  );

  const one: Rig = { build: [[]], builders: 1, failing: new Set() };

  it.effect("ends running jobs on termination, and they clean up", () =>
    Effect.gen(function* () {
      let cleaned = 0;
      let cancelling = 0;
      let give: Runner.Controls["give"] = () => {};
      const begun = yield* Deferred.make<void>();
      const session = yield* Runner.run(
        {
          plan: planOf({ ...one, build: [[], []], builders: 2 }),
          observe: () => {},
          cancelling: () => cancelling++,
          perform: () =>
            Deferred.succeed(begun, undefined).pipe(
              Effect.andThen(Effect.never),
              Effect.onInterrupt(() => Effect.sync(() => void cleaned++)),
            ),
          verdict: () => Effect.succeed("continue"),
        },
        (controls) => {
          give = controls.give;
        },
      ).pipe(Effect.forkChild);
      yield* Deferred.await(begun);
      give({ type: "terminate" });
      const state = yield* Fiber.join(session);
      assert.strictEqual(Schedule.status(state), "terminated");
      assert.strictEqual(cleaned, 2);
      assert.strictEqual(cancelling, 2);
    }),
  );

  it.effect("leaves no job behind when it is interrupted itself", () =>
    Effect.gen(function* () {
      let cleaned = 0;
      const begun = yield* Deferred.make<void>();
      const session = yield* Runner.run({
        ...quiet,
        plan: planOf(one),
        perform: () =>
          Deferred.succeed(begun, undefined).pipe(
            Effect.andThen(Effect.never),
            Effect.onInterrupt(() => Effect.sync(() => void cleaned++)),
          ),
        verdict: () => Effect.succeed("continue"),
      }).pipe(Effect.forkChild);
      yield* Deferred.await(begun);
      yield* Fiber.interrupt(session);
      assert.strictEqual(cleaned, 1);
    }),
  );

  it.effect("tries again for network reasons without asking, and asks when that is used up", () =>
    Effect.gen(function* () {
      const attempts: number[] = [];
      let asked = 0;
      const state = yield* Runner.run({
        ...quiet,
        plan: planOf(one, 2),
        perform: (start) => {
          attempts.push(start.attempt);
          return Effect.succeed({ outcome: "failure", temporary: true });
        },
        verdict: () => {
          asked++;
          return Effect.succeed("quit");
        },
      });
      assert.deepStrictEqual(attempts, [1, 2, 3]);
      assert.strictEqual(asked, 1);
      assert.strictEqual(Schedule.status(state), "error");
    }),
  );

  it.effect("lets a person try again", () =>
    Effect.gen(function* () {
      let builds = 0;
      const state = yield* Runner.run({
        ...quiet,
        plan: planOf(one),
        perform: (start) => {
          if (start.action === "build" && ++builds === 1) return Effect.succeed({ outcome: "failure" as const });
          return Effect.succeed({ outcome: "success" as const, facts: Simulator.learned(start.action) });
        },
        verdict: () => Effect.succeed("retry"),
      });
      assert.strictEqual(builds, 2);
      assert.strictEqual(Schedule.status(state), "success");
    }),
  );

  it.effect("counts a job that breaks as failed", () =>
    Effect.gen(function* () {
      const state = yield* Runner.run({
        ...quiet,
        plan: planOf(one),
        perform: () => Effect.die("broken"),
        verdict: () => Effect.succeed("continue"),
      });
      assert.strictEqual(Schedule.status(state), "error");
    }),
  );
});
