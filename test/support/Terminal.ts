/** A command on a terminal of its own, and a person in front of it: what is shown is kept as written and as a screen, what is awaited is looked for in it. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import * as Screen from "./Screen.ts";
import { root } from "./tools.ts";

export interface Terminal {
  /** Process id of the command. */
  readonly pid: number;
  /** All that was written. */
  readonly written: () => string;
  /** The same without what speaks to the terminal. */
  readonly shown: () => string;
  /** What is to be seen now, and above. */
  readonly screen: () => Screen.Screen;
  readonly type: (text: string) => void;
  readonly resize: (columns: number, rows: number) => void;
  /** Takes the terminal away, as closing its window does. */
  readonly hangUp: () => void;
  /** Waits until this is written, colours aside, after what was waited for before; gives what came up to there. Fails after half a minute. */
  readonly until: (pattern: RegExp) => Promise<string>;
  /** The exit code; negative for a signal. */
  readonly ended: Promise<number>;
}

const patience = 30_000;

/** Runs a command on a terminal of `columns` by `rows`. */
export async function open(
  command: readonly string[],
  cwd: string,
  {
    columns = 100,
    rows = 30,
    env = {},
  }: { columns?: number; rows?: number; env?: Readonly<Record<string, string>> } = {},
): Promise<Terminal> {
  const child = spawn("python3", [join(root, "test/support/terminal.py"), String(columns), String(rows), ...command], {
    cwd,
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, TERM: "xterm-256color", CI: "", ...env },
  });
  let written = "";
  let plain = "";
  let from = 0;
  let told = "";
  const screen = Screen.make(columns);
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    written += text;
    plain = stripVTControlCharacters(written);
    screen.write(text);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    told += text;
  });
  let over = false;
  void child.on("close", () => {
    over = true;
  });
  const ended = new Promise<number>((resolve) =>
    child.on("close", () => resolve(Number(told.trim().split("\n").at(-1)))),
  );
  while (!told.includes("\n")) await sleep(10);
  const order = (what: object) => void child.stdin.write(`${JSON.stringify(what)}\n`);
  return {
    pid: Number(told.split("\n")[0]),
    written: () => written,
    shown: () => plain,
    screen: () => screen,
    type: (text) => order({ type: text }),
    resize: (width, height) => {
      screen.resize(width);
      order({ size: [width, height] });
    },
    hangUp: () => order({ hangup: true }),
    until: async (pattern) => {
      for (let waited = 0; waited < patience; waited += 20) {
        const found = pattern.exec(plain.slice(from));
        if (found !== null) {
          const seen = plain.slice(from, from + found.index + found[0].length);
          from += seen.length;
          return seen;
        }
        if (over) break;
        await sleep(20);
      }
      throw new Error(`${pattern} did not appear; what did is:\n${plain.slice(from)}\n${told}`);
    },
    ended,
  };
}
