/**
 * Threads that hash, write and read for the store, so that many contents are taken in or sent on all cores while this thread goes on.
 *
 * They are started when they are needed, as many as there are cores, stay for the rest of the process, and keep no process alive that is done. A thread works
 * with the functions of `Work` on a store value of its own; what this thread's value has to know of it (bytes stored, contents that are right) comes with
 * the answer. Starting one costs some 60 ms of processor time: who has little to do uses `Work.carryOut`. Where the system gives no thread, for instance because a
 * container may have no more, this one does the work.
 */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { BstError } from "@millrace/core/error/BstError";
import * as ObjectStore from "./ObjectStore.ts";
import * as ThreadWire from "./ThreadWire.ts";
import * as Work from "./Work.ts";

interface Waiting {
  readonly store: ObjectStore.ObjectStore;
  readonly cost: number;
  readonly resolve: (outcomes: readonly never[]) => void;
  readonly reject: (cause: unknown) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly waiting: Map<number, Waiting>;
  /** Of all that waits for it; see `Work.cost`. */
  load: number;
}

/** Threads at most: more would only wait for the disk. */
export const width = Math.min(8, availableParallelism());

/** What has to wait for every thread (see `Work.cost`) before one more is started: less is done before that one would be ready. */
const backlog = 16 * 2 ** 20;

const threads: Thread[] = [];
let counter = 0;
/** Whether the system had no thread to give: it is not asked again. */
let refused = false;

/** Whether threads are running, so that even small work may go there. */
export function areRunning(): boolean {
  return threads.length > 0;
}

/** Sees to it that so many threads run, or as many as there may be, for much that is about to come: they get ready while this one goes on. */
export function prepare(count: number): void {
  while (threads.length < Math.min(count, width) && start() !== undefined);
}

/**
 * Does tasks on the thread that has least to do; the promise is rejected as `Work.carryOut` throws. With `transfer` the memory under the tasks' bytes goes over
 * to the thread and is empty here afterwards; otherwise it is copied.
 */
export function run<T extends Work.Task>(
  store: ObjectStore.ObjectStore,
  tasks: readonly T[],
  transfer: readonly ArrayBuffer[] = [],
): Promise<readonly Work.Outcome<T>[]> {
  const thread = idlest();
  if (thread === undefined) return carryOutHere(store, tasks);
  const id = counter++;
  const cost = tasks.reduce((sum, task) => sum + Work.cost(task), 0);
  const { directory, privateDirectory } = store;
  const request: ThreadWire.Request = {
    id,
    directory,
    privateDirectory,
    renewBefore: store.pace.renewBefore,
    tasks,
  };
  return new Promise((resolve, reject) => {
    thread.worker.postMessage(request, transfer);
    if (thread.waiting.size === 0) thread.worker.ref();
    thread.waiting.set(id, { store, cost, resolve, reject });
    thread.load += cost;
  });
}

async function carryOutHere<T extends Work.Task>(
  store: ObjectStore.ObjectStore,
  tasks: readonly T[],
): Promise<readonly Work.Outcome<T>[]> {
  return Work.carryOut(store, tasks);
}

/** The thread that has least to do, a new one where all have much; undefined where there can be none. */
function idlest(): Thread | undefined {
  const least = threads.reduce<Thread | undefined>(
    (best, thread) => (best === undefined || thread.load < best.load ? thread : best),
    undefined,
  );
  const more = least === undefined || (least.load >= backlog && threads.length < width);
  return more ? (start() ?? least) : least;
}

/** Starts a thread; undefined where the system has none to give. */
function start(): Thread | undefined {
  if (refused) return undefined;
  const worker = begin();
  if (worker === undefined) {
    refused = true;
    return undefined;
  }
  const thread: Thread = { worker, waiting: new Map(), load: 0 };
  worker.unref();
  worker.on("message", (answer: ThreadWire.Answer) => take(thread, answer));
  worker.on("error", (cause) => {
    threads.splice(threads.indexOf(thread), 1);
    for (const { reject } of thread.waiting.values()) reject(ended(cause));
    thread.waiting.clear();
  });
  threads.push(thread);
  return thread;
}

function ended(cause: Error): BstError {
  return new BstError({
    domain: "CAS",
    reason: null,
    message: `A thread that works for the store ended: ${cause.message}`,
    hint: "Look whether this machine, or the container, is short of memory.",
  });
}

function begin(): Worker | undefined {
  // Beside this module in every form of the program: as source, as a library, and in the bundle, where it is an entry of its own.
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const options = extension === "ts" ? { execArgv: ["--conditions=@millrace/source", "--no-warnings"] } : {};
  try {
    return new Worker(new URL(`./StoreThread.${extension}`, import.meta.url), options);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ERR_WORKER_INIT_FAILED") return undefined;
    throw cause;
  }
}

function take(thread: Thread, answer: ThreadWire.Answer): void {
  const waiting = thread.waiting.get(answer.id);
  if (waiting === undefined) return;
  thread.waiting.delete(answer.id);
  thread.load -= waiting.cost;
  if (thread.waiting.size === 0) thread.worker.unref();
  const { store, resolve, reject } = waiting;
  try {
    for (const warning of answer.warnings) store.warn(warning);
    // They are of damaged objects: what was seen is not believed any more.
    if (answer.warnings.length > 0) ObjectStore.unseeAll(store);
    ObjectStore.adopt(store, answer.published, answer.bytes);
    if (answer.failure === undefined) resolve(answer.outcomes as readonly never[]);
    else reject(ThreadWire.failureOf(answer.failure));
  } catch (cause) {
    reject(cause);
  }
}
