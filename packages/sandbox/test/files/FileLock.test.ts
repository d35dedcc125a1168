import { spawn } from "node:child_process";
import {
  existsSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import * as FileLock from "../../src/files/FileLock.ts";

const directory = mkdtempSync(join(tmpdir(), "millrace-lock-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const path = join(directory, "lock");

describe("FileLock", () => {
  it("gives way to one process at a time", async () => {
    const counter = join(directory, "counter");
    writeFileSync(counter, "0");
    const module = new URL("../../src/files/FileLock.ts", import.meta.url);
    const script =
      `import { hold } from ${JSON.stringify(module)}; import { readFileSync, writeFileSync } from "node:fs";` +
      `for (let turn = 0; turn < 50; turn++) hold(${JSON.stringify(path)}, () => {` +
      `const count = Number(readFileSync(${JSON.stringify(counter)}, "utf8"));` +
      `writeFileSync(${JSON.stringify(counter)}, String(count + 1)); });`;
    const arguments_ = ["--experimental-strip-types", "--no-warnings", "--input-type=module", "-e", script];
    const ends = Array.from({ length: 4 }, () => {
      const child = spawn(process.execPath, arguments_, { stdio: "inherit" });
      return new Promise((resolve) => child.on("close", resolve));
    });
    expect(await Promise.all(ends)).toEqual([0, 0, 0, 0]);
    expect(readFileSync(counter, "utf8")).toBe("200");
    expect(existsSync(path)).toBe(false);
  });

  it("is given back by work that fails", () => {
    expect(() =>
      FileLock.hold(path, () => {
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(FileLock.hold(path, () => existsSync(path))).toBe(true);
  });

  it("is taken over from who was killed long ago", () => {
    writeFileSync(path, "");
    utimesSync(path, 1_000_000, 1_000_000);
    expect(FileLock.hold(path, () => "mine")).toBe("mine");
    expect(existsSync(path)).toBe(false);
  });

  it("is taken over whatever stands in its place", () => {
    mkdirSync(path);
    utimesSync(path, 1_000_000, 1_000_000);
    expect(FileLock.hold(path, () => "mine")).toBe("mine");
    symlinkSync("nowhere", path);
    lutimesSync(path, 1_000_000, 1_000_000);
    expect(FileLock.hold(path, () => "mine")).toBe("mine");
    expect(readdirSync(directory).filter((name) => name.startsWith("lock"))).toEqual([]);
  });

  it("does not wait for ever for an abandoned one that cannot be removed", () => {
    writeFileSync(path, "");
    utimesSync(path, 1_000_000, 1_000_000);
    // A directory where the lock would be set aside keeps a file from being renamed there, for root as well.
    const aside = `${path}.${process.pid}`;
    mkdirSync(aside);
    expect(() => FileLock.hold(path, () => "mine")).toThrow("EISDIR");
    rmSync(aside, { recursive: true });
    rmSync(path);
  });

  it("says what is wrong with its place", () => {
    expect(() => FileLock.hold(join(directory, "none/lock"), () => "mine")).toThrow("ENOENT");
  });
});
