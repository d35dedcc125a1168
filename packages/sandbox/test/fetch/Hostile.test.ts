/**
 * Archives that attack and servers that misbehave: each ends in an error with words, nothing appears outside, nothing stays behind.
 *
 * `HOSTILE=500 FAULTS=200` runs as many as a release wants to see.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest";
import * as DirectoryCodec from "@millrace/core/tree/DirectoryCodec";
import * as Sha256 from "@millrace/core/tree/Sha256";
import * as AliasUrls from "@millrace/sandbox/fetch/AliasUrls";
import * as Download from "@millrace/sandbox/fetch/Download";
import * as Drivers from "@millrace/sandbox/fetch/Drivers";
import * as Git from "@millrace/sandbox/fetch/git/Git";
import * as GitSubmodules from "@millrace/sandbox/fetch/git/GitSubmodules";
import * as MirrorFile from "@millrace/sandbox/fetch/MirrorFile";
import * as Unpack from "@millrace/sandbox/fetch/Unpack";
import * as ZipMembers from "@millrace/sandbox/fetch/ZipMembers";
import * as Effect from "effect/Effect";
import * as ArchiveBytes from "./ArchiveBytes.ts";
import * as Attacks from "./Attacks.ts";
import * as Faults from "./Faults.ts";
import * as Support from "./Support.ts";

const scratch = Support.scratch();
afterAll(scratch.remove);

const limit = 4_000_000;
const environment = { ...scratch.environment, locations: { ...scratch.environment.locations, sizeLimit: limit } };

function count(name: string, usual: number): number {
  return Number(process.env[name] ?? usual);
}

/** Everything below the scratch directory but the cache. */
function outside(): readonly string[] {
  return readdirSync(scratch.directory).filter((name) => name !== "cache");
}

/** Objects that were begun and not finished; the directory that they are made in belongs to the process. */
function inTheMaking(): readonly string[] {
  return readdirSync(join(scratch.cachedir, "cas/tmp"), { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name);
}

describe("archives that attack", () => {
  it.live("end in an error, or in a tree without what is hostile", () =>
    Effect.gen(function* () {
      for (let seed = 0; seed < count("HOSTILE", 2 * Attacks.attackNames.length); seed++) {
        const { name, kind, bytes, harmless } = Attacks.hostile(seed);
        const source = Support.source(kind, { url: "file:///nowhere/a", ref: Sha256.hex(bytes), "base-dir": "" });
        const subject = { ...scratch.subject(source), environment };
        const file = MirrorFile.path(subject, Sha256.hex(bytes));
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, bytes);
        const { stage } = Drivers.find(source);
        if (stage.type !== "tree") return assert.fail("not a tree");
        const result = yield* Effect.result(stage.make(subject));
        const what = `${name}, seed ${seed}`;
        if (result._tag === "Success") {
          assert.isTrue(harmless, what);
          // A tree that can be written down has no name that leads anywhere.
          DirectoryCodec.digestOf(result.success);
        } else {
          assert.isFalse(harmless, `${what}: ${result.failure.message}`);
          assert.strictEqual(result.failure.domain, "SOURCE", what);
          assert.include(result.failure.message, `${kind} source at`, what);
        }
        assert.deepStrictEqual(outside(), [], what);
        assert.deepStrictEqual(inTheMaking(), [], what);
      }
      assert.isFalse(existsSync("/tmp/victim"));
    }),
  );
});

const content = Buffer.alloc(2000, "the content of a file ");

describe("servers that misbehave", () => {
  let answer: Faults.Answer = () => {};
  let server: Server;
  let base: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === "/good") response.end(content);
      else answer(request, response, content);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it.live(
    "give the right file or an error, and leave nothing else",
    () =>
      Effect.gen(function* () {
        const directory = join(scratch.cachedir, "faults");
        mkdirSync(directory);
        for (let seed = 0; seed < count("FAULTS", 2 * Faults.faultNames.length); seed++) {
          const fault = Faults.fault(seed);
          answer = fault.answer;
          const what = `${fault.name}, seed ${seed}`;
          const result = yield* Effect.result(
            Download.toFile({
              url: `${base.replace("//", "//me:sec@ret@")}/${seed % 10}`,
              directory,
              limit: 1_000_000,
              patience: { silence: 60, pause: 1 },
            }),
          );
          server.closeAllConnections();
          if (result._tag === "Failure") {
            assert.strictEqual(result.failure.domain, "SOURCE", what);
            assert.notMatch(result.failure.message, /sec|ret@/, what);
            assert.match(result.failure.message, /: .{3,}|more than 1000000 bytes/, what);
            assert.deepStrictEqual(readdirSync(directory), [], what);
          } else if (result.success.type === "file") {
            // What came is hashed truly; the caller holds it against the ref.
            assert.strictEqual(Sha256.hex(readFileSync(result.success.file)), result.success.sha256, what);
            for (const name of readdirSync(directory)) rmSync(join(directory, name));
          }
        }
      }),
    120_000,
  );

  it.live("are passed over for the next mirror", () =>
    Effect.gen(function* () {
      answer = (_, response) => response.writeHead(404).end();
      const source = Support.source(
        "remote",
        { url: "up:good", ref: Sha256.hex(content) },
        { translate: () => `${base}/good` },
      );
      const owner = Support.project({
        mirrors: [{ name: "bad", kind: "default", aliases: new Map([["up", [`${base}/bad/`]]]), config: undefined }],
      });
      const subject = scratch.subject(source, owner);
      yield* Drivers.find(source).fetch?.(subject, undefined) ?? Effect.void;
      assert.isTrue(Drivers.find(source).isCached(subject));
      const told = scratch.progress.filter((event) => event.type === "success" && event.text.startsWith("Fetching"));
      assert.lengthOf(told, 2);
    }),
  );

  it.live("are reached through the proxy that the environment names", () =>
    Effect.gen(function* () {
      const asked: string[] = [];
      const proxy = createServer((request, response) => {
        asked.push(request.url ?? "");
        response.end(content);
      });
      const tunnels: string[] = [];
      proxy.on("connect", (request, socket, head) => {
        tunnels.push(request.url ?? "");
        const inner = server.listening ? (server.address() as AddressInfo).port : 0;
        void import("node:net").then(({ connect }) => {
          const through = connect(inner, "127.0.0.1", () => {
            socket.write("HTTP/1.1 200 OK\r\n\r\n");
            through.write(head);
            through.pipe(socket).pipe(through);
          });
        });
      });
      yield* Effect.promise(() => new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve)));
      const before = process.env["http_proxy"];
      process.env["http_proxy"] = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
      const directory = join(scratch.cachedir, "proxied");
      mkdirSync(directory);
      const got = yield* Download.toFile({ url: "http://far.example/good", directory });
      if (before === undefined) delete process.env["http_proxy"];
      else process.env["http_proxy"] = before;
      assert.strictEqual(got.type === "file" ? got.sha256 : "", Sha256.hex(content));
      assert.isTrue(asked.length + tunnels.length > 0);
      proxy.closeAllConnections();
      proxy.close();
    }),
  );

  it.live("get few requests at a time", () =>
    Effect.gen(function* () {
      let now = 0;
      let most = 0;
      answer = (_, response) => {
        most = Math.max(most, ++now);
        setTimeout(() => {
          now--;
          response.end(content);
        }, 20);
      };
      const directory = join(scratch.cachedir, "many");
      mkdirSync(directory);
      const all = Array.from({ length: 30 }, (_, at) => Download.toFile({ url: `${base}/${at}`, directory }));
      yield* Effect.all(all, { concurrency: "unbounded" });
      assert.strictEqual(most, 8);
    }),
  );
});

describe("archives of unusual form", () => {
  const store = environment.cas.store;
  const write = (bytes: Buffer): string => {
    const file = join(scratch.cachedir, Sha256.hex(bytes));
    writeFileSync(file, bytes);
    return file;
  };
  const expected = Buffer.concat([
    Buffer.alloc(1000),
    Buffer.from("one"),
    Buffer.alloc(500),
    Buffer.from("two"),
    Buffer.alloc(94),
  ]);
  const stored = Buffer.from("onetwo");
  const octal = (value: number) => Buffer.from(`${value.toString(8).padStart(11, "0")}\0`);
  const map: readonly [number, number][] = [
    [1000, 3],
    [1503, 3],
    [1600, 0],
  ];
  const forms: Readonly<Record<string, Buffer>> = {
    "old GNU": ArchiveBytes.tar([
      {
        name: "f",
        type: "S",
        content: stored,
        patch: [
          ...map.flatMap(([offset, length], at) => [
            [386 + at * 24, octal(offset)] as const,
            [398 + at * 24, octal(length)] as const,
          ]),
          [483, octal(1600)],
        ],
      },
    ]),
    "pax 0.0": ArchiveBytes.tar([
      {
        name: "x",
        type: "x",
        content: ArchiveBytes.pax([
          ["GNU.sparse.size", "1600"],
          ["GNU.sparse.numblocks", "3"],
          ...map.flatMap(([offset, length]) => [
            ["GNU.sparse.offset", String(offset)] as const,
            ["GNU.sparse.numbytes", String(length)] as const,
          ]),
        ]),
      },
      { name: "f", content: stored },
    ]),
    "pax 0.1": ArchiveBytes.tar([
      {
        name: "x",
        type: "x",
        content: ArchiveBytes.pax([
          ["GNU.sparse.size", "1600"],
          ["GNU.sparse.name", "f"],
          ["GNU.sparse.map", map.flat().join(",")],
        ]),
      },
      { name: "GNUSparseFile.0/f", content: stored },
    ]),
    "pax 1.0": ArchiveBytes.tar([
      {
        name: "x",
        type: "x",
        content: ArchiveBytes.pax([
          ["GNU.sparse.major", "1"],
          ["GNU.sparse.minor", "0"],
          ["GNU.sparse.name", "f"],
          ["GNU.sparse.realsize", "1600"],
        ]),
      },
      {
        name: "GNUSparseFile.0/f",
        content: Buffer.concat([Buffer.from(`3\n${map.flat().join("\n")}\n`.padEnd(512, "\0")), stored]),
      },
    ]),
  };
  for (const [form, bytes] of Object.entries(forms))
    it.live(`sparse files of the ${form} form`, () =>
      Effect.gen(function* () {
        const after = Buffer.concat([
          bytes.subarray(0, bytes.length - 1024),
          ArchiveBytes.tar([{ name: "z", content: stored }]),
        ]);
        const members = yield* Unpack.tar(store, write(after), form);
        assert.deepStrictEqual(
          members.map(({ name }) => name),
          ["f", "z"],
        );
        assert.strictEqual(members[0]?.digest?.hash, Sha256.hex(expected));
      }),
    );

  it.live("large members of zip archives go through memory in pieces", () =>
    Effect.gen(function* () {
      const large = Buffer.alloc(20_000_000, "large ");
      const good = yield* ZipMembers.read(store, write(ArchiveBytes.zip([{ name: "f", content: large }])), "good");
      assert.strictEqual(good[0]?.digest?.hash, Sha256.hex(large));
      for (const lie of [{ size: 19_000_000 }, { size: 21_000_000 }, { sum: 5 }]) {
        const bad = write(ArchiveBytes.zip([{ name: "f", content: large, ...lie }]));
        const result = yield* Effect.result(ZipMembers.read(store, bad, "bad"));
        assert.match(result._tag === "Failure" ? result.failure.message : "", /damaged/);
      }
    }),
  );
});

describe("git", () => {
  it("relative urls of submodules count from the repository", () => {
    const cases: readonly (readonly [string, string, string, string])[] = [
      ["up:group/main.git", "https://host/group/main.git", "../other.git", "up:group/other.git"],
      ["up:main.git", "https://host/main.git", "../other.git", "up:other.git"],
      ["up:main.git", "https://host/group/main.git", "../../more/other.git", "https://host/more/other.git"],
      ["https://host/a/b.git", "https://host/a/b.git", "./c.git", "https://host/a/b.git/c.git"],
      ["file:///srv/a", "file:///srv/a", "../b", "file:///srv/b"],
      ["git@host:a/b.git", "git@host:a/b.git", "../c.git", "git@host:a/c.git"],
      ["https://host/b.git", "https://host/b.git", "../../../../c.git", "https://host/c.git"],
      ["up:main.git", "https://host/main.git", "https://else/x.git", "https://else/x.git"],
    ];
    for (const [parent, translated, url, result] of cases)
      assert.strictEqual(GitSubmodules.resolve(parent, translated, url), result, `${url} of ${parent}`);
  });

  it("takes no option for a url or a name", () => {
    for (const url of ["--upload-pack=touch /tmp/victim", "-x", "ext::sh -c id"])
      assert.throws(() => Git.checkUrl(url), /no url/);
    for (const name of ["--output=/tmp/victim", "-h"]) assert.throws(() => Git.hasObject("/nowhere", name), /no name/);
  });

  it.effect("tracking a source with neither track nor ref is an error", () =>
    Effect.gen(function* () {
      const source = Support.source("git", { url: "file:///nowhere/r", track: "main" });
      const settings = { ...(source.settings as object), track: undefined, ref: undefined };
      const driver = Drivers.find(source);
      const tracking = driver.track?.(scratch.subject({ ...source, settings }), undefined);
      if (tracking === undefined) return assert.fail("git cannot track");
      const result = yield* Effect.result(tracking);
      assert.strictEqual(result._tag === "Failure" ? result.failure.reason : "", "track-attempt-no-track");
    }),
  );

  it("shows no passwords", () => {
    assert.strictEqual(AliasUrls.withoutSecrets("https://me:p@ss@host/x@y"), "https://host/x@y");
    assert.strictEqual(AliasUrls.withoutSecrets("https://host/?mail=a@b"), "https://host/?mail=a@b");
    assert.strictEqual(
      AliasUrls.textWithoutSecrets("fatal: cannot reach 'https://me:secret@host/x': no"),
      "fatal: cannot reach 'https://host/x': no",
    );
  });
});
