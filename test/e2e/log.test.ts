/** What commands print without a terminal has the lines that BuildStream prints, but for times, hashes and the words of errors. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import * as Scenarios from "../golden/log/scenarios.ts";
import { tool } from "../support/session.ts";
import { root as checkout, run } from "../support/tools.ts";

const root = mkdtempSync(join(tmpdir(), "millrace-log-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
Scenarios.makeProject(root);

const golden = (name: string) => readFileSync(join(checkout, "test/golden/log/sessions", `${name}.txt`), "utf8");

/** Scenarios with errors or warnings, whose words are each tool's own: of these the log lines and the counts are compared. */
const ownWords: ReadonlySet<string> = new Set([
  "build-retry-failed-continue",
  "build-overlap",
  "fetch-failure",
  "fetch-two",
  "track-failure",
  "load-error",
  "inconsistent",
  "pull-nowhere",
  "list-nothing",
  "checkout-again",
  "checkout-missing",
  "source-push-nowhere",
  "artifact-push-nowhere",
  "shell-missing-program",
  "shell-missing-deps",
  "shell-no-buildtree",
  "workspace-open-again",
  "workspace-no-sources",
  "workspace-close-none",
]);

/**
 * Lines that tell of work which only one tool does: a junction that lies in the project is not copied, what a shell is built in is fetched without a job where there is
 * nothing to fetch, workspaces close when elements do not load, and a directory that is in the way is found before servers are connected to.
 */
const otherWork: Readonly<Record<string, RegExp>> = {
  across: / fetch:sub\.bst /,
  "shell-build": / fetch:across\.bst /,
  "checkout-again": /Initializing remote caches/,
  "workspace-close-all": /Loading elements|Resolving elements|Initializing remote caches/,
};

/** What is not compared: the daemon's lines, what it says while it takes in files, and the numbers that a failing build counts before it fails. */
const passedOver = /buildboxcommon|Staging local files into CAS|^ +\d+$/;

/** The lines that both tools must have, sorted since fetching and building overlap, with what differs from run to run masked. */
function lines(text: string, words: boolean): readonly string[] {
  const masked = stripVTControlCharacters(text)
    .replaceAll(root, "@ROOT@")
    .replaceAll(/\b\d{8}-\d{6}\b/g, "STAMP")
    .replaceAll(/\b[0-9a-f]{64}\b/g, "HASH")
    .replaceAll(/\b[0-9a-f]{8}\b/g, "KEY")
    .replaceAll(/\b[0-9a-f]{12}\b/g, "LONGKEY")
    .replaceAll(/\d\d:\d\d:\d\d(\.\d+)?/g, "TIME")
    .replaceAll(/\w+day, \d\d-\d\d-\d{4} at TIME/g, "DATE")
    .replaceAll(/pid:\d+ */g, "pid:N ")
    .replaceAll(/Staging remote file to \S+/g, "Staging remote file to PLACE")
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => !passedOver.test(line));
  if (words) return masked.sort();
  return masked
    .filter((line) => /^\[|^ {4}\w+ Queue:/.test(line))
    .map((line) => line.replace(/(FAILURE|WARNING|INFO) .*/, "$1"))
    .sort();
}

describe("the log of", () => {
  for (const scenario of Scenarios.scenarios(root)) {
    it(scenario.name, async () => {
      if (scenario.wipe === true)
        for (const name of ["cache", "logs"]) rmSync(join(root, name), { recursive: true, force: true });
      const configuration = Scenarios.configuration(root, scenario.conf ?? "");
      const outcome = await run(tool, ["--config", configuration, ...scenario.args], join(root, "project"));
      const printed = /\nexit (\d+)\n[\s\S]*?--- stderr\n([\s\S]*?)(?=--- log file\n|$)/.exec(golden(scenario.name));
      expect(outcome.status).toBe(Number(printed?.[1]));
      const words = !ownWords.has(scenario.name);
      const other = otherWork[scenario.name] ?? /^$(?!)/;
      const told = (text: string) => lines(text, words).filter((line) => !other.test(line));
      expect(told(outcome.stderr)).toEqual(told(printed?.[2] ?? ""));
    });
  }
});
