/** Servers that mean harm, or are broken beyond what servers are: nothing wrong is kept, nothing is written elsewhere, nothing goes on for ever. */
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import { assert, describe, it } from "@effect/vitest";
import type { Artifact } from "@millrace/core/artifact/Artifact";
import * as ArtifactCodec from "@millrace/core/artifact/ArtifactCodec";
import * as ArtifactName from "@millrace/core/artifact/ArtifactName";
import type { Digest } from "@millrace/core/tree/Digest";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Wire from "@millrace/core/tree/Wire";
import * as Effect from "effect/Effect";
import { artifactOf, strong, weak } from "../artifacts/ArtifactOf.ts";
import type * as FakeServer from "./FakeServer.ts";
import { machine, project, remote, server } from "./Machine.ts";

const name = ArtifactName.make(project, "libc.bst", strong);
const uri = (key: string) => `Blob:urn:fdc:buildstream.build:2020:artifact:${project}/libc/${key}`;
const quiet = () => {};
const sizeOfLarge = 5_000_000;

function put({ blobs }: FakeServer.FakeServer, bytes: Uint8Array): Digest {
  const hash = createHash("sha256").update(bytes).digest("hex");
  blobs.set(hash, bytes);
  return { hash, size: bytes.length };
}

/** A directory of files, as bytes in any order and with any names. */
const directory = (names: readonly string[], digest: Digest, field = 1) =>
  Wire.bytesOf(() => {
    for (const one of names)
      Wire.message(field, () => {
        Wire.item(1, one);
        DirectoryCodec.writeDigest(2, digest);
      });
  });

/** An artifact on a server; `change` says what of its record is otherwise. */
function offer(fake: FakeServer.FakeServer, change: Partial<Artifact> = {}, root?: (file: Digest) => Uint8Array) {
  const file = put(fake, Buffer.from("content"));
  const large = put(fake, Buffer.alloc(sizeOfLarge, "large"));
  const sub = put(fake, directory(["large"], large));
  const plain = Buffer.concat([directory(["a", "b"], file), directory(["sub"], sub, 2)]);
  const files = put(fake, root?.(file) ?? plain);
  const meta = put(fake, Buffer.from("meta"));
  const artifact = artifactOf(meta, { files, logs: [{ name: "log", digest: meta }], ...change });
  fake.assets.set(uri(strong), put(fake, ArtifactCodec.encode(artifact)));
  return artifact;
}

/** For answers that never come; what does come has to come in time, however busy the machine is. */
const quick = { "request-timeout": 1, "retry-limit": 0 };
const patient = { "request-timeout": 3, "retry-limit": 0 };

/** Pulls; an error is an answer as good as none. What is here afterwards is whole, and below the cache directory. */
const pull = (fake: FakeServer.FakeServer, manner = quick) =>
  machine([remote(fake.url, manner)], (connection, { cache, directory }) =>
    Effect.gen(function* () {
      const said: string[] = [];
      const result = yield* Effect.result(
        connection.pullNamed(name, false, (kind, text) => void (kind === "warn" && said.push(text))),
      );
      const pulled = result._tag === "Success" && result.success !== undefined;
      assert.strictEqual((yield* cache.findComplete(name)) !== undefined, pulled);
      assert.deepStrictEqual(readdirSync(directory), ["cache"]);
      const records = readdirSync(join(directory, "cache"), { recursive: true }).filter((path) =>
        String(path).startsWith("artifacts/refs/test/libc/"),
      );
      assert.strictEqual(records.length, pulled ? 2 : 0);
      for (const text of [...said, result._tag === "Failure" ? String(result.failure) : ""]) {
        assert.notMatch(text, /[\x00-\x08\x0b-\x1f]/);
        assert.isBelow(text.length, 2000);
      }
      return { pulled, said };
    }),
  );

const dependency = { projectName: "p", elementName: "e.bst", cacheKey: strong, wasWorkspaced: false };
const sandbox = { environment: [], workingDirectory: "", subsandboxDigests: [], markedDirectories: [] };

describe("a record", () => {
  const records: readonly (readonly [string, (fake: FakeServer.FakeServer) => void])[] = [
    ["with a key that leaves the cache", (fake) => void offer(fake, { weakKey: "../../../../../escaped" })],
    ["with a strict key that leaves it", (fake) => void offer(fake, { strictKey: "../../../../../escaped" })],
    ["of another artifact", (fake) => void offer(fake, { strongKey: weak, strictKey: weak })],
    ["without public data", (fake) => void offer(fake, { publicData: undefined })],
    ...[
      { ...dependency, projectName: "../../../.." },
      { ...dependency, projectName: "a/b" },
      { ...dependency, elementName: ".." },
      { ...dependency, cacheKey: "../../../escaped" },
    ].map(
      (one) =>
        [
          `with the dependency ${JSON.stringify(one)}`,
          (fake: FakeServer.FakeServer) => void offer(fake, { buildDeps: [one] }),
        ] as const,
    ),
    [
      "with a directory outside its sandbox",
      (fake) => void offer(fake, { buildSandbox: { ...sandbox, markedDirectories: ["/a/../../etc"] } }),
    ],
    ["that is none", (fake) => void fake.assets.set(uri(strong), put(fake, Buffer.from([0x0a, 0xff, 0xff, 1, 2])))],
    ["that is empty", (fake) => void fake.assets.set(uri(strong), put(fake, new Uint8Array(0)))],
    [
      "that is said to be endless",
      (fake) => {
        fake.assets.set(uri(strong), { hash: strong, size: 2 ** 50 });
        fake.manners.pours = () => () => Wire.bytesOf(() => Wire.bytes(10, new Uint8Array(65_536)));
      },
    ],
    [
      "with another size than it has",
      (fake) => {
        offer(fake);
        const digest = fake.assets.get(uri(strong)) as Digest;
        fake.assets.set(uri(strong), { ...digest, size: digest.size + 1 });
      },
    ],
    [
      "with a name that is no hash",
      (fake) => {
        fake.assets.set(uri(strong), { hash: "../".repeat(20), size: 5 });
      },
    ],
    [
      "with a negative size",
      (fake) => {
        offer(fake);
        const digest = fake.assets.get(uri(strong)) as Digest;
        fake.assets.set(uri(strong), { ...digest, size: -1 });
      },
    ],
  ];
  it.live.each(records)("%s is none", ([, prepare]) =>
    Effect.gen(function* () {
      const fake = yield* server();
      prepare(fake);
      assert.isFalse((yield* pull(fake)).pulled);
    }).pipe(Effect.scoped),
  );

  it.live("that is right is taken", () =>
    Effect.gen(function* () {
      const fake = yield* server();
      offer(fake, {
        buildDeps: [dependency, { ...dependency, elementName: "deep/er/e.bst" }],
        buildSandbox: { ...sandbox, workingDirectory: "/buildstream/p/e.bst", markedDirectories: ["/a/b", "/..c"] },
      });
      assert.deepStrictEqual(yield* pull(fake, patient), { pulled: true, said: [] });
    }).pipe(Effect.scoped),
  );
});

describe("a tree", () => {
  const lists: readonly (readonly string[])[] = [[".."], ["."], [""], ["a/b"], ["a\0b"], ["b", "a"], ["a", "a"]];
  it.live.each(lists.map((names) => ({ names })))("with the names $names is none", ({ names }) =>
    Effect.gen(function* () {
      for (const trees of [undefined, true] as const) {
        const fake = yield* server(trees === undefined ? {} : { trees });
        offer(fake, {}, (file) => directory(names, file));
        assert.isFalse((yield* pull(fake)).pulled);
      }
    }).pipe(Effect.scoped),
  );

  const roots: readonly (readonly [string, (file: Digest) => Uint8Array])[] = [
    [
      "with a file and a directory of one name",
      (file) => Buffer.concat([directory(["a"], file), directory(["a"], file, 2)]),
    ],
    ["whose directory is a file", (file) => directory(["a"], file, 2)],
    ["whose directory is nowhere", () => directory(["a"], { hash: strong, size: 10 }, 2)],
    ["whose file has another size", (file) => directory(["a"], { ...file, size: 3 })],
    ["with a file of no bytes and the hash of some", (file) => directory(["a"], { ...file, size: 0 })],
    ["with a directory of no bytes and the hash of some", () => directory(["a"], { hash: strong, size: 0 }, 2)],
    ["with a file of a negative size", (file) => directory(["a"], { ...file, size: -7 })],
    ["with a file larger than any number", (file) => directory(["a"], { ...file, size: 2 ** 53 - 1 })],
    ["that is no message", () => Buffer.from([0x0a, 0x7f, 0x01])],
  ];
  it.live.each(roots)("%s is none", ([, root]) =>
    Effect.gen(function* () {
      for (const manners of [{}, { trees: true }]) {
        const fake = yield* server(manners);
        offer(fake, {}, root);
        assert.isFalse((yield* pull(fake)).pulled);
      }
    }).pipe(Effect.scoped),
  );
});

it.live("an artifact with a tree that is none keeps no other one of its server away", () =>
  Effect.gen(function* () {
    for (const trees of [undefined, true] as const) {
      const fake = yield* server(trees === undefined ? {} : { trees });
      offer(fake);
      const sound = fake.assets.get(uri(strong)) as Digest;
      offer(fake, {}, (file) => directory([".."], file));
      const other = ArtifactName.make(project, "other.bst", strong);
      fake.assets.set(uri(strong).replace("libc", "other"), sound);
      yield* machine([remote(fake.url, patient)], (connection) =>
        Effect.gen(function* () {
          const said: string[] = [];
          const say = (kind: string, text: string) => void (kind === "warn" && said.push(text));
          assert.isUndefined(yield* connection.pullNamed(name, false, say));
          assert.lengthOf(said, 1);
          assert.match(said.join(), /the entry name "\.\."/);
          assert.isDefined(yield* connection.pullNamed(other, false, quiet));
        }),
      );
    }
  }).pipe(Effect.scoped),
);

it.live("a tree of sixty directories, each twice in the next one, is told of and not taken; a smaller one is", () =>
  Effect.gen(function* () {
    for (const levels of [60, 5]) {
      const fake = yield* server();
      offer(fake, {}, (file) => {
        let bytes = directory(["f"], file);
        for (let level = 0; level < levels; level++) bytes = directory(["a", "b"], put(fake, bytes), 2);
        return bytes;
      });
      const { pulled, said } = yield* pull(fake, patient);
      assert.strictEqual(pulled, levels === 5);
      assert.strictEqual(said.length, levels === 5 ? 0 : 1);
      assert.match(said.join(), levels === 5 ? /^$/ : /has more than 50000000 entries/);
    }
  }).pipe(Effect.scoped),
);

it.live("a server that is silent when it is asked for a whole tree is not asked for another one", () =>
  Effect.gen(function* () {
    const fake = yield* server({ silent: new Set(["GetTree"]) });
    const other = put(fake, Buffer.from("other"));
    offer(fake, { buildTree: put(fake, directory(["f"], other)) });
    yield* machine([remote(fake.url, quick)], (connection) =>
      Effect.gen(function* () {
        assert.isDefined(yield* connection.pullNamed(name, true, quiet));
        assert.strictEqual(fake.calls.filter((method) => method === "GetTree").length, 1);
      }),
    );
  }).pipe(Effect.scoped),
);

const batch = (entries: readonly { digest: Digest; bytes?: Uint8Array; code?: number; message?: string }[]) =>
  Wire.bytesOf(() => {
    for (const { digest, bytes, code = 0, message = "" } of entries)
      Wire.message(1, () => {
        DirectoryCodec.writeDigest(1, digest);
        if (bytes !== undefined) Wire.bytes(2, bytes);
        Wire.message(3, () => {
          Wire.integer(1, code);
          Wire.text(2, message);
        });
      });
  });

describe("an answer", () => {
  const file = { hash: createHash("sha256").update("content").digest("hex"), size: 7 };
  const foreign = { hash: createHash("sha256").update("foreign").digest("hex"), size: 7 };
  const extra = batch([
    { digest: foreign, bytes: Buffer.from("foreign") },
    { digest: file, bytes: Buffer.from("CONTENT") },
    { digest: { ...file, size: 2 ** 40 }, bytes: Buffer.from("content") },
  ]);
  it.live("with more than was asked for, and all of it twice, is searched for what was", () =>
    Effect.gen(function* () {
      const fake = yield* server({
        twist: (method, answer) => (method === "BatchReadBlobs" ? Buffer.concat([extra, answer, answer]) : answer),
      });
      offer(fake);
      assert.isTrue((yield* pull(fake, patient)).pulled);
    }).pipe(Effect.scoped),
  );

  const twists: readonly (readonly [string, FakeServer.Manners])[] = [
    ["that is none", { twist: (method, answer) => (method === "BatchReadBlobs" ? Buffer.from([10, 200, 1]) : answer) }],
    ["that is empty", { twist: (method, answer) => (method === "BatchReadBlobs" ? new Uint8Array(0) : answer) }],
    [
      "of an index that is none",
      { twist: (method, answer) => (method === "FetchBlob" ? Buffer.from([255, 255]) : answer) },
    ],
    [
      "with an absurd status",
      {
        twist: (method, answer) =>
          method === "BatchReadBlobs"
            ? batch([{ digest: file, code: -99, message: `\u001b[31mred\u0007${"x".repeat(100_000)}` }])
            : answer,
      },
    ],
    [
      "larger than a message may be",
      { twist: (method, answer) => (method === "BatchReadBlobs" ? new Uint8Array(2 ** 25) : answer) },
    ],
    [
      "in a stream without an end",
      {
        pours: (method) =>
          method === "Read" ? () => Wire.bytesOf(() => Wire.bytes(10, new Uint8Array(65_536))) : undefined,
      },
    ],
    ["in a stream of nothing", { pours: (method) => (method === "Read" ? () => new Uint8Array(0) : undefined) }],
    [
      "in a stream that unpacks to far more",
      {
        zstd: true,
        pours: (method) => {
          const bomb = Wire.bytesOf(() => Wire.bytes(10, zstdCompressSync(new Uint8Array(2 ** 24))));
          return method === "Read" ? () => bomb : undefined;
        },
      },
    ],
  ];
  it.live.each(twists)("%s is none", ([, manners]) =>
    Effect.gen(function* () {
      const fake = yield* server(manners);
      offer(fake);
      assert.isFalse((yield* pull(fake)).pulled);
    }).pipe(Effect.scoped),
  );

  let counter = 0;
  const trees: readonly (readonly [string, () => Uint8Array])[] = [
    ["nothing", () => new Uint8Array(0)],
    ["one directory again and again", () => Wire.bytesOf(() => Wire.bytes(1, Buffer.from("directory")))],
    ["ever new directories", () => Wire.bytesOf(() => Wire.bytes(1, Buffer.alloc(3_000_000, String(counter++))))],
  ];
  it.live.each(trees)("about a whole tree that is %s for ever is done without", ([, message]) =>
    Effect.gen(function* () {
      const fake = yield* server({ pours: (method) => (method === "GetTree" ? message : undefined) });
      offer(fake);
      assert.isTrue((yield* pull(fake, patient)).pulled);
    }).pipe(Effect.scoped),
  );
});

describe("a server that is pushed to", () => {
  const given = Effect.fnUntraced(function* (manners: FakeServer.Manners) {
    const source = yield* server();
    const fake = yield* server(manners);
    offer(source);
    const pushed = yield* machine([remote(source.url)], (connection) => connection.pullNamed(name, false, quiet)).pipe(
      Effect.flatMap(() =>
        machine([remote(source.url, patient), remote(fake.url, patient)], (connection) =>
          Effect.gen(function* () {
            assert.isDefined(yield* connection.pullNamed(name, false, quiet));
            return yield* Effect.result(connection.pushNamed(name, quiet));
          }),
        ),
      ),
    );
    return { pushed, fake };
  });
  const secret = { hash: createHash("sha256").update("secret").digest("hex"), size: 6 };
  const missingToo = Wire.bytesOf(() => DirectoryCodec.writeDigest(2, secret));

  it.live("and misses what nobody spoke of gets nothing of it", () =>
    Effect.gen(function* () {
      const { pushed, fake } = yield* given({
        twist: (method, answer) =>
          method === "FindMissingBlobs" ? Buffer.concat([missingToo, answer, answer]) : answer,
      });
      assert.strictEqual(pushed._tag, "Success");
      assert.isTrue(fake.assets.has(uri(strong)));
    }).pipe(Effect.scoped),
  );

  const twists: readonly (readonly [string, FakeServer.Manners])[] = [
    [
      "and does not say that it has something",
      { twist: (method, answer) => (method === "BatchUpdateBlobs" ? new Uint8Array(0) : answer) },
    ],
    ["and answers with nonsense", { twist: (method, answer) => (method === "Write" ? Buffer.from([8, 255]) : answer) }],
    [
      "and says that it has less of a stream than it got",
      { twist: (method, answer) => (method === "Write" ? Wire.bytesOf(() => Wire.integer(1, 5)) : answer) },
    ],
  ];
  it.live.each(twists)("%s is shown no name", ([, manners]) =>
    Effect.gen(function* () {
      const { pushed, fake } = yield* given(manners);
      assert.strictEqual(pushed._tag, "Failure");
      assert.isFalse(fake.assets.has(uri(strong)));
    }).pipe(Effect.scoped),
  );

  const capabilities = (limit: number) => Wire.bytesOf(() => Wire.message(1, () => void Wire.integer(4, limit)));
  it.live.each([[0], [-1], [1], [2 ** 52]])("and announces batches of %d bytes gets all of it", ([limit]) =>
    Effect.gen(function* () {
      const { pushed, fake } = yield* given({
        twist: (method, answer) => (method === "GetCapabilities" ? capabilities(limit as number) : answer),
      });
      assert.strictEqual(pushed._tag, "Success");
      assert.isTrue(fake.assets.has(uri(strong)));
    }).pipe(Effect.scoped),
  );
});
