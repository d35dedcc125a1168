import * as fc from "fast-check";
import { assert, describe, it } from "vitest";
import { ageing, buildPlan, shapes } from "../../../../test/support/plans.ts";
import * as Knowledge from "../../src/schedule/Knowledge.ts";
import * as Queue from "../../src/schedule/Queue.ts";
import * as Resource from "../../src/schedule/Resource.ts";
import * as Schedule from "../../src/schedule/Schedule.ts";
import type * as ScheduleState from "../../src/schedule/ScheduleState.ts";
import * as Simulator from "../../src/schedule/Simulator.ts";
import * as Table from "../../src/schedule/Table.ts";
import * as Workload from "../../src/schedule/Workload.ts";
import { planOf, type Session, session, worldOf } from "./Worlds.ts";

/** All that an element needs to be usable: cached together with its run-time closure. The slow twin of the scheduler's counters. */
function usable(world: Session, cached: ReadonlySet<number>, element: number): boolean {
  const seen = new Set<number>();
  const stack = [element];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    if (!cached.has(next)) return false;
    stack.push(...world.run[next]!);
  }
  return true;
}

describe("Schedule", () => {
  it("starts nothing before what it needs, never over-commits, loses nothing", () => {
    fc.assert(
      fc.property(session(24), (world) => {
        const plan = planOf(world);
        const simulation = Simulator.run(plan, worldOf(world));
        const cached = new Set<number>();
        const fetched = new Set<number>();
        world.facts.forEach((facts, element) => {
          if (facts.artifact === "present") cached.add(element);
          if (facts.sources === "staged") fetched.add(element);
        });
        const running = new Map<number, Queue.Queue>();
        let ended = 0;
        let state = Schedule.initial(plan);
        for (const input of simulation.inputs) {
          if (input.type === "finished") {
            const job = simulation.jobs[ended++]!;
            assert.strictEqual(job.element, input.element);
            running.delete(job.element);
            if (input.facts?.artifact === "present") cached.add(job.element);
            if (input.facts?.sources === "staged") fetched.add(job.element);
          }
          const next = Schedule.step(state, input);
          state = next.state;
          for (const decision of next.decisions) {
            if (decision.type !== "start") continue;
            assert.isFalse(running.has(decision.element), "one job an element at a time");
            running.set(decision.element, plan.queues[decision.queue]!);
            if (decision.action === "build") {
              assert.isFalse(cached.has(decision.element), "nothing is built twice");
              assert.isTrue(fetched.has(decision.element), "sources are here");
              for (const dependency of world.build[decision.element]!)
                assert.isTrue(usable(world, cached, dependency), "build dependencies are usable");
            }
            assert.isAtMost(decision.attempt, world.retries + 1);
          }
          for (const resource of Resource.all) {
            const used = [...running.values()].filter((queue) => queue.resources.includes(resource)).length;
            assert.strictEqual(state.pool.used[resource], used);
            if (plan.limits[resource] > 0) assert.isAtMost(used, plan.limits[resource]);
          }
          assert.strictEqual(state.running, running.size);
        }
        assert.notStrictEqual(Schedule.status(state), "running");
        for (const resource of Resource.all) assert.strictEqual(state.pool.used[resource], 0);
        const anyFailed = state.groups.some((group) => group.failed.length > 0);
        assert.strictEqual(Schedule.status(state), anyFailed ? "error" : "success");
        if (!anyFailed) {
          for (const target of world.targets) assert.isTrue(usable(world, cached, target), "targets are usable");
        }
        for (const element of plan.workload.members) {
          const bits = Table.get(state.elements, element);
          const place = Knowledge.placeOf(bits);
          assert.isTrue(place === "left" || place === "unrequired" || anyFailed, `nothing is left behind: ${place}`);
        }
      }),
      { numRuns: 400 },
    );
  });

  it("is replayable from its inputs", () => {
    fc.assert(
      fc.property(session(16), (world) => {
        const plan = planOf(world);
        const { inputs, state } = Simulator.run(plan, worldOf(world));
        const steps = Schedule.replay(plan, inputs);
        assert.deepStrictEqual(steps[steps.length - 1]!.state, state);
      }),
      { numRuns: 50 },
    );
  });

  it("leaves earlier states as they were", () => {
    fc.assert(
      fc.property(session(12), (world) => {
        const plan = planOf(world);
        const { inputs } = Simulator.run(plan, worldOf(world));
        const once = Schedule.replay(plan, inputs).map((step) => JSON.stringify(step.state.groups));
        const again = Schedule.replay(plan, inputs).map((step) => JSON.stringify(step.state.groups));
        assert.deepStrictEqual(once, again);
        const half = Schedule.replay(plan, inputs.slice(0, inputs.length >> 1));
        const middle = half[half.length - 1];
        if (middle === undefined) return;
        const before = JSON.stringify(middle.state);
        Schedule.step(middle.state, { type: "terminate" });
        for (const input of inputs.slice(inputs.length >> 1)) Schedule.step(middle.state, input);
        assert.strictEqual(JSON.stringify(middle.state), before);
      }),
      { numRuns: 50 },
    );
  });

  it("starts nothing after quit but what comes after the imperative queue, and nothing after terminate", () => {
    fc.assert(
      fc.property(
        session(16),
        fc.nat(30),
        fc.constantFrom("quit" as const, "terminate" as const),
        (world, when, how) => {
          const plan = planOf(world);
          const imperative = plan.queues.findIndex((queue) => queue.imperative);
          const { result } = worldOf(world);
          let state = Schedule.initial(plan);
          const running: { element: number; action: Queue.Queue["action"]; attempt: number }[] = [];
          let steps = 0;
          const give = (input: ScheduleState.Input) => {
            const next = Schedule.step(state, input);
            state = next.state;
            for (const decision of next.decisions) {
              if (decision.type === "cancel") assert.isTrue(running.some((job) => job.element === decision.element));
              else {
                if (state.mode === "quit") assert.isTrue(decision.queue > imperative || decision.attempt > 1);
                assert.notStrictEqual(state.mode, "terminate");
                running.push(decision);
              }
            }
          };
          give({ type: "start" });
          while (running.length > 0) {
            if (steps++ === when) give({ type: how });
            const job = running.shift()!;
            // A job may be through before its cancellation reaches it.
            const cut = state.mode === "terminate" && steps % 2 === 0;
            const outcome = cut ? { outcome: "cancelled" as const } : result(job.element, job.action, job.attempt);
            give({ type: "finished", element: job.element, ...outcome });
          }
          assert.strictEqual(state.running, 0);
          assert.notStrictEqual(Schedule.status(state), "running");
        },
      ),
      { numRuns: 200 },
    );
  });

  it("starts nothing while suspended, and goes on afterwards", () => {
    fc.assert(
      fc.property(session(12), (world) => {
        const plan = planOf(world);
        const straight = Simulator.run(plan, worldOf(world));
        let state = Schedule.step(Schedule.initial(plan), { type: "suspend" }).state;
        const started = Schedule.step(state, { type: "start" });
        assert.deepStrictEqual(started.decisions, []);
        state = started.state;
        const resumed = Schedule.step(state, { type: "resume" });
        const first = Schedule.step(Schedule.initial(plan), { type: "start" });
        assert.deepStrictEqual(resumed.decisions, first.decisions);
        assert.isTrue(straight.inputs.length > 0);
      }),
      { numRuns: 50 },
    );
  });

  it("starts what stands ready in the order in which it is told of", () => {
    fc.assert(
      fc.property(session(16), (world) => {
        const plan = planOf(world);
        const held = Schedule.step(Schedule.initial(plan), { type: "suspend" }).state;
        const ready = Schedule.step(held, { type: "start" }).state;
        const { decisions } = Schedule.step(ready, { type: "resume" });
        for (const { action } of plan.queues) {
          const started = decisions.flatMap((one) =>
            one.type === "start" && one.action === action ? [one.element] : [],
          );
          assert.deepStrictEqual(started, Schedule.ready(ready, action).slice(0, started.length));
        }
        assert.deepStrictEqual(Schedule.ready(ready, "cache-query"), []);
      }),
    );
  });

  it("does not look below a cached element", () => {
    const edges = { size: 3, build: (element: number) => (element === 0 ? [] : [element - 1]), run: () => [] };
    const plan: ScheduleState.Plan = {
      workload: Workload.planned(edges, [2]),
      queues: [Queue.make("fetch", { skipCached: true }), Queue.make("build", { imperative: true })],
      limits: Resource.limits(1, 1, 1),
      required: [{ element: 2, withRuntime: true }],
      facts: (element) => ({ artifact: element === 1 ? "present" : "absent", sources: "absent" }),
    };
    const { jobs, state } = Simulator.run(plan, {
      duration: () => 1,
      result: (_, action) => ({ outcome: "success", facts: Simulator.learned(action) }),
    });
    assert.deepStrictEqual(
      jobs.map((job) => `${job.action} ${job.element}`),
      ["fetch 2", "build 2"],
    );
    assert.strictEqual(state.session, 2);
  });

  it("tries again what a person wants tried again", () => {
    const edges = { size: 1, build: () => [], run: () => [] };
    const plan: ScheduleState.Plan = {
      workload: Workload.planned(edges, [0]),
      queues: [Queue.make("build", { imperative: true })],
      limits: Resource.limits(1, 1, 1),
      required: [{ element: 0, withRuntime: true }],
      facts: () => ({ artifact: "absent", sources: "staged" }),
    };
    const steps = Schedule.replay(plan, [
      { type: "start" },
      { type: "finished", element: 0, outcome: "retry" },
      { type: "finished", element: 0, outcome: "success", facts: { artifact: "present" } },
    ]);
    assert.lengthOf(steps[1]!.decisions, 1);
    assert.strictEqual(Schedule.status(steps[2]!.state), "success");
    assert.strictEqual(steps[2]!.state.groups[0]!.processed, 1);
  });

  it("lets elements move on before others begin", () => {
    const edges = { size: 2, build: () => [], run: () => [] };
    const plan: ScheduleState.Plan = {
      workload: Workload.planned(edges, [0, 1]),
      queues: [
        Queue.make("pull"),
        Queue.make("fetch", { skipCached: true }),
        Queue.make("build", { imperative: true }),
      ],
      limits: Resource.limits(1, 1, 1),
      required: [0, 1].map((element) => ({ element, withRuntime: true })),
      facts: () => ({ artifact: "absent", sources: "absent", pullPending: true }),
    };
    const { jobs } = Simulator.run(plan, {
      duration: () => 1,
      result: (_, action) =>
        action === "pull"
          ? { outcome: "skipped", facts: { artifact: "absent", pullPending: false } }
          : { outcome: "success", facts: Simulator.learned(action) },
    });
    const downloads = jobs.filter((job) => job.action !== "build").map((job) => `${job.action} ${job.element}`);
    assert.deepStrictEqual(downloads, ["pull 0", "fetch 0", "pull 1", "fetch 1"]);
  });

  it("gives an exclusive resource to one job alone", () => {
    const shared = { resources: ["cache" as const], exclusive: [] };
    const alone = { resources: ["cache" as const], exclusive: ["cache" as const] };
    const free = Resource.pool(Resource.limits(1, 1, 1));
    assert.isTrue(Resource.available(free, alone));
    const taken = Resource.reserve(free, alone);
    assert.isFalse(Resource.available(taken, shared));
    assert.isFalse(Resource.available(Resource.reserve(free, shared), alone));
    assert.deepStrictEqual(Resource.release(taken, alone), free);
  });

  it("honours exclusive resources", () => {
    const edges = { size: 3, build: () => [], run: () => [] };
    const plan: ScheduleState.Plan = {
      workload: Workload.plain(edges, [0, 1, 2]),
      queues: [Queue.make("track", { exclusive: ["download"] })],
      limits: Resource.limits(0, 0, 0),
      required: undefined,
      facts: () => ({ trackable: true }),
    };
    const first = Schedule.step(Schedule.initial(plan), { type: "start" });
    assert.lengthOf(first.decisions, 1);
  });

  it("looks at 10,000 elements as often as they have jobs and neighbours, in a chain as well", () => {
    for (const shape of Object.values(shapes)) {
      const size = 10_000;
      let looks = 0;
      const counted = <A>(values: readonly A[]) =>
        new Proxy(values, {
          get: (target, key) => {
            looks++;
            return Reflect.get(target, key);
          },
        });
      const plan = buildPlan(shape, size);
      const { workload } = plan;
      const edges = workload.build.reduce((sum, dependencies) => sum + dependencies.length, 0);
      const watched = {
        ...workload,
        build: counted(workload.build),
        run: counted(workload.run),
        buildDependants: counted(workload.buildDependants),
        runDependants: counted(workload.runDependants),
        members: counted(workload.members),
        rank: counted(workload.rank),
      };
      const { jobs, inputs } = Simulator.run({ ...plan, workload: watched }, ageing);
      assert.lengthOf(jobs, 3 * size);
      assert.isBelow(looks, 20 * size + 2 * edges);

      // A step makes new what it touches of the state, and shares the rest.
      let copied = 0;
      let state = Schedule.initial(plan);
      for (const input of inputs.slice(0, 2000)) {
        const { state: after } = Schedule.step(state, input);
        if (input.type === "finished")
          for (const table of ["elements", "waitingBuild", "waitingRun", "attempts"] as const)
            copied += after[table].chunks.filter((chunk, at) => chunk !== state[table].chunks[at]).length;
        state = after;
      }
      assert.isBelow(copied, 2000 * 10);
    }
  });
});
