/** A thread of `Threads`. */
import { parentPort } from "node:worker_threads";
import * as ObjectStore from "./ObjectStore.ts";
import * as ThreadWire from "./ThreadWire.ts";
import * as Work from "./Work.ts";

function answer(request: ThreadWire.Request): ThreadWire.Answer {
  const { id, directory, privateDirectory, renewBefore, tasks } = request;
  const warnings: string[] = [];
  // A fresh value each time: what an older one remembers may have been expired by the thread that asks.
  const store = ObjectStore.at(directory, privateDirectory, (message) => warnings.push(message));
  const { pace } = store;
  pace.renewBefore = renewBefore;
  pace.budget = 0;
  const done = (outcomes: readonly Work.Outcome[], failure?: ThreadWire.Failure): ThreadWire.Answer => ({
    id,
    outcomes,
    published: [...store.hashed],
    bytes: -pace.budget,
    warnings,
    failure,
  });
  try {
    return done(Work.carryOut(store, tasks));
  } catch (cause) {
    return done([], ThreadWire.failure(cause));
  }
}

parentPort?.on("message", (request: ThreadWire.Request) => {
  const done = answer(request);
  // Bytes that were read go over with the memory under them.
  const memory = done.outcomes.flatMap((outcome) => (outcome instanceof Uint8Array ? [outcome.buffer] : []));
  parentPort?.postMessage(done, memory);
});
