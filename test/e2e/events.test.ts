/** `--events FILE`: what a session does, as JSON lines that a program can follow. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as Recording from "@millrace/core/event/Recording";
import * as Schema from "effect/Schema";
import { afterAll, describe, expect, it } from "vitest";
import * as Documents from "../../packages/cli/src/json/Documents.ts";
import { openSession } from "../support/session.ts";

const session = openSession({
  "fails.bst": "kind: manual\nbuild-depends:\n- base.bst\nconfig:\n  build-commands:\n  - exit 3\n",
});
afterAll(() => session.close());

function linesOf(file: string): readonly Recording.Line[] {
  const decode = Schema.decodeUnknownSync(Recording.Line);
  return readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => decode(JSON.parse(line)));
}

it("writes one object a line, with every job's beginning and end", async () => {
  const file = join(session.home, "events.jsonl");
  const outcome = await session.bst("--events", file, "build", "fails.bst");
  expect(outcome.status).toBe(255);
  const events = linesOf(file);
  expect(events[0]).toMatchObject({ type: "header", version: 1 });
  const started = events.flatMap((event) => (event.type === "job-start" ? [event.job] : []));
  const ended = events.flatMap((event) => (event.type === "job-end" ? [event.job] : []));
  expect(started.length).toBeGreaterThan(1);
  expect([...ended].sort()).toEqual([...started].sort());
  const failed = events.find((event) => event.type === "job-end" && event.outcome === "failure");
  expect(failed).toMatchObject({ error: { domain: "SANDBOX", reason: "command-failed", owner: "project" } });
  expect(events.find(({ type }) => type === "graph")).toMatchObject({
    targets: ["fails.bst"],
    elements: [
      { id: 0, name: "base.bst", kind: "import", state: "buildable", build: [], run: [] },
      { id: 1, name: "fails.bst", kind: "manual", state: "waiting", build: [0], run: [] },
    ],
  });
  const build = events.find(
    (event) => event.type === "job-start" && event.action === "build" && event.element.name === "fails.bst",
  ) as Recording.LineOf<"job-start"> | undefined;
  const phases = events.filter((event) => event.type === "phase-end" && event.job === build?.job);
  expect(phases.length).toBeGreaterThan(1);
  expect(events.at(-1)).toMatchObject({ type: "session-end", failed: true });
});

it("does not start without a file that it can write", async () => {
  const outcome = await session.bst("--events", join(session.home, "nowhere/events"), "build", "base.bst");
  expect(outcome.status).not.toBe(0);
  expect(outcome.stderr).toContain("nowhere/events");
  // Nobody reads this one: waiting for a reader would never end.
  const pipe = join(session.home, "pipe");
  execFileSync("mkfifo", [pipe]);
  for (const option of ["--events", "--log-file"]) {
    const unread = await session.bst(option, pipe, "build", "base.bst");
    expect(unread.status).toBe(255);
    expect(unread.stderr).toContain("pipe that nothing reads");
  }
  const full = await session.bst("--events", "/dev/full", "build", "base.bst");
  expect(full.status).toBe(255);
  expect(full.stderr).toContain("no space left");
});

it("goes on with a warning where a file cannot be written any more", async () => {
  const outcome = await session.bst("--log-file", "/dev/full", "build", "base.bst");
  expect(outcome.status).toBe(0);
  expect(outcome.stderr.match(/WARNING The log file \/dev\/full is not complete/g)).toHaveLength(1);
});

it("has the messages of commands without jobs, and is refused where there is nothing to tell", async () => {
  const file = join(session.home, "shown");
  expect((await session.bst("--events", file, "show", "base.bst")).status).toBe(0);
  const events = linesOf(file);
  expect(events[0]).toMatchObject({ type: "header" });
  expect(events).toContainEqual(
    expect.objectContaining({ type: "message", kind: "success", text: "Loading elements" }),
  );
  const doctor = await session.bst("--events", file, "doctor");
  expect(doctor).toMatchObject({ status: 255 });
  expect(doctor.stderr).toContain("no events to write");
});

describe("bst report", () => {
  it("runs the session again, on paper, with other numbers of jobs", async () => {
    const outcome = await session.bst("--builders", "9", "report", "--json");
    const { replay } = Schema.decodeUnknownSync(Documents.report)(JSON.parse(outcome.stdout));
    expect(replay).toMatchObject({ builders: 9, fetchers: 10 });
    expect(replay?.elapsed).toBeGreaterThan(0);
    expect((await session.bst("--builders", "9", "report")).stdout).toContain("with 9 builders");
  });

  it("tells of the last session what it waited for, and what failed", async () => {
    const outcome = await session.bst("report", "--json");
    const report = Schema.decodeUnknownSync(Documents.report)(JSON.parse(outcome.stdout));
    expect(report).toMatchObject({ name: "Build", targets: ["fails.bst"], outcome: "failure" });
    expect(report.chain.map(({ action, element }) => `${action} ${element}`)).toEqual(
      expect.arrayContaining(["build base.bst", "build fails.bst"]),
    );
    expect(report.failures).toMatchObject([
      { element: "fails.bst", domain: "SANDBOX", reason: "command-failed", owner: "project" },
    ]);
    const text = await session.bst("report");
    expect(text.stdout).toMatch(/^Build of fails\.bst, .*: failed after /);
    expect(text.stdout).toContain("What it waited for");
  });

  it("reads a recording that a crash cut short", async () => {
    const file = join(session.home, "cut.jsonl");
    const whole = readFileSync(join(session.home, "events.jsonl"), "utf8");
    const at = whole.indexOf('"type":"phase-start"', whole.indexOf('"name":"fails.bst"', whole.indexOf('"job-start"')));
    writeFileSync(file, whole.slice(0, at + 5));
    const outcome = await session.bst("report", file);
    expect(outcome.status).toBe(0);
    expect(outcome.stdout).toContain("did not end");
  });

  it("refuses what is no recording, and says when there is none", async () => {
    const other = await session.bst("report", session.configuration);
    expect(other).toMatchObject({ status: 255 });
    expect(other.stderr).toContain("is no recording of a session");
    expect((await session.bst("report", "--last", "99")).stderr).toContain("Sessions recorded in");
    expect((await session.bst("report", "--last", "0")).stderr).toContain("There is no session 0");
  });

  it("keeps no recording of a session that had nothing to do", async () => {
    const before = (await session.bst("report", "--json")).stdout;
    expect((await session.bst("build", "base.bst")).status).toBe(0);
    expect((await session.bst("report", "--json")).stdout).toBe(before);
  });
});
