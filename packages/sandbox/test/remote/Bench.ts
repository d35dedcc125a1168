/** A machine, a storage and an execution service inside the test process. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assert } from "@effect/vitest";
import type { RemoteSpec } from "@millrace/core/project/Project";
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
import * as FakeExecution from "./FakeExecution.ts";
import * as FakeServer from "./FakeServer.ts";

export const config = {
  buildOs: "linux",
  buildArch: "x86-64",
  buildUid: undefined,
  buildGid: undefined,
  remoteApisSocket: undefined,
};
export const cwd = "/buildstream/test/a.bst";
export const marked = [cwd, "/install"];

export function spec(url: string, settings: Readonly<Record<string, number>>): RemoteSpec {
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

export interface Bench {
  readonly store: ObjectStore.ObjectStore;
  readonly storage: FakeServer.FakeServer;
  readonly farm: FakeExecution.FakeExecution;
  readonly elsewhere: Elsewhere;
  readonly task: (changes?: Partial<Sandbox.Request>) => Parameters<Elsewhere["run"]>[0];
  readonly printed: () => string;
  readonly said: string[];
}

export interface Setup {
  readonly manners?: FakeExecution.Manners;
  readonly storage?: FakeServer.Manners;
  readonly settings?: Readonly<Record<string, number>>;
  readonly result?: Partial<ActionMessages.ActionResult>;
  readonly actionCache?: boolean;
}

/** A tree of one file, in the service's storage. */
export function output(blobs: Map<string, Uint8Array>, name: string, text: string, asTree: boolean) {
  const file = FakeExecution.put(blobs, Buffer.from(text));
  const child: Directory = { type: "tree", entries: new Map([[name, Tree.file(file)]]) };
  const root: Directory = { type: "tree", entries: new Map([["sub", Tree.directory(child)]]) };
  if (asTree) return { tree: FakeExecution.put(blobs, encodeTree({ root, children: [child] })) };
  FakeExecution.put(blobs, DirectoryCodec.encode(child));
  return { root: FakeExecution.put(blobs, DirectoryCodec.encode(root)) };
}

/** A machine, a storage and an execution service that makes a file in each writable directory, listed the wrong way round. */
export function bench<A>(setup: Setup, body: (bench: Bench) => Effect.Effect<A, unknown>): Effect.Effect<A, unknown> {
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

export const textAt = ({ store }: Bench, tree: Directory, path: string): string => {
  const entry = Paths.lookup(tree, path, { reader: ObjectStore.reader(store) });
  return entry?.type === "file" ? Buffer.from(ObjectStore.read(store, entry.digest)).toString() : `no file at ${path}`;
};

export const checkOutputs = (at: Bench, tree: Directory) => {
  assert.strictEqual(textAt(at, tree, `${cwd}/sub/made`), ".");
  assert.strictEqual(textAt(at, tree, "/install/sub/made"), "../../../install");
  assert.strictEqual(textAt(at, tree, "/bin/sh"), "the shell");
};
