/**
 * Working in an open workspace: incremental builds, moved and deleted directories, junctions, and what a crash leaves. Each fact holds for the oracle too
 * (`TEST_TOOL=oracle`), but for those marked as ours.
 */
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { openSession, tool } from "../support/session.ts";

const program =
  "kind: manual\nbuild-depends:\n- base.bst\nsources:\n- kind: local\n  path: files/src\n" +
  "config:\n  configure-commands:\n  - echo configured >> steps; test -f ready\n" +
  "  build-commands:\n  - echo built >> steps; test ! -f broken\n" +
  "  install-commands:\n  - mkdir -p %{install-root}; cp steps %{install-root}; ls > %{install-root}/names\n";
const session = openSession({
  "program.bst": program,
  "many.bst": program.replace("files/src", "files/many").replace("; test -f ready", ""),
  "user.bst": "kind: stack\nbuild-depends:\n- program.bst\n",
  "filter.bst": "kind: filter\nbuild-depends:\n- program.bst\n",
  "sub.bst": "kind: junction\nsources:\n- kind: local\n  path: sub\n",
});
afterAll(() => session.close());
const { bst, project } = session;
for (const directory of ["files/src", "files/many", "sub/files"])
  mkdirSync(join(project, directory), { recursive: true });
session.write("files/src/main.c", "int main() {}\n");
for (let index = 0; index < 400; index++) session.write(`files/many/f${index}`, `${index}\n`);
session.write("sub/project.conf", "name: sub\nmin-version: 2.0\n");
session.write("sub/inner.bst", "kind: import\nsources:\n- kind: local\n  path: files\n");
session.write("sub/files/data", "data\n");

const record = () => readFileSync(join(project, ".bst2/workspaces.yml"), "utf8");
const checkedOut = async (element: string, name: string) => {
  const out = join(session.home, "out");
  rmSync(out, { recursive: true, force: true });
  expect((await bst("artifact", "checkout", element, "--deps", "none", "--directory", out)).status).toBe(0);
  return readFileSync(join(out, name), "utf8").trim().split("\n");
};
const keyOf = async (element: string) =>
  (await bst("show", "--deps", "none", "--format", "%{full-key}", element)).stdout.trim();

describe("an incremental build", () => {
  it("configures until that has succeeded once, and again after a soft reset", async () => {
    expect((await bst("workspace", "open", "program.bst", "--directory", "ws")).status).toBe(0);
    expect(record()).toBe("format-version: 4\nworkspaces:\n  program.bst:\n    path: ws\n");
    expect((await bst("build", "program.bst")).status).not.toBe(0);
    session.write("ws/ready", "");
    const second = await bst("build", "program.bst");
    expect(second.stderr).toContain("INFO    Incremental build");
    expect(await checkedOut("program.bst", "steps")).toEqual(["configured", "configured", "built"]);
    expect(record()).toContain(`last_build: ${await keyOf("program.bst")}\n`);

    session.write("ws/broken", "");
    expect((await bst("build", "program.bst")).status).not.toBe(0);
    renameSync(join(project, "ws/broken"), join(project, "ws/mended"));
    expect((await bst("build", "program.bst")).status).toBe(0);
    expect(await checkedOut("program.bst", "steps")).toEqual(["configured", "configured", "built", "built", "built"]);
    expect(await checkedOut("program.bst", "names")).not.toContain("broken");

    expect((await bst("workspace", "reset", "--soft", "program.bst")).status).toBe(0);
    expect(record()).not.toContain("last_build");
    session.write("ws/more", "");
    const fresh = await bst("build", "program.bst");
    expect(fresh.stderr).not.toContain("Incremental build");
    expect(await checkedOut("program.bst", "steps")).toEqual(["configured", "built"]);
  });

  it("follows a touch, and nothing else, in keys", async () => {
    const before = await keyOf("program.bst");
    expect(await keyOf("program.bst")).toBe(before);
    utimesSync(join(project, "ws/main.c"), 1_500_000_000, 1_500_000_000);
    const after = await keyOf("program.bst");
    expect(after).not.toBe(before);
    expect(await keyOf("user.bst")).not.toBe(after);
  });

  it.runIf(tool.name === "ours")("extracts only what changed (ours)", async () => {
    expect((await bst("workspace", "open", "many.bst", "--directory", "many")).status).toBe(0);
    for (let turn = 0; turn < 4; turn++) {
      session.write("many/f7", `edit ${turn}\n`);
      expect((await bst("build", "many.bst")).status).toBe(0);
    }
    // Where there are no overlays, roots are copies for one build each, and none is kept.
    const { findings } = JSON.parse((await bst("doctor", "--json")).stdout) as {
      readonly findings: readonly { readonly check: string; readonly status: string }[];
    };
    const overlays = findings.find(({ check }) => check === "overlay")?.status === "ok";
    const roots = join(session.home, "cache/millrace/roots");
    const sizes = (overlays ? readdirSync(roots) : [])
      .filter((name) => name !== "tmp")
      .map(
        (name) => (JSON.parse(readFileSync(join(roots, name, "entry.json"), "utf8")) as { entries: number }).entries,
      );
    expect(sizes.filter((entries) => entries >= 400)).toHaveLength(overlays ? 1 : 0);
    expect(await checkedOut("many.bst", "steps")).toEqual(["configured", "built", "built", "built", "built"]);
  });
});

describe("a workspace's directory", () => {
  it("that is moved or deleted keeps builds from beginning, until it is back or the workspace is closed", async () => {
    renameSync(join(project, "ws"), join(project, "moved"));
    const gone = await bst("build", "program.bst");
    expect(gone.status).not.toBe(0);
    expect(gone.stderr).toContain("Inconsistent pipeline");
    expect(gone.stderr).toContain("program.bst");
    expect((await bst("show", "--deps", "none", "--format", "%{state}", "program.bst")).stdout.trim()).toBe(
      "no reference",
    );
    renameSync(join(project, "moved"), join(project, "ws"));
    expect((await bst("build", "program.bst")).status).toBe(0);
    rmSync(join(project, "ws"), { recursive: true });
    expect((await bst("workspace", "close", "program.bst")).status).toBe(0);
    expect((await bst("workspace", "list")).stdout).not.toContain("program.bst");
  });

  it("is never overwritten unasked, is taken as it is on demand, and survives closing", async () => {
    mkdirSync(join(project, "mine"));
    session.write("mine/ready", "");
    const refused = await bst("workspace", "open", "program.bst", "--directory", "mine");
    expect(refused.status).not.toBe(0);
    expect(readdirSync(join(project, "mine"))).toEqual(["ready"]);
    expect((await bst("workspace", "open", "--no-checkout", "program.bst", "--directory", "mine")).status).toBe(0);
    expect(readdirSync(join(project, "mine")).sort()).toEqual([".bstproject.yaml", "ready"]);
    expect((await bst("build", "program.bst")).status).toBe(0);
    expect((await bst("workspace", "reset", "program.bst")).status).toBe(0);
    expect(readdirSync(join(project, "mine")).sort()).toEqual([".bstproject.yaml", "main.c"]);
    expect((await bst("workspace", "close", "program.bst")).status).toBe(0);
    expect(readdirSync(join(project, "mine"))).toEqual(["main.c"]);
    expect((await bst("workspace", "open", "--force", "program.bst", "--directory", "mine")).status).toBe(0);
    expect((await bst("workspace", "close", "--remove-dir", "program.bst")).status).toBe(0);
    expect(existsSync(join(project, "mine"))).toBe(false);
  });

  it("works for elements behind junctions and filters, and from inside", async () => {
    expect((await bst("workspace", "open", "sub.bst:inner.bst", "--directory", "inner")).status).toBe(0);
    expect(record()).toContain("  sub.bst:inner.bst:\n    path: inner\n");
    expect(readFileSync(join(project, "inner/.bstproject.yaml"), "utf8")).toBe(
      `projects:\n- project-path: ${project}\n  element-name: sub.bst:inner.bst\nformat-version: 1\n`,
    );
    session.write("inner/data", "changed\n");
    const inside = await bst("-C", join(project, "inner"), "build");
    expect(inside.status).toBe(0);
    expect(await checkedOut("sub.bst:inner.bst", "data")).toEqual(["changed"]);
    const filtered = await bst("workspace", "open", "filter.bst", "--directory", "filtered");
    expect(filtered.stderr).toContain("Element 'filter.bst' redirected to 'program.bst'");
    expect((await bst("workspace", "list")).stdout).toBe(
      `workspaces:\n- element: many.bst\n  directory: ${project}/many\n- element: sub.bst:inner.bst\n  directory: ${project}/inner\n- element: program.bst\n  directory: ${project}/filtered\n`.replace(
        tool.name === "ours" ? "" : `- element: many.bst\n  directory: ${project}/many\n`,
        "",
      ),
    );
    expect((await bst("workspace", "close", "--all")).status).toBe(0);
    expect(record()).toBe("format-version: 4\nworkspaces: {}\n");
  });
});

describe("the files of a workspace", () => {
  it("have the times of their archive, none still to come (ours), and one time where there is no archive (ours)", async () => {
    const inside = join(session.home, "inside/package");
    mkdirSync(inside, { recursive: true });
    const times = { configure: 981_173_106, "configure.ac": 949_550_706.5, Makefile: 4_000_000_000 };
    for (const [name, time] of Object.entries(times)) {
      writeFileSync(join(inside, name), name);
      utimesSync(join(inside, name), time, time);
    }
    const archive = join(session.home, "package.tar");
    execFileSync("tar", ["--format=pax", "-cf", archive, "-C", join(session.home, "inside"), "package"]);
    const ref = createHash("sha256").update(readFileSync(archive)).digest("hex");
    session.write("timed.bst", `kind: manual\nsources:\n- kind: tar\n  url: file://${archive}\n  ref: ${ref}\n`);
    const ours = tool.name === "ours";
    const before = Date.now() / 1000;
    expect((await bst("workspace", "open", "timed.bst", "--directory", "timed")).status).toBe(0);
    const timeOf = (path: string) => statSync(join(project, path)).mtimeMs / 1000;
    expect(timeOf("timed/configure")).toBe(times.configure);
    expect(timeOf("timed/configure.ac")).toBe(times["configure.ac"]);
    if (ours) expect(timeOf("timed/Makefile")).toBeLessThanOrEqual(Date.now() / 1000);
    if (ours) expect(timeOf("timed/Makefile")).toBeGreaterThan(before - 2);
    expect((await bst("workspace", "open", "many.bst", "--directory", "alike")).status).toBe(0);
    const all = readdirSync(join(project, "alike")).filter((name) => name !== ".bstproject.yaml");
    if (ours) expect(new Set(all.map((name) => timeOf(`alike/${name}`))).size).toBe(1);
    expect((await bst("workspace", "close", "--all", "--remove-dir")).status).toBe(0);
  });
});

describe.runIf(tool.name === "ours")("several commands at once (ours)", () => {
  it("all find their workspaces in the record", async () => {
    const names = ["a.bst", "b.bst", "c.bst", "d.bst"];
    for (const name of names) session.write(name, program.replace("files/src", "files/many"));
    const open = (name: string) => bst("workspace", "open", name, "--directory", name.slice(0, 1));
    const opened = await Promise.all(names.map(open));
    expect(opened.map(({ status }) => status)).toEqual([0, 0, 0, 0]);
    for (const name of names) expect(record()).toContain(`  ${name}:\n    path: ${name.slice(0, 1)}\n`);
    const closed = await Promise.all(names.map((name) => bst("workspace", "close", "--remove-dir", name)));
    expect(closed.map(({ status }) => status)).toEqual([0, 0, 0, 0]);
    expect(record()).toBe("format-version: 4\nworkspaces: {}\n");
    expect(readdirSync(join(project, ".bst2"))).toEqual(["workspaces.yml"]);
  });
});

describe.runIf(tool.name === "ours")("a crash (ours)", () => {
  it("while a workspace is opened leaves one that is whole, or none", async () => {
    for (let moment = 150; moment < 850; moment += 200) {
      const directory = join(project, `crash${moment}`);
      const [command, ...first] = tool.argv as [string, ...string[]];
      const words = ["-c", session.configuration, "workspace", "open", "many.bst", "--directory", directory];
      const child = spawn(command, [...first, "--no-interactive", ...words], { cwd: project, stdio: "ignore" });
      const ended = new Promise((resolve) => child.on("close", resolve));
      await sleep(moment);
      child.kill("SIGKILL");
      await ended;
      const listed = await bst("workspace", "list");
      expect(listed.status).toBe(0);
      if (listed.stdout.includes(directory)) expect(readdirSync(directory)).toHaveLength(401);
      const again = await bst("workspace", "open", "--force", "many.bst", "--directory", directory);
      expect({ moment, status: again.status, stderr: again.status === 0 ? "" : again.stderr }).toEqual({
        moment,
        status: 0,
        stderr: "",
      });
      expect(readdirSync(directory)).toHaveLength(401);
      writeFileSync(join(directory, "f1"), "mine\n");
      expect((await bst("workspace", "close", "--all", "--remove-dir")).status).toBe(0);
    }
  });
});
