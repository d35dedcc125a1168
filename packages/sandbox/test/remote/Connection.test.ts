/** Artifacts to servers and back, among servers of many manners and many faults. */
import { createHash } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { assert, describe, it } from "@effect/vitest";
import * as ArtifactName from "@millrace/core/artifact/ArtifactName";
import type { Element } from "@millrace/core/element/Element";
import type { RemoteSpec } from "@millrace/core/project/Project";
import * as ObjectStore from "@millrace/sandbox/cas/ObjectStore";
import * as Channel from "@millrace/sandbox/remote/Channel";
import * as Endpoint from "@millrace/sandbox/remote/Endpoint";
import * as Explanation from "@millrace/sandbox/remote/Explanation";
import * as Traffic from "@millrace/sandbox/remote/Traffic";
import * as Effect from "effect/Effect";
import { strong, weak } from "../artifacts/ArtifactOf.ts";
import * as FakeServer from "./FakeServer.ts";
import { line, machine, project, remote, server } from "./Machine.ts";
import { large, largestHash, name, push, quiet, stored } from "./Sample.ts";

/** Pulls on a fresh machine; whether the artifact is complete there afterwards. */
const pull = (remotes: readonly RemoteSpec[]) =>
  machine(remotes, (connection, { cache }) =>
    Effect.gen(function* () {
      const pulled = yield* connection.pullNamed(name, false, quiet);
      const complete = yield* cache.findComplete(name);
      assert.strictEqual(complete !== undefined, pulled !== undefined);
      return pulled !== undefined;
    }),
  );

describe("artifacts", () => {
  const manners: readonly (readonly [string, FakeServer.Manners])[] = [
    ["as they usually are", {}],
    ["that take 64 KiB at once", { maxBatch: 65_536 }],
    ["that say what they lack in a good answer", { missAsStatus: true }],
    ["with enumerations that nobody knows", { unknownDigestFunction: true }],
    ["that answer in another order", { shuffled: true }],
    ["that are not there at times", { unavailable: 1 }],
    ["that break off in the middle", { cutAfter: 1_500_000 }],
    ["that take compressed streams", { zstd: true }],
    ["that break compressed streams off", { zstd: true, cutAfter: 1_500_000 }],
    ["that answer whole trees", { trees: true }],
    ["that answer parts of trees, and what is none", { trees: "partly" }],
    ["that answer with what is no tree at all", { trees: "malformed" }],
  ];
  for (const [what, given] of manners) {
    it.live(`go to servers ${what} and come back`, () =>
      Effect.gen(function* () {
        const fake = yield* server(given);
        if (given.unavailable !== undefined) fake.manners.unavailable = 0;
        assert.isTrue(
          yield* machine([remote(fake.url)], (connection, { cas, cache }) =>
            Effect.gen(function* () {
              yield* stored(cas, cache);
              if (given.unavailable !== undefined) fake.manners.unavailable = given.unavailable;
              return yield* connection.pushNamed(name, quiet);
            }),
          ),
        );
        assert.isTrue(yield* pull([remote(fake.url)]));
        assert.isFalse(yield* push([remote(fake.url)]), "what the server has is not offered again");
        assert.strictEqual(fake.calls.includes("GetTree"), true);
        if (given.trees === true) assert.isBelow(fake.calls.filter((call) => call === "BatchReadBlobs").length, 5);
        if (given.maxBatch !== undefined) assert.isTrue(Math.max(...fake.batches) <= given.maxBatch);
      }).pipe(Effect.scoped),
    );
  }

  it.live("are known by both keys", () =>
    Effect.gen(function* () {
      const fake = yield* server();
      yield* push([remote(fake.url)]);
      const uri = (key: string) => `Blob:urn:fdc:buildstream.build:2020:artifact:test/libc/${key}`;
      assert.sameMembers([...fake.assets.keys()], [uri(strong), uri(weak)]);
    }).pipe(Effect.scoped),
  );

  it.live("are brought again to a server that comes back without what it had", () =>
    Effect.gen(function* () {
      const fake = yield* server();
      const { url, cut } = yield* line(fake.url);
      const element = { name: "libc.bst", project: { name: project } } as Element;
      const forget = () => {
        fake.blobs.clear();
        fake.assets.clear();
        cut();
      };
      const target = new URL(url).host;
      const remotes = [remote(url, { "retry-limit": 20, "retry-delay": 10 })];
      yield* machine(remotes, (connection, { cas, cache }) =>
        Effect.gen(function* () {
          yield* stored(cas, cache);
          const pushed = connection.pushNamed(name, quiet);
          assert.isTrue(yield* pushed);
          forget();
          assert.isTrue(yield* pushed, "between two pushes");
          assert.isTrue(yield* pull([remote(fake.url)]));
          assert.strictEqual((yield* connection.settled([{ element, key: strong }])).size, 1);
          const before = Traffic.connections(target);
          forget();
          while (Traffic.connections(target) === before) yield* Effect.sleep(5);
          assert.isTrue(yield* pushed, "after it was found to have everything");
          assert.isTrue(yield* pull([remote(fake.url)]));
          forget();
          // In the middle: after what it has is said, and before the name is.
          let once = true;
          fake.manners.twist = (method, answer) => {
            if (method === "FetchBlob" && once) {
              once = false;
              forget();
            }
            return answer;
          };
          assert.isTrue(yield* pushed, "in the middle of a push");
          assert.isTrue(yield* pull([remote(fake.url)]));
        }),
      );
    }).pipe(Effect.scoped),
  );

  it.live("are named again to an index that comes back without its names, after they needed no push", () =>
    Effect.gen(function* () {
      const index = yield* server({ believes: true });
      const storage = yield* server();
      const { url, cut } = yield* line(index.url);
      const target = new URL(url).host;
      const patient = { "retry-limit": 20, "retry-delay": 10 };
      const element = { name: "libc.bst", project: { name: project } } as Element;
      yield* machine(
        [remote(url, patient, "index"), remote(storage.url, {}, "storage")],
        (connection, { cas, cache }) =>
          Effect.gen(function* () {
            yield* stored(cas, cache);
            assert.isTrue(yield* connection.pushNamed(name, quiet));
            assert.strictEqual((yield* connection.settled([{ element, key: strong }])).size, 1);
            const before = Traffic.connections(target);
            index.assets.clear();
            cut();
            while (Traffic.connections(target) === before) yield* Effect.sleep(5);
            assert.isTrue(yield* connection.pushNamed(name, quiet));
            assert.strictEqual(index.assets.size, 2);
          }),
      );
    }).pipe(Effect.scoped),
  );

  it.live("that are damaged or gone here are not sent, and it is said that they are not cached", () =>
    Effect.gen(function* () {
      const fake = yield* server();
      const hash = createHash("sha256").update(large).digest("hex");
      for (const spoil of [
        (path: string) => rmSync(path),
        (path: string) => {
          rmSync(path);
          writeFileSync(path, Buffer.alloc(large.length));
        },
      ]) {
        const pushed = yield* machine([remote(fake.url)], (connection, { cas, cache }) =>
          Effect.gen(function* () {
            yield* stored(cas, cache);
            spoil(ObjectStore.path(cas.store, { hash, size: large.length }));
            return yield* Effect.result(connection.pushNamed(name, quiet));
          }),
        );
        assert.include(String(pushed._tag === "Failure" ? pushed.failure : "it was pushed"), "is not cached");
        assert.strictEqual(fake.assets.size, 0);
      }
    }).pipe(Effect.scoped),
  );

  it.live("that arrive damaged or not whole are not there, and leave no record", () =>
    Effect.gen(function* () {
      const fake = yield* server();
      yield* push([remote(fake.url)]);
      for (const hash of [largestHash(fake), [...fake.blobs.keys()][3] as string]) {
        fake.manners.damaged = new Set([hash]);
        assert.isFalse(yield* pull([remote(fake.url)]));
        fake.manners.damaged = new Set();
        const bytes = fake.blobs.get(hash) as Uint8Array;
        fake.blobs.delete(hash);
        assert.isFalse(yield* pull([remote(fake.url)]));
        fake.blobs.set(hash, bytes);
      }
      assert.isTrue(yield* pull([remote(fake.url)]));
      fake.manners.endless = true;
      assert.isFalse(yield* pull([remote(fake.url)]), "a stream without end is given up");
    }).pipe(Effect.scoped),
  );

  it.live("come from the next storage when the first does not have all of them", () =>
    Effect.gen(function* () {
      const poor = yield* server();
      const rich = yield* server();
      yield* push([remote(poor.url)]);
      yield* push([remote(rich.url)]);
      poor.blobs.delete(largestHash(poor));
      assert.isTrue(yield* pull([remote(poor.url), remote(rich.url)]));
    }).pipe(Effect.scoped),
  );

  it.live("come from the next index when the record of the first is not to be had whole", () =>
    Effect.gen(function* () {
      const poor = yield* server();
      const rich = yield* server();
      yield* push([remote(poor.url)], "built here");
      yield* push([remote(rich.url)], "built there");
      const logHash = createHash("sha256").update("built here").digest("hex");
      assert.isTrue(poor.blobs.delete(logHash));
      assert.isTrue(yield* pull([remote(poor.url), remote(rich.url)]));
      const asked = poor.calls.length;
      assert.isFalse(yield* pull([remote(poor.url)]));
      const questions = poor.calls.slice(asked).filter((call) => call === "FetchBlob");
      // Two ask whether there is an index, of artifacts and of sources.
      assert.lengthOf(questions, 3, "an index is asked once");
    }).pipe(Effect.scoped),
  );

  it.live("need an index and a storage, which may be two servers", () =>
    Effect.gen(function* () {
      const index = yield* server();
      const storage = yield* server();
      // An index on its own does not know the blobs that it is told of.
      const shared = yield* machine([remote(index.url, {}, "index")], (connection) =>
        Effect.succeed([connection.pulls, connection.pushes]),
      );
      assert.deepStrictEqual(shared, [false, false]);
      const both = [remote(index.url, {}, "index"), remote(storage.url, {}, "storage")];
      const usable = yield* machine(both, (connection) => Effect.succeed([connection.pulls, connection.pushes]));
      assert.deepStrictEqual(usable, [true, true]);
      assert.isFalse(index.calls.includes("GetCapabilities"));
      assert.isFalse(storage.calls.includes("FetchBlob"));
    }).pipe(Effect.scoped),
  );
});

describe("servers that fail", () => {
  it.live("are left out with one warning when they are not there", () =>
    Effect.gen(function* () {
      const fake = yield* server();
      const gone = yield* Effect.promise(() => FakeServer.start());
      gone.close();
      yield* push([remote(fake.url)]);
      yield* machine([remote(gone.url), remote(fake.url)], (connection, { warnings }) =>
        Effect.gen(function* () {
          assert.strictEqual(warnings.length, 1);
          const { host } = new URL(gone.url);
          assert.strictEqual(
            warnings[0],
            `Failed to initialize remote ${gone.url}: Remote initialisation failed with status UNAVAILABLE: no connection: ECONNREFUSED ${host}, nothing listens there; is the server running?`,
          );
          assert.isDefined(yield* connection.pullNamed(name, false, quiet));
        }),
      );
    }).pipe(Effect.scoped),
  );

  it("are told of in words that say what to look at, behind those that scripts look for", () => {
    const said = "Name resolution failed for target dns:cache.example:80";
    const failure = new Channel.CallFailed({ code: Channel.code.unavailable, message: Explanation.of(said) });
    assert.strictEqual(
      Channel.unusable(failure).problem,
      "UNAVAILABLE: address lookup failed, the host cache.example:80 has no address; look at the `url`, and at the name servers of this machine",
    );
    assert.isFalse(Explanation.isPassing(said));
  });

  it.live("are asked again in the beginning while they are being started, and only then", () =>
    Effect.gen(function* () {
      const fake = yield* server({ unavailable: 2 });
      yield* machine([remote(fake.url)], (connection, { warnings }) =>
        Effect.sync(() => {
          assert.deepStrictEqual(warnings, []);
          assert.isTrue(connection.pushes);
        }),
      );
      const gone = yield* Effect.promise(() => FakeServer.start());
      gone.close();
      const channel = yield* Channel.open(Endpoint.make(remote(gone.url), undefined));
      assert.isTrue((yield* Effect.flip(channel.unary("/none/None", new Uint8Array(0)))).passing);
      for (const [details, passing] of [
        ["Received HTTP status code 503", true],
        ["Received HTTP status code 401", false],
        ["Name resolution failed for target dns:cache.example", false],
        ["No connection established. Last error: self-signed certificate", false],
        ["the cache is being loaded", true],
      ] as const)
        assert.strictEqual(Explanation.isPassing(details), passing, details);
    }).pipe(Effect.scoped),
  );

  it.live("are asked for many artifacts before these are wanted, each once", () =>
    Effect.gen(function* () {
      const fake = yield* server({ missAsStatus: true });
      yield* push([remote(fake.url)]);
      yield* machine([remote(fake.url)], (connection) =>
        Effect.gen(function* () {
          const element = (name: string) => ({ name, project: { name: project } }) as unknown as Element;
          const wanted = Array.from({ length: 1000 }, (_, at) => ({ element: element(`e${at}.bst`), keys: [strong] }));
          yield* connection.foresee([{ element: element("libc.bst"), keys: [strong] }, ...wanted], quiet);
          const asked = () => fake.calls.filter((call) => call === "FetchBlob").length;
          const before = asked();
          // Records are not brought one by one.
          assert.strictEqual(fake.calls.filter((call) => call === "BatchReadBlobs").length, 1);
          assert.isUndefined(yield* connection.pullNamed(ArtifactName.make(project, "e7.bst", strong), false, quiet));
          assert.isDefined(yield* connection.pullNamed(name, false, quiet));
          assert.strictEqual(asked(), before);
          // What was said before is not believed for ever.
          yield* connection.pullNamed(ArtifactName.make(project, "e7.bst", strong), false, quiet);
          assert.strictEqual(asked(), before + 1);
        }),
      );
    }).pipe(Effect.scoped),
  );

  it.live("are set aside after the first failure", () =>
    Effect.gen(function* () {
      const fake = yield* server();
      yield* machine([remote(fake.url)], (connection) =>
        Effect.gen(function* () {
          fake.manners.unavailable = 1000;
          const said: string[] = [];
          const say = (kind: string, text: string) => void (kind === "warn" && said.push(text));
          const failed = yield* Effect.flip(connection.pullNamed(name, false, say));
          assert.include(String(failed), "Failed to pull artifact");
          const asked = fake.calls.length;
          assert.isUndefined(yield* connection.pullNamed(name, false, say));
          assert.strictEqual(fake.calls.length, asked);
          assert.strictEqual(said.length, 1);
        }),
      );
    }).pipe(Effect.scoped),
  );

  it.live("that answer uploads with nothing, or with what is no answer, are told of in words", () =>
    Effect.gen(function* () {
      const fake = yield* server({
        twist: (method, answer) =>
          method === "Write" ? Buffer.from([0x0c]) : method === "BatchUpdateBlobs" ? new Uint8Array(0) : answer,
      });
      // Small blobs go in batches; the next time only the large one is missing.
      assert.match(String(yield* Effect.flip(push([remote(fake.url)]))), /does not say that it took it/);
      assert.strictEqual(fake.assets.size, 0);
      fake.blobs.delete(largestHash(fake));
      assert.match(String(yield* Effect.flip(push([remote(fake.url)]))), /Uploading .* failed at .*: INTERNAL/);
      assert.strictEqual(fake.assets.size, 0);
    }).pipe(Effect.scoped),
  );

  it.live("that say nothing are given up after the time set for it", () =>
    Effect.gen(function* () {
      const fake = yield* server();
      yield* machine([remote(fake.url, { "request-timeout": 1, "retry-limit": 0 })], (connection) =>
        Effect.gen(function* () {
          fake.manners.silent = true;
          // Otherwise it waits until the test is given up.
          assert.include(
            JSON.stringify(yield* Effect.flip(connection.pullNamed(name, false, quiet))),
            "DEADLINE_EXCEEDED",
          );
        }),
      );
    }).pipe(Effect.scoped),
  );
});
