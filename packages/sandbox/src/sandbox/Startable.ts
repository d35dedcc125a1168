/**
 * Why a program that is in a tree cannot be started there: what it needs to be loaded is not in the tree, or it is not executable.
 *
 * The kernel then says "no such file" of the program itself, which is there for everybody to see.
 */
import { closeSync, openSync, readSync } from "node:fs";
import type { Directory, FileEntry } from "@millrace/core/tree/Directory";
import * as Paths from "@millrace/core/tree/Paths";
import * as ObjectStore from "../cas/ObjectStore.ts";

/** Where a program may be: itself when its path is absolute, in each directory of `PATH` when it is a mere name; BuildStream finds no relative path. */
export function candidates(program: string, environment: Readonly<Record<string, string>>): readonly string[] {
  if (program.startsWith("/")) return [program];
  if (program === "" || program.includes("/")) return [];
  return (environment["PATH"] ?? "").split(":").map((directory) => `/${directory}/${program}`.replace(/\/+/g, "/"));
}

/** A sentence about the program that a run asks for; undefined where nothing keeps it from being started. */
export function whyNot(
  store: ObjectStore.ObjectStore,
  tree: Directory,
  { argv: [program = ""], environment }: { argv: readonly string[]; environment: Readonly<Record<string, string>> },
): string | undefined {
  const options = { reader: ObjectStore.reader(store), follow: true };
  const found = candidates(program, environment).flatMap((path) => {
    const entry = Paths.lookup(tree, path, options);
    return entry?.type === "file" ? [{ path, entry }] : [];
  });
  const file = found.find(({ entry }) => entry.executable);
  if (file === undefined)
    return found[0] === undefined ? undefined : `${found[0].path} cannot be started: it is not executable`;
  const needed = interpreter(store, file.entry);
  if (needed === undefined || Paths.exists(tree, needed, options)) return undefined;
  return `${file.path} cannot be started: it needs ${needed}, which is not in the sandbox (a dependency is missing)`;
}

/** Bytes at the beginning of a file that name what loads it. */
const beginning = 4096;

/** What the kernel loads first: the interpreter of a script or the dynamic loader of a program; undefined where there is none. */
function interpreter(store: ObjectStore.ObjectStore, { digest }: FileEntry): string | undefined {
  const bytes = begin(ObjectStore.path(store, digest));
  if (bytes.toString("latin1", 0, 2) === "#!") return /^#![ \t]*([^ \t\n]+)/.exec(bytes.toString("latin1"))?.[1];
  if (bytes.toString("latin1", 0, 4) !== "\u007fELF" || bytes[5] !== 1 || bytes.length < 64) return undefined;
  const wide = bytes[4] === 2;
  const number = (at: number) => (wide ? Number(bytes.readBigUInt64LE(at)) : bytes.readUInt32LE(at));
  const headers = wide ? number(32) : number(28);
  const size = bytes.readUInt16LE(wide ? 54 : 42);
  const count = bytes.readUInt16LE(wide ? 56 : 44);
  // Anything can be in such a file: smaller headers than these are none.
  if (size < (wide ? 56 : 32)) return undefined;
  for (let at = headers, left = count; left > 0 && at + size <= bytes.length; at += size, left--) {
    if (bytes.readUInt32LE(at) !== loaderHeader) continue;
    const offset = number(at + (wide ? 8 : 4));
    const end = offset < bytes.length ? bytes.indexOf(0, offset) : -1;
    return end <= offset ? undefined : bytes.toString("latin1", offset, end);
  }
  return undefined;
}

function begin(path: string): Buffer {
  const descriptor = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(beginning);
    return bytes.subarray(0, readSync(descriptor, bytes, 0, beginning, 0));
  } finally {
    closeSync(descriptor);
  }
}

/** PT_INTERP of the ELF format. */
const loaderHeader = 3;
