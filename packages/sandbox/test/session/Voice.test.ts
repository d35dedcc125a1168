import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { assert, describe, it } from "@effect/vitest";
import type { Event, MessageType } from "@millrace/core/event/Event";
import * as Clock from "effect/Clock";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import { TestClock } from "effect/testing";
import * as LogRecord from "../../src/session/LogRecord.ts";
import * as SessionClock from "../../src/session/SessionClock.ts";
import * as Voice from "../../src/session/Voice.ts";

const golden = path.join(import.meta.dirname, "../../../../test/golden/log/sessions/logs");

describe("LogRecord", () => {
  it("writes records as BuildStream's log files have them", () => {
    const shape = /^\[([\d:-]{8})\] ([A-Z]+) *(?: \[([0-9a-f?]*)\])? (\S+): (.*)$/;
    let records = 0;
    for (const name of fs.readdirSync(golden, { recursive: true, encoding: "utf8" })) {
      if (!name.endsWith(".log")) continue;
      const lines = fs.readFileSync(path.join(golden, name), "utf8").split("\n");
      for (const [at, line] of lines.entries()) {
        const match = shape.exec(line);
        if (match === null) continue;
        records++;
        const [, time, kind, key, element, text] = match;
        const [hours, minutes, seconds] = time!.split(":").map(Number);
        const elapsed = time!.startsWith("-") ? undefined : ((hours! * 60 + minutes!) * 60 + seconds!) * 1000;
        const body: string[] = [];
        for (let next = at + 2; lines[at + 1] === "" && lines[next]?.startsWith("    ") === true; next++)
          body.push(lines[next]!);
        const detail = body.length === 0 ? undefined : body.map((part) => part.slice(4)).join("\n");
        const written = LogRecord.render(
          {
            kind: kind!.toLowerCase() as MessageType,
            text: text!,
            detail,
            element: { name: element!, key: key ?? null, keyIsStrict: true },
            elapsed,
          },
          key?.length ?? 8,
        );
        const recorded = [line, ...(body.length === 0 ? [] : ["", ...body])].map((part) => `${part}\n`).join("");
        assert.strictEqual(written, recorded);
      }
    }
    assert.isAbove(records, 200);
  });
});

const element = { name: "a.bst", key: "01234567", keyIsStrict: true };

/** A job's voice over a log file in a directory of its own. */
const withVoice = <A>(use: (voice: Voice.Voice) => Effect.Effect<A>) =>
  Effect.gen(function* () {
    const directory = yield* Effect.acquireRelease(
      Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "voice-test-"))),
      (made) => Effect.sync(() => fs.rmSync(made, { recursive: true })),
    );
    const events: Event[] = [];
    const clock = SessionClock.make(yield* Clock.Clock);
    const fiber = yield* Voice.withJob(
      {
        report: (event) => void events.push(event),
        clock,
        job: { number: 1, action: "build", element },
        keyLength: 8,
        version: "2.8.1",
        log: { directory, stem: "p/a/01234567-build" },
      },
      use,
    ).pipe(Effect.forkChild);
    const log = () => {
      const [name] = fs.readdirSync(path.join(directory, "p/a"));
      return fs.readFileSync(path.join(directory, "p/a", name!), "utf8");
    };
    return { fiber, events, log, clock };
  });

function shown(events: readonly Event[]): readonly string[] {
  return events.flatMap((event) => (event.type === "message" ? [`${event.kind} ${event.text}`] : []));
}

describe("Voice", () => {
  it.effect("hides what is nested in a silent activity, but for what always shows; the log file has all", () =>
    Effect.gen(function* () {
      const { fiber, events, log } = yield* withVoice((voice) =>
        voice.activity(
          "Staging",
          Effect.sync(() => {
            voice.say("status", "one file");
            voice.say("warning", "an overlap");
            voice.say("log", "for the log only");
          }),
          { silent: true },
        ),
      );
      yield* Fiber.join(fiber);
      assert.deepStrictEqual(shown(events), ["start Staging", "warning an overlap", "success Staging"]);
      for (const text of ["one file", "an overlap", "for the log only"]) assert.include(log(), `a.bst: ${text}\n`);
    }),
  );

  it.effect("says in the log that it was ended by force", () =>
    Effect.gen(function* () {
      const { fiber, events, log } = yield* withVoice((voice) => voice.activity("Running", Effect.never));
      yield* TestClock.adjust("1 second");
      yield* Fiber.interrupt(fiber);
      assert.deepStrictEqual(shown(events), ["start Running"]);
      assert.match(log(), /\n\nForcefully terminated\n$/);
    }),
  );

  it.effect("does not count suspension as time", () =>
    Effect.gen(function* () {
      const { fiber, events, clock } = yield* withVoice((voice) =>
        voice.activity("Running", Effect.sleep("10 seconds")),
      );
      yield* TestClock.adjust("4 seconds");
      clock.suspend();
      yield* TestClock.adjust("5 seconds");
      clock.resume();
      yield* TestClock.adjust("1 seconds");
      yield* Fiber.join(fiber);
      const success = events.find((event) => event.type === "message" && event.kind === "success");
      assert.strictEqual(success?.type === "message" ? success.elapsed : undefined, 5000);
    }),
  );
});
