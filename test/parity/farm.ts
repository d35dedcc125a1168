/**
 * A farm out of packages: BuildGrid over PostgreSQL with two `bst worker`s, driven by both tools, for each a farm of its own that has built nothing. What is built there
 * has the keys and the content of what is built locally, by ours also for the kinds of both plugin packages; failing elements fail; workers may be killed, drained and lost, and the scheduler restarted, in the middle.
 *
 * Options: `--count N`, elements of the project (100); `--driver ours|oracle`, one of them alone.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as Trial from "../../packages/sandbox/test/fetch/registries/Trial.ts";
import * as BuildGrid from "../support/BuildGrid.ts";
import { findOracle, type Outcome, ours, run, type Tool, writeConfiguration } from "../support/tools.ts";
import * as Worker from "../support/Worker.ts";
import { writeWorkload } from "../support/workload.ts";
import * as PluginProject from "./PluginProject.ts";

const show = ["show", "--deps", "all", "--format", "%{name} %{full-key} %{state} %{artifact-cas-digest}", "all.bst"];

function remote(url: string): string {
  const service = `{ url: "${url}" }`;
  return `remote-execution:\n  execution-service: ${service}\n  storage-service: ${service}\n  action-cache-service: ${service}\n`;
}

/** Milliseconds for which the scheduler is away, at least: it takes some seconds more to start. */
const away = 10_000;

/** Runs the checks; returns whether all agreed. */
export async function compareFarm(args: readonly string[]): Promise<boolean> {
  const at = args.indexOf("--count");
  const count = at === -1 ? 100 : Number(args[at + 1]);
  const oracle = findOracle();
  const place = mkdtempSync(join(tmpdir(), "millrace-farm-parity-"));
  const project = join(place, "project");
  writeWorkload({ directory: project, count, shape: "layers", files: 5 });
  writeFileSync(
    join(project, "elements/failing.bst"),
    "kind: manual\nbuild-depends:\n- base.bst\nconfig:\n  install-commands:\n  - echo before; exit 9\n",
  );
  const sleeper = (name: string, seconds: number): string => {
    const commands = `  - sleep ${seconds}; mkdir -p %{install-root}; echo ${name} > %{install-root}/${name}\n`;
    const text = `kind: manual\nbuild-depends:\n- base.bst\nconfig:\n  install-commands:\n${commands}`;
    writeFileSync(join(project, `elements/${name}.bst`), text);
    return `${name}.bst`;
  };
  const slow = Array.from({ length: 6 }, (_, index) => sleeper(`slow${index}`, 2));
  const long = sleeper("long", 10);
  let agreed = true;
  const check = (what: string, good: boolean, detail = "") => {
    agreed &&= good;
    console.log(`${good ? "same" : "DIFFERENT"}: ${what}${good ? "" : `\n${detail.slice(-3000)}`}`);
  };
  const bstIn = (where: string, tool: Tool, configuration: string, ...words: readonly string[]): Promise<Outcome> =>
    run(tool, ["--no-colors", "--no-interactive", "-c", configuration, "-C", where, ...words], where);
  const bst = (tool: Tool, configuration: string, ...words: readonly string[]) =>
    bstIn(project, tool, configuration, ...words);
  const kinds = await PluginProject.write(join(place, "kinds"), Trial.packages(oracle.argv[0] as string));
  const python = `plugins:\n  python: ${join(dirname(oracle.argv[0] as string), "python")}\n`;
  /** Builds every kind of element; gives keys and digests. */
  const buildKinds = async (name: string, extra: string): Promise<string> => {
    const configuration = writeConfiguration(join(place, `kinds-${name}`), `${python}${extra}`);
    const built = await bstIn(kinds.project, ours, configuration, "build", ...PluginProject.buildable);
    check(`every kind of element builds ${name}`, built.status === 0, built.stderr);
    const shown = await bstIn(kinds.project, ours, configuration, ...show.slice(0, -1), ...PluginProject.buildable);
    return shown.stdout;
  };
  const only = args.indexOf("--driver") === -1 ? undefined : args[args.indexOf("--driver") + 1];
  const drivers = [oracle, ours].filter(({ name }) => only === undefined || only === name);
  const drive = async (driver: Tool, farm: BuildGrid.BuildGrid, expected: string): Promise<void> => {
    const workers: Worker.Worker[] = [];
    const hire = (name: string) => {
      const home = join(place, driver.name, name);
      mkdirSync(home, { recursive: true });
      const worker = Worker.start(home, farm.url, "--jobs", "2", "--name", name);
      workers.push(worker);
      return worker;
    };
    try {
      let [first, second] = [hire("first"), hire("second")];
      const configuration = writeConfiguration(join(place, `remote-${driver.name}`), remote(farm.url));
      const done = await bst(driver, configuration, "build", "all.bst");
      check(
        `${driver.name} builds ${count} elements on the farm (${done.seconds.toFixed(0)} s)`,
        done.status === 0,
        done.stderr,
      );
      const got = (await bst(driver, configuration, ...show)).stdout;
      check(
        `keys and digests are those of a local build (${driver.name})`,
        got === expected,
        `${got}\n---\n${expected}`,
      );
      if (driver === ours) {
        const [here, there] = [await buildKinds("locally", ""), await buildKinds("on the farm", remote(farm.url))];
        check("keys and digests of all kinds are those of a local build", there === here, `${there}\n---\n${here}`);
      }
      const failed = await bst(driver, configuration, "build", "failing.bst");
      check(
        `a failing element fails with its log (${driver.name})`,
        failed.status !== 0 && /before/.test(failed.stderr),
        failed.stderr,
      );
      // Workers and the scheduler come and go while elements are built.
      const going = bst(driver, configuration, "build", ...slow);
      await new Promise((resolve) => setTimeout(resolve, 3000));
      first.kill("SIGKILL");
      await first.ended;
      first = hire("first");
      // BuildStream does not wait for a scheduler that went away.
      if (driver === ours) await farm.restart(away);
      second.kill("SIGTERM");
      const drained = await second.ended;
      check("a worker that drains ends with 0", drained === 0, second.log());
      second = hire("second");
      const survived = await going;
      check(
        `workers that are killed and drained (and for ours a restarted scheduler) change nothing (${driver.name})`,
        survived.status === 0,
        survived.stderr,
      );
    } finally {
      for (const worker of workers) worker.kill("SIGKILL");
      await Promise.all(workers.map(({ ended }) => ended));
    }
  };
  /** The work of a worker that never comes back goes to another one, after what the scheduler waits for a word of it. */
  const vanish = async (): Promise<void> => {
    const wait = 15;
    const farm = await BuildGrid.start(wait);
    const hire = (name: string) => {
      const home = join(place, "vanishing", name);
      mkdirSync(home, { recursive: true });
      return Worker.start(home, farm.url, "--jobs", "1", "--name", name);
    };
    const workers = [hire("gone")];
    try {
      const configuration = writeConfiguration(join(place, "remote-vanishing"), remote(farm.url));
      const going = bst(ours, configuration, "build", long);
      await new Promise((resolve) => setTimeout(resolve, 6000));
      workers[0]?.kill("SIGKILL");
      await workers[0]?.ended;
      workers.push(hire("other"));
      const done = await going;
      const seconds = done.seconds.toFixed(0);
      check(`work of a worker that vanished is done by another one (${seconds} s)`, done.status === 0, done.stderr);
    } finally {
      for (const worker of workers) worker.kill("SIGKILL");
      await Promise.all(workers.map(({ ended }) => ended));
      await farm.stop();
    }
  };
  try {
    const local = writeConfiguration(join(place, "local"));
    const built = await bst(ours, local, "build", "all.bst");
    check("the project builds locally", built.status === 0, built.stderr);
    const expected = (await bst(ours, local, ...show)).stdout;
    for (const driver of drivers) {
      const farm = await BuildGrid.start();
      try {
        await drive(driver, farm, expected);
      } finally {
        await farm.stop();
      }
    }
    if (drivers.includes(ours)) await vanish();
    return agreed;
  } finally {
    kinds.close();
    rmSync(place, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}
