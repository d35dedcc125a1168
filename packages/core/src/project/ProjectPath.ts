/**
 * Paths that a project names in its own files: they stay inside the project and are what they should be.
 *
 * The checks and their order are BuildStream's, so that the reasons are too: no symbolic link in the last place, no leading `..`, something
 * must be there, inside, relative, and of the wanted kind.
 */
import { type ReasonOf, raise } from "../error/BstError.ts";
import { place, type Scalar } from "../yaml/Node.ts";
import type { ProjectFiles } from "./ProjectFiles.ts";

/** The path that a node holds, checked; `wanted` is what must stand there. */
export function check(node: Scalar, files: ProjectFiles, wanted?: "file" | "directory"): string {
  const path = node.value;
  const refuse = (reason: ReasonOf<"LOAD">, message: string, hint?: string): never =>
    raise({ domain: "LOAD", reason, message: `The path '${path}' ${message}`, place: place(node), hint });
  const absolute = path.startsWith("/");
  const inside = absolute ? below(files.directory, path) : path;
  if (inside !== undefined && files.kind(inside) === "symlink") {
    return refuse("proj-path-invalid-kind", "is a symbolic link", "Name the file or directory itself.");
  }
  const names = path.split("/").filter((name) => name !== "" && name !== ".");
  if (!absolute && names[0] === "..") return refuse("proj-path-invalid", "must not start with '..'");
  const resolved = inside === undefined ? undefined : files.resolve(inside);
  const kind = resolved === undefined ? undefined : files.kind(resolved);
  if (resolved === undefined) return refuse("proj-path-invalid", "leads out of the project directory");
  if (kind === undefined) return refuse("missing-file", `does not exist in ${files.directory}`, fromHere);
  if (absolute) return refuse("proj-path-invalid", "is absolute", "Write it relative to the project directory.");
  if (kind === "other") return refuse("proj-path-invalid-kind", "is a device, a pipe or a socket");
  if (wanted === "file" && kind !== "file") return refuse("proj-path-invalid-kind", "is not a regular file");
  if (wanted === "directory" && kind !== "directory") return refuse("proj-path-invalid-kind", "is not a directory");
  return path;
}

const fromHere = "Paths count from the directory of project.conf; check the name, also for upper and lower case.";

/** A relative path with `.`, `..` and doubled slashes taken out, as Python's `normpath` does. */
export function normalize(path: string): string {
  const absolute = path.startsWith("/");
  const names: string[] = [];
  for (const name of path.split("/")) {
    if (name === "" || name === ".") continue;
    if (name === ".." && names.length > 0 && names[names.length - 1] !== "..") names.pop();
    else if (name !== ".." || !absolute) names.push(name);
  }
  const joined = names.join("/");
  return absolute ? `/${joined}` : joined === "" ? "." : joined;
}

/** Two paths one below the other; an empty or `.` part adds nothing. */
export function join(directory: string, path: string): string {
  if (directory === "" || directory === ".") return path;
  return path === "" || path === "." ? directory : `${directory}/${path}`;
}

/** An absolute path as seen from a directory above it; undefined when it lies elsewhere. */
export function below(directory: string, path: string): string | undefined {
  if (path === directory) return ".";
  const prefix = directory.endsWith("/") ? directory : `${directory}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : undefined;
}
