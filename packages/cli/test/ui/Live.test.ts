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
        log: `${name}.log`,
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
    const picture = { live, width: 79, height: 10, now: 65_000, paint: Style.plain };
    assert.deepStrictEqual(Live.picture(picture), [
      "Build 1:05 · 5/10 (50%) · sources fetched 5 · built 3 1 failed",
      "   1:05 build base.bst  1.2 MB of 5.0 MB",
      "   1:05 build base/libc.bst  Running commands",
    ]);
    live = Live.next(live, { type: "job-end", job: 0, outcome: "success", elapsed: 3 }, 4000);
    assert.lengthOf(Live.picture({ ...picture, live, now: 5000 }), 2);
  });

  it("shows the last line of each log where that is asked for", () => {
    const live = started(["a.bst", "b.bst", "c.bst"]);
    const logs = { "a.bst.log": "cc -o a a.c", "b.bst.log": "", "c.bst.log": `ld ${"x".repeat(99)}` };
    const lastLine = (log: string) => logs[log as keyof typeof logs];
    const picture = { live, width: 40, height: 10, now: 1000, paint: Style.plain, hint: "l: logs", lastLine };
    assert.deepStrictEqual(Live.picture(picture), [
      "Build 0:01 · 5/10 (50%)",
      "   0:01 build a.bst",
      "        cc -o a a.c",
      "   0:01 build b.bst",
      "   0:01 build c.bst",
      `        ld ${"x".repeat(28)}…`,
    ]);
    assert.deepStrictEqual(Live.picture({ ...picture, width: 80, height: 5 }), [
      "Build 0:01 · 5/10 (50%) · sources fetched 5 · built 3 1 failed · l: logs",
      "   0:01 build a.bst",
      "        cc -o a a.c",
      "  and 2 more",
    ]);
  });

  it("says how long it will take while it knows", () => {
    const announce: Event = { type: "announce", elements: [], session: 10, estimate: 60_000 };
    const live = Live.next(started([]), announce, 0);
    const first = (now: number) => Live.picture({ live, width: 65, height: 1, now, paint: Style.plain })[0];
    assert.strictEqual(first(15_000), "Build 0:15 · 5/10 (50%) · about 0:45 left · sources fetched 5");
    assert.notInclude(first(61_000), "left");
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
        fc.constantFrom(undefined, (log: string) => log),
        (elements, width, height, lastLine) => {
          for (const paint of [Style.plain, Style.ansi]) {
            const live = started(elements);
            const lines = Live.picture({ live, width, height, now: 3_600_000, paint, hint: "l: logs", lastLine });
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
    let press = (_: string) => {};
    let keys = "";
    const region = LiveTerminal.make({
      write: fake.write,
      size: () => ({ columns: 60, rows: 20 }),
      now: () => now,
      paint: Style.plain,
      lastLine: (log) => `end of ${log}`,
      keys: (pressed) => {
        press = pressed;
        const to = (state: string) => () => {
          keys = state;
        };
        return { pause: to("paused"), resume: to("listening"), close: to("closed") };
      },
    });
    const print = (text: string) => region.print(`${text}\n`);
    region.handle({ type: "session-start", name: "Build", targets: [] });
    print("first");
    region.handle({ type: "job-start", attempt: 1, job: 1, action: "build", element: subject("a.bst"), log: "log" });
    print("second");
    now = 2000;
    region.draw();
    const headline = "Build 0:02 · 0/0 (0%) · l: show logs";
    assert.deepStrictEqual(fake.lines, ["first", "second", headline, "   0:02 build a.bst", ""]);
    press("x");
    press("l");
    assert.deepStrictEqual(fake.lines.slice(2), [
      "Build 0:02 · 0/0 (0%) · l: hide logs",
      "   0:02 build a.bst",
      "        end of log",
      "",
    ]);
    press("l");
    assert.deepStrictEqual(fake.lines.slice(2), [headline, "   0:02 build a.bst", ""]);
    region.hide();
    assert.strictEqual(keys, "paused");
    print("meanwhile");
    assert.deepStrictEqual(fake.lines, ["first", "second", ""]);
    region.show();
    assert.strictEqual(keys, "listening");
    assert.deepStrictEqual(fake.lines.slice(0, 4), ["first", "second", "meanwhile", headline]);
    region.close();
    assert.strictEqual(keys, "closed");
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
