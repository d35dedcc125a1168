/** Registries, lock files and refs that mean harm: each ends in a clear error, and nothing appears outside the places for it. */
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest";
import type { Json } from "@millrace/core/element/Element";
import type { BstError } from "@millrace/core/error/BstError";
import { raisable } from "@millrace/sandbox/cas/Cas";
import * as Drivers from "@millrace/sandbox/fetch/Drivers";
import * as Anitya from "@millrace/sandbox/fetch/kinds/Anitya";
import * as Gnu from "@millrace/sandbox/fetch/kinds/Gnu";
import * as Layers from "@millrace/sandbox/fetch/oci/Layers";
import * as Effect from "effect/Effect";
import * as World from "./registries/World.ts";
import * as Support from "./Support.ts";

const scratch = Support.scratch();
let world: World.World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(async () => {
  await world.close();
  scratch.remove();
});

/** What fetching and staging a source ends with. */
const failureOf = Effect.fnUntraced(function* (kind: string, config: Record<string, unknown>, module = "") {
  const work = Effect.gen(function* () {
    const subject = scratch.subject(Support.source(kind, config, { module }));
    const driver = Drivers.find(subject.source);
    if (!driver.isCached(subject)) yield* driver.fetch?.(subject, undefined) ?? Effect.void;
    if (driver.stage.type === "tree") yield* driver.stage.make(subject);
  });
  return yield* Effect.flip(raisable(work as Effect.Effect<void, BstError>)).pipe(Effect.map(({ message }) => message));
});

const good = World.tarball({ "x-1/a": "1" });
const sha256 = World.sha256(good);

describe("hostile", () => {
  it.live("servers that give another file than the ref names", () =>
    Effect.gen(function* () {
      world.files.set("/x-1.tar.gz", good);
      world.files.set("/x/x-1.crate", good);
      const other = "0".repeat(64);
      const url = `${world.url}/`;
      const cases: readonly (readonly [string, Record<string, unknown>])[] = [
        ["pypi", { name: "x", url, ref: { suffix: "x-1.tar.gz", sha256sum: other } }],
        ["cpan", { name: "x", index: url, suffix: "x-1.tar.gz", sha256sum: other }],
        ["gnu", { name: "x", mirror: url, ref: { suffix: "x-1.tar.gz", sha256sum: other } }],
        ["anitya", { "project-id": 1, url: `${url}x-{version}.tar.gz`, ref: { version: "1", sha256sum: other } }],
        ["bazel_file", { url: `${url}x-1.tar.gz`, ref: other }],
        ["cargo", { url, ref: [{ name: "x", version: "1", sha: other }] }],
        ["cargo2", { url, ref: [{ kind: "registry", name: "x", version: "1", sha: other }] }],
      ];
      for (const [kind, config] of cases)
        assert.include(yield* failureOf(kind, config), `SHA-256 ${sha256}, not ${other}`, kind);
    }),
  );

  it.live("refs that are paths", () =>
    Effect.gen(function* () {
      const path = "../../../../etc/passwd";
      const url = `${world.url}/`;
      const cases: readonly (readonly [string, Record<string, unknown>, RegExp])[] = [
        ["pypi", { name: "x", url, ref: { suffix: "x-1.tar.gz", sha256sum: path } }, /not \.\.\//],
        ["cargo", { url, ref: [{ name: "..", version: "1", sha: sha256 }] }, /no name or version/],
        ["cargo2", { url, ref: [{ name: "x", version: "../1", sha: sha256 }] }, /no name or version/],
        ["docker", { url: `${url}image`, ref: path }, /no SHA-256/],
        ["ostree", { url, ref: "--help" }, /neither a commit nor a branch/],
        ["bzr", { url, track: "../..", ref: "1" }, /is no branch/],
        ["bzr", { url, track: "trunk", ref: "1..2" }, /no revision number/],
        ["pip", { url, packages: ["x"], ref: "x==1\n--extra-index-url=evil" }, /is no package/],
      ];
      for (const [kind, config, message] of cases) assert.match(yield* failureOf(kind, config), message, kind);
    }),
  );

  it.live("crates and packages whose files lead outside", () =>
    Effect.gen(function* () {
      const archives: readonly World.Members[] = [
        { "x-1/": { directory: true }, "x-1/../../evil": "1" },
        { "x-1/link": { link: "/tmp" }, "x-1/link/evil": "1" },
        { "x-1/hard": { hardlink: "../../../etc/passwd" } },
      ];
      for (const [at, members] of archives.entries()) {
        const bytes = World.tarball(members);
        world.files.set(`/evil${at}/evil${at}-1.crate`, bytes);
        const ref = [{ name: `evil${at}`, version: "1", sha: World.sha256(bytes) }];
        assert.match(yield* failureOf("cargo", { url: world.url, ref }), /evil|hard/);
        const suffix = `evil${at}/evil${at}-1.crate`;
        const config = { name: `evil${at}`, url: `${world.url}/`, ref: { suffix, sha256sum: World.sha256(bytes) } };
        assert.match(yield* failureOf("pypi", config), /evil|hard/);
      }
      assert.deepStrictEqual(readdirSync(scratch.directory), ["cache"]);
      assert.throws(() =>
        Layers.merge([
          {
            name: "layer",
            members: [
              { name: "../x", type: "file", executable: false, digest: { hash: "0".repeat(64), size: 0 }, link: "" },
            ],
          },
        ]),
      );
    }),
  );

  it.live("images whose manifests lie", () =>
    Effect.gen(function* () {
      const manifest = JSON.stringify({
        schemaVersion: 2,
        layers: [{ digest: "sha256:../x", mediaType: "layer.v1.tar+gzip" }],
      });
      const ref = World.sha256(manifest);
      const wrong = "1".repeat(64);
      world.files.set(`/v2/image/manifests/sha256:${ref}`, manifest);
      world.files.set(`/v2/image/manifests/sha256:${wrong}`, manifest);
      const url = `${world.url}/image`;
      assert.match(yield* failureOf("docker", { url, ref }), /"sha256:\.\.\/x" is no digest/);
      assert.match(yield* failureOf("docker", { url, ref: wrong }), /asked for sha256:111/);
      const layer = "2".repeat(64);
      const lying = JSON.stringify({
        schemaVersion: 2,
        layers: [{ digest: `sha256:${layer}`, mediaType: "application/vnd.oci.image.layer.v1.tar+gzip" }],
      });
      world.files.set(`/v2/image/manifests/sha256:${World.sha256(lying)}`, lying);
      world.files.set(`/v2/image/blobs/sha256:${layer}`, good);
      assert.match(yield* failureOf("docker", { url, ref: World.sha256(lying) }), /comes with another content/);
      assert.isFalse(existsSync(join(scratch.sourcedir, "docker", `sha256:${layer}.tar.gz`)));
    }),
  );

  it.live("lock files that are links out of the sources", () =>
    Effect.gen(function* () {
      const previous = join(scratch.cachedir, "previous");
      mkdirSync(previous);
      writeFileSync(join(scratch.cachedir, "secret"), "[[package]]\n");
      symlinkSync("../secret", join(previous, "Cargo.lock"));
      const track = (kind: string, config: Record<string, unknown>): Effect.Effect<Json | undefined, BstError> => {
        const subject = scratch.subject(Support.source(kind, config));
        return Drivers.find(subject.source).track?.(subject, previous) ?? Effect.succeed(undefined);
      };
      for (const [kind, config] of [
        ["cargo", { url: world.url }],
        ["cargo2", { url: world.url, "cargo-lock": "../secret" }],
        ["bazel_source", { "repo-file": "../secret" }],
        ["pip", { url: world.url, "requirements-files": ["../secret"] }],
      ] as const)
        assert.match((yield* Effect.flip(track(kind, config))).message, /outside/, kind);
    }),
  );
});

describe("releases", () => {
  it("of GNU are the newest in the best compression", () => {
    const list = [
      "hello-1.10.tar.gz",
      "hello-1.9.tar.xz",
      "hello-1.10.tar.xz",
      "hello-1.10.1.tar.gz.sig",
      "hello-2.tar.lz",
    ]
      .map((name) => `./gnu/hello/${name}\n`)
      .join("");
    assert.strictEqual(Gnu.newest(list, "hello", "hello"), "hello/hello-1.10.tar.xz");
    assert.strictEqual(
      Gnu.newest(`${list}./gnu/hello/old/hello-3.0.tar.gz\n`, "hello", "hello"),
      "hello/old/hello-3.0.tar.gz",
    );
    assert.isUndefined(Gnu.newest(list, "hello", "world"));
  });

  it("have the parts of their version in urls", () => {
    assert.strictEqual(Anitya.render("u/{major}.{minor}/x-{version}{{}}", "v1.2.3-rc1+b"), "u/1.2/x-v1.2.3-rc1+b{}");
    assert.strictEqual(Anitya.render("{prefix}|{patch}|{prerelease}|{metadata}", "v1.2.3-rc1+b"), "v|3|rc1|b");
    assert.throws(() => Anitya.render("{build}", "1.2"));
    assert.throws(() => Anitya.render("{toString}", "1.2"));
  });

  it.live("of GNU are tracked and staged", () =>
    Effect.gen(function* () {
      world.files.set("/find.txt.gz", World.gzip(Buffer.from("./gnu/x/x-1.tar.gz\n")));
      world.files.set("/gnu/x/x-1.tar.gz", good);
      const module = `index_url = "${world.url}/find.txt.gz"`;
      const config = { name: "x", mirror: `${world.url}/gnu/` };
      const subject = scratch.subject(Support.source("gnu", config, { module }));
      const ref = yield* Gnu.driver.track?.(subject, undefined) ?? Effect.succeed(undefined);
      assert.deepStrictEqual(ref, { sha256sum: sha256, suffix: "x/x-1.tar.gz" });
      const tracked = scratch.subject(Support.source("gnu", { ...config, ref }));
      assert.isTrue(Gnu.driver.isCached(tracked));
      if (Gnu.driver.stage.type !== "tree") return assert.fail();
      assert.deepStrictEqual([...(yield* Gnu.driver.stage.make(tracked)).entries.keys()], ["a"]);
    }),
  );
});
