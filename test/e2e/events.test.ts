/** `--events FILE`: what a session does, as JSON lines that a program can follow. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { openSession } from "../support/session.ts";

const session = openSession({
  "fails.bst": "kind: manual\nbuild-depends:\n- base.bst\nconfig:\n  build-commands:\n  - exit 3\n",
});
afterAll(() => session.close());

it("writes one object a line, with every job's beginning and end", async () => {
  const file = join(session.home, "events.jsonl");
  const outcome = await session.bst("--events", file, "build", "fails.bst");
  expect(outcome.status).toBe(255);
  const events = readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(events[0]).toMatchObject({ type: "header", version: 1 });
  const started = events.filter(({ type }) => type === "job-start").map(({ job }) => job);
  const ended = events.filter(({ type }) => type === "job-end").map(({ job }) => job);
  expect(started.length).toBeGreaterThan(1);
  expect([...ended].sort()).toEqual([...started].sort());
  expect(events.filter(({ type }) => type === "job-end").map(({ outcome: how }) => how)).toContain("failure");
  expect(events.at(-1)).toMatchObject({ type: "session-end", failed: true });
});

it("does not start without a file that it can write", async () => {
  const outcome = await session.bst("--events", join(session.home, "nowhere/events"), "build", "base.bst");
  expect(outcome.status).not.toBe(0);
  expect(outcome.stderr).toContain("nowhere/events");
});
