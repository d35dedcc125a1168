/** What servers lack of many artifacts, sent before their pushes. */
import { writeFileSync } from "node:fs";
import { assert, describe, it } from "@effect/vitest";
import type { Artifact } from "@millrace/core/artifact/Artifact";
import * as ArtifactName from "@millrace/core/artifact/ArtifactName";
import type { Element } from "@millrace/core/element/Element";
import * as Digest from "@millrace/core/tree/Digest";
import * as Tree from "@millrace/core/tree/Tree";
import type { ArtifactCache } from "@millrace/sandbox/artifacts/ArtifactCache";
import type { Cas } from "@millrace/sandbox/cas/Cas";
import * as ObjectStore from "@millrace/sandbox/cas/ObjectStore";
import type { Connection } from "@millrace/sandbox/remote/Connection";
import * as Effect from "effect/Effect";
import * as fc from "fast-check";
import { artifactOf, strong } from "../artifacts/ArtifactOf.ts";
import type { FakeServer, Manners } from "./FakeServer.ts";
import { machine, project, remote, server } from "./Machine.ts";
import { quiet } from "./Sample.ts";

/** An artifact of files with the contents of these numbers. */
interface Made {
  readonly element: Element;
  readonly artifact: Artifact;
  readonly files: readonly number[];
}

/** Files of three lengths. */
const content = (file: number) => Buffer.alloc(900 + (file % 3), `file ${file} `);

const make = Effect.fnUntraced(function* (
  cas: Cas["Service"],
  cache: ArtifactCache["Service"],
  at: number,
  files: readonly number[],
  contentOf: (file: number) => Uint8Array = content,
) {
  const element = { name: `e${at}.bst`, project: { name: project } } as Element;
  const log = yield* cas.putBytes(Buffer.from(`log of ${at}`));
  const entries = yield* Effect.forEach([...new Set(files)], (file) =>
    Effect.map(cas.putBytes(contentOf(file)), (digest) => [`f${file}`, Tree.file(digest)] as const),
  );
  const root = yield* cas.putTree(Tree.make([["share", Tree.directory(Tree.make(entries))]]));
  const artifact = artifactOf(log, { files: root, logs: [{ name: "log", digest: log }] });
  yield* cache.store(artifact, project, element.name);
  return { element, artifact, files } satisfies Made;
});

/** Finds out which are settled, and pushes all, four at a time; gives for each whether it was pushed, or that it failed. */
const pushAll = (connection: Connection, made: readonly Made[]) =>
  Effect.gen(function* () {
    yield* connection.settled(made.map(({ element, artifact }) => ({ element, key: strong, artifact })));
    const one = ({ element }: Made) =>
      Effect.match(connection.pushNamed(ArtifactName.make(project, element.name, strong), quiet), {
        onSuccess: (pushed) => (pushed ? "pushed" : "known"),
        onFailure: (error) => String(error),
      });
    return yield* Effect.forEach(made, one, { concurrency: 4 });
  });

const count = (calls: readonly string[], method: string) => calls.filter((call) => call === method).length;

/** Pushes 60 artifacts of four files each to a server of its own, and to others. */
const sixty = (manners: Manners, contentOf?: (file: number) => Uint8Array, others: readonly FakeServer[] = []) =>
  Effect.gen(function* () {
    const fake = yield* server(manners);
    const remotes = [fake, ...others].map(({ url }) => remote(url, { "retry-limit": 0 }));
    const outcomes = yield* machine(remotes, (connection, { cas, cache }) =>
      Effect.gen(function* () {
        const made = yield* Effect.forEach(Array.from({ length: 60 }).keys(), (at) =>
          make(
            cas,
            cache,
            at,
            [0, 1, 2, 3].map((file) => 4 * at + file),
            contentOf,
          ),
        );
        fake.calls.length = 0;
        return yield* pushAll(connection, made);
      }),
    );
    return { fake, outcomes };
  });

describe("what servers lack of artifacts", () => {
  it.live("is sent ahead of their pushes, which then have only the names to tell", () =>
    Effect.gen(function* () {
      const { fake, outcomes } = yield* sixty({});
      assert.deepStrictEqual(new Set(outcomes), new Set(["pushed"]));
      assert.strictEqual(fake.assets.size, 120);
      const counts = ["FetchBlob", "BatchUpdateBlobs", "PushBlob"].map((method) => count(fake.calls, method));
      assert.deepStrictEqual(counts, [60, 3, 60]);
      assert.isAtMost(count(fake.calls, "FindMissingBlobs"), 6);
    }).pipe(Effect.scoped),
  );

  it.live("is left to each push where the server fails, and each tells", () =>
    Effect.gen(function* () {
      for (const manners of [
        { refuses: new Set(["BatchUpdateBlobs"]) },
        { full: "blobs" },
        { full: "calls" },
      ] as const) {
        const { fake, outcomes } = yield* sixty(manners);
        for (const outcome of outcomes) assert.match(outcome, /Failed to push artifact blobs|No remote has room/);
        assert.strictEqual(fake.assets.size, 0);
        assert.isAtMost(count(fake.calls, "BatchUpdateBlobs"), 62);
      }
    }).pipe(Effect.scoped),
  );

  it.live("is sent ahead to one server while another has no room", () =>
    Effect.gen(function* () {
      const roomy = yield* server();
      const { fake, outcomes } = yield* sixty({ full: "calls" }, undefined, [roomy]);
      assert.deepStrictEqual(new Set(outcomes), new Set(["pushed"]));
      assert.strictEqual(count(roomy.calls, "BatchUpdateBlobs"), 3);
      assert.strictEqual(roomy.assets.size, 120);
      assert.strictEqual(fake.assets.size, 0);
    }).pipe(Effect.scoped),
  );

  it.live("is not sent for an artifact that is not pushed, since its build tree is not here", () =>
    Effect.gen(function* () {
      const fake = yield* server();
      const outcomes = yield* machine([remote(fake.url)], (connection, { cas, cache }) =>
        Effect.gen(function* () {
          const plain = yield* make(cas, cache, 0, [0]);
          const made = yield* make(cas, cache, 1, [1]);
          const artifact = { ...made.artifact, buildTree: Digest.ofBytes(content(2)) };
          yield* cache.store(artifact, project, made.element.name);
          return yield* pushAll(connection, [plain, { ...made, artifact }]);
        }),
      );
      assert.strictEqual(outcomes[0], "pushed");
      assert.include(outcomes[1], "its build tree is not in the local cache");
      assert.deepStrictEqual(
        [0, 1].map((file) => fake.blobs.has(Digest.ofBytes(content(file)).hash)),
        [true, false],
      );
    }).pipe(Effect.scoped),
  );

  it.live("is sent by its own push where one artifact has much, and with it only that", () =>
    Effect.gen(function* () {
      const huge = Buffer.alloc(33 * 1024 * 1024, 7);
      const { fake, outcomes } = yield* sixty({}, (file) => (file === 130 ? huge : content(file)));
      assert.deepStrictEqual(new Set(outcomes), new Set(["pushed"]));
      assert.strictEqual(count(fake.calls, "Write"), 1);
      assert.isAtMost(count(fake.calls, "BatchUpdateBlobs"), 10);
      // Of three groups before anything is sent and ahead of the pushes, and of that artifact.
      assert.isAtMost(count(fake.calls, "FindMissingBlobs"), 7);
    }).pipe(Effect.scoped),
  );

  it.live("fails in no push but that of an artifact which is not whole here, whatever is sent together", () =>
    Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(fc.nat(40), { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 40 }),
          fc.uniqueArray(fc.nat(40), { maxLength: 4 }),
          fc.uniqueArray(fc.nat(40), { maxLength: 20 }),
          fc.uniqueArray(fc.nat(39), { maxLength: 10 }),
          async (artifacts, damaged, there, named) => {
            const trial = Effect.gen(function* () {
              const fake = yield* server();
              for (const file of there) fake.blobs.set(Digest.ofBytes(content(file)).hash, content(file));
              const remotes = [remote(fake.url)];
              const { made, outcomes } = yield* machine(remotes, (connection, { cas, cache }) =>
                Effect.gen(function* () {
                  const made = yield* Effect.forEach(artifacts, (files, at) => make(cas, cache, at, files));
                  for (const at of named) {
                    const one = made[at];
                    if (one !== undefined)
                      yield* connection.pushNamed(ArtifactName.make(project, one.element.name, strong), quiet);
                  }
                  for (const file of damaged) {
                    const path = ObjectStore.path(cas.store, Digest.ofBytes(content(file)));
                    writeFileSync(path, Buffer.alloc(content(file).length));
                  }
                  return { made, outcomes: yield* pushAll(connection, made) };
                }),
              );
              const had = new Set([...there, ...named.flatMap((at) => artifacts[at] ?? [])]);
              for (const [at, { files, element }] of made.entries()) {
                const whole = files.every((file) => !damaged.includes(file) || had.has(file));
                const outcome = named.includes(at) ? "known" : "pushed";
                if (whole) assert.strictEqual(outcomes[at], outcome);
                else assert.include(outcomes[at], "is not cached");
                const uris = [...fake.assets.keys()].filter((uri) => uri.includes(`/${element.name.slice(0, -4)}/`));
                assert.strictEqual(uris.length, whole ? 2 : 0);
              }
            });
            await Effect.runPromise(Effect.scoped(trial) as Effect.Effect<void>);
          },
        ),
        { numRuns: 15 },
      ),
    ),
  );
});
