/**
 * Runs random imports through our trees, through real directories (captured, imported, checked out) and through BuildStream's own, and compares trees, reports and listings.
 *
 *     node --conditions=@millrace/source test/golden/tree/compare.ts --python PYTHON [--count 20000] [--seed 20261121] [--record FILE]
 *
 * PYTHON is an interpreter that has BuildStream 2.8. `--record` also writes requests and BuildStream's answers as golden data.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual, parseArgs } from "node:util";
import * as fc from "fast-check";
import * as Arbitraries from "../../../packages/core/conformance/Arbitraries.ts";
import * as OnDisk from "../../../packages/sandbox/test/cas/OnDisk.ts";
import { diskAnswer, ourAnswer } from "./ours.ts";

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

const base = mkdtempSync(join(tmpdir(), "millrace-compare-"));
const disk = OnDisk.open(base);
let conflicts = 0;
const wrong = { "in memory": 0, "on disk": 0 };
for (const [index, request] of requests.entries()) {
  const theirs = answers[index];
  if ("conflict" in theirs) conflicts++;
  const both = { "in memory": ourAnswer(request), "on disk": await diskAnswer(disk, request) };
  for (const way of ["in memory", "on disk"] as const) {
    if (isDeepStrictEqual(both[way], theirs)) continue;
    if (++wrong[way] <= 5) console.log(JSON.stringify({ way, request, ours: both[way], theirs }, undefined, 2));
  }
}
rmSync(base, { recursive: true, force: true });
console.log(
  `${requests.length} imports (${conflicts} of them conflicts): ${wrong["in memory"]} differ in memory, ${wrong["on disk"]} on disk`,
);
if (values.record !== undefined) {
  const cases = requests.map((request, index) => `${JSON.stringify({ request, answer: answers[index] })}\n`);
  writeFileSync(values.record, cases.join(""));
}
process.exitCode = wrong["in memory"] + wrong["on disk"] === 0 ? 0 : 1;
