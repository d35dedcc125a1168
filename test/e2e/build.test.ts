/**
 * The life of an element at the prompt: build, look, take out, fail, look again. Each fact holds for the oracle too
 * (`TEST_TOOL=oracle`), but for one: a forced checkout over its own result, where the oracle stumbles over symbolic links.
 */
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openSession } from "../support/session.ts";

const install = (lines: readonly string[]) =>
  `config:\n  install-commands:\n${lines.map((line) => `  - |\n    ${line}\n`).join("")}`;

const session = openSession({
  "tool.bst": `kind: manual\nbuild-depends:\n- base.bst\n${install([
    "mkdir -p %{install-root}/usr/bin %{install-root}/usr/empty %{install-root}/usr/include",
    "echo 'echo made' > %{install-root}/usr/bin/tool; chmod 755 %{install-root}/usr/bin/tool",
    "ln -s tool %{install-root}/usr/bin/alias; ln -s /usr/nowhere %{install-root}/usr/bin/broken",
    "echo header > %{install-root}/usr/include/tool.h",
    "ln %{install-root}/usr/include/tool.h %{install-root}/usr/include/same.h",
    "env | sort > %{install-root}/environment; id -u >> %{install-root}/environment",
  ])}public:\n  bst:\n    integration-commands:\n    - echo integrated > /integrated\n`,
  "stack.bst": "kind: stack\ndepends:\n- base.bst\n- tool.bst\n",
  "runtime.bst":
    "kind: compose\nbuild-depends:\n- tool.bst\nconfig:\n  integrate: false\n  include:\n  - runtime\n  include-orphans: false\n",
  "headers.bst": "kind: filter\nbuild-depends:\n- tool.bst\nconfig:\n  include:\n  - devel\n",
  "user.bst": `kind: script\nbuild-depends:\n- stack.bst\nconfig:\n  commands:\n  - mkdir -p %{install-root}\n  - sh /usr/bin/tool > %{install-root}/said; cat /integrated >> %{install-root}/said\n`,
  "fails.bst": `kind: manual\nbuild-depends:\n- base.bst\nconfig:\n  build-commands:\n  - echo before > kept.txt\n  - echo the last words; exit 3\n`,
  "needs-failing.bst": "kind: stack\ndepends:\n- fails.bst\n",
  "readonly.bst": `kind: manual\nbuild-depends:\n- base.bst\n${install(["if echo x > /usr-file; then exit 1; fi", "mkdir -p %{install-root}; echo ok > %{install-root}/ok"])}`,
});
afterAll(() => session.close());
const { bst, home } = session;
const states = async (...targets: string[]) =>
  (await bst("show", "--format", "%{name} %{state}", ...targets)).stdout.trim().split("\n");

describe("a build", () => {
  it("starts from nothing", async () => {
    expect(await states("stack.bst")).toEqual(["base.bst buildable", "tool.bst waiting", "stack.bst waiting"]);
  });

  it("builds what is asked for and what it needs", async () => {
    const outcome = await bst("build", "user.bst", "runtime.bst", "headers.bst");
    expect(outcome.stderr).toContain("Pipeline Summary");
    expect(outcome.status).toBe(0);
    expect(await states("user.bst")).toEqual([
      "base.bst cached",
      "tool.bst cached",
      "stack.bst cached",
      "user.bst cached",
    ]);
  });

  it("does nothing the second time", async () => {
    const outcome = await bst("build", "user.bst");
    expect(outcome.status).toBe(0);
    expect(outcome.stderr).toMatch(/Build Queue: processed 0, skipped \d+, failed 0/);
  });

  it("keeps modes, links and empty directories", async () => {
    const out = join(home, "tool");
    expect(
      (await bst("artifact", "checkout", "--deps", "none", "--no-integrate", "--directory", out, "tool.bst")).status,
    ).toBe(0);
    expect(readdirSync(join(out, "usr/bin")).sort()).toEqual(["alias", "broken", "tool"]);
    expect(lstatSync(join(out, "usr/bin/tool")).mode & 0o111).not.toBe(0);
    expect(lstatSync(join(out, "usr/include/tool.h")).mode & 0o111).toBe(0);
    expect(readlinkSync(join(out, "usr/bin/alias"))).toBe("tool");
    expect(readlinkSync(join(out, "usr/bin/broken"))).toBe("/usr/nowhere");
    expect(readdirSync(join(out, "usr/empty"))).toEqual([]);
    expect(readFileSync(join(out, "usr/include/same.h"), "utf8")).toBe("header\n");
  });

  it("gives a build exactly the element's environment, as user 0", () => {
    const lines = readFileSync(join(home, "tool/environment"), "utf8").trim().split("\n");
    expect(lines.pop()).toBe("0");
    expect(lines.filter((line) => !/^(OLDPWD|SHLVL|_)=/.test(line))).toEqual(
      [
        "HOME=/tmp",
        "LC_ALL=C",
        "LOGNAME=tomjon",
        "PATH=/usr/bin:/bin:/usr/sbin:/sbin",
        "PWD=/buildstream/test/tool.bst",
        "SHELL=/bin/sh",
        "SOURCE_DATE_EPOCH=1321009871",
        "TERM=dumb",
        "TZ=UTC",
        "USER=tomjon",
        "USERNAME=tomjon",
      ].sort(),
    );
  });

  it("integrates dependencies before a script runs", async () => {
    const out = join(home, "user");
    await bst("artifact", "checkout", "--deps", "none", "--no-integrate", "--directory", out, "user.bst");
    expect(readFileSync(join(out, "said"), "utf8")).toBe("made\nintegrated\n");
  });

  it("composes and filters by split domains", async () => {
    const list = async (name: string) =>
      (await bst("artifact", "list-contents", name)).stdout
        .trim()
        .split(/\s*\n\s*/)
        .slice(1);
    expect(await list("runtime.bst")).toEqual(["usr", "usr/bin", "usr/bin/alias", "usr/bin/broken", "usr/bin/tool"]);
    expect(await list("headers.bst")).toEqual(["usr", "usr/include", "usr/include/same.h", "usr/include/tool.h"]);
  });

  it("checks out with dependencies, integrated or not, as directory or tar", async () => {
    const out = join(home, "stack");
    expect((await bst("artifact", "checkout", "--directory", out, "stack.bst")).status).toBe(0);
    expect(readFileSync(join(out, "integrated"), "utf8")).toBe("integrated\n");
    const bare = join(home, "bare");
    expect(
      (await bst("artifact", "checkout", "--no-integrate", "--hardlinks", "--directory", bare, "stack.bst")).status,
    ).toBe(0);
    expect(existsSync(join(bare, "integrated"))).toBe(false);
    expect(existsSync(join(bare, "bin/busybox"))).toBe(true);
    expect((await bst("artifact", "checkout", "--tar", join(home, "stack.tar"), "stack.bst")).status).toBe(0);
    expect(lstatSync(join(home, "stack.tar")).size).toBeGreaterThan(100_000);
  });

  it("refuses to check out over files, unless told", async () => {
    const out = join(home, "tool");
    expect((await bst("artifact", "checkout", "--directory", out, "tool.bst")).status).toBe(255);
    expect(
      (
        await bst(
          "artifact",
          "checkout",
          "--force",
          "--deps",
          "none",
          "--no-integrate",
          "--no-integrate",
          "--directory",
          out,
          "tool.bst",
        )
      ).status,
    ).toBe(0);
  });

  it("keeps the root read-only apart from what the plan marks", async () => {
    expect((await bst("build", "readonly.bst")).status).toBe(0);
  });
});

describe("a shell", () => {
  it("runs a command in the runtime of an element and passes its exit code on", async () => {
    const said = await bst("shell", "stack.bst", "--", "sh", "-c", "sh /usr/bin/tool; cat /integrated; exit 7");
    expect(said.status).toBe(7);
    expect(said.stdout).toContain("made\n");
    expect(said.stdout).toContain("integrated\n");
  });

  it("stages a build environment", async () => {
    const said = await bst("shell", "--build", "tool.bst", "--", "sh", "-c", "pwd");
    expect(said.status).toBe(0);
    expect(said.stdout.trim()).toBe("/buildstream/test/tool.bst");
  });
});

describe("a failing build", () => {
  it("ends with the command, the last lines of the log and where the rest is", async () => {
    const outcome = await bst("build", "needs-failing.bst");
    expect(outcome.status).toBe(255);
    expect(outcome.stderr).toContain("the last words");
    expect(outcome.stderr).toMatch(
      /FAILURE Command failed\n\n.*Printing the last 20 lines from log file:\n.*fails.*-build\..*\.log/,
    );
    expect(outcome.stderr).toContain("Failure Summary");
    expect(await states("needs-failing.bst")).toEqual([
      "base.bst cached",
      "fails.bst failed",
      "needs-failing.bst waiting",
    ]);
  });

  it("is cached as a failure, with its log", async () => {
    const again = await bst("build", "fails.bst");
    expect(again.status).toBe(255);
    expect(again.stderr).toContain("the last words");
    expect((await bst("artifact", "log", "fails.bst")).stdout).toContain("the last words");
  });

  it("keeps its build tree to look into", async () => {
    const said = await bst("shell", "--build", "--use-buildtree", "fails.bst", "--", "cat", "kept.txt");
    expect(said.stdout).toBe("before\n");
    expect(said.status).toBe(0);
  });

  it("is tried again when asked", async () => {
    const outcome = await bst("build", "--retry-failed", "fails.bst");
    expect(outcome.status).toBe(255);
    expect(outcome.stderr).toContain("the last words");
  });
});
