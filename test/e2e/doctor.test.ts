/** `bst doctor`: what is well, and each kind of trouble with its remedy. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as Machine from "@millrace/sandbox/doctor/Machine";
import * as Storage from "@millrace/sandbox/doctor/Storage";
import * as Schema from "effect/Schema";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as Documents from "../../packages/cli/src/json/Documents.ts";
import { openSession } from "../support/session.ts";

const session = openSession({});
beforeAll(async () => {
  expect((await session.bst("build", "base.bst")).status).toBe(0);
});
afterAll(() => session.close());

async function doctor(...main: readonly string[]) {
  const outcome = await session.bst(...main, "doctor", "--json");
  const report = Schema.decodeUnknownSync(Documents.doctor)(JSON.parse(outcome.stdout));
  const find = (check: string) => report.findings.find((finding) => finding.check === check);
  return { status: outcome.status, report, find };
}

/** A user configuration of its own with more in it. */
function configured(name: string, more: string): readonly string[] {
  const path = join(session.home, `${name}.conf`);
  writeFileSync(path, `${readFileSync(session.configuration, "utf8")}${more}`);
  return ["-c", path];
}

describe("bst doctor", () => {
  it("finds a machine that builds healthy", async () => {
    const { status, report, find } = await doctor();
    expect(report.findings.filter((finding) => finding.status === "problem")).toEqual([]);
    expect(status).toBe(0);
    expect(find("user namespaces")?.found).toContain("a sandbox ran");
    expect(find("cache integrity")?.found).toMatch(/^\d+ of \d+ objects read, none is damaged$/);
    expect(find("project")?.found).toContain("test in ");
    const text = (await session.bst("doctor")).stdout;
    expect(text).toMatch(/^ok {7}Node\.js/m);
    expect(readdirSync(join(session.home, "cache")).filter((name) => name.startsWith("doctor"))).toEqual([]);
  });

  it("tells of a server that does not answer", async () => {
    const main = configured("server", "artifacts:\n  servers:\n  - url: http://127.0.0.1:9\n");
    const { status, find } = await doctor(...main);
    expect(status).toBe(1);
    expect(find("artifact server")).toMatchObject({
      status: "problem",
      found: expect.stringContaining("http://127.0.0.1:9"),
      remedy: expect.stringContaining("bst remote check"),
    });
  });

  it("tells of a directory that cannot be used, and of a configuration that is none", async () => {
    const place = join(session.home, "file");
    writeFileSync(place, "");
    const unusable = join(session.home, "unusable.conf");
    writeFileSync(unusable, `cachedir: ${place}/cache\nsourcedir: ${session.home}/s\nlogdir: ${session.home}/l\n`);
    expect((await doctor("-c", unusable)).find("cache directory")).toMatchObject({ status: "problem" });
    const wrong = await doctor(...configured("wrong", "cachdir: /tmp\n"));
    expect(wrong.status).toBe(1);
    expect(wrong.find("user configuration")).toMatchObject({
      status: "problem",
      remedy: expect.stringContaining("cachedir"),
    });
  });

  it("tells of a project that cannot be loaded, and of a Python that it needs", async () => {
    mkdirSync(join(session.project, "plugins"), { recursive: true });
    writeFileSync(join(session.project, "plugins/mine.py"), "");
    const conf = readFileSync(join(session.project, "project.conf"), "utf8");
    session.write("project.conf", `${conf}plugins:\n- origin: local\n  path: plugins\n  elements: [mine]\n`);
    const without = await doctor(...configured("python", "plugins: {python: /nowhere/python3}\n"));
    expect(without.find("Python")).toMatchObject({ status: "problem" });
    session.write("project.conf", "nam: test\n");
    expect((await doctor()).find("project")).toMatchObject({ status: "problem" });
    session.write("project.conf", conf);
  });

  it("tells of damaged objects, and moves nothing", async () => {
    const objects = join(session.home, "cache/cas/objects");
    const first = readdirSync(objects, { recursive: true, encoding: "utf8" }).find(
      (path) => path.length > 60,
    ) as string;
    chmodSync(join(objects, first), 0o644);
    writeFileSync(join(objects, first), "rotten");
    const { status, find } = await doctor();
    expect(status).toBe(1);
    expect(find("cache integrity")).toMatchObject({
      status: "problem",
      remedy: expect.stringContaining("bst cache verify"),
    });
    expect(readFileSync(join(objects, first), "utf8")).toBe("rotten");
  });

  it("knows old versions of Node, wrong clocks, and disks that are full", () => {
    expect(Machine.node("20.11.0")).toMatchObject({ status: "problem" });
    expect(Machine.node("22.19.0")).toMatchObject({ status: "ok" });
    expect(Storage.clock(0)).toMatchObject({ status: "problem" });
    const [full] = Storage.directory("cache directory", session.home, Number.MAX_SAFE_INTEGER);
    expect(full).toMatchObject({ status: "problem", remedy: expect.stringContaining("bst cache clean") });
  });
});
