/**
 * The record of open workspaces, `.bst2/workspaces.yml` in the top-level project, and the marker that each workspace carries.
 *
 * The record maps full element names to a directory, which is relative to the project when it lies inside, and to the strong key of the last build, if any. The
 * marker, `.bstproject.yaml`, leads from the workspace back to the project, so that commands work inside it. Both are in the format of BuildStream 2, and are
 * replaced by renaming: whoever is interrupted leaves either the old file or the new one.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { BstError, raise } from "@millrace/core/error/BstError";
import * as Access from "@millrace/core/yaml/Access";
import * as Dump from "@millrace/core/yaml/Dump";
import type { Mapping } from "@millrace/core/yaml/Node";
import * as Read from "@millrace/core/yaml/Read";
import * as FileLock from "@millrace/sandbox/files/FileLock";
import * as Discovery from "./Discovery.ts";

/** One open workspace. */
export interface Entry {
  /** As recorded: absolute, or relative to the project. */
  readonly path: string;
  /** Strong key of the artifact last built from it. */
  readonly lastBuild: string | undefined;
}

/** Open workspaces by full element name, in the order in which they were opened. */
export type Workspaces = ReadonlyMap<string, Entry>;

/** What the marker in a workspace says. */
export interface Marker {
  /** Absolute path of the project that opened the workspace first. */
  readonly project: string;
  readonly element: string;
}

const recordVersion = 4;
const markerVersion = 1;

/** Where the record of a project lies. */
export function recordFile(projectDirectory: string): string {
  return join(projectDirectory, ".bst2", "workspaces.yml");
}

function readMapping(path: string, name: string): Mapping | undefined {
  let content: Uint8Array;
  try {
    content = readFileSync(path);
  } catch (cause) {
    if (["ENOENT", "ENOTDIR"].includes((cause as NodeJS.ErrnoException).code ?? "")) return undefined;
    return raise({
      domain: "LOAD",
      reason: "missing-file",
      message: `${path} cannot be read: ${(cause as Error).message}`,
    });
  }
  return Read.read({ name, project: null, path: null }, content);
}

/** The open workspaces of a project. Raises INVALID_DATA when the record is of a version that is not known. */
export function read(projectDirectory: string): Workspaces {
  const record = readMapping(recordFile(projectDirectory), "workspaces.yml");
  if (record === undefined) return new Map();
  const version = Access.getInt(record, "format-version", 0);
  if (version !== recordVersion) {
    raise({
      domain: "LOAD",
      reason: "invalid-data",
      message: `The record of workspaces has the format version ${version}, and only version ${recordVersion} can be read`,
      hint:
        version < recordVersion
          ? "Close these workspaces with the version of BuildStream that opened them, and open them again."
          : "Use the newer version of BuildStream that wrote it.",
    });
  }
  const entries: [string, Entry][] = [];
  const listed = Access.optionalMapping(record, "workspaces");
  for (const name of listed?.entries.keys() ?? []) {
    const entry = Access.getMapping(listed as Mapping, name);
    entries.push([
      name,
      { path: Access.getString(entry, "path"), lastBuild: Access.optionalString(entry, "last_build") },
    ]);
  }
  return new Map(entries);
}

/** Changes the record as it is now: other commands, and builds of other elements, change it meanwhile. */
export function change(projectDirectory: string, how: (workspaces: Workspaces) => Workspaces): void {
  const file = recordFile(projectDirectory);
  try {
    mkdirSync(dirname(file), { recursive: true });
    FileLock.hold(`${file}.lock`, () => {
      const before = read(projectDirectory);
      const after = how(before);
      if (after !== before) write(file, after);
    });
  } catch (cause) {
    if (cause instanceof BstError) throw cause;
    raise({
      domain: "APP",
      reason: null,
      message: `The record of workspaces ${file} cannot be changed: ${(cause as Error).message}`,
      hint: "Check permissions and room on the disk.",
    });
  }
}

function write(file: string, workspaces: Workspaces): void {
  const entries = [...workspaces].map(([name, { path, lastBuild }]) => {
    return [
      name,
      new Map(
        lastBuild === undefined
          ? [["path", path]]
          : [
              ["path", path],
              ["last_build", lastBuild],
            ],
      ),
    ] as const;
  });
  const record = new Map<string, Dump.Dumpable>([
    ["format-version", String(recordVersion)],
    ["workspaces", new Map(entries)],
  ]);
  replace(file, Dump.dump(record));
}

/** The absolute directory of an entry. */
export function directory(projectDirectory: string, entry: Entry): string {
  return resolve(projectDirectory, entry.path);
}

/** How a directory is recorded: relative when its text begins with the project's directory. */
export function recordedPath(projectDirectory: string, workspaceDirectory: string): string {
  return workspaceDirectory.startsWith(projectDirectory)
    ? relative(projectDirectory, workspaceDirectory) || "."
    : workspaceDirectory;
}

/** The marker in a directory, undefined when there is none. */
export function readMarker(workspaceDirectory: string): Marker | undefined {
  const path = join(workspaceDirectory, Discovery.workspaceFile);
  const record = readMapping(path, path);
  if (record === undefined) return undefined;
  const version = Access.getInt(record, "format-version");
  const first = Access.mappingList(record, "projects")[0];
  if (version !== markerVersion || first === undefined) {
    raise({
      domain: "LOAD",
      reason: "invalid-data",
      message: `${path} is not a marker of a workspace that can be read`,
    });
  }
  return {
    project: Access.getString(first as Mapping, "project-path"),
    element: Access.getString(first as Mapping, "element-name"),
  };
}

/** Writes the marker of a workspace. */
export function writeMarker(workspaceDirectory: string, marker: Marker): void {
  const project = new Map([
    ["project-path", marker.project],
    ["element-name", marker.element],
  ]);
  const record = new Map<string, Dump.Dumpable>([
    ["projects", [project]],
    ["format-version", String(markerVersion)],
  ]);
  // Its bytes are part of the workspace's key.
  replace(join(workspaceDirectory, Discovery.workspaceFile), Dump.dump(record));
}

/** Removes the marker of a workspace, if it is there. */
export function removeMarker(workspaceDirectory: string): void {
  rmSync(join(workspaceDirectory, Discovery.workspaceFile), { force: true });
}

function replace(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    const temporary = `${path}.${process.pid}.tmp`;
    writeFileSync(temporary, text, { flush: true });
    renameSync(temporary, path);
  } catch (cause) {
    raise({ domain: "APP", reason: null, message: `${path} cannot be written: ${(cause as Error).message}` });
  }
}
