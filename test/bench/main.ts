/**
 * `npm run bench`: both tools on the same work, in turn, on this machine in one run. Prints medians, and the ratio oracle/ours of each pair: above 1 is
 * faster than BuildStream. Absolute seconds of a shared machine mean little. Arguments: names of cases (default all), `--runs N` (default 3).
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findOracle, type Outcome, ours, run, type Tool, writeConfiguration } from "../support/tools.ts";
import { type Case, cases } from "./cases.ts";

const args = process.argv.slice(2);
const runsAt = args.indexOf("--runs");
const runs = runsAt === -1 ? 3 : Number(args[runsAt + 1]);
const names = args.filter((arg, index) => !arg.startsWith("--") && (runsAt === -1 || index !== runsAt + 1));
const place = mkdtempSync(join(tmpdir(), "millrace-bench-"));
const oracle = findOracle();

async function one(bench: Case, tool: Tool, project: string): Promise<Outcome> {
  const home = join(place, `${tool.name}-${bench.name}`);
  rmSync(home, { recursive: true, force: true });
  const configuration = writeConfiguration(home);
  const base = ["--no-interactive", "-c", configuration, "-C", project];
  for (const step of bench.before) {
    const made = await run(tool, [...base, ...step(home)], project);
    if (made.status !== 0) throw new Error(`${tool.name}: preparing ${bench.name} failed\n${made.stderr.slice(-2000)}`);
  }
  const outcome = await run(tool, [...base, ...bench.measured(home)], project);
  if (outcome.status !== 0) throw new Error(`${tool.name}: ${bench.name} failed\n${outcome.stderr.slice(-2000)}`);
  rmSync(home, { recursive: true, force: true });
  return outcome;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;

console.log(
  `${"case".padEnd(28)} ${"ours s".padStart(8)} ${"oracle s".padStart(9)} ${"ratio".padStart(6)} ${"MiB".padStart(6)} ${"oracle".padStart(7)}`,
);
try {
  for (const bench of cases.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const project = bench.project(place);
    const pairs: [Outcome, Outcome][] = [];
    for (let index = 0; index < runs; index++)
      pairs.push([await one(bench, ours, project), await one(bench, oracle, project)]);
    const of = (pick: (pair: [Outcome, Outcome]) => number) => median(pairs.map(pick));
    console.log(
      `${bench.name.padEnd(28)} ${of(([a]) => a.seconds)
        .toFixed(2)
        .padStart(8)} ${of(([, b]) => b.seconds)
        .toFixed(2)
        .padStart(9)} ` +
        `${of(([a, b]) => b.seconds / a.seconds)
          .toFixed(1)
          .padStart(6)} ${of(([a]) => a.peak)
          .toFixed(0)
          .padStart(6)} ${of(([, b]) => b.peak)
          .toFixed(0)
          .padStart(7)}`,
    );
  }
} finally {
  rmSync(place, { recursive: true, force: true });
}
