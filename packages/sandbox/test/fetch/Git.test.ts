/** Git sources against real repositories: what is tracked, fetched and staged, and that history comes only as far as it is needed. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, assert, describe, it } from "@effect/vitest";
import type { Source } from "@millrace/core/source/Source";
import * as Drivers from "@millrace/sandbox/fetch/Drivers";
import * as GitRef from "@millrace/sandbox/fetch/git/GitRef";
import * as Effect from "effect/Effect";
import * as fc from "fast-check";
import * as Support from "./Support.ts";

const scratch = Support.scratch();
afterAll(scratch.remove);
const world = join(scratch.directory, "world");
let clock = 1_000_000_000;

function git(directory: string, ...parameters: readonly string[]): string {
  const date = `@${clock++} +0000`;
  return execFileSync("git", ["-c", "protocol.file.allow=always", ...parameters], {
    cwd: directory,
    encoding: "utf8",
    env: {
      PATH: process.env["PATH"],
      HOME: scratch.directory,
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_AUTHOR_NAME: "A",
      GIT_AUTHOR_EMAIL: "a@example.org",
      GIT_COMMITTER_NAME: "A",
      GIT_COMMITTER_EMAIL: "a@example.org",
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_DATE: date,
    },
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}

/** Makes a repository of a few commits and tags; gives their names. */
function repository(name: string): { url: string; path: string; commits: readonly string[] } {
  const path = join(world, name);
  mkdirSync(join(path, "d"), { recursive: true });
  git(path, "init", "-q", "-b", "main");
  writeFileSync(join(path, "a"), "1");
  writeFileSync(join(path, "d/x"), "#!", { mode: 0o755 });
  symlinkSync("../a", join(path, "d/l"));
  const commits: string[] = [];
  for (const [at, tag] of [undefined, "-a v1.0 -m v1.0", undefined, "v1.2", undefined, "v1.10"].entries()) {
    writeFileSync(join(path, "a"), String(at));
    git(path, "add", ".");
    git(path, "commit", "-q", "-m", String(at));
    commits.push(git(path, "rev-parse", "HEAD"));
    if (tag !== undefined) git(path, "tag", ...tag.split(" "));
  }
  git(path, "branch", "side", commits[2] as string);
  return { url: `file://${path}`, path, commits };
}

/** Fetches and stages a source; gives the directory. */
const staged = Effect.fnUntraced(function* (source: Source, name: string) {
  const driver = Drivers.find(source);
  const subject = scratch.subject(source);
  if (!driver.isCached(subject)) yield* driver.fetch?.(subject, undefined) ?? Effect.void;
  assert.isTrue(driver.isCached(subject));
  if (driver.stage.type !== "tree") return assert.fail("stands alone");
  const out = join(scratch.directory, "out", name);
  yield* scratch.environment.cas.checkout(
    yield* scratch.environment.cas.putTree(yield* driver.stage.make(subject)),
    out,
  );
  return out;
});

const track = (source: Source) =>
  Drivers.find(source).track?.(scratch.subject(source), undefined) ?? Effect.succeed(undefined);

describe("git_repo", () => {
  it.live("fetches one commit without its history, and builds can describe it", () =>
    Effect.gen(function* () {
      const { url, commits } = repository("one");
      const tip = commits[5] as string;
      const out = yield* staged(Support.source("git_repo", { url, ref: tip }), "one");
      assert.strictEqual(readFileSync(join(out, "a"), "utf8"), "5");
      assert.strictEqual(git(out, "log", "--format=%H"), tip);
      assert.strictEqual(git(out, "status", "--short"), "");
      const mirror = join(scratch.sourcedir, "git_repo", readdirSync(join(scratch.sourcedir, "git_repo"))[0] as string);
      assert.strictEqual(git(mirror, "rev-list", "--count", tip), "1");
      // More of the same repository: a ref that leads back to a tag deepens what is there.
      const described = `v1.0-3-g${commits[4]}`;
      const second = yield* staged(Support.source("git_repo", { url, ref: described }), "one-described");
      assert.strictEqual(git(second, "describe", "--tags", "--dirty", "--abbrev=40"), described);
      assert.strictEqual(git(second, "log", "--format=%s"), "4\n3\n2\n1");
    }),
  );

  it.live("stages the same tree wherever it is made", () =>
    Effect.gen(function* () {
      const { url, commits } = repository("same");
      const source = Support.source("git_repo", { url, ref: `v1.2-1-g${commits[4]}` });
      const first = yield* staged(source, "same-1");
      const again = yield* staged(source, "same-2");
      const capture = (path: string) => scratch.environment.cas.capture(path);
      assert.deepStrictEqual((yield* capture(first)).digest, (yield* capture(again)).digest);
    }),
  );

  it.live("tracks branches, and the newest of the tags that match", () =>
    Effect.gen(function* () {
      const { url, commits } = repository("tracked");
      const source = (config: Record<string, unknown>) => Support.source("git_repo", { url, ...config });
      assert.strictEqual(yield* track(source({ track: "side" })), commits[2]);
      assert.strictEqual(yield* track(source({ track: "v*" })), commits[5]);
      assert.strictEqual(yield* track(source({ track: "v1.0" })), commits[1]);
      assert.strictEqual(yield* track(source({ track: "v*", exclude: ["v1.1?"] })), commits[3]);
      const described = { "ref-format": "git-describe" };
      assert.strictEqual(yield* track(source({ track: "v*", ...described })), `v1.10-0-g${commits[5]}`);
      assert.strictEqual(yield* track(source({ track: "side", ...described })), `v1.0-1-g${commits[2]}`);
      assert.isUndefined(yield* track(source({ ref: commits[0] })));
      const none = yield* Effect.result(track(source({ track: "nothing*" })));
      assert.match(none._tag === "Failure" ? none.failure.message : "", /No branch or tag/);
    }),
  );

  it.live("says which commit a server does not have, and whose url is no url", () =>
    Effect.gen(function* () {
      const { url } = repository("missing");
      const missing = yield* Effect.result(staged(Support.source("git_repo", { url, ref: "0".repeat(40) }), "missing"));
      assert.match(missing._tag === "Failure" ? missing.failure.message : "", /0{40}/);
      const option = Support.source("git_repo", { url: "--upload-pack=touch evil", ref: "0".repeat(40) });
      const refused = yield* Effect.result(staged(option, "option"));
      assert.match(refused._tag === "Failure" ? refused.failure.message : "", /no url/);
      assert.isFalse(existsSync("evil"));
    }),
  );

  it.live("opens a workspace with the whole history", () =>
    Effect.gen(function* () {
      const { url, commits } = repository("work");
      const source = Support.source("git_repo", { url, ref: commits[5] });
      yield* staged(source, "work");
      const directory = join(scratch.directory, "workspace");
      yield* Drivers.find(source).initWorkspace?.(scratch.subject(source), directory) ?? Effect.void;
      assert.strictEqual(git(directory, "rev-list", "--count", "HEAD"), "6");
      assert.strictEqual(git(directory, "remote", "get-url", "origin"), url);
      assert.strictEqual(git(directory, "status", "--short"), "");
    }),
  );
});

describe("git", () => {
  it.live("stages files without .git, submodules in their places", () =>
    Effect.gen(function* () {
      const sub = repository("sub");
      const { url, path } = repository("super");
      git(path, "submodule", "--quiet", "add", sub.url, "lib/sub");
      git(path, "commit", "-q", "-m", "submodule");
      const ref = git(path, "rev-parse", "HEAD");
      const warnings: (string | null)[] = [];
      const warn = (token: string | null) => void warnings.push(token);
      const out = yield* staged(Support.source("git", { url, ref }, { warn }), "super");
      assert.deepStrictEqual(readdirSync(out).sort(), [".gitmodules", "a", "d", "lib"]);
      assert.deepStrictEqual(readdirSync(join(out, "lib/sub")).sort(), ["a", "d"]);
      assert.deepStrictEqual(warnings, ["git:unlisted-submodule"]);
      const without = yield* staged(
        Support.source("git", { url, ref, "checkout-submodules": "False" }),
        "super-without",
      );
      assert.deepStrictEqual(readdirSync(join(without, "lib/sub")), []);
    }),
  );

  it.live("checks out by git where attributes change files", () =>
    Effect.gen(function* () {
      const { url, path } = repository("attributes");
      writeFileSync(join(path, ".gitattributes"), "*.txt text eol=crlf\n");
      writeFileSync(join(path, "t.txt"), "one\ntwo\n");
      git(path, "add", ".");
      git(path, "commit", "-q", "-m", "attributes");
      const out = yield* staged(Support.source("git", { url, ref: git(path, "rev-parse", "HEAD") }), "attributes");
      assert.strictEqual(readFileSync(join(out, "t.txt"), "utf8"), "one\r\ntwo\r\n");
      assert.isFalse(existsSync(join(out, ".git")));
    }),
  );

  it.live("tracks a branch with the tags that reach it, and recreates them", () =>
    Effect.gen(function* () {
      const { url, commits } = repository("tags");
      const tracked = yield* track(Support.source("git", { url, track: "side", "track-tags": "True" }));
      assert.deepStrictEqual<unknown>(tracked, {
        ref: commits[2],
        tags: [{ tag: "v1.0", commit: commits[1], annotated: true }],
      });
      const described = yield* track(Support.source("git", { url, track: "side", "ref-format": "git-describe" }));
      assert.deepStrictEqual(described, { ref: `v1.0-1-g${commits[2]}` });
      const source = Support.source("git", { url, ...(tracked as Record<string, unknown>), track: "side" });
      const out = yield* staged(source, "tags");
      assert.strictEqual(git(out, "describe", "--abbrev=40"), `v1.0-1-g${commits[2]}`);
    }),
  );
});

describe("git_tag", () => {
  it.live("leaves a .git that builds can describe, small or whole", () =>
    Effect.gen(function* () {
      const { url, commits } = repository("kept");
      const described = `v1.0-2-g${commits[3]}`;
      const small = yield* staged(Support.source("git_tag", { url, ref: described }), "kept-small");
      assert.strictEqual(git(small, "describe", "--match=v1.0", "--abbrev=40"), described);
      assert.strictEqual(git(small, "log", "--format=%s"), "3\n2\n1");
      assert.strictEqual(git(small, "status", "--short"), "");
      const whole = yield* staged(
        Support.source("git_tag", { url, ref: described, "full-clone": "True" }),
        "kept-whole",
      );
      assert.strictEqual(git(whole, "rev-list", "--count", "HEAD"), "4");
      assert.strictEqual(git(whole, "tag", "--list"), "v1.0\nv1.2");
      assert.strictEqual(git(whole, "show", "HEAD~1:a"), "2");
      assert.strictEqual(git(whole, "fsck", "--strict"), "");
      assert.strictEqual(git(whole, "status", "--short"), "");
    }),
  );

  it.live("takes a commit whose tag is gone from the server", () =>
    Effect.gen(function* () {
      const { url, path, commits } = repository("untagged");
      git(path, "tag", "-d", "v1.2");
      const out = yield* staged(Support.source("git_tag", { url, ref: `v1.2-0-g${commits[3]}` }), "untagged");
      assert.strictEqual(git(out, "rev-parse", "HEAD"), commits[3]);
    }),
  );

  it.live("warns of large files that it is not told about", () =>
    Effect.gen(function* () {
      const { url, path } = repository("large");
      writeFileSync(join(path, ".gitattributes"), "*.bin filter=lfs diff=lfs merge=lfs -text\n");
      git(path, "add", ".");
      git(path, "commit", "-q", "-m", "attributes");
      const warnings: (string | null)[] = [];
      const warn = (token: string | null) => void warnings.push(token);
      const ref = git(path, "rev-parse", "HEAD");
      yield* staged(Support.source("git_tag", { url, ref, "use-lfs": "False" }, { warn }), "large-told");
      assert.deepStrictEqual(warnings, []);
      const other = `file://${path}/.git`;
      yield* staged(Support.source("git_tag", { url: other, ref }, { warn }), "large");
      assert.deepStrictEqual(warnings, ["git_tag:unused-lfs"]);
    }),
  );
});

describe("refs", () => {
  it("are ordered so that numbers count as numbers and letters come before them", () => {
    assert.strictEqual(GitRef.newest(["v1.9", "v1.10", "v1.10.beta", "v1.2"]), "v1.10.beta");
    assert.strictEqual(GitRef.newest(["1.beta", "1.0"]), "1.0");
    const version = fc.stringMatching(/^[a-z0-9.~-]{0,8}$/);
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        assert.strictEqual(Math.sign(GitRef.compareVersions(a, b)), -Math.sign(GitRef.compareVersions(b, a)));
        if (GitRef.compareVersions(a, b) <= 0 && GitRef.compareVersions(b, c) <= 0)
          assert.isAtMost(GitRef.compareVersions(a, c), 0);
      }),
    );
  });

  it("are chosen by shell patterns in which a star matches slashes", () => {
    const refs = new Map(
      ["refs/heads/main", "refs/heads/a/b", "refs/tags/v1", "refs/tags/v1^{}", "refs/pull/1"].map((name) => [name, ""]),
    );
    assert.deepStrictEqual(GitRef.matching(refs, "a*", []), ["refs/heads/a/b"]);
    assert.deepStrictEqual(GitRef.matching(refs, "*", ["refs/heads/*"]), ["refs/tags/v1"]);
    assert.deepStrictEqual(GitRef.matching(refs, "refs/pull/[0-9]", []), ["refs/pull/1"]);
    assert.deepStrictEqual(GitRef.matching(refs, "v[!1]", []), []);
  });
});
