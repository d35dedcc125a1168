/**
 * Runs random imports through our trees, through the harness's model and through BuildStream's own directories, and compares trees, reports and listings.
 *
 *     node --conditions=@millrace/source test/golden/tree/compare.ts --python PYTHON [--count 20000] [--seed 20261121] [--record FILE]
 *
 * PYTHON is an interpreter that has BuildStream 2.8. `--record` also writes requests and BuildStream's answers as golden data.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { isDeepStrictEqual, parseArgs } from "node:util";
import * as fc from "fast-check";
import * as Arbitraries from "../../../packages/core/conformance/Arbitraries.ts";
import { ourAnswer } from "./ours.ts";

const { values } = parseArgs({
  options: {
    python: { type: "string", default: "python3" },
    count: { type: "string", default: "20000" },
    seed: { type: "string", default: "20261121" },
    record: { type: "string" },
  },
});

const requests = fc.sample(Arbitraries.request, { numRuns: Number(values.count), seed: Number(values.seed) });
const script = new URL("oracle.py", import.meta.url).pathname;
const oracle = spawnSync(values.python, [script], {
  input: requests.map((request) => JSON.stringify(request)).join("\n"),
  maxBuffer: 2 ** 31,
  encoding: "utf8",
});
if (oracle.status !== 0) throw new Error(oracle.stderr);
const answers = oracle.stdout
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line));

let wrong = 0;
let conflicts = 0;
for (const [index, request] of requests.entries()) {
  const ours = ourAnswer(request);
  const theirs = answers[index];
  if ("conflict" in theirs) conflicts++;
  if (isDeepStrictEqual(ours, theirs)) continue;
  if (++wrong <= 5) console.log(JSON.stringify({ request, ours, theirs }, undefined, 2));
}
console.log(`${requests.length} imports (${conflicts} of them conflicts): ${wrong} differ`);
if (values.record !== undefined) {
  const cases = requests.map((request, index) => `${JSON.stringify({ request, answer: answers[index] })}\n`);
  writeFileSync(values.record, cases.join(""));
}
process.exitCode = wrong === 0 ? 0 : 1;
