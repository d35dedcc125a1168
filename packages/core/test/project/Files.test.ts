import { describe, expect, it } from "vitest";
import { BstError } from "../../src/error/BstError.ts";
import * as MemoryFiles from "../../src/project/MemoryFiles.ts";
import * as ProjectPath from "../../src/project/ProjectPath.ts";
import * as SubFiles from "../../src/project/SubFiles.ts";
import { scalar } from "../../src/yaml/Node.ts";

const files = MemoryFiles.make({
  "a/b/c.txt": "c",
  "a/link": { symlink: "b/c.txt" },
  "a/up": { symlink: "../top" },
  out: { symlink: "../elsewhere" },
  loop: { symlink: "loop" },
  absolute: { symlink: "/etc/passwd" },
  top: "t",
  "empty/": "",
});

function reason(path: string, wanted?: "file" | "directory"): string | null {
  try {
    ProjectPath.check(scalar(path), files, wanted);
  } catch (cause) {
    if (cause instanceof BstError) return cause.reason;
    throw cause;
  }
  return "fine";
}

describe("TreeFiles", () => {
  it("follows links inside the project, and none out of it", () => {
    expect(files.kind("a/link")).toBe("symlink");
    expect(new TextDecoder().decode(files.read("a/link"))).toBe("c");
    expect(new TextDecoder().decode(files.read("a/up"))).toBe("t");
    expect(files.resolve("a/link")).toBe("a/b/c.txt");
    for (const path of ["out", "loop", "absolute", "../top", "a/nothing"]) expect(files.read(path)).toBeUndefined();
    expect(files.resolve("out")).toBeUndefined();
    expect(files.resolve("a/nothing/more")).toBe("a/nothing/more");
  });

  it("lists names in order, with kinds", () => {
    expect(files.list("a")).toEqual([
      { name: "b", kind: "directory" },
      { name: "link", kind: "symlink" },
      { name: "up", kind: "symlink" },
    ]);
    expect(files.list("empty")).toEqual([]);
    expect(files.list("top")).toBeUndefined();
  });

  it("digests a single file as a directory that holds it", () => {
    const single = MemoryFiles.make({ "d/c.txt": "c" });
    expect(files.treeDigest("a/b/c.txt")).toEqual(single.treeDigest("d"));
    expect(() => files.treeDigest("nothing")).toThrow(BstError);
  });

  it("shows a directory as a project of its own", () => {
    const sub = SubFiles.make(files, "./a/");
    expect(sub.directory).toBe("/project/a");
    expect(sub.kind("b")).toBe("directory");
    expect(sub.resolve("link")).toBe("b/c.txt");
    expect(sub.resolve("up")).toBeUndefined();
    expect(sub.treeDigest("b")).toEqual(files.treeDigest("a/b"));
  });
});

describe("ProjectPath", () => {
  it("refuses what BuildStream refuses, for the same reasons", () => {
    expect(reason("a/b")).toBe("fine");
    expect(reason("a/b/c.txt", "file")).toBe("fine");
    expect(reason("a/b", "file")).toBe("proj-path-invalid-kind");
    expect(reason("top", "directory")).toBe("proj-path-invalid-kind");
    expect(reason("a/link")).toBe("proj-path-invalid-kind");
    expect(reason("nothing")).toBe("missing-file");
    expect(reason("../top")).toBe("proj-path-invalid");
    expect(reason("/etc")).toBe("proj-path-invalid");
    expect(reason("/project/top")).toBe("proj-path-invalid");
    expect(reason("a/../../project")).toBe("proj-path-invalid");
  });

  it("normalises as Python does", () => {
    expect(["a//b/./c/../d", "./a", "../a", "a/../..", "", "/../a", "a/"].map(ProjectPath.normalize)).toEqual([
      "a/b/d",
      "a",
      "../a",
      "..",
      ".",
      "/a",
      "a",
    ]);
  });
});
