/**
 * Directories whose new sub-directories the file system puts in quiet parts of the disk.
 *
 * ext4 makes a file near its directory, and steps over the inodes there that were freed in the last minutes, one by one. Builds make and remove thousands of
 * files; where they do it again and again beside each other, making one file comes to cost half a millisecond. The top-directory attribute says that what is
 * below different sub-directories belongs apart. Other file systems know no such thing, and need none.
 */
import { mkdirSync, statfsSync, statSync } from "node:fs";

/** Makes directories that are not there yet, and asks for this of them; that it cannot be had is no failure. */
export function make(directories: readonly string[], mode?: number): void {
  const fresh = directories.filter((path) => statSync(path, { throwIfNoEntry: false }) === undefined);
  if (fresh.length === 0) return;
  for (const path of fresh) mkdirSync(path, { recursive: true, mode });
  change("+T", fresh);
}

/** Asks for it while somebody else's directory is filled; gives what takes it back. */
export function during(directory: string): () => void {
  if (statfsSync(directory).type !== ext4 || !change("+T", [directory])) return () => {};
  return () => void change("-T", [directory]);
}

/** What the kernel calls ext2 to ext4. */
const ext4 = 0xef53;

function change(attribute: string, directories: readonly string[]): boolean {
  // Not imported: each thread of the store would load it, and hardly one needs it.
  const { execFileSync } = process.getBuiltinModule("node:child_process");
  try {
    execFileSync("chattr", [attribute, ...directories], { stdio: "ignore", env: { PATH: searchPath } });
    return true;
  } catch {
    // Without it, only time is lost.
    return false;
  }
}

const searchPath = "/usr/bin:/bin:/usr/sbin:/sbin";
