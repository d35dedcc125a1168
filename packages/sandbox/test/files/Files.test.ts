import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProjectFiles } from "@millrace/core/project/ProjectFiles";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as Capture from "../../src/cas/Capture.ts";
import * as ObjectStore from "../../src/cas/ObjectStore.ts";
import * as DirectoryFiles from "../../src/files/DirectoryFiles.ts";
import * as TreeFiles from "../../src/files/TreeFiles.ts";

let scratch = "";
let disk: ProjectFiles;
let tree: ProjectFiles;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "files-"));
  const project = join(scratch, "project");
  mkdirSync(join(project, "a/b"), { recursive: true });
  mkdirSync(join(project, "empty"));
  writeFileSync(join(project, "project.conf"), "name: x\n");
  writeFileSync(join(project, "a/run.sh"), "#!/bin/sh\n");
  chmodSync(join(project, "a/run.sh"), 0o755);
  writeFileSync(join(project, "a/b/é.txt"), "é");
  symlinkSync("b", join(project, "a/link"));
  symlinkSync("..", join(project, "a/up"));
  symlinkSync("../..", join(project, "a/out"));
  const store = ObjectStore.open(join(scratch, "cache"));
  disk = DirectoryFiles.make(project, store);
  tree = TreeFiles.make(store, Capture.capture(store, project).digest, project);
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const paths = [
  "",
  ".",
  "project.conf",
  "a",
  "a/run.sh",
  "a/b",
  "a/b/é.txt",
  "a/link",
  "a/link/é.txt",
  "a/up/a/b",
  "empty",
];
const odd = ["nothing", "a/nothing", "project.conf/x", "a/out/project/a", "a/out"];

describe("DirectoryFiles and TreeFiles", () => {
  it.each([...paths, ...odd])("agree on '%s'", (path) => {
    expect(tree.kind(path)).toBe(disk.kind(path === "a/out/project/a" ? "nothing" : path));
    if (path === "a/out/project/a" || path === "a/out") return;
    expect(tree.resolve(path)).toBe(disk.resolve(path));
    expect(tree.list(path)).toEqual(disk.list(path));
    expect(tree.sha256(path)).toBe(disk.sha256(path));
    const text = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes);
    expect(text(tree.read(path))).toBe(text(disk.read(path)));
  });

  it("keep inside: what links lead out to is not there, or not resolved", () => {
    expect(disk.resolve("a/out")).toBeUndefined();
    expect(tree.resolve("a/out")).toBeUndefined();
    expect(disk.resolve("../x")).toBeUndefined();
  });

  it.each(["a", "a/b", "a/run.sh", "empty", "."])("digest '%s' alike", (path) => {
    expect(disk.treeDigest(path)).toEqual(tree.treeDigest(path));
    expect(disk.treeDigest(path)).toEqual(disk.treeDigest(path));
  });

  it("read a pipe that nobody writes to as empty, without waiting", () => {
    const place = mkdtempSync(join(scratch, "pipe-"));
    execFileSync("mkfifo", [join(place, "x.bst")]);
    const files = DirectoryFiles.make(place, ObjectStore.open(join(scratch, "cache")));
    expect(files.read("x.bst")).toHaveLength(0);
  });

  it("raise where there is nothing to digest", () => {
    for (const files of [disk, tree]) expect(() => files.treeDigest("nothing")).toThrow(/nothing/);
  });
});
