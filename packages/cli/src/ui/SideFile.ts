/**
 * A file that is written beside what is shown: a copy of the log, events, a recording.
 *
 * It must not be able to hold a command up, or to end one that has begun: a pipe that nobody reads is refused, and a file that cannot be written any more is given up.
 */
import * as fs from "node:fs";
import { BstError } from "@millrace/core/error/BstError";

export interface SideFile {
  readonly write: (text: string) => void;
  readonly close: () => void;
}

/** Opens for writing. Opening a pipe waits for a reader, so one without any fails (ENXIO). */
function descriptorOf(path: string): number {
  if (fs.statSync(path, { throwIfNoEntry: false })?.isFIFO() !== true) return fs.openSync(path, "w");
  // This one asks without waiting, and stays until the other is there: a reader takes a pipe without a writer for ended.
  const asking = fs.openSync(path, fs.constants.O_WRONLY | fs.constants.O_NONBLOCK);
  try {
    return fs.openSync(path, "w");
  } finally {
    fs.closeSync(asking);
  }
}

/**
 * Begins a file, replacing an old one. Throws the system's error where it cannot be opened, or its first text cannot be written.
 *
 * @param first what it begins with.
 * @param lost hears once that it cannot be written any more, and why.
 */
export function open(path: string, first: string, lost: (cause: Error) => void): SideFile {
  const descriptor = descriptorOf(path);
  let given = true;
  if (first !== "") fs.writeSync(descriptor, first);
  return {
    write: (text) => {
      if (!given) return;
      try {
        fs.writeSync(descriptor, text);
      } catch (cause) {
        given = false;
        lost(cause as Error);
      }
    },
    close: () => fs.closeSync(descriptor),
  };
}

/** The system's words, where they would not be understood in ours. */
export function reason(cause: Error): string {
  switch ((cause as NodeJS.ErrnoException).code) {
    case "ENXIO":
      return "it is a pipe that nothing reads";
    case "EPIPE":
      return "nothing reads the pipe any more";
    case "ENOSPC":
      return "there is no space left on its device";
    default:
      return cause.message;
  }
}

const hints: Readonly<Record<string, string>> = {
  ENOENT: "Name a file in a directory that is there.",
  ENOTDIR: "Name a file in a directory that is there.",
  EISDIR: "Name a file, not a directory.",
  ENXIO: "Start the reader of the pipe first.",
  ENOSPC: "Make room there, or name a file on another device.",
};

/** The error for a file that could not be opened; `what` names it in the sentence. */
export function refused(what: string, path: string, cause: Error): BstError {
  return new BstError({
    domain: "APP",
    reason: null,
    message: `The ${what} ${path} cannot be written: ${reason(cause)}`,
    hint: hints[(cause as NodeJS.ErrnoException).code ?? ""] ?? "Name a file that you may write.",
  });
}
