/**
 * `npm run bench`: both tools on the same work, in turn, on this machine in one run. Prints medians, and the ratio oracle/ours of each pair: above 1 is
 * faster than BuildStream. Some cases are for ours alone, and some print the time of each stage of one more run. Absolute seconds of a shared machine mean little. Arguments: names of cases (default all), `--runs N` (default 3); `transfers` and `schedule` alone are benches of their own.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findOracle, type Outcome, ours, run, type Tool, writeConfiguration } from "../support/tools.ts";
import { type Case, cases } from "./cases.ts";
import { benchSchedule } from "./schedule.ts";
import { benchTransfers } from "./transfers.ts";
import * as Upstream from "./upstream.ts";

const args = process.argv.slice(2);
if (args[0] === "transfers") {
  await benchTransfers(args.slice(1));
  process.exit(0);
}
if (args[0] === "schedule") {
  benchSchedule();
  process.exit(0);
}
const runsAt = args.indexOf("--runs");
const runs = runsAt === -1 ? 3 : Number(args[runsAt + 1]);
const names = args.filter((arg, index) => !arg.startsWith("--") && (runsAt === -1 || index !== runsAt + 1));
const place = mkdtempSync(join(tmpdir(), "millrace-bench-"));
let found: Tool | undefined;

function oracle(): Tool {
  found ??= findOracle();
  return found;
}

async function one(bench: Case, tool: Tool, project: string, environment = {}): Promise<Outcome> {
  const home = join(place, `${tool.name}-${bench.name}`);
  rmSync(home, { recursive: true, force: true });
  if (bench.opensWorkspaces === true) rmSync(join(project, ".bst2"), { recursive: true, force: true });
  const configuration = writeConfiguration(home);
  const base = ["--no-interactive", "-c", configuration, "-C", project];
  for (const step of bench.before) {
    const made = await run(tool, [...base, ...step(home)], project);
    if (made.status !== 0) throw new Error(`${tool.name}: preparing ${bench.name} failed\n${made.stderr.slice(-2000)}`);
  }
  const outcome = await run(tool, [...base, ...bench.measured(home)], project, environment);
  if (outcome.status !== 0) throw new Error(`${tool.name}: ${bench.name} failed\n${outcome.stderr.slice(-2000)}`);
  rmSync(home, { recursive: true, force: true });
  return outcome;
}

const median = (values: readonly number[]): number | undefined =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** The lines that tell stages, each indented. */
function stagesOf({ stderr }: Outcome): string {
  return stderr
    .split("\n")
    .filter((line) => /^[a-z]+ +\d+ ms/.test(line))
    .map((line) => `    ${line}`)
    .join("\n");
}

console.log(
  `${"case".padEnd(28)} ${"ours s".padStart(8)} ${"oracle s".padStart(9)} ${"ratio".padStart(6)} ${"MiB".padStart(6)} ${"oracle".padStart(7)}`,
);
try {
  for (const bench of cases.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const project = await bench.project(place);
    const mine: Outcome[] = [];
    const theirs: Outcome[] = [];
    for (let index = 0; index < runs; index++) {
      mine.push(await one(bench, ours, project));
      if (bench.alone !== true) theirs.push(await one(bench, oracle(), project));
    }
    const seconds = (outcomes: readonly Outcome[]) => median(outcomes.map((outcome) => outcome.seconds));
    const peak = (outcomes: readonly Outcome[]) => median(outcomes.map((outcome) => outcome.peak));
    const ratio = median(theirs.map((outcome, index) => outcome.seconds / (mine[index] as Outcome).seconds));
    const columns = [
      [seconds(mine), 2, 8],
      [seconds(theirs), 2, 9],
      [ratio, 1, 6],
      [peak(mine), 0, 6],
      [peak(theirs), 0, 7],
    ] as const;
    const cells = columns.map(([value, digits, width]) =>
      (value === undefined || Number.isNaN(value) ? "-" : value.toFixed(digits)).padStart(width),
    );
    console.log(`${bench.name.padEnd(28)} ${cells.join(" ")}`);
    if (bench.stages === true) console.log(stagesOf(await one(bench, ours, project, { MILLRACE_STAGES: "1" })));
  }
} finally {
  await Upstream.close();
  rmSync(place, { recursive: true, force: true });
}
