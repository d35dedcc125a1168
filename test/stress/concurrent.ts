/**
 * Several `bst build`s on one cache at the same time, killed at random, under a quota that does not hold everything: no wrong artifact, nothing left
 * behind, every object whole.
 *
 *     node test/stress/concurrent.ts --minutes 30 --seed 7 --workers 4
 *
 * What an element installs follows from its round (a number in its environment) alone, so that every artifact of a round is the same whoever built
 * it; at the end each round is built once more in a cache of its own and compared. Moments, rounds and victims follow from the seed, the
 * interleaving of processes does not.
 */
import { spawn } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ours, run as runTool, writeConfiguration } from "../support/tools.ts";
import { writeBase } from "../support/workload.ts";

export interface Options {
  readonly seconds: number;
  readonly seed: number;
  readonly workers: number;
  /** Hears of each build as it ends. */
  readonly log?: (line: string) => void;
}

export interface Report {
  readonly builds: number;
  readonly killed: number;
  /** Builds that ended because running ones needed all of the quota. */
  readonly full: number;
  readonly compared: number;
  /** What must not be; empty when all is well. */
  readonly faults: readonly string[];
}

const elementCount = 5;
const rounds = 8;
/** Bytes: the base, and the elements of some three rounds. */
const quota = 14_000_000;

/** Numbers in [0, 1) that a seed makes (mulberry32). */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function layProject(directory: string): void {
  writeBase(directory);
  writeFileSync(
    join(directory, "base.bst"),
    "kind: import\nsources:\n- kind: local\n  path: files/base\npublic:\n  bst:\n    integration-commands:\n    - echo done > /integrated\n",
  );
  for (let index = 0; index < elementCount; index++) {
    const below = index === 0 ? "" : `depends:\n- e${index - 1}.bst\n`;
    const script =
      `    d=%{install-root}/usr/e${index}; mkdir -p "$d"\n` +
      `    for k in $(seq 30); do echo "$ROUND ${index} $k" > "$d/f$k"; done\n` +
      `    seq "$ROUND"0000 "$ROUND"${index + 1}9999 > "$d/large"\n` +
      `    ln "$d/f1" "$d/hard"; ln -s f2 "$d/soft"; chmod 755 "$d/f3"\n` +
      (index === 0 ? "" : `    cat /usr/e${index - 1}/f* | wc -c > "$d/below"; test -f /integrated\n`);
    writeFileSync(
      join(directory, `e${index}.bst`),
      `kind: manual\nbuild-depends:\n- base.bst\n${below}config:\n  install-commands:\n  - |\n${script}`,
    );
  }
}

function setRound(project: string, round: number): void {
  writeFileSync(join(project, "project.conf"), `name: test\nmin-version: 2.0\nenvironment:\n  ROUND: "${round + 1}"\n`);
}

const top = `e${elementCount - 1}.bst`;

interface World {
  readonly home: string;
  readonly configuration: string;
}

function bst(world: World, project: string, ...words: readonly string[]) {
  return runTool(ours, ["--no-colors", "--no-interactive", "-c", world.configuration, ...words], project);
}

/** Name and digest of what is cached. */
async function digests(world: World, project: string): Promise<ReadonlyMap<string, string>> {
  const shown = await bst(world, project, "show", "--deps", "all", "--format", "%{name} %{artifact-cas-digest}", top);
  const found = new Map<string, string>();
  for (const [, name, digest] of shown.stdout.matchAll(/^(\S+) ([0-9a-f]{64}\/\d+)$/gm))
    found.set(name as string, digest as string);
  return found;
}

/** Processes of this machine that have to do with the world. */
function processes(home: string): readonly string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .flatMap((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        const places = [words, readlinkSync(`/proc/${pid}/cwd`), readlinkSync(`/proc/${pid}/root`)];
        return places.some((text) => text.includes(home)) ? [`${pid} ${words}`] : [];
      } catch {
        return [];
      }
    });
}

/** Runs the stress, cleans up, and tells what came of it. */
export async function stress({ seconds, seed, workers, log = () => {} }: Options): Promise<Report> {
  const home = mkdtempSync(join(tmpdir(), "millrace-stress-"));
  try {
    return await inside(home, { seconds, seed, workers, log });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

async function inside(home: string, { seconds, seed, workers, log = () => {} }: Options): Promise<Report> {
  const world: World = { home, configuration: writeConfiguration(home, `cache: {quota: ${quota}}\n`) };
  const model = join(home, "model");
  mkdirSync(model);
  layProject(model);
  const seen = new Map<string, string>();
  const faults: string[] = [];
  let builds = 0;
  let killed = 0;
  let full = 0;
  let compared = 0;
  const compare = (round: number, found: ReadonlyMap<string, string>) => {
    for (const [name, digest] of found) {
      const key = `${round} ${name}`;
      const before = seen.get(key);
      if (before !== undefined) compared++;
      if (before !== undefined && before !== digest) faults.push(`${key} is ${digest} and was ${before}`);
      seen.set(key, before ?? digest);
    }
  };
  const end = performance.now() + seconds * 1000;
  const work = async (worker: number): Promise<void> => {
    const next = random(seed * 1009 + worker);
    const project = join(home, `project-${worker}`);
    cpSync(model, project, { recursive: true, verbatimSymlinks: true });
    while (performance.now() < end) {
      const round = Math.floor(next() * rounds);
      const moment = next() < 0.4 ? 100 + next() * 2500 : undefined;
      setRound(project, round);
      const [command, ...first] = ours.argv as [string, ...string[]];
      const words = [...first, "--no-colors", "--no-interactive", "-c", world.configuration, "build", top];
      const child = spawn(command, words, { cwd: project, stdio: ["ignore", "ignore", "pipe"] });
      let said = "";
      child.stderr.on("data", (bytes: Buffer) => {
        said += bytes.toString();
      });
      const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
      const timer = moment === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), moment);
      const code = await ended;
      clearTimeout(timer);
      builds++;
      log(`worker ${worker}, round ${round}: ${code ?? "killed"}`);
      if (code === null) killed++;
      else if (code === 0) compare(round, await digests(world, project));
      else if (/The cache in .* is full/.test(said)) full++;
      else faults.push(`round ${round} ended with ${code}:\n${said.slice(-3000)}`);
    }
  };
  await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)));

  for (let waited = 0; processes(home).length > 0 && waited < 50; waited++) await sleep(100);
  for (const left of processes(home)) faults.push(`the process ${left} is left`);
  for (const line of readFileSync("/proc/self/mounts", "utf8").split("\n"))
    if (line.includes(home)) faults.push(`the mount ${line} is left`);
  // Also takes away what the killed ones left.
  setRound(model, 0);
  const settled = await bst(world, model, "build", top);
  if (settled.status !== 0) faults.push(`the last build ended with ${settled.status}:\n${settled.stderr.slice(-3000)}`);
  const verified = await bst(world, model, "cache", "verify");
  if (verified.status !== 0) faults.push(`cache verify: ${verified.stdout}${verified.stderr}`);
  for (const place of ["cas/tmp", "tmp", "millrace/runs", "millrace/roots/tmp", "millrace/sessions"]) {
    for (const name of listed(join(home, "cache", place))) faults.push(`${place}/${name} is left`);
  }
  const fresh: World = { home: join(home, "fresh"), configuration: writeConfiguration(join(home, "fresh")) };
  for (let round = 0; round < rounds; round++) {
    if (![...seen.keys()].some((key) => key.startsWith(`${round} `))) continue;
    setRound(model, round);
    const built = await bst(fresh, model, "build", top);
    if (built.status !== 0) faults.push(`round ${round} alone ended with ${built.status}`);
    compare(round, await digests(fresh, model));
  }
  return { builds, killed, full, compared, faults };
}

function listed(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "30" },
      seed: { type: "string", default: "1" },
      workers: { type: "string", default: "4" },
      quiet: { type: "boolean", default: false },
    },
  });
  const report = await stress({
    seconds: Number(values.minutes) * 60,
    seed: Number(values.seed),
    workers: Number(values.workers),
    log: values.quiet ? () => {} : (line) => process.stdout.write(`${line}\n`),
  });
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  process.exitCode = report.faults.length === 0 ? 0 : 1;
}
