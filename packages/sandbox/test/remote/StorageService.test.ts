/** What a storage service behind the store is believed to have: not more than one that was started again may have, and of a file never what a directory would have. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assert, it } from "@effect/vitest";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Tree from "@millrace/core/tree/Tree";
import { Backing } from "@millrace/sandbox/cas/Backing";
import * as ObjectStore from "@millrace/sandbox/cas/ObjectStore";
import * as StorageService from "@millrace/sandbox/remote/StorageService";
import * as Effect from "effect/Effect";
import { line, remote, server } from "./Machine.ts";

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
