/** Where checkouts go: checks before anything is loaded, and the compression that a file name asks for. */
import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { extname } from "node:path";
import { raise } from "@millrace/core/error/BstError";
import * as MakeDirectory from "@millrace/sandbox/files/MakeDirectory";

/** Compression of a tar archive. */
export type Compression = "gz" | "xz" | "bz2";

const byExtension: Readonly<Record<string, Compression | undefined>> = {
  ".tar": undefined,
  ".gz": "gz",
  ".tgz": "gz",
  ".xz": "xz",
  ".bz2": "bz2",
};

/** What the name of an archive asks for: a compression, none, or something that is not known. */
export function compressionOf(location: string): Compression | "none" | "unknown" {
  const extension = extname(location);
  if (Object.hasOwn(byExtension, extension)) return byExtension[extension] ?? "none";
  return extname(location.slice(0, location.length - extension.length)) === ".tar" ? "unknown" : "none";
}

function refuse(message: string, hint?: string): never {
  return raise({ domain: "STREAM", reason: null, message, hint });
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Makes sure that a directory can be written to, making it if need be, and that it is empty unless `force` is set. */
export function checkDirectory(location: string, force: boolean): void {
  try {
    MakeDirectory.make(location);
  } catch (cause) {
    refuse(`The directory ${location} cannot be made: ${(cause as Error).message}`);
  }
  if (!isWritable(location)) refuse(`The directory ${location} is not writable`);
  if (!force && readdirSync(location).length > 0) {
    refuse(`The directory ${location} is not empty`, "Use --force to write over what is there.");
  }
}

/** Makes sure that a file can be written, and that none is there unless `force` is set; `-` is the standard output. */
export function checkFile(location: string, force: boolean): void {
  if (location === "-" || !existsSync(location)) return;
  if (!isWritable(location)) refuse(`The file ${location} is not writable`);
  if (!force) refuse(`The file ${location} exists already`, "Use --force to replace it.");
}
