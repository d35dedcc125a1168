import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import * as Check from "../../conformance/Check.ts";
import * as Command from "../../conformance/Command.ts";
import * as Lines from "../../conformance/Lines.ts";
import * as Model from "../../conformance/Model.ts";
import * as Ours from "../../conformance/Ours.ts";

const failing = (findings: readonly Check.Finding[]): readonly string[] =>
  findings.filter(({ type }) => type === "fails").map(({ rule }) => rule.id);

test("our trees keep every rule", async () => {
  const findings = await Check.check(Ours.trees, { runs: 300 });
  expect(Check.report("ours", findings)).toContain(" 0 fail, 0 skipped");
});

/** Of each mistake the rule that is about it. */
const culprits: Record<Model.Mutation, string> = {
  "directory-replaces-file": "12",
  "directory-replaces-link": "13",
  "directory-follows-link": "13",
  "directory-replaces-directory": "6",
  "leaf-replaces-full-directory": "11",
  "leaf-spares-empty-directory": "10",
  "leaf-spares-leaf": "7",
  "leaf-writes-through-link": "8",
  "equal-content-is-not-reported": "9",
  "overwritten-is-not-written": "7",
  "ignored-is-not-reported": "11",
  "ignored-is-written": "11",
  "empty-directories-are-dropped": "3",
  "executable-bit-is-lost": "4",
  "executable-bit-of-old-file-stays": "4",
  "absolute-links-become-relative": "5",
  "links-are-copied-as-files": "5",
  "directories-are-reported": "14",
  "order-is-by-name-only": "15",
  "order-is-by-code-unit": "15",
  "filter-stops-at-rejected-directory": "17",
  "filter-keeps-empty-directory": "18",
  "filter-drops-accepted-empty-directory": "18",
  "filter-prunes-existing-directory": "19",
  "filter-hides-conflict": "20",
  "filter-sees-names-only": "16",
};

describe("mistakes", () => {
  test.each(Model.mutations)("%s is caught by its rule", async (mistake) => {
    const implementation = {
      name: mistake,
      filters: true,
      run: (request: Parameters<typeof Model.run>[0]) => Model.run(request, mistake),
    };
    const findings = await Check.check(implementation, { runs: 200, seed: 1 });
    expect(failing(findings)).toContain(culprits[mistake]);
    expect(Check.report(mistake, findings)).toContain("FAIL");
  });
});

test("counterexamples are small", async () => {
  const implementation = {
    name: "follows links",
    filters: true,
    run: (request: Parameters<typeof Model.run>[0]) => Model.run(request, "leaf-spares-leaf"),
  };
  const [finding] = await Check.check(implementation, { only: ["7"], seed: 2 });
  expect(JSON.stringify(finding?.counterexample?.request).length).toBeLessThan(120);
});

test("an implementation without filters and reports is held to the rest", async () => {
  const bare = {
    name: "bare",
    filters: false,
    run: (request: Parameters<typeof Model.run>[0]) => {
      const outcome = Model.run(request);
      return outcome.type === "conflict" ? outcome : { type: "imported" as const, tree: outcome.tree };
    },
  };
  const findings = await Check.check(bare, { runs: 30 });
  expect(failing(findings)).toEqual([]);
  expect(findings.filter(({ type }) => type === "skipped").map(({ rule }) => rule.id)).toEqual([
    "14",
    "15",
    "16",
    "17",
    "18",
    "19",
    "20",
    "22",
  ]);
});

test("an implementation that throws fails with what it threw", async () => {
  const broken = {
    name: "broken",
    filters: true,
    run: () => {
      throw new Error("no such thing");
    },
  };
  const findings = await Check.check(broken, { runs: 5, only: ["1"] });
  expect(Check.report("broken", findings)).toContain("no such thing");
});

describe("programs", () => {
  test("a command is given real directories", async () => {
    const copy = Command.implementation("cp -a {source}/. {destination}");
    const findings = await Check.check(copy, { runs: 2, seed: 1, only: ["2", "5", "6", "8", "10", "16"] });
    expect(failing(findings)).toEqual(["8", "10"]);
    expect(findings.find(({ rule }) => rule.id === "16")?.type).toBe("skipped");
  });

  test("a command may take a filter and write a report", async () => {
    const script = `cp -a {source}/. {destination} && grep -q . {accept} && echo '{"written": []}' > {report}`;
    const outcome = await Command.implementation(script).run({
      destination: {},
      source: { a: ["exec", "x"] },
      accept: ["a"],
    });
    expect(outcome).toEqual({ type: "imported", tree: { a: ["exec", "x"] }, written: [] });
  });

  test("a program may answer line by line", async () => {
    const program = new URL("answer.ts", import.meta.url).pathname;
    const lines = Lines.implementation(`'${process.execPath}' --conditions=@millrace/source '${program}'`);
    const findings = await Check.check(lines, { runs: 5 });
    lines.close?.();
    expect(failing(findings)).toEqual([]);
    expect(findings.every(({ type }) => type === "holds")).toBe(true);
  });

  test("a program that is not there fails every rule instead of hanging", async () => {
    const lines = Lines.implementation("/no/such/program 2>/dev/null");
    expect(failing(await Check.check(lines, { runs: 1, only: ["1", "2"] }))).toEqual(["1", "2"]);
  });

  test("where there is no such command, that is all that is said", () => {
    const program = new URL("../../conformance/main.ts", import.meta.url).pathname;
    for (const how of ["--command", "--lines"]) {
      const words = ["--conditions=@millrace/source", program, how, "/no/such/stager"];
      const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: "utf8" });
      expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
      expect(stderr).toMatch(/^Nothing can be tested, .*(not found|status 127)/m);
    }
  });
});
