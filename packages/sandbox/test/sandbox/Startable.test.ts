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

  it("says nothing of headers that are damaged", () => {
    const changed = (change: (bytes: Buffer) => void) => {
      const bytes = Buffer.from(program.subarray(0, 4096));
      change(bytes);
      return why(inDirectory("bin", [["tool", file(bytes)]]), "tool");
    };
    expect(changed(() => {})).toContain("it needs");
    const headers = Number(program.readBigUInt64LE(32));
    const size = program.readUInt16LE(54);
    const loader = Array.from({ length: program.readUInt16LE(56) }, (_, at) => headers + at * size).find(
      (at) => program.readUInt32LE(at) === 3,
    ) as number;
    const damages: readonly ((bytes: Buffer) => void)[] = [
      (bytes) => bytes.writeUInt16LE(0, 54) && bytes.writeBigUInt64LE(4096n, 32),
      (bytes) => bytes.writeBigUInt64LE(2n ** 64n - 1n, 32),
      (bytes) => bytes.writeBigUInt64LE(2n ** 63n, loader + 8),
      (bytes) => bytes.writeBigUInt64LE(4095n, loader + 8) && bytes.writeUInt8(1, 4095),
    ];
    for (const damage of damages) expect(changed(damage)).toBeUndefined();
  });
});
