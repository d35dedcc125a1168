/** Every mistake ends in one clear message: domain, reason, place and exit code as the oracle's, and never a stack trace of ours. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { layProject } from "../support/projects.ts";
import { ours, run, writeConfiguration } from "../support/tools.ts";
import { goodConf, mistakes } from "./mistakes.ts";

interface Golden {
  readonly status: number;
  readonly domain: string | null;
  readonly reason: string | null;
  readonly place: string | null;
}

const golden: Readonly<Record<string, Golden>> = JSON.parse(
  readFileSync(new URL("../golden/mistakes/answers.json", import.meta.url), "utf8"),
);
const place = mkdtempSync(join(tmpdir(), "millrace-mistakes-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));

/** Where the oracle fails itself (a traceback), what ours says instead. */
const better: Readonly<Record<string, Golden>> = {
  "a file that is not UTF-8": { status: 255, domain: "LOAD", reason: "invalid-yaml", place: null },
};

describe("mistakes", () => {
  for (const [index, { name, files, args, user }] of mistakes.entries()) {
    it.concurrent(name, async () => {
      const home = join(place, `m${index}`);
      const project = join(home, "project");
      layProject(project, { "project.conf": goodConf, "elements/.keep": "", ...files });
      const configuration = user === undefined ? writeConfiguration(home) : join(home, "user.conf");
      if (user !== undefined) writeFileSync(configuration, user);
      const errorFile = join(home, "error.json");
      const outcome = await run(ours, ["--no-colors", "--no-interactive", "-c", configuration, ...args], project, {
        BST_ERROR_FILE: errorFile,
      });
      const expected = better[name] ?? (golden[name] as Golden);
      expect({ status: outcome.status, stderr: outcome.stderr }).toMatchObject({ status: expected.status });
      if (expected.status === 0) return;
      // A command line that cannot be read leaves no error file, as in BuildStream.
      if (expected.status === 2) return expect(outcome.stderr).toContain("Error: ");
      const error = JSON.parse(readFileSync(errorFile, "utf8"));
      expect({ domain: error.domain, reason: error.reason }).toEqual({
        domain: expected.domain,
        reason: expected.reason,
      });
      expect(error.crash).toBeUndefined();
      if (expected.place !== null) expect(error.message).toContain(expected.place);
      expect(outcome.stderr).not.toMatch(/^\s+at .*\.[jt]s:\d+/m);
      expect(outcome.stderr.trim()).not.toBe("");
      expect(readdirSync(project).sort()).toEqual(expect.arrayContaining(["elements", "project.conf"]));
      rmSync(home, { recursive: true, force: true });
    });
  }
});
