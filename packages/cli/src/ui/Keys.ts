/**
 * Single keys from the terminal while a session runs, without echo and without waiting for a line.
 *
 * Only these two properties of the terminal change, so Ctrl-C and Ctrl-Z stay signals; they change back for questions, while the process is stopped, and at the end. A
 * process in the background leaves the terminal alone: reading it, or changing it, would stop the process.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

export interface Keys {
  /** Gives the terminal back, with all its properties. */
  readonly pause: () => void;
  /** Listens again, where this process is in the foreground; may be called any number of times. */
  readonly resume: () => void;
  /** Gives the terminal back for good. */
  readonly close: () => void;
}

/** Whether this process belongs to the group that its terminal listens to. */
function inForeground(): boolean {
  try {
    // After the name in brackets: state, parent, group, session, terminal, foreground group.
    const fields = /\) (.*)/.exec(readFileSync("/proc/self/stat", "latin1"))?.[1]?.split(" ");
    return fields !== undefined && fields[2] === fields[5];
  } catch {
    return false;
  }
}

function stty(...words: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync("stty", words, { stdio: ["inherit", "pipe", "ignore"], encoding: "latin1" });
  return status === 0 ? stdout.trim() : undefined;
}

/** Hands keys to `press`; undefined where standard input is no terminal. */
export function listen(press: (key: string) => void): Keys | undefined {
  if (!process.stdin.isTTY) return undefined;
  /** The properties to go back to, while they are changed. */
  let before: string | undefined;
  let over = false;
  const heard = (bytes: Buffer) => {
    for (const key of bytes.toString("latin1")) press(key);
  };
  const pause = () => {
    if (before === undefined) return;
    process.stdin.off("data", heard).pause();
    stty(before);
    before = undefined;
  };
  const resume = () => {
    if (over || before !== undefined || !inForeground()) return;
    before = stty("-g");
    if (before === undefined || stty("-icanon", "-echo", "min", "1", "time", "0") === undefined) {
      over = true;
      return;
    }
    process.stdin.on("data", heard).resume();
    process.stdin.unref();
  };
  process.on("exit", pause);
  resume();
  return {
    pause,
    resume,
    close: () => {
      process.off("exit", pause);
      pause();
      over = true;
    },
  };
}
