import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Directory } from "@millrace/core/tree/Directory";
import * as Paths from "@millrace/core/tree/Paths";
import * as Tree from "@millrace/core/tree/Tree";
import { afterAll, describe, expect, it } from "vitest";
import * as ObjectStore from "../../src/cas/ObjectStore.ts";
import * as Startable from "../../src/sandbox/Startable.ts";

const directory = mkdtempSync(join(tmpdir(), "millrace-startable-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const store = ObjectStore.open(directory);
const file = (content: Uint8Array | string, executable = true) =>
  Tree.file(ObjectStore.putBytes(store, Buffer.from(content)), executable);
const program = readFileSync(process.execPath).subarray(0, 1 << 20);
const inDirectory = (name: string, entries: Parameters<typeof Tree.make>[0]) =>
  Tree.make([[name, Tree.directory(Tree.make(entries))]]);
const why = (tree: Directory, word: string) =>
  Startable.whyNot(store, tree, { argv: [word], environment: { PATH: "/none:/bin" } });

describe("Startable", () => {
  it("names the loader of a program that is not there", () => {
    const said = why(inDirectory("bin", [["tool", file(program)]]), "tool");
    expect(said).toMatch(/^\/bin\/tool cannot be started: it needs \/lib\S*\/ld-\S+, which is not in the sandbox/);
    const loader = /needs (\S+),/.exec(said ?? "")?.[1] ?? "";
    const whole = Paths.insert(inDirectory("bin", [["tool", file(program)]]), loader, file("loader"));
    expect(why(whole, "/bin/tool")).toBeUndefined();
  });

  it("names the interpreter of a script that is not there", () => {
    const tree = inDirectory("bin", [
      ["script", file("#! /usr/bin/python9 -u\nprint()\n")],
      ["works", file("#!/bin/script\n")],
    ]);
    expect(why(tree, "script")).toContain("it needs /usr/bin/python9,");
    expect(why(tree, "works")).toBeUndefined();
  });

  it("says that a file is not executable, and nothing of what is not there or is no program", () => {
    const tree = inDirectory("bin", [
      ["plain", file("#!/bin/none\n", false)],
      ["junk", file("\u007fELF")],
      ["empty", file("")],
    ]);
    expect(why(tree, "plain")).toBe("/bin/plain cannot be started: it is not executable");
    for (const word of ["missing", "junk", "empty", "./plain", ""]) expect(why(tree, word)).toBeUndefined();
  });
});
