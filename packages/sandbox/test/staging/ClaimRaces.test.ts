/** Claims among several who come at once, where the file system has links and where it has none. */
import fs, { mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as Claim from "@millrace/sandbox/staging/Claim";
import * as Owners from "@millrace/sandbox/staging/Owners";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const { linkSync, renameSync } = fs;
const system = { hasLinks: true, between: () => {} };

beforeAll(() => {
  fs.linkSync = (from, to) => {
    if (!system.hasLinks) throw Object.assign(new Error("no links"), { code: "EPERM" });
    linkSync(from, to);
  };
  fs.renameSync = (from, to) => {
    system.between();
    renameSync(from, to);
  };
  syncBuiltinESMExports();
});

afterAll(() => {
  Object.assign(fs, { linkSync, renameSync });
  syncBuiltinESMExports();
});

const base = mkdtempSync(join(tmpdir(), "millrace-claims-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));
const here = readlinkSync("/proc/self/ns/pid");
const dead = `1-0 ${here}`;

describe.each([true, false])("where there are links: %s", (hasLinks) => {
  const place = (name: string) => join(base, `${name}-${hasLinks}`);

  it("one at a time has a claim", () => {
    system.hasLinks = hasLinks;
    const first = Claim.take(place("one"));
    expect(readFileSync(place("one"), "utf8")).toBe(`${Owners.owner()} ${here}`);
    expect(Claim.take(place("one"))).toBeUndefined();
    first?.release();
    Claim.take(place("one"))?.release();
  });

  it("what another heir got first is put back as it was", () => {
    system.hasLinks = hasLinks;
    writeFileSync(place("heir"), dead);
    const living = "1-0 pid:[1]";
    system.between = () => writeFileSync(place("heir"), living);
    expect(Claim.take(place("heir"))).toBeUndefined();
    system.between = () => {};
    expect(readFileSync(place("heir"), "utf8")).toBe(living);
  });

  it("a claim that was put back after it was given up holds up nobody", () => {
    system.hasLinks = hasLinks;
    const claim = Claim.take(place("late"));
    const text = readFileSync(place("late"), "utf8");
    claim?.release();
    writeFileSync(place("late"), text);
    const next = Claim.take(place("late"));
    expect(next?.inherited).toBe(true);
    next?.release();
  });
});
