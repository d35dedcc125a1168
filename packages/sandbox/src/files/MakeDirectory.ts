/**
 * Making a directory and those above it, where the user chooses the place.
 *
 * Node's own recursive `mkdir` never returns where the kernel says "no such file" although the directory above is there, as in `/proc` and `/sys`: it
 * makes the one above, which stands, and tries again, for ever. Paths from the configuration, the environment or the command line are made with this instead.
 */
import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** Makes a directory and those above it that are missing; one that is there is left as it is. Throws the error of the file system. */
export function make(path: string): void {
  const missing: string[] = [];
  let above = path;
  while (!isDirectory(above)) {
    missing.push(above);
    const next = dirname(above);
    if (next === above) break;
    above = next;
  }
  for (const directory of missing.reverse()) {
    try {
      mkdirSync(directory);
    } catch (cause) {
      // Another process may have made it meanwhile.
      if (!isDirectory(directory)) throw cause;
    }
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
