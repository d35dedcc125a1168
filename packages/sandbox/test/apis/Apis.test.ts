/** The remote APIs socket, spoken to by the clients that speak to servers; and in a sandbox, where it has to be found and to leave no trace. */
import { randomBytes } from "node:crypto";
import type { Digest } from "@millrace/core/tree/Digest";
import * as DigestOf from "@millrace/core/tree/Digest";
import type { Directory } from "@millrace/core/tree/Directory";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Paths from "@millrace/core/tree/Paths";
import * as Tree from "@millrace/core/tree/Tree";
import * as Node from "@millrace/core/yaml/Node";
import * as Apis from "@millrace/sandbox/apis/Apis";
import * as ObjectStore from "@millrace/sandbox/cas/ObjectStore";
import * as ActionMessages from "@millrace/sandbox/remote/ActionMessages";
import * as Channel from "@millrace/sandbox/remote/Channel";
import * as Download from "@millrace/sandbox/remote/Download";
import * as Endpoint from "@millrace/sandbox/remote/Endpoint";
import * as Execution from "@millrace/sandbox/remote/Execution";
import * as Storage from "@millrace/sandbox/remote/Storage";
import type * as Sandbox from "@millrace/sandbox/sandbox/Sandbox";
import * as Roots from "@millrace/sandbox/staging/Roots";
import * as Effect from "effect/Effect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as HostRoot from "../sandbox/HostRoot.ts";

interface Client {
  readonly channel: Channel.Channel;
  readonly storage: Storage.Storage;
  /** The client's own store. */
  readonly store: ObjectStore.ObjectStore;
}

describe("the remote APIs socket", () => {
  let world: HostRoot.World;
  let other: HostRoot.World;
  let means: Apis.Means;
  beforeAll(async () => {
    world = HostRoot.make();
    other = HostRoot.make();
    ObjectStore.putTree(world.store, world.root);
    means = { store: world.store, roots: await Effect.runPromise(Roots.make(world.store)), behind: undefined };
  });
  afterAll(() => {
    HostRoot.remove(world);
    HostRoot.remove(other);
  });

  const connected = <A>(
    body: (client: Client) => Effect.Effect<A, unknown>,
    updates = false,
    behind?: Apis.Behind,
  ): Promise<A> =>
    Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const path = yield* Apis.serve({ ...means, behind }, updates);
          const spec = { url: `unix:${path}`, instanceName: "some/instance", type: "all", push: true } as const;
          const settings = Node.mapping([["retry-limit", Node.scalar(0)]]);
          const endpoint = Endpoint.make({ ...spec, node: Node.mapping([["connection-config", settings]]) }, undefined);
          const channel = yield* Channel.open(endpoint);
          const storage = yield* Storage.open(channel);
          if ("problem" in storage) return yield* Effect.die(storage.problem);
          return yield* body({ channel, storage, store: other.store });
        }),
      ),
    );

  const action = (store: ObjectStore.ObjectStore, script: string, root: Directory): Digest => {
    const command = ActionMessages.encodeCommand({
      argv: ["sh", "-c", "-e", script],
      environment: [["PATH", "/usr/bin:/bin"]],
      platform: [],
      workingDirectory: "work",
      outputPaths: ["out"],
      outputProperties: [],
      outputFormat: ActionMessages.format.directory,
    });
    const inputRoot = ObjectStore.putTree(store, root);
    const bytes = ActionMessages.encodeAction({
      command: ObjectStore.putBytes(store, command),
      inputRoot,
      platform: [],
    });
    return ObjectStore.putBytes(store, bytes);
  };

  it("stores and gives blobs, in batches and as streams", () =>
    connected(({ storage, store }) =>
      Effect.gen(function* () {
        const blobs = [3, 70_000, 9_000_000].map((size) => ObjectStore.putBytes(store, randomBytes(size)));
        expect((yield* Storage.missing(storage, blobs)).length).toBe(3);
        yield* Storage.upload(storage, store, blobs);
        expect(yield* Storage.missing(storage, blobs)).toEqual([]);
        for (const digest of blobs) expect(ObjectStore.verify(world.store, digest)).toBe(true);
        const mine = [5, 9_000_001].map((size) => ObjectStore.putBytes(world.store, randomBytes(size)));
        const gone = DigestOf.ofBytes(Buffer.from("gone"));
        expect(yield* Download.blobs(storage, store, [...mine, gone])).toEqual([gone]);
        for (const digest of mine) expect(ObjectStore.verify(store, digest)).toBe(true);
      }),
    ));

  it("gives nothing for a wrong size, and keeps what is there", () =>
    connected(({ storage, store, channel }) =>
      Effect.gen(function* () {
        const mine = ObjectStore.putBytes(world.store, randomBytes(50));
        const wrong = { ...mine, size: 51 };
        expect(yield* Download.blobs(storage, store, [wrong])).toEqual([wrong]);
        expect(
          (yield* Effect.flip(Execution.execute(channel, { action: wrong, skipCache: true, watch: () => {} }))).message,
        ).toMatch(/Remote execution failed/);
        expect(ObjectStore.verify(world.store, mine)).toBe(true);
      }),
    ));

  it("refuses blobs that are not what they are called, and names that are none", () =>
    connected(({ channel }) =>
      Effect.gen(function* () {
        const { batchUpdateRequest, batchUpdateResponse, readRequest, writeRequest } = yield* Effect.promise(
          () => import("@millrace/sandbox/remote/Messages"),
        );
        const wrong = { digest: DigestOf.ofBytes(Buffer.from("a")), bytes: Buffer.from("b") };
        const cas = "/build.bazel.remote.execution.v2.ContentAddressableStorage/BatchUpdateBlobs";
        const [answer] = batchUpdateResponse(yield* channel.unary(cas, batchUpdateRequest("", [wrong])));
        expect(answer?.status.code).toBe(3);
        expect(ObjectStore.has(world.store, wrong.digest)).toBe(false);
        for (const name of ["../../etc/passwd", "blobs/zz/1", `blobs/${"../".repeat(20)}/1`]) {
          const read = channel.read(
            "/google.bytestream.ByteStream/Read",
            () => readRequest(name, 0),
            () => {},
          );
          expect((yield* Effect.flip(read)).code).toBe(3);
        }
        const name = `uploads/x/blobs/${wrong.digest.hash}/1`;
        const write = channel.write("/google.bytestream.ByteStream/Write", function* () {
          yield writeRequest(name, 0, Buffer.from("b"), true);
        });
        expect((yield* Effect.flip(write)).code).toBe(3);
      }),
    ));

  it("executes actions, remembers their results, and gives them to whoever asks", () =>
    connected(({ channel, storage, store }) =>
      Effect.gen(function* () {
        const input = ObjectStore.putBytes(store, Buffer.from("from the client\n"));
        const root = Paths.insert(world.root, "/work/in", Tree.file(input));
        const wanted = action(store, "cat in; mkdir out; cat /proc/sys/kernel/random/uuid > out/when", root);
        const command = ActionMessages.decodeAction(ObjectStore.read(store, wanted)).command;
        yield* Storage.upload(storage, store, [wanted, command, input]);
        const before = Execution.execute(channel, { action: wanted, skipCache: false, watch: () => {} });
        // The root is not there yet: the client sends it and asks again.
        expect((yield* Effect.flip(before)).message).toMatch(/FAILED_PRECONDITION/);
        ObjectStore.putTree(world.store, Paths.insert(world.root, "/work/in", Tree.file(input)));
        const request = { action: wanted, skipCache: false, watch: () => {} };
        const first = yield* Execution.execute(channel, request);
        const again = yield* Execution.execute(channel, request);
        const anew = yield* Execution.execute(channel, { ...request, skipCache: true });
        expect([first.cached, again.cached, anew.cached]).toEqual([false, true, false]);
        expect(again.result).toEqual({ ...first.result, moments: again.result.moments });
        expect(anew.result.directories).not.toEqual(first.result.directories);
        const { digest } = first.result.stdout;
        expect(Buffer.from(ObjectStore.read(world.store, digest as Digest)).toString()).toBe("from the client\n");
        expect((yield* Execution.remembered(channel, wanted))?.exitCode).toBe(0);
        const out = DirectoryCodec.decode(ObjectStore.read(world.store, anew.result.directories[0]?.root as Digest));
        expect([...out.entries.keys()]).toEqual(["when"]);
      }),
    ));

  it("does not remember what failed", () =>
    connected(({ channel }) =>
      Effect.gen(function* () {
        const wanted = action(world.store, "exit 3", world.root);
        const failed = yield* Execution.execute(channel, { action: wanted, skipCache: false, watch: () => {} });
        expect(failed.result.exitCode).toBe(3);
        expect(yield* Execution.remembered(channel, wanted)).toBeUndefined();
      }),
    ));

  it("takes results from builds only where the element says so", async () => {
    const wanted = DigestOf.ofBytes(Buffer.from("an action"));
    const result: ActionMessages.ActionResult = {
      files: [],
      directories: [],
      symlinks: [],
      exitCode: 0,
      stdout: { raw: Buffer.from("said") },
      stderr: {},
    };
    const offer = ({ channel }: Client) =>
      Effect.gen(function* () {
        const put = yield* Effect.result(Execution.remember(channel, wanted, result));
        const found = yield* Execution.remembered(channel, wanted);
        return [put._tag, Buffer.from(found?.stdout.raw ?? "").toString()];
      });
    expect(await connected(offer, false)).toEqual(["Failure", ""]);
    expect(await connected(offer, true)).toEqual(["Success", "said"]);
  });

  it("asks what is behind it for what is not here", async () => {
    const text = Buffer.from("far away");
    const far = DigestOf.ofBytes(text);
    const put: Digest[] = [];
    const behind: Apis.Behind = {
      bring: (digests) =>
        Effect.sync(() => {
          for (const digest of digests) if (digest.hash === far.hash) ObjectStore.putBytes(world.store, text, digest);
          return digests.filter(({ hash }) => hash !== far.hash);
        }),
      elsewhere: {
        find: () => Effect.succeed(undefined),
        put: (action) => Effect.sync(() => void put.push(action)),
      },
    };
    await connected(
      ({ channel, storage, store }) =>
        Effect.gen(function* () {
          expect(yield* Storage.missing(storage, [far])).toEqual([]);
          expect(yield* Download.blobs(storage, store, [far])).toEqual([]);
          const wanted = action(world.store, "true", world.root);
          yield* Execution.execute(channel, { action: wanted, skipCache: true, watch: () => {} });
          expect(put).toEqual([wanted]);
        }),
      false,
      behind,
    );
  });

  const request = (script: string): Sandbox.Request => ({
    argv: ["sh", "-c", "-e", script],
    cwd: "/",
    environment: { PATH: "/usr/bin:/bin" },
    marked: [],
    readOnlyRoot: false,
    uid: 0,
    gid: 0,
    output: "inherit",
    capture: true,
  });

  for (const path of ["/tmp/reapi.sock", "/run/deep/down/reapi.sock", "/reapi.sock"])
    it(`is at ${path} in a sandbox, and not in what is captured`, async () => {
      const script = `test -S ${path}; echo kept > /kept`;
      const socket = { path, actionCacheEnableUpdate: false };
      const ran = await Effect.runPromise(Apis.run(means, world.root, world.root, request(script), socket));
      expect(ran.exitCode).toBe(0);
      const reader = ObjectStore.reader(world.store);
      expect(Paths.exists(ran.tree, "/kept", { reader })).toBe(true);
      expect(Paths.exists(ran.tree, path, { reader })).toBe(false);
      expect(Paths.exists(ran.tree, "/run/deep", { reader })).toBe(false);
    });
});
