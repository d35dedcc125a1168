/**
 * BuildGrid over PostgreSQL on loopback: a scheduler with storage and action cache, as a farm has it.
 *
 * BuildGrid 0.4.4 is the newest that Python 3.11 takes; pip installs it once into `node_modules/.cache/buildgrid` (another one may be named in `BUILDGRID`, a virtual
 * environment). PostgreSQL is the system's package.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as Buildbox from "./Buildbox.ts";
import { root } from "./tools.ts";

export interface BuildGrid {
  readonly url: string;
  readonly port: number;
  readonly directory: string;
  /** Kills the server and starts it again on the same port, where nothing listens for at least so many milliseconds; its queue is in the database. */
  readonly restart: (away?: number) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** The virtual environment, made when it is not there. */
export function environment(): string {
  const given = process.env["BUILDGRID"];
  if (given !== undefined && given !== "") return given;
  const place = join(root, "node_modules/.cache/buildgrid");
  if (existsSync(join(place, "bin/bgd"))) return place;
  rmSync(place, { recursive: true, force: true });
  execFileSync("python3.11", ["-m", "venv", place], { stdio: "inherit" });
  execFileSync(join(place, "bin/pip"), ["install", "--quiet", "buildgrid[database]==0.4.4"], { stdio: "inherit" });
  return place;
}

function postgresPrograms(): string {
  const place = "/usr/lib/postgresql";
  const newest = existsSync(place)
    ? readdirSync(place)
        .sort((a, b) => Number(a) - Number(b))
        .at(-1)
    : undefined;
  if (newest === undefined) throw new Error("PostgreSQL is not here (Debian package: postgresql)");
  return join(place, newest, "bin");
}

/** PostgreSQL refuses to be root. */
function asPostgres(command: string, args: readonly string[]): readonly [string, readonly string[]] {
  if (process.geteuid?.() !== 0) return [command, args];
  return ["setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", "--", command, ...args]];
}

function configuration(port: number, database: string, storage: string, keepalive: number): string {
  return `server:
- !channel
  address: 127.0.0.1:${port}
  insecure-mode: true
connections:
- !sql-connection &database
  connection-string: ${database}
storages:
- !disk-storage &storage
  path: ${storage}
caches:
- !lru-action-cache &results
  storage: *storage
  max-cached-refs: 4096
  allow-updates: true
  cache-failed-actions: false
schedulers:
- !sql-scheduler &scheduler
  sql: *database
  storage: *storage
  action-cache: *results
  bot-session-keepalive-timeout: ${keepalive}
  property-set: !dynamic-property-set
    match-property-keys: [network]
    wildcard-property-keys: [unixUID, unixGID, remoteApisSocketPath]
instances:
- name: ''
  services:
  - !action-cache
    cache: *results
  - !execution
    scheduler: *scheduler
  - !cas
    storage: *storage
  - !bytestream
    storage: *storage
thread-pool-size: 50
`;
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => void child.once("exit", () => resolve()));
}

/** Starts database and server; both listen when the promise resolves. After `keepalive` seconds without a word of a worker its work is given to another one. */
export async function start(keepalive = 600): Promise<BuildGrid> {
  const bgd = join(environment(), "bin/bgd");
  const programs = postgresPrograms();
  const directory = mkdtempSync(join(tmpdir(), "millrace-farm-"));
  chmodSync(directory, 0o755);
  const data = join(directory, "data");
  mkdirSync(data, { mode: 0o700 });
  if (process.geteuid?.() === 0) {
    const number = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
    chownSync(data, number("-u"), number("-g"));
  }
  const [init, initArgs] = asPostgres(join(programs, "initdb"), ["-D", data, "-U", "bgd", "-A", "trust", "--no-sync"]);
  execFileSync(init, initArgs, { cwd: data, stdio: "ignore" });
  const databasePort = await Buildbox.freePort();
  const [postgres, postgresArgs] = asPostgres(join(programs, "postgres"), [
    ...["-D", data, "-p", String(databasePort), "-h", "127.0.0.1", "-k", data],
    ...["-c", "fsync=off", "-c", "max_connections=200"],
  ]);
  const log = openSync(join(directory, "log"), "a");
  const database = spawn(postgres, postgresArgs, { cwd: data, stdio: ["ignore", log, log] });
  if (!(await Buildbox.listens(databasePort, () => database.exitCode === null)))
    throw new Error(`PostgreSQL does not listen; see ${directory}/log`);
  // BuildGrid's notifier takes no newer driver than this one.
  const address = `postgresql+psycopg2://bgd@127.0.0.1:${databasePort}/postgres`;
  for (let trial = 0; ; trial++) {
    try {
      execFileSync(bgd, ["migrate", "apply", address], { stdio: ["ignore", log, log] });
      break;
    } catch (cause) {
      // The database may still be starting up.
      if (trial > 20) throw cause;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
  const port = await Buildbox.freePort();
  const file = join(directory, "bgd.yml");
  writeFileSync(file, configuration(port, address, join(directory, "storage"), keepalive));
  const launch = async () => {
    const child = spawn(bgd, ["server", "start", "-v", file], { cwd: directory, stdio: ["ignore", log, log] });
    if (!(await Buildbox.listens(port, () => child.exitCode === null)))
      throw new Error(`BuildGrid does not listen; see ${directory}/log`);
    return child;
  };
  let server = await launch();
  const kill = async () => {
    server.kill("SIGKILL");
    await ended(server);
  };
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    directory,
    restart: async (away = 0) => {
      await kill();
      await new Promise((resolve) => setTimeout(resolve, away));
      server = await launch();
    },
    stop: async () => {
      await kill();
      database.kill("SIGINT");
      await ended(database);
      rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}
