/** What a tool answers to one command, reduced to what must agree between the two. */
import { spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { ours } from "../support/tools.ts";

/** What a tool said, reduced to what must agree. */
export interface Answer {
  readonly status: number | null;
  readonly stdout: string;
  readonly domain: string | null;
  readonly reason: string | null;
  readonly place: string | null;
  readonly message: string | null;
}

const placePattern = /([^\s:]*(?::[^\s:]*)*) \[line (\d+) column (\d+)\]/;

/** Reduces what a tool said; the place is the first one that its message names. */
export function answer(
  status: number | null,
  stdout: string,
  error: { domain: string; reason: string | null; message: string } | null,
): Answer {
  const place = error === null ? null : (placePattern.exec(error.message)?.[0] ?? null);
  return {
    status,
    stdout,
    domain: error?.domain ?? null,
    reason: error?.reason ?? null,
    place,
    message: error?.message ?? null,
  };
}

/** Asks the built `bst` of this checkout. */
export async function askOurs(directory: string, args: readonly string[], errorFile: string): Promise<Answer> {
  rmSync(errorFile, { force: true });
  const [command, ...first] = ours.argv as [string, ...string[]];
  const child = spawn(command, [...first, ...args], {
    cwd: directory,
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, BST_ERROR_FILE: errorFile },
  });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
  let error = null;
  try {
    error = JSON.parse(readFileSync(errorFile, "utf8"));
  } catch {
    // No error file: no error.
  }
  return answer(status, stdout, error);
}
