/** Modification times as trees keep them: whole microseconds, rounded down, also before 1970. */
import { lstatSync } from "node:fs";
import type { Timestamp } from "@millrace/core/tree/Directory";

/** The modification time of a file, link or directory. */
export function modified(path: string): Timestamp {
  const nanoseconds = lstatSync(path, { bigint: true }).mtimeNs;
  const whole = nanoseconds / 1000n - (nanoseconds % 1000n < 0n ? 1n : 0n);
  const seconds = whole / 1_000_000n - (whole % 1_000_000n < 0n ? 1n : 0n);
  return { seconds: Number(seconds), nanos: Number(whole - seconds * 1_000_000n) * 1000 };
}
