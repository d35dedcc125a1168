/** The two tools that parity checks and benches compare: the built `bst` of this checkout, and the oracle. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Tool {
  readonly name: "ours" | "oracle";
  readonly argv: readonly string[];
}

/** What the launcher gives Node when it starts itself. */
const youngGeneration = "--max-semi-space-size=8";

/** The built `bst` of this checkout, or the launcher in `OURS` (`node scripts/build.mjs --out DIR` makes `DIR/bin/bst.js`). */
export const ours: Tool = {
  name: "ours",
  argv: [process.execPath, youngGeneration, process.env["OURS"] ?? join(root, "packages/cli/bin/bst.js")],
};

/** The oracle's `bst`: the path in `ORACLE`, or one in `PATH` that is not this checkout's. */
export function findOracle(): Tool {
  const candidates = [
    process.env["ORACLE"],
    ...(process.env["PATH"] ?? "").split(delimiter).map((directory) => join(directory, "bst")),
  ];
  for (const path of candidates) {
    if (path === undefined || path === "" || !existsSync(path) || path.startsWith(join(root, "node_modules"))) continue;
    const version = spawnSync(path, ["--version"], { encoding: "utf8" }).stdout?.trim();
    if (version === "2.8.1") return { name: "oracle", argv: [path] };
  }
  throw new Error(
    "The oracle is not here: pip install BuildStream==2.8.1 buildstream-plugins==2.8.0, then set ORACLE to its bst",
  );
}

/** Writes a user configuration with every directory under `place`, and returns its path. */
export function writeConfiguration(place: string, extra = ""): string {
  mkdirSync(place, { recursive: true });
  const path = join(place, "buildstream.conf");
  writeFileSync(path, `cachedir: ${place}/cache\nsourcedir: ${place}/sources\nlogdir: ${place}/logs\n${extra}`);
  return path;
}

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Wall-clock seconds. */
  readonly seconds: number;
  /** Highest resident size of the process itself, in MiB, sampled. */
  readonly peak: number;
}

function residentPeak(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** Runs a tool to its end and measures it. `spawned` gets the process. */
export function run(
  tool: Tool,
  args: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>> = {},
  spawned?: (child: ChildProcess) => void,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const started = performance.now();
    const [command, ...first] = tool.argv as [string, ...string[]];
    const child = spawn(command, [...first, ...args], {
      cwd,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...environment },
    });
    spawned?.(child);
    let stdout = "";
    let stderr = "";
    let peak = 0;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const sampler = setInterval(() => {
      peak = Math.max(peak, residentPeak(child.pid ?? 0));
    }, 20);
    child.on("close", (status) => {
      clearInterval(sampler);
      resolve({ status, stdout, stderr, seconds: (performance.now() - started) / 1000, peak });
    });
  });
}
