/**
 * Directories whose new sub-directories the file system puts in quiet parts of the disk.
 *
 * ext4 makes a file near its directory, and steps over the inodes there that were freed in the last minutes, one by one. Builds make and remove thousands of
 * files; where they do it again and again beside each other, making one file comes to cost half a millisecond. The top-directory attribute says that what is
 * below different sub-directories belongs apart. Other file systems know no such thing, and need none.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";

/** Makes directories that are not there yet, and asks for this of them; that it cannot be had is no failure. */
export function make(directories: readonly string[], mode?: number): void {
  const fresh = directories.filter((path) => statSync(path, { throwIfNoEntry: false }) === undefined);
  if (fresh.length === 0) return;
  for (const path of fresh) mkdirSync(path, { recursive: true, mode });
  try {
    execFileSync("chattr", ["+T", ...fresh], { stdio: "ignore", env: { PATH: searchPath } });
  } catch {
    // Without it, only time is lost.
  }
}

const searchPath = "/usr/bin:/bin:/usr/sbin:/sbin";
