/** Directories as lists, for comparing what is in them. */
import { createHash } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { Listing } from "./Case.ts";

/**
 * All paths below a directory: an `x` for executables and the beginning of files' SHA-256, the target of links, nothing for empty directories.
 *
 * @param ignored paths that are left out, with all below them.
 */
export function list(root: string, ignored: readonly string[] = []): Listing {
  const result: Record<string, string> = {};
  const visit = (relative: string): void => {
    for (const name of readdirSync(join(root, relative)).sort()) {
      const path = relative === "" ? name : `${relative}/${name}`;
      if (ignored.includes(path) || path === ".keep") continue;
      const stats = lstatSync(join(root, path));
      if (stats.isSymbolicLink()) result[path] = `-> ${readlinkSync(join(root, path))}`;
      else if (stats.isDirectory()) {
        const before = Object.keys(result).length;
        visit(path);
        if (Object.keys(result).length === before) result[`${path}/`] = "";
      } else {
        const mark = (stats.mode & 0o100) === 0 ? "" : "x ";
        result[path] =
          mark +
          createHash("sha256")
            .update(readFileSync(join(root, path)))
            .digest("hex")
            .slice(0, 16);
      }
    }
  };
  visit("");
  return result;
}

/** The files that a kind keeps below the source directory; a repository counts as one. */
export function mirrored(root: string): readonly string[] {
  const result: string[] = [];
  if (!existsSync(root)) return result;
  const visit = (relative: string): void => {
    for (const entry of readdirSync(join(root, relative), { withFileTypes: true })) {
      const path = relative === "" ? entry.name : `${relative}/${entry.name}`;
      if (!entry.isDirectory()) result.push(path);
      else if (["objects", ".bzr"].some((name) => readdirSync(join(root, path)).includes(name)))
        result.push(`${path}/`);
      else visit(path);
    }
  };
  visit("");
  return result.filter((path) => !/(?:\.etag|\.lock|(?:^|\/)\.(?:global|package)-cache)$/.test(path)).sort();
}
