/** What all scenarios of `Faults` start from: a project, a cache with all of it, and what a server has of it. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as Buildbox from "./Buildbox.ts";
import type { Command, Layout } from "./Faults.ts";
import { type Outcome, ours, run, writeConfiguration } from "./tools.ts";
import { writeBase } from "./workload.ts";

/** Seconds in which a server must say something, in every scenario. */
export const stall = 2;

export interface World {
  readonly place: string;
  readonly project: string;
  /** An archive that is the source of an element; the scenario may take it away. */
  readonly archive: string;
  /** A cache with everything built. */
  readonly built: string;
  /** What a cache server has with everything pushed, and an execution service with everything executed. */
  readonly filled: string;
  readonly executed: string;
  /** What another server has, to which another machine pushed what it built: the same content, in other records. */
  readonly other: string;
  /** Digest of each element's files, which are checked out below `place` as `expected`. */
  readonly expected: ReadonlyMap<string, string>;
  readonly close: () => void;
}

/** The servers of a scenario: the one that trouble comes from, and the one beside it. */
export interface Servers {
  readonly layout: Layout;
  readonly url: string;
  /** In layouts with one server the same as {@link url}. */
  readonly beside: string;
  /** An execution service of its own. */
  readonly execution?: string | undefined;
  /** How often a call is tried again; once where nothing is said. */
  readonly retries?: number;
  /** Whether this machine builds what the execution service cannot. */
  readonly fallsBack?: boolean;
}

/** The shared caches of a layout, in their order. */
function sharedCaches({ layout, url, beside }: Servers): readonly { readonly url: string; readonly type: string }[] {
  const [troubled, sound] = [
    { url, type: "all" },
    { url: beside, type: "all" },
  ];
  if (layout === "first") return [troubled, sound];
  if (layout === "second") return [sound, troubled];
  if (layout === "index" || layout === "storage")
    return [
      { url, type: layout },
      { url: beside, type: layout === "index" ? "storage" : "index" },
    ];
  return [troubled];
}

/** The configuration of a command of a kind; without servers that of a machine on its own. `patient` is for servers that nothing is wrong with. */
export function settings(command: Command, servers: Servers | undefined, patient = false): string {
  const connection = `connection-config: { retry-limit: ${servers?.retries ?? 1}, retry-delay: 50, request-timeout: ${patient ? 60 : stall} }`;
  const always = "  cache-buildtrees: always\n";
  const first = "scheduler:\n  network-retries: 1\n";
  if (servers === undefined) return `${first}cache:\n${always}`;
  const { layout, url, beside } = servers;
  const service = (url: string) => `{ url: "${url}", ${connection} }`;
  const behind = command === "storage" || command === "farm" ? `  storage-service: ${service(url)}\n` : "";
  const head = `${first}cache:\n${always}${behind}`;
  if (command === "storage") return head;
  if (command === "execution" || command === "farm") {
    const services = ["execution", "storage", "action-cache"].map((name) => {
      const usual = layout === "one" || layout === name ? url : beside;
      return `  ${name}-service: ${service((name === "execution" ? servers.execution : undefined) ?? usual)}\n`;
    });
    const fallback = servers.fallsBack === true ? "  fallback: local\n" : "";
    return `${head}remote-execution:\n${services.join("")}${fallback}`;
  }
  const list = sharedCaches(servers).map(
    ({ url, type }) => `  - url: "${url}"\n    push: true\n    type: ${type}\n    ${connection}\n`,
  );
  return `${head}artifacts:\n  servers:\n${list.join("")}source-caches:\n  servers:\n${list.join("")}`;
}

/** Runs our `bst` in the project. */
export function bst(
  world: Pick<World, "project">,
  home: string,
  configured: string,
  words: readonly string[],
  started?: Parameters<typeof run>[4],
): Promise<Outcome> {
  const configuration = writeConfiguration(home, configured);
  return run(ours, ["--no-colors", "--no-interactive", "-c", configuration, ...words], world.project, {}, started);
}

const show = ["show", "--deps", "all", "--format", "%{name} %{artifact-cas-digest} %{state}", "all.bst"];

/** Digests of the files of what is cached under a configuration, by element. */
export async function cached(
  world: Pick<World, "project">,
  home: string,
  configured: string,
): Promise<ReadonlyMap<string, string>> {
  const shown = await bst(world, home, configured, show);
  const lines = shown.stdout.trim().split("\n");
  return new Map(
    lines
      .map((line) => line.split(" ") as [string, string, string])
      .filter((words) => words[2] === "cached")
      .map(([name, digest]) => [name, digest]),
  );
}

function writeProject(project: string, archive: string): void {
  writeBase(project);
  mkdirSync(join(project, "files/data"), { recursive: true });
  for (let at = 0; at < 40; at++) writeFileSync(join(project, `files/data/f${at}`), `${at}\n`.repeat(at * 30));
  // One that fits into no batch.
  const large = createHash("sha256").update("large").digest("hex").repeat(80_000);
  writeFileSync(join(project, "files/data/large"), large);
  execFileSync("tar", ["-C", join(project, "files"), "-czf", archive, "data"]);
  const ref = createHash("sha256").update(readFileSync(archive)).digest("hex");
  const write = (path: string, text: string) => writeFileSync(join(project, path), text);
  write("project.conf", `name: faults\nmin-version: 2.0\naliases:\n  here: file://${archive.replace(/[^/]*$/, "")}\n`);
  write("base.bst", "kind: import\nsources:\n- kind: local\n  path: files/base\n");
  write("data.bst", "kind: import\nsources:\n- kind: local\n  path: files/data\n");
  const name = archive.slice(archive.lastIndexOf("/") + 1);
  write("packed.bst", `kind: import\nsources:\n- kind: tar\n  url: here:${name}\n  ref: ${ref}\n`);
  write(
    "made.bst",
    "kind: manual\nbuild-depends:\n- base.bst\n- data.bst\nconfig:\n  build-commands:\n  - echo left > left\n  install-commands:\n  - mkdir -p %{install-root}/m; cat /f7 > %{install-root}/m/seven\n",
  );
  write("all.bst", "kind: stack\ndepends:\n- base.bst\n- data.bst\n- packed.bst\n- made.bst\n");
}

/** Writes the project, builds it, and fills servers. */
export async function prepare(): Promise<World> {
  const place = mkdtempSync(join(tmpdir(), "millrace-faults-"));
  const project = join(place, "project");
  const archive = join(place, "packed.tar.gz");
  writeProject(project, archive);
  const built = join(place, "built");
  const [filled, executed, other] = [join(place, "filled"), join(place, "executed"), join(place, "other")];
  const build = async (command: Command, store: string, home: string) => {
    const server = await Buildbox.start({ store, executes: command === "execution" });
    try {
      const servers = { layout: "one", url: server.url, beside: server.url } as const;
      const outcome = await bst({ project }, home, settings(command, servers, true), ["build", "all.bst"]);
      if (outcome.status !== 0) throw new Error(outcome.stderr);
    } finally {
      await server.stop();
    }
  };
  await build("build", filled, built);
  const another = join(place, "another");
  await build("execution", executed, another);
  rmSync(another, { recursive: true });
  await build("build", other, another);
  rmSync(another, { recursive: true });
  const out = ["artifact", "checkout", "--directory", join(place, "expected"), "all.bst"];
  await bst({ project }, built, settings("build", undefined), out);
  const expected = await cached({ project }, built, settings("build", undefined));
  const close = () => rmSync(place, { recursive: true, force: true });
  return { place, project, archive, built, filled, executed, other, expected, close };
}

/** A copy of a directory of the world, with the times of its files. */
export function copy(from: string, to: string): void {
  cpSync(from, to, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
}
