import type { Action, Event } from "@millrace/core/event/Event";
import { describe, expect, it } from "vitest";
import * as Closing from "../../src/ui/Closing.ts";

const subject = (name: string) => ({ name, key: null, keyIsStrict: true });

function session(
  jobs: readonly (readonly [name: string, action: Action, start: number, end: number])[],
): string | undefined {
  let now = 0;
  const closing = Closing.make(() => now);
  closing.handle({ type: "session-start", name: "Build", targets: [] });
  const elements = ["a.bst", "b.bst", "c.bst", "d.bst"].map((name, id) => ({
    id,
    name,
    kind: "manual",
    state: id === 0 ? ("cached" as const) : ("waiting" as const),
    build: id < 2 ? [] : [id - 1],
    run: [],
  }));
  closing.handle({ type: "graph", targets: ["d.bst"], limits: { fetchers: 1, builders: 1, pushers: 1 }, elements });
  jobs.forEach(([name, action, start, end], job) => {
    now = start;
    closing.handle({ type: "job-start", job, action, element: subject(name), attempt: 1, log: "" });
    now = end;
    closing.handle({ type: "job-end", job, outcome: "success", elapsed: end - start } as Event);
  });
  closing.handle({ type: "session-end", name: "Build", elapsed: now, failed: false, terminated: false });
  return closing.text(80);
}

describe("Closing", () => {
  it("tells what came about, and the longest chain", () => {
    expect(
      session([
        ["b.bst", "pull", 0, 1000],
        ["c.bst", "build", 1000, 61_000],
        ["d.bst", "build", 61_000, 65_000],
      ]),
    ).toBe("2 built, 1 pulled, 1 cached before; longest chain 1:05: b.bst → c.bst → d.bst");
  });

  it("says nothing of a session that had nothing to do", () => {
    expect(session([])).toBeUndefined();
  });
});
