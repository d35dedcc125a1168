/**
 * One scenario of `Faults` for real: our `bst`, a proxy that makes trouble, buildbox-casd. Afterwards nothing may be wrong anywhere: the command ended in time, well or with
 * an error that people can read; what it says it did is done; every object here and on the server is what its name says; every artifact here, and every one that a fresh
 * machine can pull from the server, has the content of one that was built without any trouble; and the next build ends well.
 */
import type { ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as FaultStage from "./FaultStage.ts";
import * as Faults from "./Faults.ts";
import { bst, cached, copy, type Servers, settings, stall, type World } from "./FaultWorld.ts";
import type { Outcome } from "./tools.ts";

/** Seconds after which a command hangs: every call may stall with all its trials, and machines may be busy. */
const limit = 180;
/** Seconds that a command may take beyond the stall time to give a silent call up, on a busy machine. */
const grace = 15;

const words: Readonly<Record<Faults.Command, readonly string[]>> = {
  build: ["build", "all.bst"],
  pull: ["artifact", "pull", "--deps", "all", "all.bst"],
  "pull-trees": ["--pull-buildtrees", "artifact", "pull", "--deps", "all", "all.bst"],
  checkout: ["artifact", "checkout", "--directory", "OUT", "all.bst"],
  shell: ["--pull-buildtrees", "shell", "--build", "--use-buildtree", "made.bst", "--", "cat", "left"],
  push: ["artifact", "push", "--deps", "all", "all.bst"],
  fetch: ["source", "fetch", "--deps", "all", "all.bst"],
  "push-sources": ["source", "push", "--deps", "all", "all.bst"],
  storage: ["build", "all.bst"],
  execution: ["build", "all.bst"],
  farm: ["build", "all.bst"],
};

/** Objects of a store whose content is not what their name says. */
export function damaged(store: string): readonly string[] {
  const objects = join(store, "cas/objects");
  if (!existsSync(objects)) return [];
  const hashOf = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");
  return readdirSync(objects).flatMap((prefix) =>
    readdirSync(join(objects, prefix)).filter((name) => hashOf(join(objects, prefix, name)) !== prefix + name),
  );
}

/** What is wrong with the output of a command that failed; it should say why, once, and never show our own code. */
function unreadable(stderr: string): string | undefined {
  if (/^\s+at .*[(/].*:\d+:\d+\)?$/m.test(stderr) || /defect|internal error/i.test(stderr)) return "shows a stack";
  if (!/(^|\s)(Error|FAILURE|Hint:)/m.test(stderr)) return "does not say what went wrong";
  return undefined;
}

/** Every file below a directory with its content. */
function contentOf(directory: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile())
      found.set(path.slice(directory.length), createHash("sha256").update(readFileSync(path)).digest("hex"));
  }
  return found;
}

/** A scenario under way. */
interface Trial {
  readonly world: World;
  readonly scenario: Faults.Scenario;
  readonly stage: FaultStage.Stage;
  readonly place: string;
  readonly home: string;
  /** Configuration with the servers as they are, and with those alone without which nothing here is whole. */
  readonly direct: string;
  readonly alone: string;
  /** What was found wrong. */
  readonly wrong: string[];
}

/** Runs a scenario; gives what was wrong, nothing when all was well. `timed` also holds the stall time against it. */
export async function attempt(world: World, seed: number, timed = false): Promise<readonly string[]> {
  const scenario = Faults.scenario(seed);
  const { command } = scenario;
  const place = join(world.place, `s${seed}`);
  const home = join(place, "home");
  if (pushes(scenario)) copy(world.built, home);
  const stage = await FaultStage.open(world, scenario, place);
  const behind = command === "storage" || command === "farm" ? stage.well : undefined;
  const direct = settings(command, stage.well, true);
  const alone = settings(command, behind, true);
  const trial: Trial = { world, scenario, stage, place, home, direct, alone, wrong: [] };
  const away = `${world.archive}.away`;
  // The sources of some are nowhere but on the server.
  if (command === "fetch" && seed % 2 === 0) renameSync(world.archive, away);
  try {
    const outcome = await perform(trial);
    if (outcome === undefined) return [`it hangs after ${limit} s`];
    const silence = stage.longestSilence();
    if (timed && silence > (stall + grace) * 1000) trial.wrong.push(`a silent call was waited for ${silence} ms`);
    await judgeCommand(trial, outcome);
    if (existsSync(away)) renameSync(away, world.archive);
    judgeObjects(trial);
    await judgeServers(trial, outcome.status === 0);
    await judgeNextBuild(trial);
    return trial.wrong;
  } finally {
    if (existsSync(away)) renameSync(away, world.archive);
    await stage.close();
    rmSync(place, { recursive: true, force: true });
  }
}

const pushes = ({ command }: Faults.Scenario): boolean => command === "push" || command === "push-sources";

/** Runs the command amid the trouble, and a second machine beside it where the scenario has one. Undefined when it hangs. */
async function perform({ world, scenario, stage, place, home, direct, alone, wrong }: Trial) {
  const { command, twist } = scenario;
  const given = (out: string) => words[command].map((word) => (word === "OUT" ? join(place, out) : word));
  const rival = join(place, "rival");
  if (twist === "rival" && pushes(scenario)) copy(world.built, rival);
  let child: ChildProcess | undefined;
  const ended = bst(world, home, settings(command, stage.troubled), given("out"), (started) => {
    child = started;
    stage.aim(started);
  });
  const beside = twist === "rival" ? bst(world, rival, direct, given("rival-out")) : undefined;
  const outcome = await Promise.race([
    ended,
    new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), limit * 1000).unref()),
  ]);
  if (outcome === undefined) child?.kill("SIGKILL");
  await stage.calm();
  const other = await beside;
  if (other === undefined) return outcome;
  const flaw = other.status === 0 ? undefined : unreadable(other.stderr);
  if (flaw !== undefined) wrong.push(`the output of the second machine ${flaw}:\n${other.stderr.slice(-3000)}`);
  compare({ world, wrong }, "on the second machine", await cached(world, rival, alone));
  return outcome;
}

/** Holds what is cached somewhere against what was built without trouble; gives it back. */
function compare(
  { world, wrong }: Pick<Trial, "world" | "wrong">,
  where: string,
  digests: ReadonlyMap<string, string>,
) {
  for (const [name, digest] of digests)
    if (world.expected.get(name) !== digest) wrong.push(`${where}: ${name} has the content ${digest}`);
  return digests;
}

/** How the command ended, and whether what it says it did is done. */
async function judgeCommand(trial: Trial, outcome: Outcome): Promise<void> {
  const { world, scenario, home, alone, wrong } = trial;
  const { command, kinds, twist } = scenario;
  const isOf = (...some: readonly string[]): boolean => kinds.some((kind) => some.includes(kind));
  const told = isOf("interrupt", "terminate", "twice");
  const killed = isOf("kill") && outcome.status === null;
  const good = outcome.status === 0;
  const said = outcome.stderr.slice(-3000);
  const flaw = good || killed || told ? undefined : unreadable(outcome.stderr);
  if (flaw !== undefined) wrong.push(`the output ${flaw}:\n${said}`);
  const ends = told || isOf("kill");
  if (!good && command === "execution" && twist === "fallback" && !ends)
    wrong.push(`it fails, though this machine could have done it:\n${said}`);
  if (!good && FaultStage.isTwice(scenario) && FaultStage.pulls(scenario) && !ends)
    wrong.push(`it fails, though a server has all:\n${said}`);
  const here = compare(trial, "here", await cached(world, home, alone));
  if (!good) return;
  const builds = ["build", "storage", "execution", "farm"].includes(command);
  const gone = isOf("expire", "wipe", "reborn") && alone !== settings(command, undefined);
  if (builds && !gone && here.size !== world.expected.size)
    wrong.push("the build ended well, but not everything is there");
  await judgeWork(trial, outcome);
}

/** Whether commands that leave no artifacts did what they say. */
async function judgeWork({ world, scenario, place, home, wrong }: Trial, { stdout }: Outcome): Promise<void> {
  const { command } = scenario;
  if (command === "checkout") checkFiles({ world, wrong }, join(place, "out"));
  if (command === "shell" && stdout !== "left\n") wrong.push(`the shell printed ${JSON.stringify(stdout)}`);
  if (command !== "fetch") return;
  const offline = await bst(world, home, settings(command, undefined), ["build", "all.bst"]);
  if (offline.status !== 0) wrong.push(`what was fetched is not whole:\n${offline.stderr.slice(-2000)}`);
}

/** Holds what was checked out against what it should be. */
function checkFiles({ world, wrong }: Pick<Trial, "world" | "wrong">, out: string): void {
  const made = contentOf(out);
  const bad = [...contentOf(join(world.place, "expected"))].filter(([path, hash]) => made.get(path) !== hash);
  if (bad.length > 0) wrong.push(`${bad.length} files that were checked out are wrong: ${bad[0]?.[0]}`);
}

/** Whether every object here and on servers is what its name says. */
function judgeObjects({ stage, home, wrong }: Trial): void {
  for (const hash of damaged(join(home, "cache"))) wrong.push(`here: object ${hash} is damaged`);
  for (const store of stage.stores) for (const hash of damaged(store)) wrong.push(`server: object ${hash} is damaged`);
}

/** What fresh machines get from the servers; `good` says that the command ended well. */
async function judgeServers(trial: Trial, good: boolean): Promise<void> {
  const { world, scenario, stage, place, wrong } = trial;
  const { command, kinds, stock } = scenario;
  const get = async (name: string, servers: Servers) => {
    const home = join(place, name);
    const pulled = await bst(world, home, settings("pull", servers, true), words.pull);
    return { pulled, had: compare(trial, "pulled", await cached(world, home, settings("pull", undefined))) };
  };
  const all = await get("fresh", FaultStage.shares(scenario) ? stage.well : { ...stage.well, layout: "one" });
  const said = all.pulled.stderr;
  if (all.pulled.status !== 0) wrong.push(`the server cannot be pulled from any more:\n${said.slice(-2000)}`);
  if (!good) return;
  // What a build pulls without its build tree it does not push on.
  if (FaultStage.isTwice(scenario) && (command === "push" || (command === "build" && stock === "empty"))) {
    const { had } = await get("freshest", { ...stage.well, layout: "one", url: stage.well.beside });
    if (had.size !== world.expected.size)
      wrong.push(`it ended well, but the server that nothing is wrong with has only ${[...had.keys()]}`);
  }
  const lies = ["corrupt", "empty", "garbage", "expire", "wipe", "reborn", "exhausted", "front", "status"];
  if (command === "push" && !kinds.some((kind) => lies.includes(kind)) && all.had.size !== world.expected.size)
    wrong.push(`the push ended well, but a fresh machine has only ${[...all.had.keys()]}\n${said.slice(-5000)}`);
}

/** Whether the next build ends well, with everything there. */
async function judgeNextBuild(trial: Trial): Promise<void> {
  const { world, place, home, direct, alone, wrong } = trial;
  const again = await bst(world, home, direct, ["build", "all.bst"]);
  if (again.status !== 0) {
    wrong.push(`the next build fails:\n${again.stderr.slice(-3000)}`);
    return;
  }
  if (compare(trial, "afterwards", await cached(world, home, alone)).size !== world.expected.size) {
    wrong.push("after the next build not everything is there");
    return;
  }
  const out = join(place, "afterwards");
  const done = await bst(world, home, direct, ["artifact", "checkout", "--directory", out, "all.bst"]);
  if (done.status !== 0) wrong.push(`what was built cannot be checked out:\n${done.stderr.slice(-2000)}`);
  else checkFiles(trial, out);
}
