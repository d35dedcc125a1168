import type { Event } from "@millrace/core/event/Event";
import * as fc from "fast-check";
import { assert, describe, it } from "vitest";
import * as Live from "../../src/ui/Live.ts";
import * as LiveTerminal from "../../src/ui/LiveTerminal.ts";
import * as Prompt from "../../src/ui/Prompt.ts";
import * as Style from "../../src/ui/Style.ts";
import * as Width from "../../src/ui/Width.ts";

const subject = (name: string) => ({ name, key: "0123abcd", keyIsStrict: true });

function started(names: readonly string[]): Live.Live {
  const events: Event[] = [
    { type: "session-start", name: "Build", targets: [] },
    {
      type: "queues",
      session: 10,
      total: 12,
      queues: [
        { name: "Fetch", completeName: "Sources Fetched", processed: 5, skipped: 1, failed: [] },
        { name: "Build", completeName: "Built", processed: 3, skipped: 1, failed: ["x.bst"] },
      ],
    },
    ...names.map(
      (name, at): Event => ({
        type: "job-start",
        attempt: 1,
        job: at,
        action: "build",
        element: subject(name),
        log: "",
      }),
    ),
  ];
  return events.reduce((live, event) => Live.next(live, event, 0), Live.empty);
}

describe("Live", () => {
  it("shows what runs, for how long, and in which phase", () => {
    let live = started(["base.bst", "base/libc.bst"]);
    const said = (kind: "start" | "success", text: string): Event => ({
      type: "message",
      kind,
      text,
      task: subject("base/libc.bst"),
      element: subject("base/libc.bst"),
      action: "build",
      elapsed: 1,
    });
    live = Live.next(live, said("start", "Staging sources"), 1000);
    live = Live.next(live, said("success", "Staging sources"), 2000);
    live = Live.next(live, said("start", "Running commands"), 2000);
    live = Live.next(live, { type: "job-progress", job: 0, done: 1_234_000, total: 5_000_000, unit: "bytes" }, 3000);
    assert.deepStrictEqual(Live.picture(live, 79, 10, 65_000, Style.plain), [
      "Build 1:05 · 5/10 (50%) · sources fetched 5 · built 3 1 failed",
      "   1:05 build base.bst  1.2 MB of 5.0 MB",
      "   1:05 build base/libc.bst  Running commands",
    ]);
    live = Live.next(live, { type: "job-end", job: 0, outcome: "success", elapsed: 3 }, 4000);
    assert.lengthOf(Live.picture(live, 79, 10, 5000, Style.plain), 2);
  });

  it("says how long it will take while it knows", () => {
    const announce: Event = { type: "announce", elements: [], session: 10, estimate: 60_000 };
    const live = Live.next(started([]), announce, 0);
    assert.strictEqual(
      Live.picture(live, 65, 1, 15_000, Style.plain)[0],
      "Build 0:15 · 5/10 (50%) · about 0:45 left · sources fetched 5",
    );
    assert.notInclude(Live.picture(live, 65, 1, 61_000, Style.plain)[0], "left");
  });

  it("never leaves its frame, whatever elements are called", () => {
    const names = fc.array(fc.oneof(fc.string({ maxLength: 300 }), fc.string({ unit: "grapheme", maxLength: 200 })), {
      maxLength: 500,
    });
    fc.assert(
      fc.property(
        names,
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 40 }),
        (elements, width, height) => {
          for (const paint of [Style.plain, Style.ansi]) {
            const lines = Live.picture(started(elements), width, height, 3_600_000, paint);
            assert.isAtMost(lines.length, height);
            for (const line of lines) {
              assert.isAtMost(Width.of(line), width);
              assert.notMatch(Style.strip(line), /[\u0000-\u001f\u007f]/);
            }
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it("cuts names where they differ least", () => {
    assert.strictEqual(Width.cutMiddle("components/very/long/name-of-it.bst", 15), "compone…-it.bst");
    assert.strictEqual(Width.of("日本"), 4);
    assert.strictEqual(Width.cut("日本語", 5), "日本…");
  });
});

/** As much of a terminal as the region uses: a screen of lines, a cursor, and two escape sequences. */
function screen(columns: number) {
  const lines: string[] = [""];
  let row = 0;
  const write = (text: string) => {
    for (const part of text.match(/\u001b\[1A|\u001b\[J|\r|\n|[^\u001b\r\n]+/g) ?? []) {
      if (part === "\u001b[1A") row = Math.max(0, row - 1);
      else if (part === "\u001b[J") lines.splice(row, lines.length, "");
      else if (part === "\n") {
        row++;
        if (row === lines.length) lines.push("");
      } else if (part !== "\r") {
        assert.isBelow(part.length, columns);
        lines[row] = part;
      }
    }
  };
  return { write, lines };
}

describe("LiveTerminal", () => {
  it("keeps the region below what is printed, and takes it away at the end", () => {
    const fake = screen(60);
    let now = 0;
    const region = LiveTerminal.make({
      write: fake.write,
      size: () => ({ columns: 60, rows: 20 }),
      now: () => now,
      paint: Style.plain,
    });
    const print = (text: string) => region.print(`${text}\n`);
    region.handle({ type: "session-start", name: "Build", targets: [] });
    print("first");
    region.handle({ type: "job-start", attempt: 1, job: 1, action: "build", element: subject("a.bst"), log: "" });
    print("second");
    now = 2000;
    region.draw();
    assert.deepStrictEqual(fake.lines, ["first", "second", "Build 0:02 · 0/0 (0%)", "   0:02 build a.bst", ""]);
    region.hide();
    print("meanwhile");
    assert.deepStrictEqual(fake.lines, ["first", "second", ""]);
    region.show();
    assert.deepStrictEqual(fake.lines.slice(0, 4), ["first", "second", "meanwhile", "Build 0:02 · 0/0 (0%)"]);
    region.clear();
    region.handle({ type: "session-end", name: "Build", elapsed: 1, failed: false, terminated: false });
    print("end");
    assert.deepStrictEqual(fake.lines, ["first", "second", "meanwhile", "end", ""]);
  });

  it("counts the rows that lines take on a narrower terminal", () => {
    assert.strictEqual(LiveTerminal.rows(["x".repeat(79), "y", ""], 40), 4);
  });
});

describe("Prompt", () => {
  const choices = ["continue", "quit", "terminate", "retry", "log", "shell"];
  it("takes any unambiguous beginning of a choice", () => {
    assert.deepStrictEqual(Prompt.match("", choices), { type: "choice", choice: "continue" });
    assert.deepStrictEqual(Prompt.match(" r ", choices), { type: "choice", choice: "retry" });
    assert.deepStrictEqual(Prompt.match("term", choices), { type: "choice", choice: "terminate" });
    assert.strictEqual(Prompt.match("x", choices).type, "unclear");
    assert.strictEqual(Prompt.match("re", ["retry", "replace"]).type, "unclear");
  });
});
