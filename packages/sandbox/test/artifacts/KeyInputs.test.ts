import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import * as KeyInputs from "../../src/artifacts/KeyInputs.ts";

const home = mkdtempSync(join(tmpdir(), "millrace-inputs-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));
beforeEach(() => rmSync(join(home, "inputs"), { recursive: true, force: true }));

const key = "ab".repeat(32);
const text = '{"sources":[]}';

describe("KeyInputs", () => {
  it("gives back what was kept first", () => {
    KeyInputs.keep(home, key, () => text);
    KeyInputs.keep(home, key, () => "{}");
    expect(KeyInputs.find(home, key)).toBe(text);
    expect(KeyInputs.find(home, "cd".repeat(32))).toBeUndefined();
  });

  it("takes what is damaged as not kept", () => {
    KeyInputs.keep(home, key, () => text);
    const file = join(home, "inputs", "ab", key.slice(2));
    const bytes = readFileSync(file);
    for (const damaged of [bytes.subarray(0, 15), Buffer.alloc(0), gzipSync("not json"), gzipSync("5")]) {
      writeFileSync(file, damaged);
      expect(KeyInputs.find(home, key)).toBeUndefined();
    }
  });

  it("is silent where nothing can be kept", () => {
    const place = join(home, "inputs");
    writeFileSync(place, "");
    KeyInputs.keep(home, key, () => text);
    rmSync(place);
    mkdirSync(join(place, "ab", key.slice(2), "full"), { recursive: true });
    KeyInputs.keep(home, key, () => text);
    expect(KeyInputs.find(home, key)).toBeUndefined();
    expect(readdirSync(join(place, "ab"))).toEqual([key.slice(2)]);
  });
});
