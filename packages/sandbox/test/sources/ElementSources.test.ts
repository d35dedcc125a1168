/** Sources of an element together: order, directories, caching, and records that BuildStream reads. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assert, describe, it } from "@effect/vitest";
import * as SourceKeys from "@millrace/core/key/SourceKeys";
import * as MemoryFiles from "@millrace/core/project/MemoryFiles";
import * as Sha256 from "@millrace/core/tree/Sha256";
import { Cas } from "@millrace/sandbox/cas/Cas";
import * as DirectoryFiles from "@millrace/sandbox/files/DirectoryFiles";
import { ElementSources } from "@millrace/sandbox/sources/ElementSources";
import * as Effect from "effect/Effect";
import * as Support from "../fetch/Support.ts";

const manner = { fetchPolicy: "all", trackPolicy: "aliases", report: () => {} } as const;

function scoped(body: (scratch: Support.Scratch) => Effect.Effect<void, unknown, ElementSources | Cas>) {
  return Effect.suspend(() => {
    const scratch = Support.scratch();
    return body(scratch).pipe(Effect.provide(scratch.layer), Effect.ensuring(Effect.sync(scratch.remove)));
  });
}

/** A project directory with some files; and `remote` sources for files beside it. */
function project(scratch: Support.Scratch, files: Readonly<Record<string, string>>) {
  const directory = join(scratch.directory, "project");
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(directory, path, ".."), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  const options = { files: DirectoryFiles.make(directory, scratch.environment.cas.store) };
  let index = 0;
  return {
    directory,
    source: (kind: string, config: Record<string, unknown>) => Support.source(kind, config, options, index++),
    remote: (name: string, text: string, config: Record<string, unknown> = {}) => {
      writeFileSync(join(scratch.directory, name), text);
      return Support.source(
        "remote",
        { url: `file://${scratch.directory}/${name}`, ref: Sha256.hex(text), ...config },
        options,
        index++,
      );
    },
  };
}

describe("sources of an element", () => {
  it.live("are merged in order, each in its directory, and later ones win", () =>
    scoped((scratch) =>
      Effect.gen(function* () {
        const { source, remote } = project(scratch, { "one/a": "one", "one/b": "one", "two/b": "two" });
        const element = Support.element([
          source("local", { path: "one" }),
          source("local", { path: "two" }),
          remote("c", "three", { directory: "deep/down" }),
        ]);
        const sources = yield* ElementSources;
        const cas = yield* Cas;
        const digest = yield* sources.stage(element, manner);
        const out = join(scratch.directory, "out");
        yield* cas.checkout(digest, out);
        assert.deepStrictEqual(readdirSync(out).sort(), ["a", "b", "deep"]);
        assert.strictEqual(readFileSync(join(out, "b"), "utf8"), "two");
        assert.strictEqual(readFileSync(join(out, "deep/down/c"), "utf8"), "three");
        assert.deepStrictEqual(yield* sources.find(element), digest);
        const { cachedir } = scratch;
        assert.isTrue(existsSync(join(cachedir, "elementsources", SourceKeys.all(element.sources))));
        for (const one of element.sources)
          assert.isTrue(existsSync(join(cachedir, "source_protos", one.kind.name, SourceKeys.single(one))));
      }),
    ),
  );

  it.live("that are cached need neither upstream nor downloads", () =>
    scoped((scratch) =>
      Effect.gen(function* () {
        const { remote } = project(scratch, {});
        const element = Support.element([remote("c", "text")]);
        const sources = yield* ElementSources;
        yield* sources.fetch(element, manner);
        rmSync(join(scratch.directory, "c"));
        rmSync(scratch.sourcedir, { recursive: true });
        const digest = yield* sources.stage(element, manner);
        assert.deepStrictEqual(yield* sources.stage(element, manner), digest);
        assert.isFalse(yield* sources.hasOriginals(element, manner));
      }),
    ),
  );

  it.live("with another content than the ref says are refused, naming both hashes", () =>
    scoped((scratch) =>
      Effect.gen(function* () {
        const { remote } = project(scratch, {});
        const element = Support.element([remote("c", "text", { ref: "0".repeat(64) })]);
        const result = yield* Effect.result((yield* ElementSources).stage(element, manner));
        assert.strictEqual(result._tag, "Failure");
        if (result._tag === "Failure") assert.match(String(result.failure), new RegExp(`${Sha256.hex("text")}.*0{64}`));
      }),
    ),
  );

  it.live("that are patches change what came before them in their directory", () =>
    scoped((scratch) =>
      Effect.gen(function* () {
        const patch = "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-old\n+new\n";
        const { source } = project(scratch, { "src/f": "old\n", "p.patch": patch, "queue/1": patch });
        const cas = yield* Cas;
        const sources = yield* ElementSources;
        for (const [kind, path] of [
          ["patch", "p.patch"],
          ["patch_queue", "queue"],
        ] as const) {
          const element = Support.element([
            source("local", { path: "src", directory: "sub" }),
            source(kind, { path, directory: "sub" }),
          ]);
          const out = join(scratch.directory, kind);
          yield* cas.checkout(yield* sources.stage(element, manner), out);
          assert.strictEqual(readFileSync(join(out, "sub/f"), "utf8"), "new\n");
          assert.deepStrictEqual(readdirSync(join(out, "sub")), ["f"]);
        }
        assert.deepStrictEqual(readdirSync(join(scratch.cachedir, "tmp")), []);
      }),
    ),
  );

  it.live("that do not apply say so with the program's words", () =>
    scoped((scratch) =>
      Effect.gen(function* () {
        const { source } = project(scratch, { "src/g": "x", "p.patch": "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-old\n+new\n" });
        const sources = yield* ElementSources;
        const failing = Support.element([source("local", { path: "src" }), source("patch", { path: "p.patch" })]);
        const result = yield* Effect.result(sources.stage(failing, manner));
        assert.strictEqual(result._tag === "Failure" ? result.failure.domain : "", "SOURCE");
        assert.isNotEmpty(result._tag === "Failure" ? result.failure.detail : "");
        const empty = Support.element([
          source("local", { path: "src" }),
          source("patch", { path: "p.patch", directory: "nothing" }),
        ]);
        const nothing = yield* Effect.result(sources.stage(empty, manner));
        assert.strictEqual(nothing._tag === "Failure" ? nothing.failure.reason : "", "patch-no-files");
      }),
    ),
  );

  it.live("of a project in the store need no files on disk", () =>
    scoped((scratch) =>
      Effect.gen(function* () {
        const files = MemoryFiles.make({ "file.txt": "text" }, "/nowhere");
        const element = Support.element([Support.source("local", { path: "file.txt" }, { files })]);
        const cas = yield* Cas;
        const out = join(scratch.directory, "out");
        yield* cas.checkout(yield* (yield* ElementSources).stage(element, manner), out);
        assert.strictEqual(readFileSync(join(out, "file.txt"), "utf8"), "text");
      }),
    ),
  );

  it.live("are tracked to what is there now, with a word of warning", () =>
    scoped((scratch) =>
      Effect.gen(function* () {
        const { remote, source } = project(scratch, { "one/a": "" });
        const old = remote("c", "old");
        writeFileSync(join(scratch.directory, "c"), "new");
        const heard: string[] = [];
        const tracked = yield* (yield* ElementSources).track(Support.element([old, source("local", { path: "one" })]), {
          ...manner,
          report: (event) => void (event.type === "warning" && heard.push(event.text)),
        });
        assert.deepStrictEqual(
          tracked.map(({ ref, changed }) => [ref, changed]),
          [
            [Sha256.hex("new"), true],
            [undefined, false],
          ],
        );
        assert.lengthOf(heard, 1);
      }),
    ),
  );
});
