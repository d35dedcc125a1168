/** `bst worker` of this checkout as a process, with a cache directory of its own. */
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ours, writeConfiguration } from "./tools.ts";

export interface Worker {
  readonly pid: number;
  readonly log: () => string;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Resolves to the exit code, null after a signal. */
  readonly ended: Promise<number | null>;
}

/** Starts a worker below `place`; its log is a file there. */
export function start(place: string, scheduler: string, ...options: readonly string[]): Worker {
  const configuration = writeConfiguration(place);
  const [command, ...first] = ours.argv as [string, ...string[]];
  const file = join(place, "log");
  const log = openSync(file, "a");
  const words = ["--no-colors", "-c", configuration, "worker", ...options, scheduler];
  const child = spawn(command, [...first, ...words], { stdio: ["ignore", log, log] });
  closeSync(log);
  return {
    pid: child.pid ?? 0,
    log: () => readFileSync(file, "utf8"),
    kill: (signal) => void child.kill(signal),
    ended: new Promise((resolve) => child.once("exit", (code) => resolve(code))),
  };
}
