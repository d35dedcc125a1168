/** Mirrors that several use at once, or that something killed left behind. */
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, assert, describe, it } from "@effect/vitest";
import { BstError } from "@millrace/core/error/BstError";
import * as GitMirror from "@millrace/sandbox/fetch/git/GitMirror";
import * as GitTree from "@millrace/sandbox/fetch/git/GitTree";
import * as MirrorLock from "@millrace/sandbox/fetch/git/MirrorLock";
import * as HostProgram from "@millrace/sandbox/fetch/HostProgram";
import * as Claim from "@millrace/sandbox/staging/Claim";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import * as Support from "./Support.ts";

const scratch = Support.scratch();
afterAll(scratch.remove);

function git(directory: string, ...parameters: readonly string[]): string {
  const identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"];
  const environment = { PATH: process.env["PATH"], GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" };
  return execFileSync("git", [...identity, ...parameters], {
    cwd: directory,
    encoding: "utf8",
    env: environment,
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();
}

/** A server's repository of two commits, and where its mirror will be. */
function world(name: string) {
  const server = join(scratch.directory, name, "server");
  mkdirSync(join(server, "sub"), { recursive: true });
  git(server, "init", "-q", "-b", "main");
  for (const at of [1, 2]) {
    writeFileSync(join(server, "sub/file"), String(at));
    git(server, "add", ".");
    git(server, "commit", "-q", "-m", String(at));
  }
  const commit = git(server, "rev-parse", "HEAD");
  const wanted: GitMirror.Wanted = { commit, tag: undefined, depth: 1 };
  return { server, url: `file://${server}`, mirror: join(scratch.directory, name, "mirror"), commit, wanted };
}

const paths = (repository: string, commit: string) =>
  Effect.map(GitTree.list(repository, commit), (listed) => listed.map(({ path }) => path));

describe("a mirror", () => {
  it.live("gets a commit and its files at once", () =>
    Effect.gen(function* () {
      const { url, mirror, wanted } = world("whole");
      yield* GitMirror.fetch(mirror, url, wanted);
      assert.deepStrictEqual(readdirSync(join(mirror, "objects")).sort(), ["info", "pack"]);
    }),
  );

  it.live("with a commit whose files are not all there is fetched again, and not with a longer history", () =>
    Effect.gen(function* () {
      const { server, url, mirror, commit, wanted } = world("partly");
      git(scratch.directory, "init", "-q", "--bare", mirror);
      for (const name of [commit, git(server, "rev-parse", "HEAD^{tree}")]) {
        const path = join("objects", name.slice(0, 2), name.slice(2));
        mkdirSync(dirname(join(mirror, path)), { recursive: true });
        copyFileSync(join(server, ".git", path), join(mirror, path));
      }
      const failed = yield* Effect.flip(paths(mirror, commit));
      assert.match(failed.message, /Cannot list the files/);
      assert.isFalse(GitMirror.has(mirror, wanted));
      yield* GitMirror.fetch(mirror, url, wanted);
      assert.isTrue(GitMirror.has(mirror, wanted));
      assert.deepStrictEqual(yield* paths(mirror, commit), ["sub/file"]);
      assert.strictEqual(git(mirror, "rev-list", "--count", commit), "1");
    }),
  );

  it.live("has all that others wrote into it one by one", () =>
    Effect.sync(() => {
      const { server, commit, wanted } = world("loose");
      const mirror = join(server, ".git");
      const name = git(server, "rev-parse", `${commit}:sub/file`);
      const file = join(mirror, "objects", name.slice(0, 2), name.slice(2));
      const content = readFileSync(file);
      rmSync(file);
      assert.isFalse(GitMirror.has(mirror, wanted));
      writeFileSync(file, content);
      assert.isTrue(GitMirror.has(mirror, wanted));
    }),
  );

  it.live("loses what a killed fetch left", () =>
    Effect.gen(function* () {
      const { url, mirror, commit, wanted } = world("killed");
      git(scratch.directory, "init", "-q", "--bare", mirror);
      const dead = `1-0 ${readlinkSync("/proc/self/ns/pid")}`;
      const left = ["shallow.lock", `refs/heads/millrace-${commit}.lock`, "objects/pack/tmp_pack_X", "millrace.lock"];
      for (const path of left) writeFileSync(join(mirror, path), path === "millrace.lock" ? dead : "");
      yield* GitMirror.fetch(mirror, url, wanted);
      for (const path of left) assert.isFalse(existsSync(join(mirror, path)), path);
      assert.strictEqual(git(mirror, "rev-list", "--count", commit), "1");
    }),
  );

  it.live("loses what a fetch left that failed or was ended, and nothing that is somebody else's", () =>
    Effect.gen(function* () {
      const { mirror } = world("ended");
      git(scratch.directory, "init", "-q", "--bare", mirror);
      const put = (...paths: readonly string[]) => {
        for (const path of paths) writeFileSync(join(mirror, path), "");
      };
      const others = ["packed-refs.lock", "refs/heads/b.lock", "objects/pack/tmp_pack_B"];
      const own = ["shallow.lock", "refs/heads/a.lock", "objects/pack/tmp_pack_A", "objects/pack/tmp_idx_A"];
      put(...others);
      const failure = new BstError({ domain: "SOURCE", reason: null, message: "no room" });
      const fails = Effect.andThen(
        Effect.sync(() => put(...own)),
        Effect.fail(failure),
      );
      assert.strictEqual(yield* Effect.flip(MirrorLock.during(mirror, fails)), failure);
      const left = () => [...own, ...others].filter((path) => existsSync(join(mirror, path)));
      assert.deepStrictEqual(left(), others);
      const lasts = Effect.andThen(
        Effect.sync(() => put(...own)),
        Effect.never,
      );
      const going = yield* Effect.forkChild(MirrorLock.during(mirror, lasts));
      while (left().length < own.length + others.length) yield* Effect.sleep(5);
      yield* Fiber.interrupt(going);
      assert.deepStrictEqual(left(), others);
    }),
  );

  it.live("is left to a living process that fetches into it", () =>
    Effect.gen(function* () {
      const { url, mirror, commit, wanted } = world("busy");
      git(scratch.directory, "init", "-q", "--bare", mirror);
      const lock = join(mirror, "millrace.lock");
      const claim = Claim.take(lock);
      assert.isFalse(claim?.inherited);
      const fetching = yield* Effect.forkChild(GitMirror.fetch(mirror, url, wanted));
      const interrupted = yield* Effect.forkChild(GitMirror.fetchAll(mirror, url));
      yield* Effect.sleep(50);
      yield* Fiber.interrupt(interrupted);
      assert.isFalse(GitMirror.has(mirror, wanted));
      claim?.release();
      yield* Fiber.join(fetching);
      assert.deepStrictEqual(yield* paths(mirror, commit), ["sub/file"]);
      assert.isFalse(existsSync(lock));
    }),
  );
});

it.live("a source directory in which nothing can be made is told of as such", () =>
  Effect.gen(function* () {
    const { url, server, wanted } = world("nowhere");
    const below = join(server, "sub/file/git");
    for (const asked of [GitMirror.fetch(join(below, "mirror"), url, wanted), GitMirror.remoteRefs(below, url)]) {
      const failed = yield* Effect.flip(Effect.asVoid(asked));
      assert.match(failed.message, /^Cannot make the directory .*sub\/file\/git: ENOTDIR/);
      assert.match(String(failed.hint), /sourcedir/);
    }
  }),
);

it.live("a program that is interrupted ends, also when it does not listen", () =>
  Effect.gen(function* () {
    const file = join(scratch.directory, "deaf");
    // The words of a process that is gone, or that nobody has looked after yet, are not to be had.
    const runs = () => execFileSync("sh", ["-c", `tr '\\0' ' ' < /proc/$(cat ${file})/cmdline || true`]).length > 0;
    const script = `trap '' TERM; echo $$ > ${file}.new; mv ${file}.new ${file}; sleep 600; sleep 600`;
    const running = yield* Effect.forkChild(
      HostProgram.run({ program: "sh", arguments: ["-c", script], failure: "It fails" }),
    );
    while (!existsSync(file)) yield* Effect.sleep(5);
    assert.isTrue(runs());
    yield* Fiber.interrupt(running);
    while (runs()) yield* Effect.sleep(5);
  }),
);
