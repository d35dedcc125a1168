/**
 * Which project a directory belongs to.
 *
 * The search goes upwards from the given directory for a `project.conf`, or for the marker that an open workspace carries: inside a
 * workspace the project is the one that opened it, and the workspace's element becomes the default target.
 */
import { statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** The file that makes a directory a project. */
export const projectFile = "project.conf";

/** The file that makes a directory a workspace. */
export const workspaceFile = ".bstproject.yaml";

/** What stands in a directory or above it. */
export type Found =
  | { readonly type: "project"; readonly directory: string }
  | { readonly type: "workspace"; readonly directory: string };

/** Searches a directory and those above it; a project wins over a workspace in the same directory. Undefined when neither is found. */
export function search(directory: string): Found | undefined {
  for (let at = resolve(directory); ; at = dirname(at)) {
    if (isFile(join(at, projectFile))) return { type: "project", directory: at };
    if (isFile(join(at, workspaceFile))) return { type: "workspace", directory: at };
    if (at === dirname(at)) return undefined;
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
