/**
 * Directories that belong to a process: its runs, roots it is extracting, roots it uses. The owner's id and start time are in the name, so
 * that whoever comes later can tell a living owner from a killed one, even when the id was given out again.
 */
import { chmodSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

let counter = 0;

/** A fresh name of this process. */
export function name(): string {
  return `${owner()}-${counter++}`;
}

let own: string | undefined;

/** This process, as `PID-STARTTIME`. */
export function owner(): string {
  own ??= `${process.pid}-${startTime(process.pid) ?? 0}`;
  return own;
}

/** Whether the process that gave the name still runs. */
export function lives(owned: string): boolean {
  const match = /^(\d+)-(\d+)/.exec(owned);
  return match !== null && startTime(Number(match[1])) === Number(match[2]);
}

/** When a process started, in clock ticks since boot. */
function startTime(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
  } catch {
    return undefined;
  }
}

/** Removes what killed processes left in a directory, as far as this user may. */
export function clean(directory: string): void {
  for (const entry of list(directory)) {
    if (lives(entry)) continue;
    try {
      remove(join(directory, entry));
    } catch {
      // Of another user; the owner's next process removes it.
    }
  }
}

/** The names in a directory, none when it is not there. */
export function list(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** Removes a tree, whatever modes its directories have (the kernel's own below an overlay's work directory has none). */
export function remove(path: string): void {
  try {
    chmodSync(join(path, "work", "work"), 0o700);
  } catch {
    // Not every tree is a run's.
  }
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 3, retryDelay: 5 });
  } catch {
    open(path);
    rmSync(path, { recursive: true, force: true, maxRetries: 3, retryDelay: 5 });
  }
}

/** Gives the owner all rights on the directories of a tree. */
function open(path: string): void {
  try {
    chmodSync(path, 0o700);
  } catch {
    return;
  }
  for (const entry of readdirSync(path, { withFileTypes: true })) if (entry.isDirectory()) open(join(path, entry.name));
}
