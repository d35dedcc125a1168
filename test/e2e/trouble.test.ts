/** Trouble that only shows while working: a file that is not what its ref says, a cache directory that cannot be one, a program that is missing. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openSession } from "../support/session.ts";
import { ours, run } from "../support/tools.ts";

const session = openSession({
  "needs-tool.bst": "kind: manual\nbuild-depends:\n- empty.bst\nconfig:\n  build-commands:\n  - make\n",
});
afterAll(() => session.close());

async function failing(...args: string[]) {
  const file = join(session.home, "error.json");
  const base = ["--no-colors", "--no-interactive", "-c", session.configuration];
  const outcome = await run(ours, [...base, ...args], session.project, { BST_ERROR_FILE: file });
  expect(outcome.status).toBe(255);
  expect(outcome.stderr).not.toMatch(/^\s+at .*\.[jt]s:\d+/m);
  return { outcome, error: JSON.parse(readFileSync(file, "utf8")) };
}

describe("trouble", () => {
  it("a download that is not what its ref says is refused", async () => {
    writeFileSync(join(session.home, "x.tar"), "not what was meant");
    const ref = "0123456789abcdef".repeat(4);
    session.write(
      "tar.bst",
      `kind: import\nsources:\n- kind: tar\n  url: file://${session.home}/x.tar\n  ref: ${ref}\n`,
    );
    const { outcome, error } = await failing("source", "fetch", "tar.bst");
    expect(error.task).toMatchObject({ domain: "SOURCE" });
    expect(outcome.stderr).toContain(ref);
    // What came is kept under its own sum, as BuildStream keeps it, never under the one that was asked for.
    const kept = readdirSync(join(session.home, "sources"), { recursive: true });
    expect(kept.filter((path) => String(path).includes(ref))).toEqual([]);
  });

  it("a cache directory that is a file", async () => {
    const configuration = join(session.home, "bad.conf");
    writeFileSync(join(session.home, "file"), "");
    writeFileSync(configuration, `cachedir: ${session.home}/file\n`);
    const { outcome } = await failing("-c", configuration, "build", "base.bst");
    expect(outcome.stderr).toContain(`${session.home}/file`);
  });

  it("a system that gives no threads, for which the command does the work itself", async () => {
    const asked = join(session.home, "asked");
    const preload = `
      import { writeFileSync } from "node:fs";
      import { syncBuiltinESMExports } from "node:module";
      import threads from "node:worker_threads";
      threads.Worker = class {
        constructor() {
          writeFileSync(${JSON.stringify(asked)}, "");
          throw Object.assign(new Error("EAGAIN"), { code: "ERR_WORKER_INIT_FAILED" });
        }
      };
      syncBuiltinESMExports();`;
    const count = 1500;
    for (let at = 0; at < count; at++) session.write(`files/many/f${at}`, `${at}`);
    session.write("many.bst", "kind: import\nsources:\n- kind: local\n  path: files/many\n");
    const base = ["--no-colors", "--no-interactive", "-c", session.configuration];
    const environment = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(preload)}` };
    const built = await run(ours, [...base, "build", "many.bst"], session.project, environment);
    expect(built.stderr).toMatch(/Build Queue: processed 1, +skipped 0, failed 0/);
    expect(existsSync(asked)).toBe(true);
    const out = join(session.home, "out");
    await session.bst("artifact", "checkout", "--directory", out, "many.bst");
    expect(readdirSync(out).map((name) => readFileSync(join(out, name), "utf8") === name.slice(1))).toEqual(
      Array.from({ length: count }, () => true),
    );
  });

  it("a root without the program that the build needs", async () => {
    session.write(
      "empty.bst",
      "kind: import\nsources:\n- kind: local\n  path: files/base/tmp\nconfig:\n  target: /nothing\n",
    );
    writeFileSync(join(session.project, "files/base/tmp/file"), "");
    const { outcome, error } = await failing("build", "needs-tool.bst");
    expect(error.task).toEqual({ domain: "SANDBOX", reason: "missing-command" });
    expect(outcome.stderr).toContain("'sh'");
  });
});
