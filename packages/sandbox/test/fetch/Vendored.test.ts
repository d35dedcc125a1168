/** Registry and vendoring kinds: what lock files and module files say, and what ends up in the vendor directory. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, assert, describe, it } from "@effect/vitest";
import { attempt } from "@millrace/core/error/BstError";
import type { Source } from "@millrace/core/source/Source";
import * as Sha256 from "@millrace/core/tree/Sha256";
import * as Tree from "@millrace/core/tree/Tree";
import * as CargoLock from "@millrace/sandbox/fetch/CargoLock";
import * as Drivers from "@millrace/sandbox/fetch/Drivers";
import * as GoVendor from "@millrace/sandbox/fetch/GoVendor";
import * as Effect from "effect/Effect";
import * as Support from "./Support.ts";

const scratch = Support.scratch();
afterAll(scratch.remove);
const www = join(scratch.directory, "www");
const base = `file://${www}/`;

/** Puts a tarball with some files at a place of the registry; gives its hash. */
function publish(place: string, files: Readonly<Record<string, string>>): string {
  const work = join(scratch.directory, "publish", place);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(work, path, ".."), { recursive: true });
    writeFileSync(join(work, path), text);
  }
  const archive = join(www, place);
  mkdirSync(join(archive, ".."), { recursive: true });
  execFileSync("tar", ["czf", archive, "-C", work, ...readdirSync(work)]);
  return Sha256.hex(readFileSync(archive));
}

const staged = Effect.fnUntraced(function* (source: Source, name: string) {
  const driver = Drivers.find(source);
  const subject = scratch.subject(source);
  assert.isFalse(driver.isCached(subject));
  yield* driver.fetch?.(subject, undefined) ?? Effect.void;
  assert.isTrue(driver.isCached(subject));
  if (driver.stage.type !== "tree") return assert.fail("stands alone");
  const out = join(scratch.directory, "out", name);
  const { cas } = scratch.environment;
  yield* cas.checkout(yield* cas.putTree(yield* driver.stage.make(subject)), out);
  return (path: string) => readFileSync(join(out, path), "utf8");
});

describe("crates", () => {
  const sha = () => publish("crates/foo/foo-1.0.0.crate", { "foo-1.0.0/Cargo.toml": "[package]\nname = 'foo'\n" });

  it.live("are unpacked with a checksum, and cargo is told where they are", () =>
    Effect.gen(function* () {
      const crate = { name: "foo", version: "1.0.0", sha: sha() };
      for (const [kind, vendor, config] of [
        ["cargo", "crates", ".cargo/config"],
        ["cargo2", ".vendored-crates", ".cargo/config.toml"],
      ] as const) {
        const ref = kind === "cargo2" ? [{ kind: "registry", ...crate }] : [crate];
        const read = yield* staged(Support.source(kind, { url: `${base}crates`, ref }), kind);
        assert.match(read(`${vendor}/foo-1.0.0/Cargo.toml`), /foo/);
        assert.strictEqual(
          read(`${vendor}/foo-1.0.0/.cargo-checksum.json`),
          `{"package": "${crate.sha}", "files": {}}`,
        );
        assert.match(read(config), new RegExp(`registry = "${base}crates/"`));
        assert.match(read(config), new RegExp(`directory = "${vendor}"`));
      }
    }),
  );

  it.live("are tracked from the lock file before them", () =>
    Effect.gen(function* () {
      const previous = join(scratch.directory, "previous");
      mkdirSync(previous);
      const commit = "1".repeat(40);
      writeFileSync(
        join(previous, "Cargo.lock"),
        `version = 3\n\n[[package]]\nname = "own"\nversion = "0.1.0"\n\n[[package]]\nname = "foo"\nversion = "1.0.0"\nsource = "registry+x"\nchecksum = "${sha()}"\ndependencies = [\n "own",\n]\n\n[[package]]\nname = "bar"\nversion = "2.0.0"\nsource = "git+https://example.org/bar?branch=main#${commit}"\n`,
      );
      const track = (kind: string, config: Record<string, unknown>) => {
        const source = Support.source(kind, { url: `${base}crates`, ...config });
        return Drivers.find(source).track?.(scratch.subject(source), previous) ?? Effect.succeed(undefined);
      };
      assert.deepStrictEqual<unknown>(
        yield* track("cargo2", { "git-mirrors": { "https://example.org/": "https://mirror.example.org/" } }),
        [
          {
            kind: "git",
            commit,
            repo: "https://mirror.example.org/bar",
            query: { branch: "main" },
            name: "bar",
            version: "2.0.0",
          },
          { kind: "registry", name: "foo", version: "1.0.0", sha: sha() },
        ],
      );
    }),
  );

  it("of old lock files have their checksums in one table", () => {
    const text =
      '[[package]]\nname = "foo"\nversion = "1"\nsource = "registry+x"\n\n[metadata]\n"checksum foo 1 (registry+x)" = "abc"\n';
    assert.deepStrictEqual(CargoLock.parse(text), [
      { name: "foo", version: "1", source: "registry+x", checksum: "abc" },
    ]);
  });

  it.live("whose names are paths are refused", () =>
    Effect.gen(function* () {
      const ref = [{ name: "../../evil", version: "1", sha: "0".repeat(64) }];
      const source = Support.source("cargo", { url: `${base}crates`, ref });
      assert.strictEqual(attempt(() => Drivers.find(source).isCached(scratch.subject(source)))._tag, "Failure");
    }),
  );
});

describe("packages", () => {
  it.live("lose the directory that wraps them", () =>
    Effect.gen(function* () {
      const sha256sum = publish("pp/ab/x-1.tar.gz", { "x-1/setup.py": "setup", "x-1/x/__init__.py": "" });
      const read = yield* staged(
        Support.source("pypi", { name: "x", url: `${base}pp/`, ref: { suffix: "ab/x-1.tar.gz", sha256sum } }),
        "pypi",
      );
      assert.strictEqual(read("setup.py"), "setup");
      assert.strictEqual(read("x/__init__.py"), "");
    }),
  );

  it.live("of the Perl archive are found by module", () =>
    Effect.gen(function* () {
      const sha256sum = publish("cpan/authors/id/A/Foo-1.tar.gz", { "Foo-1/Makefile.PL": "" });
      mkdirSync(join(www, "cpan/modules"));
      writeFileSync(
        join(www, "cpan/modules/02packages.details.txt.gz"),
        gzipSync("File: f\nFoo::Bar not here\n\nFoo::Baz 1 A/Baz-1.tar.gz\nFoo::Bar 1 A/Foo-1.tar.gz\n"),
      );
      const source = Support.source("cpan", { name: "Foo::Bar", index: `${base}cpan/` });
      const track = Drivers.find(source).track?.(scratch.subject(source), undefined) ?? Effect.succeed(undefined);
      assert.deepStrictEqual(yield* track, { suffix: "authors/id/A/Foo-1.tar.gz", sha256sum });
    }),
  );
});

describe("Go modules", () => {
  const goMod = "module x\n\nrequire (\n\texample.org/m v1.2.3\n\told.example.org/r v1.0.0\n)\n";

  it("are listed with their packages, in order, as the go command writes them", () => {
    const file = Tree.file({ hash: "0".repeat(64), size: 0 });
    const tree = Tree.make([
      ["go.mod", file],
      ["z", Tree.directory(Tree.make([["z.go", file]]))],
      ["a", Tree.directory(Tree.make([["deep", Tree.directory(Tree.make([["d.go", file]]))]]))],
      ["doc", Tree.directory(Tree.make([["README", file]]))],
    ]);
    const entry = (text: string, module: string, version: string, directive?: string) =>
      GoVendor.entry(GoVendor.parse(text), module, version, tree, directive, Tree.noReader);
    const packages = (name: string) => `${name}\n${name}/a/deep\n${name}/z\n`;
    assert.strictEqual(
      entry(goMod, "example.org/m", "v1.2.3", "go 1.20"),
      `# example.org/m v1.2.3\n## explicit; go 1.20\n${packages("example.org/m")}`,
    );
    assert.strictEqual(entry(goMod, "example.org/n", "v1.0.0"), `# example.org/n\n${packages("example.org/n")}`);
    const replaced = `${goMod}replace old.example.org/r v1.0.0 => new.example.org/r v1.0.1\n`;
    assert.strictEqual(
      entry(replaced, "new.example.org/r", "v1.0.1"),
      `# old.example.org/r v1.0.0 => new.example.org/r v1.0.1\n## explicit\n${packages("old.example.org/r")}`,
    );
    assert.strictEqual(attempt(() => GoVendor.parse("replace a v1 => ./local\n"))._tag, "Failure");
  });

  it("say their version in go.sum, and pseudo-versions their commit", () => {
    const sum = "example.org/m v1.0.0/go.mod h1:x\nexample.org/m v1.2.3 h1:y\n";
    assert.strictEqual(GoVendor.versionIn(sum, "example.org/m"), "v1.2.3");
    assert.isUndefined(GoVendor.versionIn(sum, "example.org/other"));
    assert.strictEqual(GoVendor.commitIn("v0.0.0-20191109021931-daa7c04131f5"), "daa7c04131f5");
    assert.isUndefined(GoVendor.commitIn("v1.2.3-rc.1"));
    assert.deepStrictEqual(GoVendor.release("v2.0.0+incompatible"), { tag: "v2.0.0", major: "v2" });
  });
});

describe("go_module before its release 2.4", () => {
  it.live("says in the ref whether the module is required by name, and stages by that", () =>
    Effect.gen(function* () {
      const repository = join(scratch.directory, "mod");
      const previous = join(scratch.directory, "module-user");
      for (const path of [repository, previous]) mkdirSync(path);
      const git = (...parameters: readonly string[]) =>
        execFileSync("git", ["-c", "user.name=A", "-c", "user.email=a@example.org", ...parameters], {
          cwd: repository,
        });
      git("init", "-q");
      writeFileSync(join(repository, "a.go"), "package mod\n");
      git("add", ".");
      git("commit", "-q", "-m", "one");
      git("tag", "v1.0.0");
      const module = "github.com/some/mod";
      writeFileSync(join(previous, "go.mod"), `module own\nrequire ${module} v1.0.0\n`);
      writeFileSync(join(previous, "go.sum"), `${module} v1.0.0 h1:x=\n`);
      const config = { url: `file://${repository}`, module };
      const options = { module: 'ref.get_bool("explicit")' };
      const subject = scratch.subject(Support.source("go_module", config, options));
      const ref = (yield* Drivers.find(subject.source).track?.(subject, previous) ??
        Effect.succeed(undefined)) as Record<string, unknown>;
      assert.deepStrictEqual(Object.keys(ref), ["go-version", "git-ref", "explicit"]);
      assert.isTrue(ref["explicit"]);
      for (const [explicit, wanted] of [
        ["True", `# ${module} v1.0.0\n## explicit\n${module}\n`],
        ["False", `# ${module}\n${module}\n`],
      ] as const) {
        const source = Support.source("go_module", { ...config, ref: { ...ref, explicit } }, options);
        const driver = Drivers.find(source);
        yield* driver.fetch?.(scratch.subject(source), undefined) ?? Effect.void;
        if (driver.stage.type !== "change") return assert.fail("changes what is there");
        const directory = join(scratch.directory, `module-${explicit}`);
        mkdirSync(directory);
        yield* driver.stage.apply(scratch.subject(source), directory);
        assert.strictEqual(readFileSync(join(directory, "vendor/modules.txt"), "utf8"), wanted);
      }
    }),
  );
});
