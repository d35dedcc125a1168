/** Artifacts that need no push: asked about before their pushes, or beside them. */
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { assert, describe, it } from "@effect/vitest";
import type { Artifact } from "@millrace/core/artifact/Artifact";
import type { Element } from "@millrace/core/element/Element";
import type { Cas } from "@millrace/sandbox/cas/Cas";
import * as ObjectStore from "@millrace/sandbox/cas/ObjectStore";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Fiber from "effect/Fiber";
import { strong } from "../artifacts/ArtifactOf.ts";
import { machine, project, remote, server } from "./Machine.ts";
import { large, largestHash, name, push, quiet, stored } from "./Sample.ts";

const element = { name: "libc.bst", project: { name: project } } as Element;
const wanted = [{ element, key: strong }];

describe("settled artifacts", () => {
  it.live("are those that every server has whole, wherever their files are here", () =>
    Effect.gen(function* () {
      const fake = yield* server();
      const other = yield* server();
      const remotes = [remote(fake.url), remote(other.url)];
      const settled = (change: (cas: Cas["Service"], artifact: Artifact) => void = () => {}) =>
        machine(remotes, (connection, { cas, cache }) =>
          Effect.gen(function* () {
            const artifact = yield* stored(cas, cache);
            change(cas, artifact);
            const found = yield* connection.settled([{ element, key: strong }]);
            if (found.size > 0) assert.isFalse(yield* connection.pushNamed(name, quiet));
            return found.has(element);
          }),
        );
      assert.isFalse(yield* settled());
      yield* push([remote(fake.url)]);
      assert.isFalse(yield* settled(), "one server has nothing");
      yield* push([remote(other.url)]);
      fake.calls.length = 0;
      assert.isTrue(yield* settled());
      const asked = fake.calls.filter((call) => call === "FetchBlob" || call === "FindMissingBlobs");
      assert.deepStrictEqual(asked.slice(-2), ["FetchBlob", "FindMissingBlobs"]);
      const hash = largestHash(fake);
      assert.isTrue(yield* settled(({ store }) => rmSync(ObjectStore.path(store, { hash, size: large.length }))));
      // The index may know an artifact of which the storage lost a part.
      const bytes = other.blobs.get(hash) as Uint8Array;
      other.blobs.delete(hash);
      assert.isFalse(yield* settled());
      yield* push(remotes);
      assert.deepStrictEqual(Buffer.compare(other.blobs.get(hash) as Uint8Array, bytes), 0);
      assert.isTrue(yield* settled());
      const failing = settled(() => {
        other.manners.unavailable = 100;
      });
      assert.isFalse(yield* failing, "a server that fails settles nothing");
    }).pipe(Effect.scoped),
  );

  it.live("are heard of by a push that comes while it is being asked about them", () =>
    Effect.gen(function* () {
      const fake = yield* server();
      yield* push([remote(fake.url)]);
      yield* machine([remote(fake.url)], (connection, { cas, cache }) =>
        Effect.gen(function* () {
          yield* stored(cas, cache);
          fake.calls.length = 0;
          const asking = yield* Effect.forkChild(connection.settled(wanted), { startImmediately: true });
          assert.isFalse(yield* connection.pushNamed(name, quiet));
          assert.strictEqual((yield* Fiber.join(asking)).size, 1);
          assert.deepStrictEqual(fake.calls, ["FetchBlob", "FindMissingBlobs"]);
        }),
      );
    }).pipe(Effect.scoped),
  );

  it.live("are waited for by no push where they were never asked about, since another one could not be read", () =>
    Effect.gen(function* () {
      const fake = yield* server();
      yield* push([remote(fake.url)]);
      yield* machine([remote(fake.url)], (connection, { cas, cache, directory }) =>
        Effect.gen(function* () {
          yield* stored(cas, cache);
          const other = { name: "broken.bst", project: { name: project } } as Element;
          const records = join(directory, "cache/artifacts/refs", project, "broken");
          mkdirSync(records);
          symlinkSync(strong, join(records, strong));
          const asked = yield* Effect.exit(connection.settled([...wanted, { element: other, key: strong }]));
          assert.isTrue(Exit.isFailure(asked));
          assert.isFalse(yield* connection.pushNamed(name, quiet));
        }),
      );
    }).pipe(Effect.scoped),
  );

  it.live("are asked about by the push itself where that came to nothing, or was given up", () =>
    Effect.gen(function* () {
      const fake = yield* server();
      const remotes = [remote(fake.url, { "request-timeout": 1, "retry-limit": 0 })];
      yield* push(remotes);
      for (const ends of [false, true])
        yield* machine(remotes, (connection, { cas, cache }) =>
          Effect.gen(function* () {
            yield* stored(cas, cache);
            fake.calls.length = 0;
            fake.manners.silent = new Set(["FetchBlob"]);
            const asking = yield* Effect.forkChild(connection.settled(wanted), { startImmediately: true });
            while (!fake.calls.includes("FetchBlob")) yield* Effect.sleep(5);
            fake.manners.silent = false;
            if (ends) yield* Fiber.interrupt(asking);
            assert.isFalse(yield* connection.pushNamed(name, quiet));
            assert.strictEqual(fake.calls.filter((call) => call === "FetchBlob").length, 2);
          }),
        );
    }).pipe(Effect.scoped),
  );
});
