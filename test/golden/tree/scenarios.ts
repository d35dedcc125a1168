/**
 * Writes scenarios.jsonl: small trees of every shape imported over each other, and changes carried over, with BuildStream's answers.
 *
 *     node --conditions=@millrace/source test/golden/tree/scenarios.ts PYTHON
 *
 * The shapes are those that BuildStream's own storage tests try on each other: a file deep down, the same file with other text, a link and a file where
 * another has a directory, an empty directory. Where BuildStream cannot remove what a build removed already, the case is left out; we can.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import * as fc from "fast-check";
import * as Arbitraries from "../../../packages/core/conformance/Arbitraries.ts";
import type { Sample } from "../../../packages/core/conformance/Sample.ts";

const shapes: readonly Sample[] = [
  {},
  { top: { mid: { low: { notes: ["file", "first"] } } } },
  { top: { mid: { low: { notes: ["file", "second"] } } } },
  { top: { mid: { other: ["link", "/top/mid/low"] } } },
  { top: { mid: { low: {}, other: ["link", "/top/mid/low"] } } },
  { top: { mid: { other: ["file", "first"] } } },
  { top: { mid: ["link", "elsewhere"] } },
  { top: ["exec", "run"] },
  { top: { mid: {} } },
];

const imports = shapes.flatMap((destination) => shapes.map((source) => ({ destination, source })));
const carried = shapes.flatMap((destination) =>
  shapes.flatMap((before) => shapes.map((after) => ({ destination, before, after }))),
);
const random = fc.sample(
  fc.record({ destination: Arbitraries.tree(3), before: Arbitraries.tree(3), after: Arbitraries.tree(3) }),
  { numRuns: 400, seed: 5 },
);
const related = fc.sample(
  fc.record({ before: Arbitraries.tree(3), after: Arbitraries.tree(3) }).map((pair) => ({ destination: pair.before, ...pair })),
  { numRuns: 60, seed: 6 },
);
const requests = [...imports, ...carried, ...random, ...related];
const script = new URL("oracle.py", import.meta.url).pathname;
const oracle = spawnSync(process.argv[2] ?? "python3", [script, "--trees"], {
  input: requests.map((request) => JSON.stringify(request)).join("\n"),
  maxBuffer: 2 ** 30,
  encoding: "utf8",
});
if (oracle.status !== 0) throw new Error(oracle.stderr);
const lines = oracle.stdout.trimEnd().split("\n");
const rows = requests.flatMap((request, index) => {
  const answer = JSON.parse(lines[index]!);
  return "before" in request && "conflict" in answer ? [] : [`${JSON.stringify({ request, answer })}\n`];
});
writeFileSync(new URL("scenarios.jsonl", import.meta.url), rows.join(""));
console.log(`${rows.length} of ${requests.length} scenarios`);
