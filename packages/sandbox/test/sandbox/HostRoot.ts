/** A small root made of this machine's own shell and tools, so that tests of real sandboxes need nothing but the machine. */
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, lstatSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Directory } from "@millrace/core/tree/Directory";
import * as Capture from "../../src/cas/Capture.ts";
import * as ObjectStore from "../../src/cas/ObjectStore.ts";
import * as Programs from "../../src/sandbox/Programs.ts";
import * as Owners from "../../src/staging/Owners.ts";

const tools = [
  "sh",
  "cat",
  "chmod",
  "env",
  "id",
  "ln",
  "ls",
  "mkdir",
  "mkfifo",
  "mv",
  "rm",
  "rmdir",
  "sleep",
  "stat",
  "touch",
];

/** Writes the root's files into a directory. */
export function write(directory: string): void {
  for (const name of ["etc", "usr/bin", "usr/share/doc"]) mkdirSync(join(directory, name), { recursive: true });
  for (const tool of tools) {
    const path = Programs.find(tool, process.env["PATH"]);
    if (path === undefined) throw new Error(`${tool} is not on this machine`);
    install(path, join(directory, "usr/bin", tool));
    for (const library of libraries(path)) {
      const target = join(directory, library);
      if (!existsSync(target)) install(library, target);
    }
  }
}

function install(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(realpathSync(from), to);
  chmodSync(to, 0o755);
}

/** The shared libraries of a program, loader included; none when it is static. */
function libraries(program: string): readonly string[] {
  try {
    const text = execFileSync("ldd", [program], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return [...text.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1]!);
  } catch {
    return [];
  }
}

export interface World {
  readonly directory: string;
  readonly store: ObjectStore.ObjectStore;
  readonly root: Directory;
}

/** A store in a temporary directory with the root in it. */
export function make(): World {
  const directory = mkdtempSync(join(tmpdir(), "millrace-sandbox-"));
  const files = join(directory, "files");
  write(files);
  const store = ObjectStore.open(join(directory, "cache"));
  return { directory, store, root: Capture.capture(store, files).directory };
}

export function remove(world: World): void {
  if (lstatSync(world.directory, { throwIfNoEntry: false }) !== undefined) Owners.remove(world.directory);
  rmSync(world.directory, { recursive: true, force: true });
}
