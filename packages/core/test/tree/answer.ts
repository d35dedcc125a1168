/** A program that answers requests of the conformance harness by the model, for the test of programs that talk JSON. */
import { createInterface } from "node:readline";
import * as Model from "../../conformance/Model.ts";

for await (const line of createInterface(process.stdin)) {
  const outcome = Model.run(JSON.parse(line));
  console.log(JSON.stringify(outcome.type === "conflict" ? { conflict: outcome.path } : outcome));
}
