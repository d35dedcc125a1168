/**
 * One scenario of `Faults` for real: our `bst`, a proxy that makes trouble, buildbox-casd. Afterwards nothing may be wrong anywhere: the command ended in time, well or with
 * an error that people can read; what it says it did is done; every object here and on the server is what its name says; every artifact here, and every one that a fresh
 * machine can pull from the server, has the content of one that was built without any trouble; and the next build ends well.
 */
import type { ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as Buildbox from "./Buildbox.ts";
import * as Faults from "./Faults.ts";
import { bst, cached, copy, type Servers, settings, stall, type World } from "./FaultWorld.ts";
import * as GrpcProxy from "./GrpcProxy.ts";
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

/** What of a successful command is not done; `complete` says that everything must be on the server. */
type Check = (outcome: Outcome) => Promise<readonly string[]>;

/** Runs a scenario; gives what was wrong, nothing when all was well. `timed` also holds the stall time against it. */
export async function attempt(world: World, seed: number, timed = false): Promise<readonly string[]> {
  const scenario = Faults.scenario(seed);
  const { command, stock, kinds, layout, twist } = scenario;
  const executes = command === "execution" || command === "farm";
  const shares = !executes && command !== "storage";
  const twice = layout === "first" || layout === "second";
  const pulls = ["pull", "pull-trees", "checkout", "shell", "fetch"].includes(command);
  const place = join(world.place, `s${seed}`);
  const store = join(place, "server");
  if (stock !== "empty") copy(executes ? world.executed : world.filled, store);
  if (stock === "worn") Faults.expire(store, seed, 0.1);
  const home = join(place, "home");
  if (command === "push" || command === "push-sources") copy(world.built, home);
  const server = await Buildbox.start({ store, executes });
  const stores = [store];
  let sound: Buildbox.Casd | undefined;
  if (shares && layout !== "one") {
    const soundStore = join(place, "sound");
    if (twice ? pulls || seed % 2 === 0 : stock !== "empty") copy(twice ? world.other : world.filled, soundStore);
    sound = await Buildbox.start({ store: soundStore });
    stores.push(soundStore);
  }
  let executor: Buildbox.Casd | undefined;
  if (twist === "apart") {
    const own = join(place, "executor");
    executor = await Buildbox.start({ store: own, executes: true, storage: server.url });
    stores.push(own);
  }
  let child: ChildProcess | undefined;
  /** What happens to the server, one after the other. */
  let events = Promise.resolve();
  const inTurn = (event: () => Promise<void> | void): Promise<void> => {
    events = events.then(event);
    return events;
  };
  const happen: Readonly<Record<string, () => Promise<void> | void>> = {
    restart: () => inTurn(() => server.restart()),
    expire: () => inTurn(() => Faults.expire(store, seed)),
    wipe: () => inTurn(() => Faults.expire(store, seed, 1)),
    interrupt: () => void child?.kill("SIGINT"),
    kill: () => void child?.kill("SIGKILL"),
    terminate: () => void child?.kill("SIGTERM"),
    twice: async () => {
      child?.kill("SIGINT");
      await sleep(50);
      child?.kill("SIGINT");
    },
    away: () => {
      // The call that it happens at is among those that meet nobody.
      void inTurn(() => server.restart("SIGKILL", () => sleep(scenario.absence)));
    },
    reborn: () => inTurn(() => server.restart("SIGKILL", () => rmSync(store, { recursive: true, force: true }))),
  };
  const proxy = await GrpcProxy.start({
    port: server.port,
    fault: async (method, number) => {
      await happen[scenario.moments.get(number) ?? ""]?.();
      return scenario.fault(method, number);
    },
  });
  const away = `${world.archive}.away`;
  // The sources of some are nowhere but on the server.
  const orphaned = command === "fetch" && seed % 2 === 0;
  const wrong: string[] = [];
  const compare = (where: string, digests: ReadonlyMap<string, string>) => {
    for (const [name, digest] of digests)
      if (world.expected.get(name) !== digest) wrong.push(`${where}: ${name} has the content ${digest}`);
    return digests;
  };
  const checkOut = async (configured: string, out: string) => {
    const done = await bst(world, home, configured, ["artifact", "checkout", "--directory", out, "all.bst"]);
    if (done.status !== 0) wrong.push(`what was built cannot be checked out:\n${done.stderr.slice(-2000)}`);
    else checkFiles(out);
  };
  const checkFiles = (out: string) => {
    const made = contentOf(out);
    const bad = [...contentOf(join(world.place, "expected"))].filter(([path, hash]) => made.get(path) !== hash);
    if (bad.length > 0) wrong.push(`${bad.length} files that were checked out are wrong: ${bad[0]?.[0]}`);
  };
  const well: Servers = { layout, url: server.url, beside: sound?.url ?? server.url, execution: executor?.url };
  const direct = settings(command, well, true);
  const alone = settings(command, command === "storage" || command === "farm" ? well : undefined, true);
  const lies = ["corrupt", "empty", "garbage", "expire", "wipe", "reborn", "exhausted", "front", "status"];
  const troubled: Servers = {
    ...well,
    url: proxy.url,
    ...(twist === "hasty" ? { retries: 0 } : {}),
    fallsBack: twist === "fallback",
  };
  const checks: Partial<Record<Faults.Command, Check>> = {
    checkout: async () => {
      checkFiles(join(place, "out"));
      return [];
    },
    shell: async ({ stdout }) => (stdout === "left\n" ? [] : [`the shell printed ${JSON.stringify(stdout)}`]),
    fetch: async () => {
      const offline = await bst(world, home, settings(command, undefined), ["build", "all.bst"]);
      return offline.status === 0 ? [] : [`what was fetched is not whole:\n${offline.stderr.slice(-2000)}`];
    },
  };
  try {
    if (orphaned) renameSync(world.archive, away);
    const given = words[command].map((word) => (word === "OUT" ? join(place, "out") : word));
    const rival = join(place, "rival");
    const elsewhere = (word: string) => (word === "OUT" ? join(place, "rival-out") : word);
    if (twist === "rival" && (command === "push" || command === "push-sources")) copy(world.built, rival);
    const ended = bst(world, home, settings(command, troubled), given, (started) => {
      child = started;
    });
    const beside = twist === "rival" ? bst(world, rival, direct, words[command].map(elsewhere)) : undefined;
    const outcome = await Promise.race([
      ended,
      new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), limit * 1000).unref()),
    ]);
    if (outcome === undefined) child?.kill("SIGKILL");
    await proxy.close();
    await events;
    const other = await beside;
    if (other !== undefined && other.status !== 0 && unreadable(other.stderr) !== undefined)
      wrong.push(`the output of the second machine ${unreadable(other.stderr)}:\n${other.stderr.slice(-3000)}`);
    if (other !== undefined) compare("on the second machine", await cached(world, rival, alone));
    if (outcome === undefined) return [`it hangs after ${limit} s`];
    const silence = proxy.longestSilence();
    if (timed && silence > (stall + grace) * 1000) wrong.push(`a silent call was waited for ${silence} ms`);
    const ends = kinds.some((kind) => ["interrupt", "kill", "terminate", "twice"].includes(kind));
    const killed = kinds.includes("kill") && outcome.status === null;
    const told = kinds.some((kind) => ["interrupt", "terminate", "twice"].includes(kind));
    const flaw = outcome.status === 0 || killed || told ? undefined : unreadable(outcome.stderr);
    if (flaw !== undefined) wrong.push(`the output ${flaw}:\n${outcome.stderr.slice(-3000)}`);
    const here = compare("here", await cached(world, home, alone));
    const good = outcome.status === 0;
    if (!good && command === "execution" && twist === "fallback" && !ends)
      wrong.push(`it fails, though this machine could have done it:\n${outcome.stderr.slice(-3000)}`);
    if (!good && twice && pulls && !ends)
      wrong.push(`it fails, though a server has all:\n${outcome.stderr.slice(-3000)}`);
    const builds = ["build", "storage", "execution", "farm"].includes(command);
    const gone = kinds.some((kind) => ["expire", "wipe", "reborn"].includes(kind));
    if (good && builds && !(gone && alone !== settings(command, undefined)) && here.size !== world.expected.size)
      wrong.push("the build ended well, but not everything is there");
    if (good) wrong.push(...((await checks[command]?.(outcome)) ?? []));
    if (orphaned && existsSync(away)) renameSync(away, world.archive);
    for (const hash of damaged(join(home, "cache"))) wrong.push(`here: object ${hash} is damaged`);
    for (const one of stores) for (const hash of damaged(one)) wrong.push(`server: object ${hash} is damaged`);
    const fresh = join(place, "fresh");
    const pullers = settings("pull", shares ? well : { ...well, layout: "one" }, true);
    const pulled = await bst(world, fresh, pullers, words.pull);
    const there = compare("pulled", await cached(world, fresh, settings("pull", undefined)));
    if (pulled.status !== 0) wrong.push(`the server cannot be pulled from any more:\n${pulled.stderr.slice(-2000)}`);
    // What a build pulls without its build tree it does not push on.
    if (good && twice && (command === "push" || (command === "build" && stock === "empty"))) {
      const freshest = join(place, "freshest");
      const onlySound = settings("pull", { ...well, layout: "one", url: well.beside }, true);
      await bst(world, freshest, onlySound, words.pull);
      const had = compare("pulled", await cached(world, freshest, settings("pull", undefined)));
      if (had.size !== world.expected.size)
        wrong.push(`it ended well, but the server that nothing is wrong with has only ${[...had.keys()]}`);
    }
    if (good && command === "push" && !kinds.some((kind) => lies.includes(kind)) && there.size !== world.expected.size)
      wrong.push(
        `the push ended well, but a fresh machine has only ${[...there.keys()]}\n${pulled.stderr.slice(-5000)}`,
      );
    const again = await bst(world, home, direct, ["build", "all.bst"]);
    if (again.status !== 0) wrong.push(`the next build fails:\n${again.stderr.slice(-3000)}`);
    else if (compare("afterwards", await cached(world, home, alone)).size !== world.expected.size)
      wrong.push("after the next build not everything is there");
    else await checkOut(direct, join(place, "afterwards"));
    return wrong;
  } finally {
    if (existsSync(away)) renameSync(away, world.archive);
    await proxy.close().catch(() => {});
    await events.catch(() => {});
    await executor?.stop();
    await server.stop();
    await sound?.stop();
    rmSync(place, { recursive: true, force: true });
  }
}
