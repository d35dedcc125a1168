/** The Python package that plugins import, against what the original's public interface is and does (golden data, written by its interpreter). */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import * as Host from "../../src/plugins/Host.ts";

const golden = fileURLToPath(new URL("../golden/plugins/", import.meta.url));
const package_ = fileURLToPath(new URL("../../python/", import.meta.url));

type Members = Readonly<Record<string, string>>;
interface Answers {
  readonly interface: Readonly<Record<string, Members | string>>;
  readonly behaviour: Readonly<Record<string, unknown>>;
}

const theirs = JSON.parse(readFileSync(join(golden, "interface.json"), "utf8")) as Answers;
const ours = JSON.parse(
  execFileSync(Host.interpreter({ environment: process.env, python: undefined }), [join(golden, "interface.py")], {
    encoding: "utf8",
    env: { ...process.env, PYTHONPATH: package_, PYTHONDONTWRITEBYTECODE: "1" },
  }),
) as Answers;

describe("names", () => {
  it.each(Object.entries(theirs.interface))("%s", (name, wanted) => {
    const found = ours.interface[name];
    if (typeof wanted === "string") expect(found).toBe(wanted);
    else {
      // Names beyond the public ones do no harm.
      const members = Object.fromEntries(Object.entries(found as Members).filter(([member]) => member in wanted));
      expect(members).toEqual(wanted);
    }
  });
});

describe("behaviour", () => {
  it("is compared in hundreds of calls", () => {
    expect(Object.keys(theirs.behaviour).length).toBeGreaterThan(350);
    expect(Object.keys(ours.behaviour)).toEqual(Object.keys(theirs.behaviour));
  });

  it.each(Object.entries(theirs.behaviour))("%s", (name, wanted) => {
    expect(ours.behaviour[name]).toEqual(wanted);
  });
});
