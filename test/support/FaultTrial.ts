/**
 * One scenario of `Faults` for real: our `bst`, a proxy that makes trouble, buildbox-casd. Afterwards nothing may be wrong anywhere: the command ended in time, well or with
 * an error that people can read; every object here and on the server is what its name says; every artifact here, and every one that a fresh machine can pull from
 * the server, has the content of one that was built without any trouble.
 */
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as Buildbox from "./Buildbox.ts";
import * as Faults from "./Faults.ts";
import * as GrpcProxy from "./GrpcProxy.ts";
import { ours, run, writeConfiguration } from "./tools.ts";
import { writeBase } from "./workload.ts";

/** Seconds in which a server must say something, in every scenario. */
const stall = 2;
/** Seconds after which a command hangs: every call may stall with all its trials, and machines may be busy. */
const limit = 120;

const show = ["show", "--deps", "all", "--format", "%{name} %{artifact-cas-digest} %{state}", "all.bst"];

/** What all scenarios start from. */
export interface World {
  readonly place: string;
  readonly project: string;
  /** A cache with everything built, and a server's store with everything pushed. */
  readonly built: string;
  readonly filled: string;
  /** Digest of each element's files. */
  readonly expected: ReadonlyMap<string, string>;
  readonly close: () => void;
}

function settings(url: string | undefined): string {
  if (url === undefined) return "";
  const connection = `{ retry-limit: 1, retry-delay: 50, request-timeout: ${stall} }`;
  const server = `- url: "${url}"\n    push: true\n    connection-config: ${connection}\n`;
  return `scheduler:\n  network-retries: 1\nartifacts:\n  servers:\n  ${server}source-caches:\n  servers:\n  ${server}`;
}

function bst(world: Pick<World, "project">, home: string, url: string | undefined, ...words: readonly string[]) {
  const configuration = writeConfiguration(home, settings(url));
  return run(ours, ["--no-colors", "--no-interactive", "-c", configuration, ...words], world.project);
}

function digests(shown: string): Map<string, string> {
  return new Map(
    shown
      .trim()
      .split("\n")
      .map((line) => line.split(" ") as [string, string, string])
      .filter((words) => words[2] === "cached")
      .map(([name, digest]) => [name, digest]),
  );
}

/** Writes the project, builds it and fills a server. */
export async function prepare(): Promise<World> {
  const place = mkdtempSync(join(tmpdir(), "millrace-faults-"));
  const project = join(place, "project");
  writeBase(project);
  mkdirSync(join(project, "files/data"), { recursive: true });
  for (let at = 0; at < 40; at++) writeFileSync(join(project, `files/data/f${at}`), `${at}\n`.repeat(at * 30));
  // One that fits into no batch.
  writeFileSync(join(project, "files/data/large"), createHash("sha256").update("large").digest("hex").repeat(80_000));
  const write = (path: string, text: string) => writeFileSync(join(project, path), text);
  write("project.conf", "name: faults\nmin-version: 2.0\n");
  write("base.bst", "kind: import\nsources:\n- kind: local\n  path: files/base\n");
  write("data.bst", "kind: import\nsources:\n- kind: local\n  path: files/data\n");
  write(
    "made.bst",
    "kind: manual\nbuild-depends:\n- base.bst\n- data.bst\nconfig:\n  install-commands:\n  - mkdir -p %{install-root}/m; cat /f7 > %{install-root}/m/seven\n",
  );
  write("all.bst", "kind: stack\ndepends:\n- base.bst\n- data.bst\n- made.bst\n");
  const built = join(place, "built");
  const filled = join(place, "filled");
  const server = await Buildbox.start({ store: filled });
  try {
    const outcome = await bst({ project }, built, server.url, "build", "all.bst");
    if (outcome.status !== 0) throw new Error(outcome.stderr);
    const shown = await bst({ project }, built, undefined, ...show);
    const expected = digests(shown.stdout);
    return {
      place,
      project,
      built,
      filled,
      expected,
      close: () => rmSync(place, { recursive: true, force: true }),
    };
  } finally {
    await server.stop();
  }
}

/** Objects of a store whose content is not what their name says. */
function damaged(store: string): readonly string[] {
  const objects = join(store, "cas/objects");
  if (!existsSync(objects)) return [];
  return readdirSync(objects).flatMap((prefix) =>
    readdirSync(join(objects, prefix)).filter(
      (name) =>
        createHash("sha256")
          .update(readFileSync(join(objects, prefix, name)))
          .digest("hex") !==
        prefix + name,
    ),
  );
}

/** What is wrong with the output of a command that failed; it should say why, once, and never show our own code. */
function unreadable(stderr: string): string | undefined {
  if (/^\s+at .*[(/].*:\d+:\d+\)?$/m.test(stderr) || /defect/i.test(stderr)) return "shows a stack";
  if (!/(^|\s)(Error|FAILURE)/m.test(stderr)) return "does not say what went wrong";
  return undefined;
}

/** Runs a scenario; gives what was wrong, nothing when all was well. */
export async function attempt(world: World, seed: number): Promise<readonly string[]> {
  const scenario = Faults.scenario(seed);
  const place = join(world.place, `s${seed}`);
  const store = join(place, "server");
  if (scenario.filled) cpSync(world.filled, store, { recursive: true, preserveTimestamps: true });
  const home = join(place, "home");
  if (scenario.command === "push") cpSync(world.built, home, { recursive: true, preserveTimestamps: true });
  const server = await Buildbox.start({ store });
  const proxy = await GrpcProxy.start({
    port: server.port,
    fault: async (_, number) => {
      if (number === scenario.restartAt) await server.restart();
      if (number === scenario.expireAt) Faults.expire(store, seed);
      return scenario.fault(number);
    },
  });
  const wrong: string[] = [];
  const compare = (where: string, shown: string) => {
    for (const [name, digest] of digests(shown))
      if (world.expected.get(name) !== digest) wrong.push(`${where}: ${name} has the content ${digest}`);
    return digests(shown);
  };
  try {
    const words = {
      build: ["build"],
      pull: ["artifact", "pull", "--deps", "all"],
      push: ["artifact", "push", "--deps", "all"],
    };
    const ended = bst(world, home, proxy.url, ...words[scenario.command], "all.bst");
    const outcome = await Promise.race([
      ended,
      new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), limit * 1000).unref()),
    ]);
    await proxy.close();
    if (outcome === undefined) return [`it hangs after ${limit} s`];
    const flaw = outcome.status === 0 ? undefined : unreadable(outcome.stderr);
    if (flaw !== undefined) wrong.push(`the output ${flaw}:\n${outcome.stderr.slice(-3000)}`);
    const here = compare("here", (await bst(world, home, undefined, ...show)).stdout);
    if (scenario.command === "build" && outcome.status === 0 && here.size !== world.expected.size)
      wrong.push("the build ended well, but not everything is there");
    for (const hash of damaged(join(home, "cache"))) wrong.push(`here: object ${hash} is damaged`);
    for (const hash of damaged(store)) wrong.push(`server: object ${hash} is damaged`);
    const fresh = join(place, "fresh");
    const pulled = await bst(world, fresh, server.url, "artifact", "pull", "--deps", "all", "all.bst");
    compare("pulled", (await bst(world, fresh, undefined, ...show)).stdout);
    if (pulled.status !== 0) wrong.push(`the server cannot be pulled from any more:\n${pulled.stderr.slice(-2000)}`);
    return wrong;
  } finally {
    await proxy.close().catch(() => {});
    await server.stop();
    rmSync(place, { recursive: true, force: true });
  }
}
