/** The directories of bst: whether they can be written, room and inodes, the clock of their file system, and a sample of the store's objects. */
import { existsSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as FileHash from "../cas/FileHash.ts";
import type { ObjectStore } from "../cas/ObjectStore.ts";
import * as Usage from "../cas/Usage.ts";
import * as MakeDirectory from "../files/MakeDirectory.ts";
import { type Finding, ok, problem, warning } from "./Finding.ts";

const gibibyte = 2 ** 30;
/** Bytes below which a disk is about to be full, beyond what the configuration keeps free. */
const tight = 2 * gibibyte;
/** Share of free inodes below which there will soon be none; a root has many small files. */
const fewInodes = 0.05;
/** Milliseconds by which the clocks of this machine and of a file system may differ. */
const skew = 2000;
/** The clock cannot be right before this version was made. */
const made = Date.UTC(2026, 0, 1);
/** How many objects are read. */
const sampled = 200;

function gigabytes(bytes: number): string {
  return `${(bytes / gibibyte).toFixed(1)} GiB`;
}

/** A directory that bst writes to, and what its clock says. `reserved` are the bytes of its disk that the configuration keeps free. */
export function directory(name: string, path: string, reserved: number): readonly Finding[] {
  const file = join(path, `.doctor-${process.pid}`);
  let written: number;
  const before = Date.now();
  try {
    MakeDirectory.make(path);
    writeFileSync(file, "");
    written = statSync(file).mtimeMs;
    rmSync(file);
  } catch (cause) {
    const remedy = `Make ${path} writable for you, or name another directory in the user configuration.`;
    return [problem(name, `${path} cannot be written: ${(cause as Error).message}`, remedy)];
  }
  const clock = clockOf(name, path, written - before);
  return [...room(name, path, reserved), ...(clock === undefined ? [] : [clock])];
}

function room(name: string, path: string, reserved: number): readonly Finding[] {
  const { bsize, blocks, bavail, files, ffree } = statfsSync(path);
  const free = bsize * bavail;
  const found = `${path}: ${gigabytes(free)} of ${gigabytes(bsize * blocks)} free`;
  const inodes = files === 0 ? 1 : ffree / files;
  const findings: Finding[] = [];
  const clean = "Make room on the disk, or run `bst cache clean`.";
  if (free <= reserved) {
    const kept = `${found}, and ${gigabytes(reserved)} are to be kept free (\`reserved-disk-space\`)`;
    findings.push(problem(name, kept, clean));
  } else findings.push(free < reserved + tight ? warning(name, found, clean) : ok(name, found));
  if (inodes < fewInodes) {
    const left = `${path}: ${ffree} of ${files} inodes are free`;
    const remedy = "Remove files from this disk, or move the directory to one that was made with more inodes.";
    findings.push(ffree < 1000 ? problem(`${name}, inodes`, left, remedy) : warning(`${name}, inodes`, left, remedy));
  }
  return findings;
}

function clockOf(name: string, path: string, ahead: number): Finding | undefined {
  if (Math.abs(ahead) <= skew) return undefined;
  const found = `the clock of ${path} is ${Math.round(Math.abs(ahead) / 1000)} s ${ahead > 0 ? "ahead of" : "behind"} this machine's`;
  return warning(`${name}, clock`, found, "Set both clocks by NTP; what was used last is told by times of files.");
}

/** The clock of this machine. */
export function clock(now: number): Finding {
  const time = new Date(now).toISOString();
  return now < made
    ? problem("clock", `${time} is in the past`, "Set the clock, for example with timedatectl set-ntp true.")
    : ok("clock", time);
}

/** Hashes some objects of the store, spread over all of it; nothing is moved. */
export function sample(store: ObjectStore): Finding {
  const all = existsSync(join(store.directory, "objects")) ? [...Usage.objects(store)] : [];
  const stride = Math.max(1, Math.floor(all.length / sampled));
  const chosen = all.filter((_, at) => at % stride === 0);
  const damaged = chosen.filter(({ path, hash }) => {
    try {
      return FileHash.hashFile(path).hash !== hash;
    } catch (cause) {
      return (cause as NodeJS.ErrnoException).code !== "ENOENT";
    }
  });
  const found = `${chosen.length} of ${all.length} objects read`;
  if (damaged.length === 0) return ok("cache integrity", `${found}, none is damaged`);
  const remedy =
    "Run `bst cache verify`, which reads everything and puts damaged objects aside; check disk and memory.";
  return problem("cache integrity", `${found}, ${damaged.length} damaged`, remedy);
}
