import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as Claim from "@millrace/sandbox/staging/Claim";
import { afterAll, expect, it } from "vitest";

const base = mkdtempSync(join(tmpdir(), "millrace-claim-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

it("is of one at a time, and leaves nothing behind", () => {
  const file = join(base, "one");
  const first = Claim.take(file);
  expect(first?.inherited).toBe(false);
  expect(Claim.take(file)).toBeUndefined();
  first?.release();
  expect(readdirSync(base)).toEqual([]);
  Claim.take(file)?.release();
});

it("of a process that is gone is inherited", () => {
  const file = join(base, "gone");
  writeFileSync(file, `1-0 ${readlinkSync("/proc/self/ns/pid")}`);
  const claim = Claim.take(file);
  expect(claim?.inherited).toBe(true);
  claim?.release();
});

it("of another container is left to it while there are signs of life", () => {
  const file = join(base, "elsewhere");
  writeFileSync(file, "1-0 pid:[1]");
  expect(Claim.take(file)).toBeUndefined();
  expect(readFileSync(file, "utf8")).toBe("1-0 pid:[1]");
  const past = Date.now() / 1000 - 3600;
  utimesSync(file, past, past);
  const claim = Claim.take(file);
  expect(claim?.inherited).toBe(true);
  claim?.release();
});

it("that was lost to somebody else is not given up for them", () => {
  const file = join(base, "lost");
  const claim = Claim.take(file);
  writeFileSync(file, "1-0 pid:[1]");
  claim?.release();
  expect(readFileSync(file, "utf8")).toBe("1-0 pid:[1]");
});
