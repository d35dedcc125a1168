import { BstError } from "@millrace/core/error/BstError";
import { assert, describe, it } from "vitest";
import * as Columns from "../../src/ui/Columns.ts";
import * as LogLine from "../../src/ui/LogLine.ts";
import * as Golden from "./golden.ts";

const defaults: LogLine.Settings = {
  colours: false,
  debug: false,
  verbose: true,
  errorLines: 20,
  messageLines: 20,
  keyLength: 8,
  messageFormat: "[%{elapsed}][%{key}][%{element}] %{action} %{message}",
  logDirectory: "@ROOT@/logs",
  processId: 7332,
  lastLines: Golden.lastLines,
};

const sessions: readonly (readonly [string, Partial<LogLine.Settings>])[] = [
  ["build-success", {}],
  ["build-failure-quit", {}],
  ["build-cached-failure", {}],
  ["build-retry-failed-continue", {}],
  ["build-failure-terse", { verbose: false }],
  ["build-failure-lines", { errorLines: 3, messageLines: 2 }],
  ["build-overlap", {}],
  ["fetch", {}],
  ["track", {}],
  ["track-failure", {}],
  ["non-strict", {}],
  ["colors", { colours: true }],
  ["colors-success", { colours: true }],
];

describe("LogLine", () => {
  for (const [name, settings] of sessions) {
    it(`prints the lines of ${name} as BuildStream does`, () => {
      const of = LogLine.renderer({ ...defaults, ...settings });
      const blocks = Golden.blocks(Golden.read(name).stderr);
      assert.isAbove(blocks.length, 8);
      for (const block of blocks) assert.strictEqual(LogLine.render(of, block.line), block.text);
    });
  }

  const message: Columns.Message = {
    type: "message",
    kind: "success",
    text: "Query cache",
    elapsed: 3_723_000.289,
    element: { name: "a.bst", key: "0123456789abcdef", keyIsStrict: true },
  };
  const print = (settings: Partial<LogLine.Settings>, more: Partial<Columns.Message> = {}) =>
    LogLine.render(LogLine.renderer({ ...defaults, ...settings }), {
      message: { ...message, ...more },
      time: new Date(2026, 10, 21, 5, 36, 52).getTime() + 419.974,
    });

  it("knows all variables of message formats", () => {
    const messageFormat = "%%[%{elapsed-us}|%{wallclock}|%{wallclock-us}] %{action}/%{element}/%{key}: %{message}";
    assert.strictEqual(
      print({ messageFormat, keyLength: 12 }),
      "%[01:02:03.000289|05:36:52|05:36:52.419974] SUCCESS/    main:a.bst                         /0123456789ab: Query cache\n",
    );
    assert.strictEqual(print({ messageFormat: "%{elapsed-us}" }, { elapsed: undefined }), "--:--:--.------\n");
    assert.strictEqual(print({ messageFormat: "[%{key}]", keyLength: 0 }), "[]\n");
    assert.match(print({ debug: true }), /^pid:7332 element name:a\.bst {25}\[01/);
  });

  it("refuses formats that mean nothing", () => {
    assert.throws(() => Columns.parse("%{elapsed} %{toString}"), BstError);
    assert.throws(() => Columns.parse("100% %{message}"), BstError);
  });

  it("shortens details, but never of failures nor of messages without an element", () => {
    const detail = "one\ntwo\nthree\n";
    assert.match(
      print({ messageLines: 2 }, { detail }),
      /\n\n {4}one\n {4}two\n {4}Message contains 1 additional lines\n\n$/,
    );
    assert.match(print({ messageLines: 2 }, { detail, kind: "error" }), /\n {4}three\n\n$/);
    assert.match(print({ messageLines: 2 }, { detail, element: undefined }), /\n {4}three\n\n$/);
    assert.match(print({ messageLines: 3 }, { detail }), /\n {4}three\n\n$/);
    assert.notInclude(print({ messageLines: 0 }, { detail }), "one");
  });

  it("takes the columns from the job's element, and the debug column from the speaker", () => {
    const task = { name: "top.bst", key: "ffffffffffff", keyIsStrict: false };
    assert.match(print({ debug: true }, { task }), /element name:a\.bst .*\[ffffffff\]\[ {4}main:top\.bst/);
    assert.match(print({}, { task, element: undefined }), /\[ {8}\]\[ {4}main:top\.bst/);
  });
});
