/** What is pushed to several servers, of which some have no room or fail: the others get it, and no index hears of what no storage has. */
import { assert, describe, it } from "@effect/vitest";
import type { Element } from "@millrace/core/element/Element";
import * as SourceKeys from "@millrace/core/key/SourceKeys";
import type { RemoteSpec } from "@millrace/core/project/Project";
import type { Source } from "@millrace/core/source/Source";
import * as Tree from "@millrace/core/tree/Tree";
import type { Voice } from "@millrace/sandbox/session/Voice";
import * as Effect from "effect/Effect";
import { machine, project, remote, server } from "./Machine.ts";
import { name, push, stored } from "./Sample.ts";

/** Pushes from a machine of its own; gives what came of it, with what was said aloud. `connected` is when the servers were found usable. */
const pushed = (remotes: readonly RemoteSpec[], connected: () => void = () => {}) =>
  machine(remotes, (connection, { cas, cache }) =>
    Effect.gen(function* () {
      yield* stored(cas, cache);
      connected();
      const said: string[] = [];
      const outcome = yield* Effect.result(
        connection.pushNamed(name, (kind, text) => void (kind === "warn" && said.push(text))),
      );
      return { outcome, said };
    }),
  );

describe("an artifact", () => {
  for (const full of ["blobs", "calls"] as const)
    it.live(`goes past a server that has no room (${full}), which is told of once and shown no name`, () =>
      Effect.gen(function* () {
        const fake = yield* server({ full });
        const roomy = yield* server();
        for (const remotes of [
          [remote(fake.url), remote(roomy.url)],
          [remote(roomy.url), remote(fake.url)],
        ]) {
          roomy.assets.clear();
          const { outcome, said } = yield* pushed(remotes);
          assert.isTrue(outcome._tag === "Success" && outcome.success);
          assert.deepStrictEqual(said, [`Remote (${fake.url}) has no room for artifact aaaaaaaa`]);
          assert.strictEqual(roomy.assets.size, 2);
          assert.strictEqual(fake.assets.size, 0);
        }
      }).pipe(Effect.scoped),
    );

  it.live("is named by an index on its own when one of the storages has it, and by none when none has", () =>
    Effect.gen(function* () {
      const index = yield* server({ believes: true });
      const full = yield* server({ full: "blobs" });
      const other = yield* server({ full: "blobs" });
      const remotes = [
        remote(index.url, {}, "index"),
        remote(full.url, {}, "storage"),
        remote(other.url, {}, "storage"),
      ];
      const { outcome, said } = yield* pushed(remotes);
      assert.match(String(outcome._tag === "Failure" && outcome.failure), /No remote has room for artifact aaaaaaaa/);
      assert.strictEqual(said.length, 2);
      assert.strictEqual(index.assets.size, 0);
      delete other.manners.full;
      assert.isTrue(yield* push(remotes));
      assert.strictEqual(index.assets.size, 2);
    }).pipe(Effect.scoped),
  );

  it.live("that a server has no time to be asked about is no question of room", () =>
    Effect.gen(function* () {
      const busy = yield* server({ refuses: new Set(["FindMissingBlobs"]), refusal: 8 });
      const { outcome, said } = yield* pushed([remote(busy.url)]);
      assert.deepStrictEqual(said, []);
      assert.match(
        String(outcome._tag === "Failure" && outcome.failure),
        /FindMissingBlobs failed at .*RESOURCE_EXHAUSTED/,
      );
    }).pipe(Effect.scoped),
  );

  it.live("goes to the servers behind one that fails; the failure is told", () =>
    Effect.gen(function* () {
      const failing = yield* server({ refuses: new Set(["BatchUpdateBlobs"]) });
      const other = yield* server();
      const { outcome } = yield* pushed([remote(failing.url), remote(other.url)]);
      assert.match(
        String(outcome._tag === "Failure" && outcome.failure),
        new RegExp(`Failed to push artifact blobs: BatchUpdateBlobs failed at ${failing.url}: PERMISSION_DENIED`),
      );
      assert.strictEqual(failing.assets.size, 0);
      assert.strictEqual(other.assets.size, 2);
      failing.manners.refuses = new Set();
      other.assets.clear();
      const named = yield* pushed([remote(failing.url), remote(other.url)], () => {
        failing.manners.refuses = new Set(["PushBlob"]);
      });
      assert.match(
        String(named.outcome._tag === "Failure" && named.outcome.failure),
        new RegExp(`PushBlob failed at ${failing.url}: PERMISSION_DENIED`),
      );
      assert.strictEqual(other.assets.size, 2);
    }).pipe(Effect.scoped),
  );
});

it.live("sources go past a server that has no room", () =>
  Effect.gen(function* () {
    const full = yield* server({ full: "calls" });
    const roomy = yield* server();
    yield* machine([remote(full.url), remote(roomy.url)], (connection, { cas, sources }) =>
      Effect.gen(function* () {
        const root = yield* cas.putTree(Tree.make([["f", Tree.file(yield* cas.putBytes(Buffer.from("source")))]]));
        const source = { kind: { name: "local" }, uniqueKey: () => "f" } as unknown as Source;
        const element = { name: "e.bst", project: { name: project }, sources: [source] } as unknown as Element;
        yield* sources.store({ type: "source", kind: "local", key: SourceKeys.single(source) }, root);
        const said: string[] = [];
        const voice = { say: (kind: string, text: string) => void (kind === "warning" && said.push(text)) };
        assert.isTrue(yield* connection.pushSources(element, voice as Voice));
        assert.strictEqual(said.length, 1);
      }),
    );
    assert.strictEqual(full.assets.size, 0);
    assert.strictEqual(roomy.assets.size, 1);
  }).pipe(Effect.scoped),
);
