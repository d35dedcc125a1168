/**
 * Chaos among workers: builds on BuildGrid while its workers are killed, stopped, drained and cut off, its scheduler restarts, and the client is interrupted. Every build
 * must end well (one that was interrupted when it is run again) with the content that was asked for; workers end when they are told to and leave nothing.
 *
 * Options: `--runs N` (20), `--seed N` of the first one (1).
 */
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as BuildGrid from "../support/BuildGrid.ts";
import * as Faults from "../support/Faults.ts";
import { damaged } from "../support/FaultTrial.ts";
import * as Line from "../support/Line.ts";
import { type Outcome, ours, run, writeConfiguration } from "../support/tools.ts";
import * as Worker from "../support/Worker.ts";
import { writeBase } from "../support/workload.ts";

/** Seconds after which a build hangs: BuildGrid takes a worker for dead after a while only. */
const limit = 300;
/** Elements of a project. */
const count = 12;

const kinds = ["kill", "drain", "stop", "away", "mute", "restart", "interrupt"] as const;

interface Event {
  readonly kind: (typeof kinds)[number];
  /** Milliseconds since the build began. */
  readonly at: number;
  /** Milliseconds until the trouble ends. */
  readonly lasts: number;
  readonly worker: number;
}

interface Chaos {
  readonly workers: number;
  readonly jobs: number;
  readonly events: readonly Event[];
}

/** The chaos of a number. */
function chaosOf(seed: number): Chaos {
  const next = Faults.random(seed);
  const below = (end: number) => Math.floor(next() * end);
  const workers = 2 + below(2);
  const jobs = 1 + below(2);
  const events = Array.from({ length: 2 + below(4) }, () => ({
    kind: kinds[below(kinds.length)] as Event["kind"],
    at: 500 + below(12_000),
    lasts: 200 + below(8000),
    worker: below(workers),
  }));
  return { workers, jobs, events: events.sort((one, other) => one.at - other.at) };
}

/** What an element of a run installs. */
const content = (seed: number, index: number) => `${seed} ${index}\n`.repeat(index + 1);

function writeProject(project: string, seed: number): void {
  writeBase(project);
  const write = (name: string, text: string) => writeFileSync(join(project, name), text);
  write("project.conf", "name: chaos\nmin-version: 2.0\n");
  write("base.bst", "kind: import\nsources:\n- kind: local\n  path: files/base\n");
  const next = Faults.random(seed ^ 0x5eed);
  for (let index = 0; index < count; index++) {
    const below = index < 3 ? [] : [index - 3, index - 1 - Math.floor(next() * 2)];
    const depends = [...new Set(below)].map((other) => `- e${other}.bst\n`).join("");
    const lines = [
      "mkdir -p %{install-root}/out",
      ...below.map((other) => `test -s /out/${other}`),
      `for k in $(seq ${index + 1}); do echo ${seed} ${index}; done > %{install-root}/out/${index}`,
      `sleep ${(next() * 2).toFixed(1)}`,
    ];
    const uses = depends === "" ? "" : `depends:\n${depends}`;
    write(
      `e${index}.bst`,
      `kind: manual\nbuild-depends:\n- base.bst\n${uses}config:\n  install-commands:\n${lines.map((line) => `  - ${line}\n`).join("")}`,
    );
  }
  const all = Array.from({ length: count }, (_, index) => `- e${index}.bst\n`).join("");
  write("all.bst", `kind: stack\ndepends:\n${all}`);
}

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Runs the chaos of a number; gives what was wrong. */
async function attempt(farm: BuildGrid.BuildGrid, place: string, seed: number): Promise<readonly string[]> {
  const chaos = chaosOf(seed);
  const project = join(place, "project");
  writeProject(project, seed);
  const wrong: string[] = [];
  const lines = await Promise.all(Array.from({ length: chaos.workers }, () => Line.lay(farm.url)));
  const homeOf = (index: number) => join(place, `worker${index}`);
  const hire = (index: number) => {
    mkdirSync(homeOf(index), { recursive: true });
    const line = lines[index] as Line.Line;
    return Worker.start(homeOf(index), line.url, "--jobs", String(chaos.jobs), "--name", `s${seed}-${index}`);
  };
  const workers = lines.map((_, index) => hire(index));
  // A build may begin while the scheduler is away.
  const service = `{ url: "${farm.url}", connection-config: { retry-limit: 7 } }`;
  const remote = ["execution", "storage", "action-cache"].map((name) => `  ${name}-service: ${service}\n`).join("");
  const configuration = writeConfiguration(join(place, "home"), `remote-execution:\n${remote}`);
  let client: ChildProcess | undefined;
  let interrupted = false;
  let restarted = Promise.resolve();
  const bst = (...words: readonly string[]): Promise<Outcome> =>
    run(ours, ["--no-colors", "--no-interactive", "-c", configuration, ...words], project, {}, (child) => {
      client = child;
    });
  const happen = async ({ kind, worker, lasts }: Event): Promise<void> => {
    const [hired, line] = [workers[worker] as Worker.Worker, lines[worker] as Line.Line];
    if (kind === "interrupt") interrupted = client?.kill("SIGINT") === true;
    else if (kind === "restart") {
      restarted = restarted.then(() => farm.restart(lasts));
      await restarted;
    } else if (kind === "stop") {
      hired.kill("SIGSTOP");
      await sleep(lasts);
      hired.kill("SIGCONT");
    } else if (kind === "away" || kind === "mute") {
      line.become(kind);
      await sleep(lasts);
      line.become("open");
    } else {
      hired.kill(kind === "kill" ? "SIGKILL" : "SIGTERM");
      const code = await hired.ended;
      if (kind === "drain" && code !== 0 && code !== null) wrong.push(`a worker that drained ended with ${code}`);
      await sleep(lasts);
      // Another event may have hired one already.
      if (workers[worker] === hired) workers[worker] = hire(worker);
    }
  };
  const building = async (): Promise<Outcome | undefined> => {
    const ended = bst("build", "all.bst");
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), limit * 1000);
    });
    const outcome = await Promise.race([ended, late]);
    clearTimeout(timer);
    if (outcome !== undefined) return outcome;
    client?.kill("SIGKILL");
    wrong.push(`the build hangs after ${limit} s:\n${(await ended).stderr.slice(-3000)}`);
    return undefined;
  };
  try {
    const began = Date.now();
    const events = chaos.events.map(async (event) => {
      await sleep(Math.max(0, began + event.at - Date.now()));
      await happen(event);
    });
    let outcome: Outcome | undefined;
    do {
      interrupted = false;
      outcome = await building();
    } while (interrupted && outcome !== undefined && outcome.status !== 0);
    await Promise.all(events);
    if (outcome !== undefined && outcome.status !== 0) wrong.push(`the build fails:\n${outcome.stderr.slice(-4000)}`);
    if (outcome?.status === 0) {
      const out = join(place, "out");
      const checkedOut = await bst("artifact", "checkout", "--directory", out, "all.bst");
      if (checkedOut.status !== 0)
        wrong.push(`what was built cannot be checked out:\n${checkedOut.stderr.slice(-2000)}`);
      for (let index = 0; index < count; index++) {
        const file = join(out, `out/${index}`);
        if (!existsSync(file) || readFileSync(file, "utf8") !== content(seed, index)) wrong.push(`e${index} is wrong`);
      }
    }
    for (const worker of workers) worker.kill("SIGTERM");
    for (const [index, worker] of workers.entries()) {
      const code = await Promise.race([worker.ended, sleep(60_000).then(() => "no end")]);
      if (code !== 0) wrong.push(`worker ${index} ends with ${code}:\n${worker.log().slice(-2000)}`);
      if (/^\s+at .*[(/].*:\d+:\d+\)?$|defect/im.test(worker.log()))
        wrong.push(`worker ${index} shows a stack:\n${worker.log().slice(-3000)}`);
      const runs = join(homeOf(index), "cache/millrace/runs");
      const left = existsSync(runs) ? readdirSync(runs) : [];
      if (left.length > 0) wrong.push(`worker ${index} leaves ${left.join(" ")}`);
      for (const hash of damaged(join(homeOf(index), "cache")))
        wrong.push(`worker ${index}: object ${hash} is damaged`);
    }
    return wrong;
  } finally {
    for (const worker of workers) worker.kill("SIGKILL");
    await Promise.all(workers.map(({ ended }) => ended));
    for (const line of lines) line.close();
  }
}

/** Runs the chaos of many numbers; returns whether nothing went wrong. */
export async function tryChaos(args: readonly string[]): Promise<boolean> {
  const number = (name: string, preset: number): number => {
    const at = args.indexOf(name);
    return at === -1 ? preset : Number(args[at + 1]);
  };
  const [runs, first] = [number("--runs", 20), number("--seed", 1)];
  const top = mkdtempSync(join(tmpdir(), "millrace-chaos-"));
  const farm = await BuildGrid.start();
  let failed = 0;
  try {
    for (let seed = first; seed < first + runs; seed++) {
      const place = join(top, `s${seed}`);
      const begun = Date.now();
      const wrong = await attempt(farm, place, seed);
      const what = chaosOf(seed).events.map(({ kind, at }) => `${kind} at ${(at / 1000).toFixed(1)} s`);
      const seconds = ((Date.now() - begun) / 1000).toFixed(0);
      console.log(`${wrong.length === 0 ? "well" : "WRONG"}: ${seed} in ${seconds} s (${what.join(", ")})`);
      for (const one of wrong) console.log(`  ${one}`);
      if (wrong.length > 0) failed++;
      rmSync(place, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    }
    const lost = damaged(join(farm.directory, "storage"));
    for (const hash of lost) console.log(`WRONG: the farm's object ${hash} is damaged`);
    console.log(`${runs} runs, ${failed} went wrong`);
    return failed + lost.length === 0;
  } finally {
    await farm.stop();
    rmSync(top, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}
