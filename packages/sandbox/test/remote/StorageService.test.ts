/** What a storage service behind the store is believed to have: not more than one that was started again may have, and of a file never what a directory would have. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assert, it } from "@effect/vitest";
import * as ArtifactCodec from "@millrace/core/artifact/ArtifactCodec";
import * as ArtifactName from "@millrace/core/artifact/ArtifactName";
import * as Digest from "@millrace/core/tree/Digest";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Tree from "@millrace/core/tree/Tree";
import { Backing } from "@millrace/sandbox/cas/Backing";
import * as ObjectStore from "@millrace/sandbox/cas/ObjectStore";
import * as StorageService from "@millrace/sandbox/remote/StorageService";
import * as Effect from "effect/Effect";
import { artifactOf, strong } from "../artifacts/ArtifactOf.ts";
import { line, machine, project, remote, server } from "./Machine.ts";

/** Asks a service behind a store of its own. */
const behind = <A>(
  url: string,
  body: (
    keep: (root: ReturnType<typeof ObjectStore.putTree>) => Effect.Effect<boolean, unknown>,
    store: ObjectStore.ObjectStore,
  ) => Effect.Effect<A, unknown>,
) =>
  Effect.gen(function* () {
    const place = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "millrace-service-"))),
      (made) => Effect.sync(() => rmSync(made, { recursive: true, force: true })),
    );
    const spec = remote(url, { "retry-limit": 20, "retry-delay": 10 });
    const work = Effect.gen(function* () {
      const open = yield* Backing;
      const store = ObjectStore.open(join(place, "cas"));
      const backing = open?.(store);
      assert.isDefined(backing);
      return yield* body((root) => backing!.keep({ trees: [root], blobs: [] }), store);
    });
    return yield* Effect.provide(work, StorageService.layer(spec, undefined));
  });

it.live("a service that comes back empty is sent again what it had", () =>
  Effect.gen(function* () {
    const fake = yield* server();
    const { url, cut } = yield* line(fake.url);
    yield* behind(url, (keep, store) =>
      Effect.gen(function* () {
        const file = ObjectStore.putBytes(store, Buffer.from("content"));
        const root = ObjectStore.putTree(store, Tree.make([["f", Tree.file(file)]]));
        assert.isTrue(yield* keep(root));
        const asked = fake.calls.length;
        assert.isTrue(yield* keep(root));
        assert.strictEqual(fake.calls.length, asked, "what it has is not asked for again");
        fake.blobs.clear();
        cut();
        assert.isTrue(yield* keep(ObjectStore.putTree(store, Tree.make([["g", Tree.file(file)]]))));
        assert.isTrue(yield* keep(root));
        assert.sameMembers(
          [...fake.blobs.keys()].filter((hash) => hash === file.hash || hash === root.hash),
          [file.hash, root.hash],
        );
      }),
    );
  }).pipe(Effect.scoped),
);

it.live("an artifact that a service has with a record or a tree that is none counts as absent", () =>
  Effect.gen(function* () {
    for (const [change, content] of [
      [{ weakKey: "../escaped" }, new Uint8Array(0)],
      [{}, Buffer.from([0x0a, 0x7f, 0x01])],
    ] as const) {
      const fake = yield* server();
      const put = (bytes: Uint8Array) => {
        const digest = Digest.ofBytes(bytes);
        fake.blobs.set(digest.hash, bytes);
        return digest;
      };
      const artifact = artifactOf(put(Buffer.from("meta")), { files: put(content), ...change });
      const uri = `Blob:urn:fdc:buildstream.build:2020:artifact:${project}/libc/${strong}`;
      fake.assets.set(uri, put(ArtifactCodec.encode(artifact)));
      const pulled = machine([remote(fake.url)], (connection) =>
        connection.pullNamed(ArtifactName.make(project, "libc.bst", strong), false, () => {}),
      );
      assert.isUndefined(yield* Effect.provide(pulled, StorageService.layer(remote(fake.url), undefined)));
    }
  }).pipe(Effect.scoped),
);

it.live("a file with the bytes of a directory does not stand for what is in the directory", () =>
  Effect.gen(function* () {
    const fake = yield* server();
    yield* behind(fake.url, (keep, store) =>
      Effect.gen(function* () {
        const inner = ObjectStore.putBytes(store, Buffer.from("inner"));
        const directory = Tree.make([["inner", Tree.file(inner)]]);
        const bytes = ObjectStore.putBytes(store, DirectoryCodec.encode(directory));
        assert.isTrue(yield* keep(ObjectStore.putTree(store, Tree.make([["f", Tree.file(bytes)]]))));
        assert.isFalse(fake.blobs.has(inner.hash));
        assert.isTrue(yield* keep(ObjectStore.putTree(store, Tree.make([["d", Tree.directory(directory)]]))));
        assert.isTrue(fake.blobs.has(inner.hash));
      }),
    );
  }).pipe(Effect.scoped),
);
