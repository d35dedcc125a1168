/** Downloads from servers that behave, and from servers that do not. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest";
import * as Sha256 from "@millrace/core/tree/Sha256";
import * as AliasUrls from "@millrace/sandbox/fetch/AliasUrls";
import * as Download from "@millrace/sandbox/fetch/Download";
import * as Drivers from "@millrace/sandbox/fetch/Drivers";
import * as MirrorFile from "@millrace/sandbox/fetch/MirrorFile";
import * as Netrc from "@millrace/sandbox/fetch/Netrc";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import * as Support from "./Support.ts";

const scratch = Support.scratch();
const content = Buffer.alloc(300_000, "content of a file ");
let handle: (request: IncomingMessage, response: ServerResponse) => void = () => {};
let requests: IncomingMessage[] = [];
let server: Server;
let base: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(request);
    handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  scratch.remove();
});

let count = 0;
function directory(): string {
  const path = join(scratch.directory, `download-${count++}`);
  mkdirSync(path);
  requests = [];
  return path;
}

/** Serves byte ranges, as servers of files do; breaks off after so many bytes when told to. */
function serving(options: { etag?: string; breakAt?: () => number | undefined } = {}) {
  return (request: IncomingMessage, response: ServerResponse) => {
    const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? "");
    const valid = range !== null && request.headers["if-range"] === options.etag;
    const from = valid ? Number(range[1]) : 0;
    const body = content.subarray(from);
    if (options.etag !== undefined) response.setHeader("etag", options.etag);
    response.writeHead(valid ? 206 : 200, { "content-length": body.length });
    const end = options.breakAt?.();
    if (end === undefined) return response.end(body);
    response.write(body.subarray(0, end), () => setTimeout(() => response.destroy(), 20));
    return undefined;
  };
}

describe("download", () => {
  it.live("hashes while it streams, and leaves nothing but the file", () =>
    Effect.gen(function* () {
      handle = serving({ etag: '"1"' });
      const to = directory();
      const seen: number[] = [];
      const got = yield* Download.toFile({ url: `${base}/f`, directory: to, progress: (done) => void seen.push(done) });
      assert.strictEqual(got.type, "file");
      if (got.type !== "file") return;
      assert.strictEqual(got.sha256, Sha256.hex(content));
      assert.strictEqual(got.etag, '"1"');
      assert.isTrue(readFileSync(got.file).equals(content));
      assert.strictEqual(seen.at(-1), content.length);
      assert.lengthOf(readdirSync(to), 1);
    }),
  );

  it.live("takes a broken transfer up where it ended", () =>
    Effect.gen(function* () {
      let breaks = 2;
      handle = serving({ etag: '"1"', breakAt: () => (breaks-- > 0 ? 100_000 : undefined) });
      const got = yield* Download.toFile({ url: `${base}/f`, directory: directory() });
      assert.strictEqual(got.type === "file" ? got.sha256 : "", Sha256.hex(content));
      assert.isUndefined(requests[0]?.headers.range);
      assert.match(requests[1]?.headers.range ?? "", /^bytes=[1-9]\d*-$/);
    }),
  );

  it.live("starts over when the server cannot tell that it is the same file", () =>
    Effect.gen(function* () {
      let breaks = 1;
      handle = serving({ breakAt: () => (breaks-- > 0 ? 100_000 : undefined) });
      const got = yield* Download.toFile({ url: `${base}/f`, directory: directory() });
      assert.strictEqual(got.type === "file" ? got.sha256 : "", Sha256.hex(content));
      assert.isUndefined(requests[1]?.headers.range);
    }),
  );

  it.live("gives up with the server's words, and leaves nothing", () =>
    Effect.gen(function* () {
      const to = directory();
      handle = (_, response) => response.writeHead(404).end();
      const missing = yield* Effect.result(Download.toFile({ url: `${base}/f`, directory: to }));
      assert.match(missing._tag === "Failure" ? missing.failure.message : "", /404/);
      assert.strictEqual(requests.length, 1);
      handle = (_, response) => response.writeHead(503).end();
      const busy = yield* Effect.result(Download.toFile({ url: `${base}/f`, directory: to }));
      assert.isTrue(busy._tag === "Failure" && busy.failure.temporary);
      assert.isAbove(requests.length, 2);
      assert.deepStrictEqual(readdirSync(to), []);
    }),
  );

  it.live("stops when it is interrupted, and leaves nothing", () =>
    Effect.gen(function* () {
      const to = directory();
      handle = (_, response) => response.writeHead(200, { "content-length": 10 }).write("some");
      const fiber = yield* Effect.forkChild(Download.toFile({ url: `${base}/f`, directory: to }));
      while (requests.length === 0) yield* Effect.sleep(5);
      yield* Fiber.interrupt(fiber);
      assert.deepStrictEqual(readdirSync(to), []);
    }),
  );

  it.live("asks for what is new only, by tag", () =>
    Effect.gen(function* () {
      handle = (request, response) =>
        request.headers["if-none-match"] === '"1"' ? response.writeHead(304).end() : response.end("x");
      const got = yield* Download.toFile({ url: `${base}/f`, directory: directory(), etag: '"1"' });
      assert.strictEqual(got.type, "unchanged");
    }),
  );

  it.live("tells a password only to a server that asks, and never in messages", () =>
    Effect.gen(function* () {
      handle = (request, response) =>
        request.headers.authorization === `Basic ${Buffer.from("me:secret").toString("base64")}`
          ? response.end("x")
          : response.writeHead(401).end();
      const url = `${base.replace("//", "//me:secret@")}/f`;
      const got = yield* Download.toFile({ url, directory: directory() });
      assert.strictEqual(got.type, "file");
      assert.isUndefined(requests[0]?.headers.authorization);
      handle = (_, response) => response.writeHead(404).end();
      const missing = yield* Effect.result(Download.toFile({ url, directory: directory() }));
      assert.notMatch(missing._tag === "Failure" ? missing.failure.message : "secret", /secret/);
    }),
  );
});

describe("mirrors", () => {
  const project = Support.project({
    aliases: new Map([["up", "http://up/"]]),
    defaultMirror: "second",
    mirrors: [
      { name: "first", kind: "default", aliases: new Map([["up", ["http://first/"]]]), config: undefined },
      { name: "second", kind: "default", aliases: new Map([["up", ["http://second/"]]]), config: undefined },
      {
        name: "rule",
        kind: "simple_mirror",
        aliases: new Map(),
        config: Support.node({ url: "http://rule/{alias}", aliases: ["up"] }) as never,
      },
    ],
  });
  const urls = (url: string, own: string, policy: AliasUrls.Policy) =>
    AliasUrls.candidates(project, url, own, policy).map((candidate) => candidate.url);

  it("come before the alias, the default one first; policies choose", () => {
    const all = ["http://second/x", "http://first/x", "http://rule/up/x"];
    assert.deepStrictEqual(urls("up:x", "http://up/x", "all"), [...all, "http://up/x"]);
    assert.deepStrictEqual(urls("up:x", "http://up/x", "mirrors"), all);
    assert.deepStrictEqual(urls("up:x", "http://up/x", "aliases"), ["http://up/x"]);
    assert.deepStrictEqual(urls("up:x", "http://up/x", "user"), []);
    assert.deepStrictEqual(urls("http://plain/x", "http://plain/x", "mirrors"), ["http://plain/x"]);
  });

  it("of a mapped alias are the parent's", () => {
    const child = Support.project({ parent: project, mapAlias: (alias) => (alias === "mine" ? "up" : undefined) });
    assert.deepStrictEqual(
      AliasUrls.candidates(child, "mine:x", "http://up/x", "all").map((candidate) => candidate.url)[0],
      "http://second/x",
    );
  });

  it.live("that lie are passed over, and what they gave is not kept under the ref", () =>
    Effect.gen(function* () {
      handle = (request, response) => response.end(request.url?.startsWith("/bad") === true ? "lie" : "truth");
      const source = Support.source(
        "remote",
        { url: "up:f", ref: Sha256.hex("truth") },
        { translate: () => `${base}/good/f` },
      );
      const owner = Support.project({
        mirrors: [{ name: "bad", kind: "default", aliases: new Map([["up", [`${base}/bad/`]]]), config: undefined }],
      });
      const subject = scratch.subject(source, owner);
      const driver = Drivers.find(source);
      yield* driver.fetch?.(subject, undefined) ?? Effect.void;
      assert.isTrue(driver.isCached(subject));
      assert.strictEqual(readFileSync(MirrorFile.path(subject, Sha256.hex("truth")), "utf8"), "truth");
      assert.isTrue(scratch.progress.some((event) => event.type === "status" && event.text.includes("Passing over")));
    }),
  );

  it.live("keep the tag of what was tracked, and send it the next time", () =>
    Effect.gen(function* () {
      directory();
      handle = serving({ etag: '"7"' });
      const ref = Sha256.hex(content);
      const source = Support.source("remote", { url: `${base}/tracked`, ref });
      const subject = scratch.subject(source);
      const driver = Drivers.find(source);
      assert.strictEqual(yield* driver.track?.(subject, undefined) ?? Effect.void, ref);
      assert.isTrue(existsSync(`${MirrorFile.path(subject, ref)}.etag`));
      yield* driver.track?.(subject, undefined) ?? Effect.void;
      assert.strictEqual(requests.at(-1)?.headers["if-none-match"], '"7"');
    }),
  );
});

describe("passwords", () => {
  it.live("are told to the server that asks, and not to where it sends", () =>
    Effect.gen(function* () {
      const told: (string | undefined)[] = [];
      const other = createServer((request, response) => {
        told.push(request.headers.authorization);
        response.end(content);
      });
      yield* Effect.promise(() => new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve)));
      handle = (request, response) => {
        if (request.headers.authorization === undefined) response.writeHead(401, { "www-authenticate": "Basic" });
        else response.writeHead(302, { location: `http://127.0.0.1:${(other.address() as AddressInfo).port}/f` });
        response.end();
      };
      const to = directory();
      yield* Download.toFile({ url: base.replace("//", "//me:secret@"), directory: to });
      other.close();
      assert.lengthOf(requests, 2);
      assert.strictEqual(requests[1]?.headers.authorization, `Basic ${Buffer.from("me:secret").toString("base64")}`);
      assert.deepStrictEqual(told, [undefined]);
    }),
  );
});

describe(".netrc", () => {
  it("is read with its quotes, comments, macros and default", () => {
    const path = join(scratch.directory, "netrc");
    writeFileSync(
      path,
      '# comment\nmachine one login me password "a b"\nmachine two\n  login you\n  account x\n  password p\nmacdef m\n  machine three\n\ndefault login any password q\n',
    );
    const netrc = Netrc.load(path);
    assert.deepStrictEqual(Netrc.find(netrc, "one"), { login: "me", password: "a b" });
    assert.deepStrictEqual(Netrc.find(netrc, "two"), { login: "you", password: "p" });
    assert.deepStrictEqual(Netrc.find(netrc, "three"), { login: "any", password: "q" });
    assert.isUndefined(Netrc.find(Netrc.load(join(scratch.directory, "none")), "one"));
  });
});
