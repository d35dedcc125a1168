/** Exported archives: their members as a tar program sees them, and the format's edges. */
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, assert, describe, it } from "@effect/vitest";
import * as Tree from "@millrace/core/tree/Tree";
import * as ObjectStore from "@millrace/sandbox/cas/ObjectStore";
import * as TarFormat from "@millrace/sandbox/cas/TarFormat";
import * as TarReader from "@millrace/sandbox/fetch/TarReader";
import * as Effect from "effect/Effect";
import * as fc from "fast-check";
import * as Support from "../fetch/Support.ts";

interface Seen {
  readonly name: string;
  readonly type: string;
  readonly link: string;
  readonly content: string;
}

/** Reads an archive with the reader of the `tar` source, in pieces of the given size. */
function read(bytes: Uint8Array, piece: number): readonly Seen[] {
  const members: Seen[] = [];
  let current: TarReader.Member | undefined;
  let content = "";
  const reader = TarReader.start("test", {
    begin: (member) => {
      current = member;
      content = "";
    },
    data: (part) => {
      content += Buffer.from(part).toString("latin1");
    },
    end: () => {
      if (current !== undefined) members.push({ name: current.name, type: current.type, link: current.link, content });
    },
  });
  for (let at = 0; at < bytes.length; at += piece) reader.push(bytes.subarray(at, at + piece));
  reader.finish();
  return members;
}

describe("tar export", () => {
  const scratch = Support.scratch();
  afterAll(scratch.remove);
  const { cas } = scratch.environment;

  it.effect("ends with an error, and no archive, where an object is damaged", () =>
    Effect.gen(function* () {
      for (const size of [100, 700_000]) {
        const digest = yield* cas.putBytes(Buffer.alloc(size, "d"));
        const object = ObjectStore.path(cas.store, digest);
        chmodSync(object, 0o600);
        writeFileSync(object, Buffer.alloc(size, "e"));
        const place = join(scratch.directory, `damaged-${size}.tar`);
        const error = yield* Effect.flip(cas.exportTar(Tree.make([["file", Tree.file(digest)]]), place));
        assert.match(error.message, /is missing from the store or damaged/);
        assert.isFalse(existsSync(place));
        assert.isFalse(existsSync(object));
      }
    }),
  );

  it.effect("lists members as a tar program expects them", () =>
    Effect.gen(function* () {
      const big = Buffer.alloc(700_000, "z");
      const tree = Tree.make([
        ["b", Tree.file(yield* cas.putBytes(big), true)],
        [
          "a",
          Tree.directory(
            Tree.make([
              ["l", Tree.symlink("../b")],
              ["e", Tree.directory(Tree.empty)],
            ]),
          ),
        ],
        ["𝄞", Tree.file(yield* cas.putBytes(Buffer.from("x")))],
        ["\uffef", Tree.file(yield* cas.putBytes(Buffer.from("y")))],
      ]);
      const location = join(scratch.directory, "out.tar");
      yield* cas.exportTar(tree, location);
      const listing = execFileSync("tar", ["tvf", location, "--numeric-owner", "--utc", "--quoting-style=literal"], {
        encoding: "utf8",
        env: { ...process.env, LC_ALL: "C.UTF-8" },
      });
      const lines = listing
        .trimEnd()
        .split("\n")
        .map((line) => line.replace(/ +/g, " "));
      assert.deepStrictEqual(lines, [
        "drwxr-xr-x 0/0 0 2011-11-11 11:11 ./a/",
        "drwxr-xr-x 0/0 0 2011-11-11 11:11 ./a/e/",
        "lrwxrwxrwx 0/0 0 2011-11-11 11:11 ./a/l -> ../b",
        "-rwxr-xr-x 0/0 700000 2011-11-11 11:11 ./b",
        "-rw-r--r-- 0/0 1 2011-11-11 11:11 ./\uffef",
        "-rw-r--r-- 0/0 1 2011-11-11 11:11 ./𝄞",
      ]);
      assert.strictEqual(readFileSync(location).length % 10_240, 0);
      yield* cas.exportTar(tree, `${location}.gz`, "gz");
      assert.isTrue(gunzipSync(readFileSync(`${location}.gz`)).equals(readFileSync(location)));
    }),
  );

  it("names of any length and script survive, in pieces of any size", () => {
    const path = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 150 })
      .map((name) => `./${name.replace(/[/\0]/g, "_")}`);
    fc.assert(
      fc.property(
        path,
        path,
        fc.string({ maxLength: 1500 }),
        fc.integer({ min: 1, max: 3000 }),
        (name, link, text, piece) => {
          const content = Buffer.from(text, "latin1");
          const parts = [
            TarFormat.header({ path: name, type: "file", mode: 0o644, size: content.length }),
            content,
            TarFormat.padding(content.length),
            TarFormat.header({ path: name, type: "symlink", mode: 0o777, size: 0, link }),
          ];
          const body = Buffer.concat(parts);
          const seen = read(Buffer.concat([body, TarFormat.ending(body.length)]), piece);
          const plain = (value: string) => Buffer.from(value).toString();
          assert.deepStrictEqual(seen, [
            {
              name: plain(name),
              type: name.endsWith("/") ? "directory" : "file",
              link: "",
              content: content.toString("latin1"),
            },
            { name: plain(name), type: "symlink", link: plain(link), content: "" },
          ]);
        },
      ),
      { numRuns: 200 },
    );
  });
});
