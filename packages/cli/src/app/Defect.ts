/**
 * What happens when `bst` itself is broken: the user gets two lines and the name of a file, never a stack trace.
 *
 * The trace goes to a file in the log directory or, where that cannot be written, in the system's temporary directory.
 */
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as MakeDirectory from "@millrace/sandbox/files/MakeDirectory";
import type { Environment } from "./Environment.ts";
import * as ErrorReport from "./ErrorReport.ts";

function trace(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const inner = cause.cause === undefined ? "" : `\ncaused by: ${trace(cause.cause)}`;
  return `${cause.stack ?? cause.message}${inner}`;
}

function save(text: string, environment: Environment): string | undefined {
  const candidates = [join(environment["XDG_CACHE_HOME"] ?? tmpdir(), "buildstream", "logs"), tmpdir()];
  for (const directory of candidates) {
    const file = join(directory, `bst-defect-${process.pid}.txt`);
    try {
      MakeDirectory.make(directory);
      writeFileSync(file, text);
      return file;
    } catch {
      // The next directory may be writable.
    }
  }
  return undefined;
}

/** Reports a defect; returns what to print on the standard error. */
export function report(cause: unknown, environment: Environment, words: readonly string[]): string {
  const text = `bst ${words.join(" ")}\nnode ${process.version} ${process.platform} ${process.arch}\n\n${trace(cause)}\n`;
  const file = save(text, environment);
  const message = cause instanceof Error ? cause.message : String(cause);
  ErrorReport.writeFile(
    environment["BST_ERROR_FILE"],
    `${JSON.stringify({ domain: null, reason: null, message, task: null, crash: text })}\n`,
  );
  const where = file === undefined ? "" : `\n    What developers need to know is in ${file}; please report it.`;
  return `\nThis is a defect in bst, not in your project: ${message.split("\n")[0]}\n${where}\n`;
}
