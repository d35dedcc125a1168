/**
 * `npm run parity -- projects [--runs N] [--seed S] [--shrink [--seconds N]]`: random projects through both tools; keys, order, `%{vars}`, `%{env}`, `%{public}` must be the same text,
 * and for mistakes the error's domain, reason and place. Differences are counted by kind with their smallest example; `--shrink` stops at the first and shrinks it instead.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { layProject } from "../support/projects.ts";
import { writeConfiguration } from "../support/tools.ts";
import { type Answer, askOurs } from "./Answer.ts";
import { Choices } from "./Choices.ts";
import { Oracle } from "./Oracle.ts";
import { type RandomProject, randomProject } from "./RandomProject.ts";

const format = "%{name} %{full-key}\n%{vars}%{env}%{public}%{deps}\n";

/** The command line that compares everything. */
export function argumentsFor(project: RandomProject, configuration: string): string[] {
  return [
    ...["--no-colors", "--no-interactive", "-c", configuration, "--max-jobs", "4"],
    ...project.options.flatMap(([name, value]) => ["-o", name, value]),
    ...["show", "--deps", "all", "--format", format, ...project.targets],
  ];
}

/** A place without what the oracle says twice: the junction of a file that was included through it. */
function single(place: string | null): string | null {
  return place?.replace(/^((?:[^:\s]+:)+)\1/, "$1") ?? null;
}

/** The first thing that differs. Where the oracle itself crashes or names no place, ours is free to do better. */
function difference(ours: Answer, said: Answer): string | undefined {
  const oracle = { ...said, place: single(said.place) };
  const crashed = oracle.status === null || oracle.status === 70;
  for (const key of ["status", "domain", "reason", "place", "stdout"] as const) {
    if (ours[key] === oracle[key] || (crashed && ours.status === 255) || (key === "place" && oracle.place === null))
      continue;
    return `${key}:\n  ours:   ${JSON.stringify(ours[key])} ${ours.message ?? ""}\n  oracle: ${JSON.stringify(oracle[key])} ${oracle.message ?? ""}`;
  }
  return undefined;
}

/** What a comparison needs: both tools, warm, and a place to lay projects out. */
interface Bench {
  readonly oracle: Oracle;
  readonly place: string;
  readonly configuration: string;
  /** What the user configuration always has. */
  readonly plain: string;
}

interface Comparison {
  readonly valid: boolean;
  /** What differs and the project, or undefined when both agree. */
  readonly difference: string | undefined;
}

async function compare({ oracle, place, configuration, plain }: Bench, tape: readonly number[]): Promise<Comparison> {
  const made = randomProject(new Choices(tape));
  const project = join(place, "project");
  layProject(project, made.files);
  writeFileSync(configuration, plain + made.configuration);
  const commandLine = argumentsFor(made, configuration);
  const [theirs, mine] = [
    await oracle.ask(project, commandLine),
    await askOurs(project, commandLine, join(place, "error.json")),
  ];
  const found = difference(mine, theirs);
  const files = [...made.files, ["user configuration", made.configuration] as const]
    .map(([path, text]) => `--- ${path}\n${text}`)
    .join("");
  return {
    valid: theirs.status === 0,
    difference: found === undefined ? undefined : `${found}\n${commandLine.slice(6).join(" ")}\n${files}`,
  };
}

/** Tapes of choices. */
export const tapes = fc.array(fc.nat(999), { minLength: 40, maxLength: 500, size: "max" });

/** Looks for a difference and shrinks it to its smallest project. */
async function search(bench: Bench, runs: number, seed: number, seconds: number): Promise<boolean> {
  const property = fc.asyncProperty(tapes, async (tape) => {
    const { difference: found } = await compare(bench, tape);
    if (found !== undefined) throw new Error(found);
  });
  const result = await fc.check(property, { numRuns: runs, seed, interruptAfterTimeLimit: seconds * 1000 });
  console.log(`${result.numRuns} projects, seed ${result.seed}`);
  if (result.failed) console.log(result.errorInstance instanceof Error ? result.errorInstance.message : "failed");
  return !result.failed;
}

/** Compares every sample and counts differences by their first two lines, without shrinking. */
async function survey(bench: Bench, runs: number, seed: number): Promise<boolean> {
  let valid = 0;
  const kinds = new Map<string, { count: number; example: string }>();
  for (const tape of fc.sample(tapes, { numRuns: runs, seed })) {
    const { valid: good, difference: found } = await compare(bench, tape);
    if (good) valid++;
    if (found === undefined) continue;
    const [what = "", mine = "", theirs = ""] = found.split("\n");
    const name = what === "stdout:" ? what : `${what}${mine.slice(0, 150)}${theirs.slice(0, 150)}`;
    const known = kinds.get(name);
    if (known === undefined || known.example.length > found.length)
      kinds.set(name, { count: (known?.count ?? 0) + 1, example: found });
    else known.count++;
  }
  const differing = [...kinds.values()].reduce((sum, { count }) => sum + count, 0);
  console.log(`${runs} projects, ${valid} valid, ${differing} differ, seed ${seed}`);
  for (const { count, example } of [...kinds.values()].sort((a, b) => b.count - a.count))
    console.log(`\n===== ${count} times, for instance\n${example}`);
  return differing === 0;
}

/** Runs the comparison; returns whether all agreed. */
export async function compareProjects(args: readonly string[]): Promise<boolean> {
  const value = (flag: string, fallback: number) =>
    args.includes(flag) ? Number(args[args.indexOf(flag) + 1]) : fallback;
  const place = mkdtempSync(join(tmpdir(), "millrace-parity-"));
  const oracle = new Oracle();
  try {
    const configuration = writeConfiguration(place);
    const bench: Bench = { oracle, place, configuration, plain: readFileSync(configuration, "utf8") };
    const [runs, seed] = [value("--runs", 500), value("--seed", 1)];
    return args.includes("--shrink")
      ? await search(bench, runs, seed, value("--seconds", 600))
      : await survey(bench, runs, seed);
  } finally {
    oracle.close();
    rmSync(place, { recursive: true, force: true });
  }
}
