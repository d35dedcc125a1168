/** Commands on execution services of many manners and faults. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assert, describe, it } from "@effect/vitest";
import type { RemoteSpec } from "@millrace/core/project/Project";
import * as Digest from "@millrace/core/tree/Digest";
import type { Directory } from "@millrace/core/tree/Directory";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Paths from "@millrace/core/tree/Paths";
import * as Tree from "@millrace/core/tree/Tree";
import * as Node from "@millrace/core/yaml/Node";
import type { Elsewhere } from "@millrace/sandbox/build/Elsewhere";
import * as ObjectStore from "@millrace/sandbox/cas/ObjectStore";
import type * as ActionMessages from "@millrace/sandbox/remote/ActionMessages";
import { encodeTree } from "@millrace/sandbox/remote/ActionMessages";
import * as RemoteSandbox from "@millrace/sandbox/remote/RemoteSandbox";
import * as Services from "@millrace/sandbox/remote/Services";
import type * as Sandbox from "@millrace/sandbox/sandbox/Sandbox";
import * as SessionClock from "@millrace/sandbox/session/SessionClock";
import * as Voice from "@millrace/sandbox/session/Voice";
import * as Clock from "effect/Clock";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import * as FakeExecution from "./FakeExecution.ts";
import * as FakeServer from "./FakeServer.ts";

const config = {
  buildOs: "linux",
  buildArch: "x86-64",
  buildUid: undefined,
  buildGid: undefined,
  remoteApisSocket: undefined,
};
const cwd = "/buildstream/test/a.bst";
const marked = [cwd, "/install"];

function spec(url: string, settings: Readonly<Record<string, number>>): RemoteSpec {
  const entries = Object.entries({ "retry-limit": 2, "retry-delay": 1, ...settings });
  const connection = Node.mapping(entries.map(([key, value]) => [key, Node.scalar(value)] as const));
  return {
    url,
    instanceName: undefined,
    type: "all",
    push: true,
    node: Node.mapping([["connection-config", connection]]),
  };
}

interface Bench {
  readonly store: ObjectStore.ObjectStore;
  readonly storage: FakeServer.FakeServer;
  readonly farm: FakeExecution.FakeExecution;
  readonly elsewhere: Elsewhere;
  readonly task: (changes?: Partial<Sandbox.Request>) => Parameters<Elsewhere["run"]>[0];
  readonly printed: () => string;
  readonly said: string[];
}

interface Setup {
  readonly manners?: FakeExecution.Manners;
  readonly storage?: FakeServer.Manners;
  readonly settings?: Readonly<Record<string, number>>;
  readonly result?: Partial<ActionMessages.ActionResult>;
  readonly actionCache?: boolean;
}

/** A tree of one file, in the service's storage. */
function output(blobs: Map<string, Uint8Array>, name: string, text: string, asTree: boolean) {
  const file = FakeExecution.put(blobs, Buffer.from(text));
  const child: Directory = { type: "tree", entries: new Map([[name, Tree.file(file)]]) };
  const root: Directory = { type: "tree", entries: new Map([["sub", Tree.directory(child)]]) };
  if (asTree) return { tree: FakeExecution.put(blobs, encodeTree({ root, children: [child] })) };
  FakeExecution.put(blobs, DirectoryCodec.encode(child));
  return { root: FakeExecution.put(blobs, DirectoryCodec.encode(root)) };
}

/** A machine, a storage and an execution service that makes a file in each writable directory, listed the wrong way round. */
function bench<A>(setup: Setup, body: (bench: Bench) => Effect.Effect<A, unknown>): Effect.Effect<A, unknown> {
  return Effect.scoped(
    Effect.gen(function* () {
      const directory = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "millrace-farm-"))),
        (made) => Effect.sync(() => rmSync(made, { recursive: true, force: true })),
      );
      const store = ObjectStore.open(directory);
      const storage = yield* Effect.acquireRelease(
        Effect.promise(() => FakeServer.start(setup.storage ?? {})),
        (server) => Effect.sync(server.close),
      );
      const manners = setup.manners ?? {};
      const perform = (_: ActionMessages.Action, command: ActionMessages.Command): ActionMessages.ActionResult => ({
        files: [],
        symlinks: [],
        directories: command.outputPaths
          .map((path) => ({ path, ...output(storage.blobs, "made", path, manners.trees === true) }))
          .reverse(),
        exitCode: 0,
        stdout: { raw: Buffer.from("raw words\n") },
        stderr: { digest: FakeExecution.put(storage.blobs, Buffer.from("stored words\n")) },
        ...setup.result,
      });
      const farm = yield* Effect.acquireRelease(
        Effect.promise(() => FakeExecution.start(storage.blobs, perform, manners)),
        (server) => Effect.sync(server.close),
      );
      const settings = setup.settings ?? {};
      const services = yield* Services.open(
        {
          execution: spec(farm.url, settings),
          storage: spec(storage.url, settings),
          actionCache: setup.actionCache === true ? spec(farm.url, settings) : undefined,
        },
        undefined,
      );
      const log = join(directory, "log");
      const descriptor = openSync(log, "a");
      yield* Effect.addFinalizer(() => Effect.sync(() => closeSync(descriptor)));
      const said: string[] = [];
      const clock = SessionClock.make(yield* Clock.Clock, Date.now());
      const voice = Voice.core((event) => {
        if (event.type === "message") said.push(event.text);
      }, clock);
      const shell = ObjectStore.putBytes(store, Buffer.from("the shell"));
      let tree = Paths.insert(Tree.empty, "/bin/sh", Tree.file(shell, true));
      for (const path of marked) tree = Paths.makeDirectory(tree, path);
      const request: Sandbox.Request = {
        argv: ["sh", "-c", "-e", "true"],
        cwd,
        environment: { PATH: "/bin" },
        marked,
        readOnlyRoot: true,
        uid: 0,
        gid: 0,
        output: descriptor,
        capture: true,
      };
      return yield* body({
        store,
        storage,
        farm,
        elsewhere: RemoteSandbox.make(services, store, undefined, false),
        task: (changes = {}) => ({
          tree,
          request: { ...request, ...changes },
          config,
          subsandboxes: [],
          name: "a.bst",
          voice,
        }),
        printed: () => readFileSync(log, "utf8"),
        said,
      });
    }),
  );
}

const textAt = ({ store }: Bench, tree: Directory, path: string): string => {
  const entry = Paths.lookup(tree, path, { reader: ObjectStore.reader(store) });
  return entry?.type === "file" ? Buffer.from(ObjectStore.read(store, entry.digest)).toString() : `no file at ${path}`;
};

const checkOutputs = (at: Bench, tree: Directory) => {
  assert.strictEqual(textAt(at, tree, `${cwd}/sub/made`), ".");
  assert.strictEqual(textAt(at, tree, "/install/sub/made"), "../../../install");
  assert.strictEqual(textAt(at, tree, "/bin/sh"), "the shell");
};

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
    bench({ manners: { execute: ["hang"] } }, (at) =>
      Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(at.elsewhere.run(at.task()));
        while (!at.farm.calls.includes("Execute"))
          yield* Effect.promise(() => new Promise((done) => setTimeout(done, 5)));
        yield* Effect.promise(() => new Promise((done) => setTimeout(done, 50)));
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
