import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as MakeDirectory from "../../src/files/MakeDirectory.ts";

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "millrace-test-"));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

describe("MakeDirectory", () => {
  it("makes what is missing, and leaves what is there", () => {
    MakeDirectory.make(join(place, "a/b/c"));
    MakeDirectory.make(join(place, "a/b/c"));
    expect(statSync(join(place, "a/b/c")).isDirectory()).toBe(true);
  });

  it("follows links to directories", () => {
    MakeDirectory.make(join(place, "real"));
    symlinkSync("real", join(place, "link"));
    MakeDirectory.make(join(place, "link/below"));
    expect(existsSync(join(place, "real/below"))).toBe(true);
  });

  it("throws at a file and at a link to nothing", () => {
    writeFileSync(join(place, "file"), "");
    symlinkSync("nowhere", join(place, "dangling"));
    expect(() => MakeDirectory.make(join(place, "file"))).toThrow(/EEXIST/);
    expect(() => MakeDirectory.make(join(place, "file/below"))).toThrow();
    expect(() => MakeDirectory.make(join(place, "dangling/below"))).toThrow();
  });

  // Node's own recursive mkdir would never return here, and the test would not end.
  it.runIf(process.platform === "linux")("throws where the kernel lets nobody make directories", () => {
    expect(() => MakeDirectory.make("/proc/millrace-none/below")).toThrow(/ENOENT/);
  });
});
