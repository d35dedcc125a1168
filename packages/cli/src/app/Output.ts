/**
 * Standard output and error, written synchronously.
 *
 * A command's report must be whole before the process ends, and in order with what child processes print; asynchronous streams give neither.
 * A reader that went away (`bst show | head`) is no failure: writing simply stops. A stream that a former program left non-blocking is waited for.
 */
import { writeSync } from "node:fs";
import { raise } from "@millrace/core/error/BstError";

const waiting = new Int32Array(new SharedArrayBuffer(4));
const pause = 5;

function write(descriptor: number, text: string | Uint8Array): void {
  const bytes = typeof text === "string" ? Buffer.from(text, "utf8") : text;
  let at = 0;
  while (at < bytes.length) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code;
      if (code === "EAGAIN") Atomics.wait(waiting, 0, 0, pause);
      // Where not even errors can be written, there is nobody left to tell.
      else if (code === "EPIPE" || descriptor === 2) return;
      else
        raise({
          domain: "APP",
          reason: null,
          message: `The standard output cannot be written: ${(cause as Error).message}`,
          hint: "Make room where the output goes, or send it somewhere else.",
        });
    }
  }
}

/** Writes to the standard output. */
export function out(text: string | Uint8Array): void {
  write(1, text);
}

/** Writes to the standard error. */
export function error(text: string | Uint8Array): void {
  write(2, text);
}
