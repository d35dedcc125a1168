/**
 * Crates in a git repository, found by their manifests: alone, as members of a workspace, or as packages that members name by path.
 *
 * A member is vendored without its workspace, so that what its manifest takes from there (`workspace = true`) is written into it. Manifests are therefore
 * read as a whole and written anew, comments lost, in the form that BuildStream gives them.
 */
import { raise } from "@millrace/core/error/BstError";
import * as GitRef from "./git/GitRef.ts";
import { isArray, isTable, type MutableTable, type Table, table, text, type Value } from "./toml/Toml.ts";
import * as TomlReader from "./toml/TomlReader.ts";

/** The text of each `Cargo.toml` by its directory, the root being the empty string. */
export type Manifests = ReadonlyMap<string, string>;

export interface Found {
  readonly directory: string;
  /** What the manifest has to become; undefined when it stays as it is. */
  readonly manifest: Table | undefined;
}

interface Crate {
  readonly directory: string;
  readonly manifest: Table;
}

/** Finds a crate by its name; raises when no manifest of the repository has it. `repository` is what errors call that. */
export function find(manifests: Manifests, name: string, repository: string): Found {
  const missing = (why: string): never =>
    raise({
      domain: "SOURCE",
      reason: null,
      message: `The git repository ${repository} has no crate '${name}': ${why}`,
      hint: "Is it a commit of that crate? Run `bst source track` after its lock file has changed.",
    });
  if (!manifests.has("")) return missing("it has no Cargo.toml at its top");
  const root = read(manifests, "", repository);
  const workspace = table(root, "workspace");
  const isRoot = packageName(root) === name;
  if (workspace === undefined)
    return isRoot ? { directory: "", manifest: undefined } : missing("its Cargo.toml names another and no workspace");
  const crates = members(manifests, workspace, isRoot, repository);
  const crate = crates.get(name) ?? missing("neither its Cargo.toml nor those of its workspace name it");
  return { directory: crate.directory, manifest: inherit(crate.manifest, workspace, name) };
}

function read(manifests: Manifests, directory: string, repository: string): Table {
  const place = directory === "" ? "Cargo.toml" : `${directory}/Cargo.toml`;
  return TomlReader.read(manifests.get(directory) ?? "", `${place} of ${repository}`);
}

function packageName(manifest: Table): string | undefined {
  const own = table(manifest, "package");
  return own === undefined ? undefined : text(own, "name");
}

/** The crates of a workspace by name: its members, and what they depend on by path. */
function members(
  manifests: Manifests,
  workspace: Table,
  withRoot: boolean,
  repository: string,
): ReadonlyMap<string, Crate> {
  const crates = new Map<string, Crate>();
  const listed = workspace.get("members");
  const patterns = isArray(listed) ? listed.filter((pattern) => typeof pattern === "string") : [];
  for (const pattern of withRoot ? [...patterns, "."] : patterns)
    for (const directory of matching(manifests, pattern)) {
      const manifest = read(manifests, directory, repository);
      const name = packageName(manifest);
      if (name === undefined) continue;
      crates.set(name, { directory, manifest });
      addNamedByPath(crates, manifests, { directory, manifest }, workspace, repository);
    }
  return crates;
}

function addNamedByPath(
  crates: Map<string, Crate>,
  manifests: Manifests,
  start: Crate,
  workspace: Table,
  repository: string,
): void {
  const waiting = pathsOf(start);
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    if (!manifests.has(directory)) continue;
    const plain = read(manifests, directory, repository);
    const name = packageName(plain);
    if (name === undefined || crates.has(name)) continue;
    const crate = { directory, manifest: inherit(plain, workspace, name) };
    crates.set(name, crate);
    waiting.push(...pathsOf(crate));
  }
}

/** The directories that a crate's dependencies name, last first. */
function pathsOf({ directory, manifest }: Crate): string[] {
  const result: string[] = [];
  for (const details of table(manifest, "dependencies")?.values() ?? []) {
    const path = isTable(details) ? text(details, "path") : undefined;
    const place = path === undefined || path === "" ? undefined : normalized(`${directory}/${path}`);
    if (place !== undefined) result.push(place.join("/"));
  }
  return result.reverse();
}

/** The parts of a path below the repository; undefined when it leads out. */
function normalized(path: string): readonly string[] | undefined {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts;
}

/** Directories with a manifest that a shell pattern matches; `*` does not match names that begin with a dot. */
function matching(manifests: Manifests, pattern: string): readonly string[] {
  const parts = pattern.startsWith("/") ? undefined : normalized(pattern);
  if (parts === undefined) return [];
  if (!/[*?[]/.test(pattern)) return manifests.has(parts.join("/")) ? [parts.join("/")] : [];
  const tests = parts.map(
    (part) => new RegExp(`^${part.startsWith(".") ? "" : "(?!\\.)"}${GitRef.fnmatch(part)}$`, "su"),
  );
  return [...manifests.keys()].filter((directory) => {
    const names = directory === "" ? [] : directory.split("/");
    return names.length === tests.length && tests.every((test, at) => test.test(names[at] as string));
  });
}

/** The manifest with what it takes from the workspace written out. */
function inherit(manifest: Table, workspace: Table, crate: string): Table {
  const result: MutableTable = new Map(manifest);
  const dependencies = table(workspace, "dependencies");
  if (dependencies !== undefined) {
    for (const key of ["dependencies", "dev-dependencies", "build-dependencies"]) {
      const own = table(manifest, key);
      if (own !== undefined) result.set(key, inheritDependencies(own, dependencies, crate));
    }
    const targets = table(manifest, "target");
    if (targets !== undefined) result.set("target", inheritTargets(targets, dependencies, crate));
  }
  const own = table(manifest, "package");
  if (own !== undefined) result.set("package", inheritPackage(own, table(workspace, "package"), crate));
  const lints = table(workspace, "lints");
  if (lints !== undefined && lints.size > 0 && table(manifest, "lints")?.get("workspace") === true)
    result.set("lints", lints);
  return result;
}

function inheritTargets(targets: Table, dependencies: Table, crate: string): Table {
  const result: MutableTable = new Map(targets);
  for (const [name, target] of targets) {
    const own = isTable(target) ? table(target, "dependencies") : undefined;
    if (own === undefined) continue;
    result.set(name, new Map(target as Table).set("dependencies", inheritDependencies(own, dependencies, crate)));
  }
  return result;
}

function inheritDependencies(own: Table, workspace: Table, crate: string): Table {
  const result: MutableTable = new Map(own);
  for (const [name, details] of own) {
    if (!isTable(details) || !details.has("workspace")) continue;
    const shared = workspace.get(name) ?? absent(`the dependency '${name}'`, crate);
    const merged: MutableTable = new Map(details);
    merged.delete("workspace");
    if (isTable(shared)) {
      // Both lists of features hold, doubles and all.
      const features = [...list(shared.get("features")), ...list(details.get("features"))];
      for (const [key, value] of shared) merged.set(key, value);
      if (features.length > 0) merged.set("features", features);
    } else merged.set("version", shared);
    result.set(name, merged);
  }
  return result;
}

function list(value: Value | undefined): readonly Value[] {
  return isArray(value) ? value : [];
}

function inheritPackage(own: Table, workspace: Table | undefined, crate: string): Table {
  const result: MutableTable = new Map(own);
  for (const [key, value] of own)
    if (isTable(value) && value.has("workspace"))
      result.set(key, workspace?.get(key) ?? absent(`'package.${key}'`, crate));
  return result;
}

function absent(what: string, crate: string): never {
  return raise({
    domain: "SOURCE",
    reason: null,
    message: `The crate '${crate}' takes ${what} from its workspace, which does not have it`,
  });
}
