/**
 * Small files that name content: artifact refs and source records. A record is replaced by renaming a finished file onto its name, after all that it
 * names was stored. One that a power cut may tear without its reader seeing it is synced first.
 */
import { randomBytes } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { raise } from "@millrace/core/error/BstError";

/** The bytes of a record; undefined when there is none. */
export function read(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR") return undefined;
    return raise({ domain: "CAS", reason: null, message: `Cannot read the record ${path}: ${message}` });
  }
}

/** Writes a record, whole or not at all. */
export function write(path: string, bytes: Uint8Array): void {
  publish(path, (temporary) => {
    const file = start(temporary, bytes);
    try {
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  });
}

/**
 * The same for a record whose reader takes a torn one for none. Nothing waits for the disk: what the record names is not synced either, so that waiting would
 * keep nobody's artifact, and makes a file system write out all that was made since, once for each record.
 */
export function writeUnsynced(path: string, bytes: Uint8Array): void {
  publish(path, (temporary) => closeSync(start(temporary, bytes)));
}

/** Gives such a record, written just now, a further name: a link, which costs half of a file. */
export function writeAlso(written: string, path: string, bytes: Uint8Array): void {
  try {
    publish(path, (temporary) => linkSync(written, temporary));
  } catch {
    // No links here, or somebody removed it.
    writeUnsynced(path, bytes);
  }
}

/** Makes a file with some bytes, and gives it open. */
function start(path: string, bytes: Uint8Array): number {
  const file = openSync(path, "wx", 0o666);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    return file;
  } catch (cause) {
    closeSync(file);
    throw cause;
  }
}

const beside = (path: string): string => join(dirname(path), `tmp${randomBytes(6).toString("hex")}`);

/** Makes a file beside a path by `make`, and gives it that name. */
function publish(path: string, make: (temporary: string) => void): void {
  const temporary = beside(path);
  try {
    inDirectory(dirname(path), () => make(temporary));
    renameSync(temporary, path);
    // Nothing happens to two names of one file, which were the same record before.
    rmSync(temporary, { force: true });
  } catch (cause) {
    unwritten(path, temporary, cause);
  }
}

/** Removes what a record was to become, and raises why it is none. */
function unwritten(path: string, temporary: string, cause: unknown): never {
  rmSync(temporary, { force: true });
  const { code, message } = cause as NodeJS.ErrnoException;
  return raise({
    domain: "CAS",
    reason: code === "ENOSPC" || code === "EDQUOT" ? "cache-too-full" : null,
    message: `Cannot write the record ${path}: ${message}`,
  });
}

/** Does something in a directory, making it; again when someone who removed an old record took the empty directory away meanwhile. */
function inDirectory<A>(directory: string, body: () => A): A {
  for (let trial = 0; ; trial++) {
    try {
      return body();
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "ENOENT" || trial === 10) throw cause;
      mkdirSync(directory, { recursive: true });
    }
  }
}

/** Marks a record as used now, for expiry. */
export function renew(path: string): void {
  const now = Date.now() / 1000;
  try {
    utimesSync(path, now, now);
  } catch {
    // A cache that is only readable serves as well.
  }
}

/** Removes a record and the directories above it (up to `base`) that this leaves empty; false when there is none. */
export function remove(base: string, name: string): boolean {
  const path = join(base, name);
  try {
    rmSync(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ERR_FS_EISDIR") return false;
    raise({ domain: "ARTIFACT", reason: null, message: `Cannot remove ${path}: ${message}` });
  }
  for (let directory = dirname(path); directory.length > base.length; directory = dirname(directory)) {
    try {
      rmdirSync(directory);
    } catch {
      break;
    }
  }
  return true;
}

export interface Listed {
  /** Path below the base directory. */
  readonly name: string;
  /** Milliseconds. */
  readonly mtime: number;
}

/** All records below a directory, least recently used first. */
export function list(base: string): readonly Listed[] {
  const result: Listed[] = [];
  const pending = [""];
  for (let prefix = pending.pop(); prefix !== undefined; prefix = pending.pop()) {
    for (const entry of directoryEntries(join(base, prefix))) {
      const name = prefix === "" ? entry.name : `${prefix}/${entry.name}`;
      if (entry.isDirectory()) pending.push(name);
      else {
        const stats = statSync(join(base, name), { throwIfNoEntry: false });
        if (stats?.isFile() === true) result.push({ name, mtime: stats.mtimeMs });
      }
    }
  }
  return result.sort((a, b) => a.mtime - b.mtime || (a.name < b.name ? -1 : 1));
}

function directoryEntries(path: string) {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch {
    return [];
  }
}
