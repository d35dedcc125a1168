/**
 * The files of a project in a directory on disk.
 *
 * Reading is synchronous, because a loader reads a thousand small files in a row and each is cheaper than a promise. Tree digests go through the
 * store's capture, which keeps the digests of unchanged files by (device, inode, size, mtime, ctime), and through a memory of this process,
 * since several sources often name one directory.
 */
import {
  accessSync,
  constants,
  type Dirent,
  lstatSync,
  readdirSync,
  readFileSync,
  realpathSync,
  type Stats,
} from "node:fs";
import { basename, dirname, isAbsolute, join, normalize, relative } from "node:path";
import { raise } from "@millrace/core/error/BstError";
import type { FileKind, ProjectFiles } from "@millrace/core/project/ProjectFiles";
import type { Digest } from "@millrace/core/tree/Digest";
import * as PythonText from "@millrace/core/yaml/PythonText";
import * as Capture from "../cas/Capture.ts";
import * as FileHash from "../cas/FileHash.ts";
import type * as ObjectStore from "../cas/ObjectStore.ts";

/** The files below an existing directory. */
export function make(directory: string, store: ObjectStore.ObjectStore): ProjectFiles {
  const absolute = (path: string): string => join(directory, path);
  const digests = new Map<string, Digest>();
  let real: string | undefined;
  return {
    directory,
    kind: (path) => {
      const stats = lstat(absolute(path));
      return stats === undefined ? undefined : kindOf(stats);
    },
    read: (path) => absent(() => readFileSync(absolute(path), { flag: withoutWaiting })),
    list: (path) =>
      absent(() => readdirSync(absolute(path), { withFileTypes: true }))
        ?.map((entry) => ({ name: entry.name, kind: kindOf(entry) }))
        .sort((a, b) => PythonText.compare(a.name, b.name)),
    treeDigest: (path) => {
      const key = normalize(path);
      const known = digests.get(key);
      if (known !== undefined) return known;
      const digest = capture(store, absolute(path));
      digests.set(key, digest);
      return digest;
    },
    sha256: (path) => absent(() => FileHash.hashFile(absolute(path)).hash),
    resolve: (path) => {
      real ??= realpathSync.native(directory);
      const target = relative(real, realOf(absolute(path)));
      return target === ".." || target.startsWith("../") || isAbsolute(target) ? undefined : target || ".";
    },
  };
}

/** A pipe that nobody writes to would be waited for without end, and no signal be heard meanwhile; so it is empty. */
const withoutWaiting = constants.O_RDONLY | constants.O_NONBLOCK;

function capture(store: ObjectStore.ObjectStore, path: string): Digest {
  const stats = lstat(path);
  if (stats?.isDirectory() === true) return Capture.capture(store, path, { digestOnly: true, remember: true }).digest;
  if (stats?.isFile() === true)
    return Capture.captureFile(store, path, basename(path), isExecutable(path), { digestOnly: true }).digest;
  return raise({
    domain: "CAS",
    reason: null,
    message: `Cannot capture ${path}: ${stats === undefined ? "nothing is there" : "it is neither a file nor a directory"}`,
  });
}

/** Whether the calling user may execute it: what decides for a `local` source that is a single file. */
function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The real path of something that may not be there: of its nearest ancestor that is, with the rest as written. */
function realOf(path: string): string {
  try {
    return realpathSync.native(path);
  } catch (cause) {
    const parent = dirname(path);
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT" || parent === path) return path;
    return join(realOf(parent), basename(path));
  }
}

function lstat(path: string): Stats | undefined {
  return absent(() => lstatSync(path, { throwIfNoEntry: false }));
}

function kindOf(stats: Stats | Dirent): FileKind {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "directory";
  return stats.isSymbolicLink() ? "symlink" : "other";
}

/** Runs a file operation; undefined when the path does not lead to what it needs. */
function absent<A>(operation: () => A): A | undefined {
  try {
    return operation();
  } catch (cause) {
    const { code, path, message } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR" || code === "ELOOP") return undefined;
    return raise({ domain: "LOAD", reason: "missing-file", message: `Cannot read ${path ?? "a file"}: ${message}` });
  }
}
