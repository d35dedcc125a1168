/**
 * The scheduler as a value: a state, what happened, and the jobs to start.
 *
 * Elements pass through the queues one after another. In front of a queue an element is skipped, waits, or is ready; a ready one starts when
 * the resources of the queue allow, later queues first, so that finished work moves on before new work begins. What a job learned comes back with its end; nothing
 * else changes the state, so a session can be replayed from the list of its inputs.
 *
 * What surprises: an element is only looked at once it is required. The targets are required from the start (with their run-time dependencies); an element that
 * must be built requires its build dependencies in turn. What is pulled therefore never makes anybody fetch or build what it was made of.
 * A failed element moves on to the later queues too (a failed build is pushed, when cached), but never becomes usable, and so its dependants stay where they are.
 */
import type { Action } from "../event/Event.ts";
import * as Admission from "./Admission.ts";
import * as Heap from "./Heap.ts";
import * as Knowledge from "./Knowledge.ts";
import * as Resource from "./Resource.ts";
import type { Decision, Input, Mode, Plan, Required, State, Status, Step } from "./ScheduleState.ts";
import * as Table from "./Table.ts";

/** The state under change; only {@link step} and what it calls see it. */
interface Work {
  readonly plan: Plan;
  readonly elements: Table.Draft;
  readonly waitingBuild: Table.Draft;
  readonly waitingRun: Table.Draft;
  readonly attempts: Table.Draft;
  readonly groups: { ready: Heap.Heap; processed: number; skipped: number; failed: readonly number[] }[];
  pool: Resource.Pool;
  mode: Mode;
  suspended: boolean;
  running: number;
  jobs: number;
  arrivals: number;
  session: number;
  /** Elements on their way into each queue. */
  readonly arriving: number[][];
  readonly builds: boolean;
  readonly decisions: Decision[];
}

/** The state before anything happened; give it `start`. */
export function initial(plan: Plan): State {
  const { workload } = plan;
  const elements = Table.edit(Table.make(workload.size));
  const waitingBuild = Table.edit(Table.make(workload.size));
  const waitingRun = Table.edit(Table.make(workload.size));
  for (let element = 0; element < workload.size; element++) {
    Table.set(elements, element, Knowledge.learn(0, plan.facts(element)));
    Table.set(waitingBuild, element, workload.build[element]!.length);
    Table.set(waitingRun, element, workload.run[element]!.length);
  }
  return {
    plan,
    elements: Table.seal(elements),
    waitingBuild: Table.seal(waitingBuild),
    waitingRun: Table.seal(waitingRun),
    attempts: Table.make(workload.size),
    groups: plan.queues.map(() => ({ ready: Heap.empty, processed: 0, skipped: 0, failed: [] })),
    pool: Resource.pool(plan.limits),
    mode: "run",
    suspended: false,
    running: 0,
    jobs: 0,
    arrivals: 0,
    session: 0,
  };
}

function open(state: State): Work {
  return {
    plan: state.plan,
    elements: Table.edit(state.elements),
    waitingBuild: Table.edit(state.waitingBuild),
    waitingRun: Table.edit(state.waitingRun),
    attempts: Table.edit(state.attempts),
    groups: state.groups.map((group) => ({ ...group })),
    pool: state.pool,
    mode: state.mode,
    suspended: state.suspended,
    running: state.running,
    jobs: state.jobs,
    arrivals: state.arrivals,
    session: state.session,
    arriving: state.plan.queues.map(() => []),
    builds: state.plan.queues.some((queue) => queue.action === "build"),
    decisions: [],
  };
}

function close(work: Work): Step {
  const { plan, groups, pool, mode, suspended, running, jobs, arrivals, session } = work;
  const state: State = {
    plan,
    elements: Table.seal(work.elements),
    waitingBuild: Table.seal(work.waitingBuild),
    waitingRun: Table.seal(work.waitingRun),
    attempts: Table.seal(work.attempts),
    groups,
    pool,
    mode,
    suspended,
    running,
    jobs,
    arrivals,
    session,
  };
  return { state, decisions: work.decisions };
}

/** Marks elements as required, and what they require in turn. */
function require(work: Work, required: readonly Required[]): void {
  const { workload } = work.plan;
  const stack: Required[] = required.slice().reverse();
  const push = (elements: readonly number[]) => {
    for (let at = elements.length - 1; at >= 0; at--) stack.push({ element: elements[at]!, withRuntime: true });
  };
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { element } = next;
    const bits = Table.get(work.elements, element);
    const artifact = Knowledge.artifactOf(bits);
    const fresh = !Admission.knows(bits, Knowledge.required);
    let changed = bits | Knowledge.required;
    const builds =
      work.builds &&
      !Admission.knows(bits, Knowledge.scheduled) &&
      (artifact === "absent" || artifact === "failure") &&
      !Admission.knows(bits, Knowledge.pullPending);
    if (builds) changed |= Knowledge.scheduled;
    if (changed === bits) continue;
    Table.set(work.elements, element, changed);
    if (builds) push(workload.build[element]!);
    if (fresh && next.withRuntime) push(workload.run[element]!);
    reconsider(work, element);
  }
}

/** Lets an element that waits try its queue again. */
function reconsider(work: Work, element: number): void {
  const bits = Table.get(work.elements, element);
  const place = Knowledge.placeOf(bits);
  if (place === "pending" || (place === "unrequired" && Admission.knows(bits, Knowledge.required)))
    work.arriving[Knowledge.queueOf(bits)]!.push(element);
}

/** Spreads the news that elements are cached together with all that they need at run time. */
function makeUsable(work: Work, first: number): void {
  const { workload } = work.plan;
  const stack = [first];
  for (let element = stack.pop(); element !== undefined; element = stack.pop()) {
    const bits = Table.get(work.elements, element);
    if (Admission.knows(bits, Knowledge.usable) || Knowledge.artifactOf(bits) !== "present") continue;
    if (Table.get(work.waitingRun, element) > 0) continue;
    Table.set(work.elements, element, bits | Knowledge.usable);
    for (const dependant of workload.runDependants[element]!) {
      const left = Table.get(work.waitingRun, dependant) - 1;
      Table.set(work.waitingRun, dependant, left);
      if (left === 0) stack.push(dependant);
    }
    for (const dependant of workload.buildDependants[element]!) {
      const left = Table.get(work.waitingBuild, dependant) - 1;
      Table.set(work.waitingBuild, dependant, left);
      if (left === 0) reconsider(work, dependant);
    }
  }
}

function learn(work: Work, element: number, facts: Knowledge.Facts): void {
  const bits = Knowledge.learn(Table.get(work.elements, element), facts);
  Table.set(work.elements, element, bits);
  makeUsable(work, element);
  if (Admission.knows(bits, Knowledge.required)) require(work, [{ element, withRuntime: false }]);
  reconsider(work, element);
}

/** Brings an element to a queue, where it is skipped, waits or becomes ready; past the last queue it has left. */
function arrive(work: Work, element: number, at: number): void {
  const { queues, workload, required } = work.plan;
  let bits = Table.get(work.elements, element);
  const queue = queues[at];
  if (queue === undefined) {
    Table.set(work.elements, element, Knowledge.at(bits, "left", at));
    return;
  }
  const place = Knowledge.placeOf(bits);
  if (at === 0 && required !== undefined && !Admission.knows(bits, Knowledge.required)) {
    Table.set(work.elements, element, Knowledge.at(bits, "unrequired", at));
    return;
  }
  if (place === "ready" || place === "running") return;
  if (at === 0 && (place === "outside" || place === "unrequired")) work.session++;
  const group = work.groups[at]!;
  const status = Admission.statusIn(work, queue, element, bits);
  if (status === "pending") {
    Table.set(work.elements, element, Knowledge.at(bits, "pending", at));
    return;
  }
  if (status === "skip") {
    group.skipped++;
    bits = Knowledge.at(bits, "outside", at);
    Table.set(work.elements, element, bits);
    moveOn(work, element, at);
    return;
  }
  Table.set(work.elements, element, Knowledge.at(bits, "ready", at));
  group.ready = Heap.insert(group.ready, workload.rank[element]!, work.arrivals++, element);
}

function moveOn(work: Work, element: number, from: number): void {
  const next = from + 1;
  if (next < work.arriving.length) {
    // The place tells that the element is on its way, so that a second reason to go there counts once.
    Table.set(work.elements, element, Knowledge.at(Table.get(work.elements, element), "pending", next));
    work.arriving[next]!.push(element);
  } else arrive(work, element, next);
}

/** Lets all elements that are on their way arrive. */
function drain(work: Work): void {
  for (let at = 0; at < work.arriving.length; at++) {
    const arriving = work.arriving[at]!;
    for (let index = 0; index < arriving.length; index++) {
      const element = arriving[index]!;
      const bits = Table.get(work.elements, element);
      const place = Knowledge.placeOf(bits);
      if (place === "left" || (place !== "outside" && Knowledge.queueOf(bits) !== at)) continue;
      arrive(work, element, at);
    }
    arriving.length = 0;
  }
}

/** The first queue that may start jobs. */
function firstActive(work: Work): number {
  if (work.mode === "run") return 0;
  if (work.mode === "terminate") return work.plan.queues.length;
  const imperative = work.plan.queues.findIndex((queue) => queue.imperative);
  return imperative < 0 ? work.plan.queues.length : imperative + 1;
}

/** Starts what can start, later queues first. */
function harvest(work: Work): void {
  if (work.suspended) return;
  const { queues } = work.plan;
  const first = firstActive(work);
  for (let at = queues.length - 1; at >= first; at--) {
    const queue = queues[at]!;
    const group = work.groups[at]!;
    while (group.ready !== undefined && Resource.available(work.pool, queue)) {
      const { element } = group.ready;
      group.ready = Heap.rest(group.ready);
      work.pool = Resource.reserve(work.pool, queue);
      Table.set(work.elements, element, Knowledge.at(Table.get(work.elements, element), "running", at));
      Table.set(work.attempts, element, 1);
      work.running++;
      work.decisions.push({
        type: "start",
        job: ++work.jobs,
        queue: at,
        action: queue.action,
        element,
        attempt: 1,
      });
    }
  }
}

function finish(work: Work, input: Extract<Input, { type: "finished" }>): void {
  const { element, outcome } = input;
  const bits = Table.get(work.elements, element);
  if (Knowledge.placeOf(bits) !== "running") return;
  const at = Knowledge.queueOf(bits);
  const queue = work.plan.queues[at]!;
  const attempt = Table.get(work.attempts, element);
  work.running--;
  work.pool = Resource.release(work.pool, queue);
  const again = outcome === "failure" && input.temporary === true && attempt <= queue.retries;
  if ((again || outcome === "retry") && work.mode !== "terminate") {
    // The job gives its place back and takes it again: suspension and quitting apply to new tries as to new jobs.
    Table.set(work.elements, element, Knowledge.at(bits, "ready", at));
    if (again && !work.suspended) {
      work.pool = Resource.reserve(work.pool, queue);
      work.running++;
      Table.set(work.elements, element, Knowledge.at(bits, "running", at));
      Table.set(work.attempts, element, attempt + 1);
      const job = ++work.jobs;
      work.decisions.push({ type: "start", job, queue: at, action: queue.action, element, attempt: attempt + 1 });
      return;
    }
    const group = work.groups[at]!;
    group.ready = Heap.insert(group.ready, work.plan.workload.rank[element]!, work.arrivals++, element);
    return;
  }
  const group = work.groups[at]!;
  if (outcome === "cancelled") {
    group.skipped++;
    Table.set(work.elements, element, Knowledge.at(bits, "left", at));
    return;
  }
  if (outcome === "success") group.processed++;
  else if (outcome === "skipped") group.skipped++;
  else group.failed = [...group.failed, element];
  Table.set(work.elements, element, Knowledge.at(bits, "outside", at));
  if (input.facts !== undefined) learn(work, element, input.facts);
  moveOn(work, element, at);
}

function begin(work: Work): void {
  const { workload, required, queues } = work.plan;
  for (let element = 0; element < workload.size; element++) makeUsable(work, element);
  if (required !== undefined) require(work, required);
  if (queues.length > 0) work.arriving[0]!.push(...workload.members);
}

function runningElements(work: Work): readonly number[] {
  const running: number[] = [];
  for (const element of work.plan.workload.members) {
    if (Knowledge.placeOf(Table.get(work.elements, element)) === "running") running.push(element);
  }
  return running;
}

/** The state after an input, and what is to be done. */
export function step(state: State, input: Input): Step {
  const work = open(state);
  switch (input.type) {
    case "start":
      begin(work);
      break;
    case "finished":
      finish(work, input);
      break;
    case "learned":
      learn(work, input.element, input.facts);
      break;
    case "quit":
      if (work.mode === "run") work.mode = "quit";
      break;
    case "terminate":
      if (work.mode !== "terminate") {
        work.mode = "terminate";
        for (const element of runningElements(work)) work.decisions.push({ type: "cancel", element });
      }
      break;
    case "suspend":
      work.suspended = true;
      break;
    case "resume":
      work.suspended = false;
      break;
  }
  drain(work);
  harvest(work);
  return close(work);
}

/** Whether the session is going to build an element. */
export function isScheduled(state: State, element: number): boolean {
  return Admission.knows(Table.get(state.elements, element), Knowledge.scheduled);
}

/** Whether an element could be built right now, had it the resources. */
export function isBuildable(state: State, element: number): boolean {
  return Admission.buildable(state, element, Table.get(state.elements, element));
}

/** The elements that stand ready in front of a queue, in the order in which they are going to start. */
export function ready(state: State, action: Action): readonly number[] {
  const elements: number[] = [];
  const group = state.groups[state.plan.queues.findIndex((queue) => queue.action === action)];
  for (let heap = group?.ready; heap !== undefined; heap = Heap.rest(heap)) elements.push(heap.element);
  return elements;
}

/** How the session stands after `start`: it ends when no job runs. */
export function status(state: State): Status {
  if (state.running > 0 || state.suspended) return "running";
  if (state.groups.some((group) => group.failed.length > 0)) return "error";
  return state.mode === "terminate" ? "terminated" : "success";
}

/** The steps of a session, from the list of what happened. */
export function replay(plan: Plan, inputs: readonly Input[]): readonly Step[] {
  const steps: Step[] = [];
  let state = initial(plan);
  for (const input of inputs) {
    const next = step(state, input);
    steps.push(next);
    state = next.state;
  }
  return steps;
}
