/** Artifact records on disk: where they are, when they count, and what damage does. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assert, describe, it } from "@effect/vitest";
import * as ArtifactName from "@millrace/core/artifact/ArtifactName";
import * as Tree from "@millrace/core/tree/Tree";
import { ArtifactCache } from "@millrace/sandbox/artifacts/ArtifactCache";
import { Cas } from "@millrace/sandbox/cas/Cas";
import * as ObjectStore from "@millrace/sandbox/cas/ObjectStore";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import * as Support from "../fetch/Support.ts";
import { artifactOf, strong, weak } from "./ArtifactOf.ts";

/** Stores an artifact with one file and hands over what a test needs. */
const prepared = Effect.gen(function* () {
  const cas = yield* Cas;
  const cache = yield* ArtifactCache;
  const file = yield* cas.putBytes(Buffer.from("content"));
  const meta = yield* cas.putBytes(Buffer.from("meta"));
  const artifact = artifactOf(meta, { files: yield* cas.putTree(Tree.make([["f", Tree.file(file)]])) });
  yield* cache.store(artifact, "test", "base/libc.bst");
  return { cas, cache, artifact, file, name: ArtifactName.make("test", "base/libc.bst", strong) };
});

function scoped(body: (scratch: Support.Scratch) => Effect.Effect<void, unknown, ArtifactCache | Cas>) {
  return Effect.suspend(() => {
    const scratch = Support.scratch();
    return body(scratch).pipe(
      Effect.provide(ArtifactCache.layer.pipe(Layer.provideMerge(scratch.layer))),
      Effect.ensuring(Effect.sync(scratch.remove)),
    );
  });
}

describe("artifact cache", () => {
  it.live("keeps one record under the strong and the weak key, where BuildStream looks", () =>
    scoped(({ cachedir }) =>
      Effect.gen(function* () {
        const { cache, artifact, name } = yield* prepared;
        const directory = join(cachedir, "artifacts/refs/test/base-libc");
        assert.deepStrictEqual(readdirSync(directory).sort(), [strong, weak]);
        assert.isTrue(readFileSync(join(directory, strong)).equals(readFileSync(join(directory, weak))));
        assert.deepStrictEqual((yield* cache.findComplete(name))?.strongKey, artifact.strongKey);
        assert.isUndefined(yield* cache.find({ ...name, key: "c".repeat(64) }));
      }),
    ),
  );

  it.live("does not count an artifact whose content has expired", () =>
    scoped(({ cachedir }) =>
      Effect.gen(function* () {
        const { cas, name, file } = yield* prepared;
        rmSync(ObjectStore.path(cas.store, file));
        // Another process, which has not seen the object lately.
        const found = yield* Effect.gen(function* () {
          const cache = yield* ArtifactCache;
          return [yield* cache.find(name), yield* cache.findComplete(name)] as const;
        }).pipe(Effect.provide(Layer.fresh(ArtifactCache.layer.pipe(Layer.provideMerge(Support.layerOf(cachedir))))));
        assert.isDefined(found[0]);
        assert.isUndefined(found[1]);
      }),
    ),
  );

  it.live("lists least recently used first, and looking at a record is use of the artifact, whatever its name", () =>
    scoped(({ cachedir }) =>
      Effect.gen(function* () {
        const { cache, artifact, name } = yield* prepared;
        const other = "c".repeat(64);
        yield* cache.store({ ...artifact, strongKey: other }, "test", "base/libc.bst", [other]);
        for (const key of [strong, other]) utimesSync(join(cachedir, "artifacts/refs/test/base-libc", key), 1000, 1000);
        yield* cache.find(name);
        assert.deepStrictEqual(
          (yield* cache.list).map((listed) => listed.name.key),
          [other, strong, weak],
        );
        assert.isAbove(statSync(join(cachedir, "artifacts/refs/test/base-libc", strong)).mtimeMs, 2_000_000);
      }),
    ),
  );

  it.live("removes a name, and directories that are left empty", () =>
    scoped(({ cachedir }) =>
      Effect.gen(function* () {
        const { cache, name } = yield* prepared;
        assert.isTrue(yield* cache.remove(name));
        assert.isFalse(yield* cache.remove(name));
        assert.isTrue(yield* cache.remove({ ...name, key: weak }));
        assert.isFalse(existsSync(join(cachedir, "artifacts/refs/test")));
        assert.isTrue(existsSync(join(cachedir, "artifacts/refs")));
      }),
    ),
  );

  it.live("takes a damaged record for none", () =>
    scoped(({ cachedir }) =>
      Effect.gen(function* () {
        const cache = yield* ArtifactCache;
        const name = ArtifactName.make("test", "x.bst", strong);
        mkdirSync(join(cachedir, "artifacts/refs/test/x"), { recursive: true });
        // Bytes that are no message, and those of an empty one.
        for (const bytes of [Buffer.from([0xff, 0xff, 0xff]), Buffer.alloc(0)]) {
          writeFileSync(join(cachedir, "artifacts/refs", ArtifactName.format(name)), bytes);
          assert.isUndefined(yield* cache.find(name));
        }
      }),
    ),
  );
});
