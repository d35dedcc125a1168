/** Commands on execution services of many manners and faults. */
import { assert, describe, it } from "@effect/vitest";
import * as Digest from "@millrace/core/tree/Digest";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Paths from "@millrace/core/tree/Paths";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import { bench, checkOutputs, cwd, marked, output } from "./Bench.ts";
import type * as FakeExecution from "./FakeExecution.ts";

describe("RemoteSandbox", () => {
  for (const trees of [false, true])
    it.live(
      `puts shuffled outputs where they belong, ${trees ? "from tree messages" : "by the digest of their root"}`,
      () =>
        bench({ manners: { trees }, storage: { maxBatch: 65_536, shuffled: true } }, (at) =>
          Effect.gen(function* () {
            const { exitCode, tree } = yield* at.elsewhere.run(at.task());
            assert.strictEqual(exitCode, 0);
            checkOutputs(at, tree);
            assert.strictEqual(at.printed(), "raw words\nstored words\n");
          }),
        ),
    );

  it.live("asks for what BuildStream asks for", () =>
    bench({}, (at) =>
      Effect.gen(function* () {
        yield* at.elsewhere.run(at.task({ keepMtimes: true }));
        const { action } = at.farm.requests[0]!;
        const blob = (digest: Digest.Digest) => at.storage.blobs.get(digest.hash) as Uint8Array;
        const { decodeCommand } = yield* Effect.promise(() => import("@millrace/sandbox/remote/ActionMessages"));
        assert.deepStrictEqual(decodeCommand(blob(action.command)), {
          argv: ["sh", "-c", "-e", "true"],
          environment: [
            ["PATH", "/bin"],
            ["PWD", cwd],
          ],
          platform: [
            ["ISA", "x86-64"],
            ["OSFamily", "linux"],
          ],
          workingDirectory: cwd.slice(1),
          outputPaths: [".", "../../../install"],
          outputProperties: ["mtime"],
          outputFormat: 1,
        });
        const root = DirectoryCodec.decode(blob(action.inputRoot));
        assert.strictEqual(root.readOnly, true);
        const reader = (digest: Digest.Digest) => DirectoryCodec.decode(blob(digest), digest);
        for (const path of [...marked, "/dev", "/proc", "/tmp"])
          assert.strictEqual(Paths.openDirectory(root, path, { reader }).readOnly, false);
        assert.strictEqual(Paths.openDirectory(root, "/bin", { reader }).readOnly, undefined);
      }),
    ),
  );

  it.live("sends a tree once", () =>
    bench({}, (at) =>
      Effect.gen(function* () {
        yield* at.elsewhere.run(at.task());
        const before = at.storage.calls.filter((call) => call === "BatchUpdateBlobs").length;
        yield* at.elsewhere.run(at.task());
        assert.strictEqual(at.storage.calls.filter((call) => call === "BatchUpdateBlobs").length, before);
      }),
    ),
  );

  it.live("waits again where the stream breaks off, and asks again where the execution is forgotten", () =>
    bench({ manners: { execute: ["drop", "drop", "finish"], wait: ["drop", { refuse: 5 }, { refuse: 12 }] } }, (at) =>
      Effect.gen(function* () {
        const { tree } = yield* at.elsewhere.run(at.task());
        checkOutputs(at, tree);
        assert.deepStrictEqual(
          at.farm.calls.filter((call) => call !== "Read"),
          ["Execute", "WaitExecution", "WaitExecution", "Execute", "WaitExecution", "Execute"],
        );
      }),
    ),
  );

  for (const move of [{ refuse: 14 }, { status: 14 }, { refuse: 8 }])
    it.live(`tries again when there is no worker (${JSON.stringify(move)}), but not for ever`, () =>
      bench({ manners: { execute: [move, move, "finish"] } }, (at) =>
        Effect.gen(function* () {
          const { tree } = yield* at.elsewhere.run(at.task());
          checkOutputs(at, tree);
          at.farm.manners.execute = [move];
          const failed = yield* Effect.flip(at.elsewhere.run(at.task({ argv: ["sh"] })));
          assert.match(
            String((failed as Error).message),
            /Remote execution failed at .*: (UNAVAILABLE|RESOURCE_EXHAUSTED)/,
          );
        }),
      ),
    );

  it.live("does without what the server remembers where that is what it stumbles over", () =>
    bench({ manners: { execute: [{ refuse: 2 }, "finish"] } }, (at) =>
      Effect.gen(function* () {
        const { tree } = yield* at.elsewhere.run(at.task());
        checkOutputs(at, tree);
        assert.deepStrictEqual(
          at.farm.requests.map(({ skipCache }) => skipCache),
          [false, true],
        );
      }),
    ),
  );

  it.live("does not try again what cannot work", () =>
    bench({ manners: { execute: [{ status: 3 }] } }, (at) =>
      Effect.gen(function* () {
        const failed = yield* Effect.flip(at.elsewhere.run(at.task()));
        assert.match(String((failed as Error).message), /INVALID_ARGUMENT: No workers exist/);
        assert.strictEqual(at.farm.calls.filter((call) => call === "Execute").length, 1);
      }),
    ),
  );

  // FAILED_PRECONDITION, as the protocol has it; NOT_FOUND, as buildbox says it; INTERNAL.
  for (const missing of [9, 5, 13])
    it.live(`sends again what the storage has lost, when it is told so by status ${missing}`, () =>
      bench({ manners: { missing } }, (at) =>
        Effect.gen(function* () {
          yield* at.elsewhere.run(at.task());
          at.storage.blobs.clear();
          const { tree } = yield* at.elsewhere.run(at.task());
          checkOutputs(at, tree);
        }),
      ),
    );

  it.live("executes anew when an old result names what is lost", () =>
    bench({ manners: { cached: true } }, (at) =>
      Effect.gen(function* () {
        const gone = Digest.ofBytes(Buffer.from("gone"));
        let first = true;
        at.farm.manners.remembers = {
          files: [],
          symlinks: [],
          directories: [{ path: ".", root: gone }],
          exitCode: 0,
          stdout: {},
          stderr: {},
        };
        const real = at.storage.blobs.set.bind(at.storage.blobs);
        // The first result's outputs never reach the storage.
        at.storage.blobs.set = (hash, bytes) => {
          if (first && Buffer.from(bytes).toString() === "../../../install") return at.storage.blobs;
          return real(hash, bytes);
        };
        const work = at.elsewhere.run(at.task());
        const watcher = yield* Effect.forkChild(
          Effect.gen(function* () {
            while (at.farm.requests.length < 1) yield* Effect.promise(() => new Promise((done) => setTimeout(done, 1)));
            while (at.farm.requests.length < 2) yield* Effect.promise(() => new Promise((done) => setTimeout(done, 1)));
            first = false;
          }),
        );
        const { tree } = yield* work;
        yield* Fiber.interrupt(watcher);
        checkOutputs(at, tree);
        assert.deepStrictEqual(
          at.farm.requests.map(({ skipCache }) => skipCache),
          [false, true],
        );
      }),
    ),
  );

  it.live("takes what the action cache remembers without executing", () =>
    bench({ actionCache: true }, (at) =>
      Effect.gen(function* () {
        const made = output(at.storage.blobs, "made", "../../../install", false);
        const own = output(at.storage.blobs, "made", ".", true);
        at.farm.manners.remembers = {
          files: [],
          symlinks: [],
          directories: [
            { path: "../../../install", ...made },
            { path: ".", ...own },
          ],
          exitCode: 7,
          stdout: { raw: Buffer.from("old words\n") },
          stderr: {},
        };
        const { exitCode, tree } = yield* at.elsewhere.run(at.task());
        assert.strictEqual(exitCode, 7);
        checkOutputs(at, tree);
        assert.strictEqual(at.printed(), "old words\n");
        assert.deepStrictEqual(at.farm.calls, ["GetActionResult"]);
        assert.strictEqual(at.storage.calls.includes("BatchUpdateBlobs"), false);
      }),
    ),
  );

  it.live("does without an action cache that fails, and with one that remembers nothing but success", () =>
    bench({ actionCache: true, manners: { unknown: 2 } }, (at) =>
      Effect.gen(function* () {
        checkOutputs(at, (yield* at.elsewhere.run(at.task())).tree);
        yield* at.elsewhere.run(at.task({ argv: ["sh", "-c", "again"] }));
        assert.strictEqual(at.farm.calls.filter((call) => call === "GetActionResult").length, 1);
        assert.strictEqual(at.said.filter((text) => text.includes("executing without it")).length, 1);
      }).pipe(
        Effect.andThen(
          bench({ actionCache: true }, (other) =>
            Effect.gen(function* () {
              const nothing = { files: [], symlinks: [], directories: [], exitCode: 0, stdout: {}, stderr: {} };
              other.farm.manners.remembers = nothing;
              checkOutputs(other, (yield* other.elsewhere.run(other.task())).tree);
              assert.include(other.farm.calls, "Execute");
            }),
          ),
        ),
      ),
    ),
  );

  it.live("shows output while it is written, and none of it twice", () =>
    bench({ manners: { shows: "raw wo" } }, (at) =>
      Effect.gen(function* () {
        yield* at.elsewhere.run(at.task());
        assert.strictEqual(at.printed(), "raw words\nstored words\n");
        assert.include(at.farm.calls, "Read");
      }),
    ),
  );

  it.live("cancels what nobody waits for any more, at once", () =>
    bench({ manners: { execute: ["hang"], shows: "words" } }, (at) =>
      Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(at.elsewhere.run(at.task()));
        // Who reads what is shown has heard of the execution.
        while (!at.farm.calls.includes("Read")) yield* Effect.sleep(5);
        yield* Fiber.interrupt(fiber);
        assert.include(at.farm.calls, "CancelOperation");
      }),
    ),
  );

  const impatient = { "request-timeout": 1, "retry-limit": 5 };

  it.live("goes on waiting for a silent server that is there, and gives up one that is not", () =>
    bench(
      { manners: { execute: ["hang"], wait: [{ refuse: 12 }] }, settings: { ...impatient, "retry-limit": 0 } },
      (at) =>
        Effect.gen(function* () {
          const fiber = yield* Effect.forkChild(Effect.flip(at.elsewhere.run(at.task())));
          while (!at.farm.calls.includes("GetCapabilities")) yield* Effect.sleep(5);
          at.farm.close();
          const failed = yield* Fiber.join(fiber);
          assert.match(String((failed as Error).message), /Remote execution failed/);
        }),
    ),
  );

  const silent: readonly (readonly [string, FakeExecution.Manners, RegExp])[] = [
    ["whose execution is done meanwhile", { execute: ["hang"] }, /Execute,WaitExecution$/],
    ["that still works on it", { execute: ["hang"], wait: ["hang", "finish"] }, /WaitExecution,WaitExecution$/],
    ["that has forgotten it", { execute: ["hang", "finish"], wait: [{ refuse: 5 }] }, /WaitExecution,Execute$/],
    ["that never said a word", { execute: ["mute", "finish"] }, /Execute,Execute$/],
    ["whose words say nothing", { execute: ["babble", "finish"] }, /Execute,Execute$/],
    ["that answers nothing of it", { execute: ["hang"], wait: ["empty", "babble", "finish"] }, /(WaitExecution,?){3}$/],
  ];
  for (const [what, manners, calls] of silent)
    it.live(`asks a silent server ${what}`, () =>
      bench({ manners, settings: impatient }, (at) =>
        Effect.gen(function* () {
          const { tree } = yield* at.elsewhere.run(at.task());
          checkOutputs(at, tree);
          assert.match(at.farm.calls.filter((call) => call.includes("Execut")).join(), calls);
        }),
      ),
    );

  it.live("waits again where the stream ends before the execution does", () =>
    bench({ manners: { execute: ["empty", "end"], wait: ["end", "empty", "finish"] }, settings: impatient }, (at) =>
      Effect.gen(function* () {
        const { tree } = yield* at.elsewhere.run(at.task());
        checkOutputs(at, tree);
        assert.match(at.farm.calls.join(), /^Execute,Execute,(WaitExecution,?){3}$/);
      }),
    ),
  );

  it.live("waits however long where the stream ends after its time, again and again", () => {
    const settings = { "request-timeout": 2, "retry-limit": 1, "retry-delay": 10 };
    return bench({ manners: { execute: ["lull"], wait: ["lull", "lull", "finish"] }, settings }, (at) =>
      Effect.gen(function* () {
        const begun = Date.now();
        const { tree } = yield* at.elsewhere.run(at.task());
        checkOutputs(at, tree);
        assert.isAbove(Date.now() - begun, 2000, "longer than a server is waited for that says nothing");
      }),
    );
  });

  const endless: readonly (readonly [string, FakeExecution.Manners])[] = [
    ["with no word of it", { execute: ["empty"] }],
    ["with no word of what it began", { execute: ["end"], wait: ["empty"] }],
    ["with the same word each time", { execute: ["end"], wait: ["end"] }],
    ["and forgets what it began", { execute: ["end"], wait: [{ refuse: 5 }] }],
  ];
  for (const [what, manners] of endless)
    it.live(`gives up a server that ends every stream ${what}`, () =>
      bench({ manners, settings: impatient }, (at) =>
        Effect.gen(function* () {
          const failed = yield* Effect.flip(at.elsewhere.run(at.task()));
          assert.match(
            String((failed as Error).message),
            /Remote execution failed at .*: (UNAVAILABLE: the server ended the stream|NOT_FOUND)/,
          );
        }),
      ),
    );

  it.live("refuses files that nobody asked for, and directories without a digest", () =>
    bench({ result: { files: [{ path: "x", digest: Digest.empty, executable: false }] } }, (at) =>
      Effect.gen(function* () {
        const failed = yield* Effect.flip(at.elsewhere.run(at.task()));
        assert.match(String((failed as Error).message), /broke the rules/);
      }),
    ),
  );

  it.live("says that a command is missing before anything is sent", () =>
    bench({}, (at) =>
      Effect.gen(function* () {
        const failed = yield* Effect.flip(at.elsewhere.run(at.task({ argv: ["nothing"] })));
        assert.strictEqual((failed as { reason?: string }).reason, "missing-command");
        assert.deepStrictEqual(at.farm.calls, []);
      }),
    ),
  );
});
