/**
 * Paths as completion candidates: directories end in a slash, all else in a blank.
 *
 * Every entry of the directory at hand is offered and the caller keeps those that begin with the incomplete word. A word that names a
 * directory already, without its slash, lists what is inside.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Entries that the word may go on to, relative to `base`. */
export function complete(incomplete: string, base: string, directoriesOnly: boolean): readonly string[] {
  const slash = incomplete.lastIndexOf("/");
  const typed = slash === -1 ? (isDirectory(below(base, incomplete)) ? incomplete : "") : incomplete.slice(0, slash);
  const inside = slash === 0 ? "/" : below(base, typed);
  const prefix = slash === 0 ? "/" : typed === "" ? "" : `${typed}/`;
  return names(inside)
    .map((name) => ({ path: prefix + name, directory: isDirectory(join(inside, name)) }))
    .filter((entry) => entry.directory || !directoriesOnly)
    .map((entry) => (entry.directory ? `${entry.path}/` : `${entry.path} `));
}

function below(base: string, path: string): string {
  return path.startsWith("/") ? path : join(base, path);
}

function names(directory: string): readonly string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
