/** Go modules, images, and repositories of other programs. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { Case } from "./Case.ts";
import * as World from "./World.ts";

const go = {
  aliases: { go: "https://go.invalid/" },
  mirrors: (world: World.World) => ({ go: `${world.url}/git/` }),
};

function goModule(name: string, module: string, version: string, before: World.Members): Case {
  return {
    name,
    kind: "go_module",
    config: { url: "go:mod.git", module },
    ...go,
    get before() {
      return {
        ...before,
        "go.sum": `example.org/else v1.0.0 h1:x=\n${module} ${version.replace("COMMIT", commit.short)}/go.mod h1:x=\n${module} ${version.replace("COMMIT", commit.short)} h1:x=\n`,
      };
    },
    prepare: (world) => {
      const files = {
        "go.mod": "module github.com/some/mod\n\ngo 1.20\n",
        "a.go": "package mod\n",
        "run.sh": { text: "#!/bin/sh\n", executable: true },
        "pkg/b.go": "package pkg\n",
        "pkg/data/x.txt": "1",
        "pkg/a_b/c.go": "package c\n",
        "zsub/go.mod": "module github.com/some/mod/zsub/v2\n",
        "zsub/z.go": "package z\n",
        "zsub/v2/go.mod": "module github.com/some/mod/zsub/v2\n\ngo 1.21\ngo 9\n",
        "zsub/v2/z.go": "package z2\n",
        link: { link: "a.go" },
      } as const;
      World.repository(world, "mod.git", [
        [{ "go.mod": "old" }, "v0.9.0"],
        [files, "v1.2.3", "zsub/v2.0.1"],
        [{ ...files, "later.go": "" }],
      ]);
      commit.short = World.git(join(world.directory, "mod.git"), "rev-parse", "HEAD").slice(0, 12);
    },
  };
}

const commit = { short: "" };
const goMod = `module own

go 1.22

require github.com/some/mod v1.2.3
require (
\texample.org/else v1.0.0
\tgithub.com/some/mod/zsub/v2 v2.0.1 // indirect
)
`;

const go1 = goModule("go_module", "github.com/some/mod", "v1.2.3", {
  "go.mod": goMod,
  "vendor/modules.txt": "# before v1\n",
});
const go2 = goModule("go_module-sub", "github.com/some/mod/zsub/v2", "v2.0.1", { "go.mod": goMod });
const go3 = goModule("go_module-commit", "github.com/some/mod", "v0.0.0-20200101000000-COMMIT", {
  "go.mod": "module own\n\nrequire (\n)\n",
});
const go4 = goModule("go_module-replaced", "github.com/some/mod", "v1.2.3", {
  "go.mod":
    "module own\nrequire old.example.org/mod v0.1.0\nreplace old.example.org/mod v0.1.0 => github.com/some/mod v1.2.3\n",
});

const layers = [
  World.tarball({
    "etc/": { directory: true },
    "etc/passwd": "root",
    "etc/hidden": "1",
    "etc/gone/": { directory: true },
    "etc/gone/stays": "by the letter",
    "opaque/a": "1",
    "opaque/b/c": "2",
    "dev/null": { device: true },
    "dev/file": "left out",
    "bin/sh": { text: "#!", executable: true },
    "bin/bash": { hardlink: "bin/sh" },
    lib: { link: "usr/lib" },
    "usr/lib/x": "x",
    fifo: { device: true },
  }),
  World.tarball({
    "etc/.wh.hidden": "",
    "etc/.wh.gone": "",
    "etc/passwd": "second",
    "opaque/.wh..wh..opq": "",
    "opaque/new": "3",
    "bin/.wh.sh": "",
  }),
];

function image(world: World.World): void {
  const blob = (bytes: Buffer): string => {
    const digest = `sha256:${World.sha256(bytes)}`;
    world.files.set(`/v2/some/image/blobs/${digest}`, guarded(bytes, "application/octet-stream", digest));
    return digest;
  };
  const guarded =
    (bytes: Buffer, type: string, digest: string): World.Handler =>
    (request, response) => {
      if (request.headers.authorization !== "Bearer secret") {
        const scope = 'service="registry",scope="repository:some/image:pull"';
        response.statusCode = 401;
        response.setHeader("WWW-Authenticate", `Bearer realm="${world.url}/token",${scope}`);
        return void response.end("{}");
      }
      response.setHeader("Content-Type", type);
      response.setHeader("Docker-Content-Digest", digest);
      response.end(bytes);
    };
  const manifest = (content: unknown, type: string, ...tags: readonly string[]): string => {
    const bytes = Buffer.from(JSON.stringify(content, undefined, 1));
    const digest = `sha256:${World.sha256(bytes)}`;
    for (const name of [digest, ...tags])
      world.files.set(`/v2/some/image/manifests/${name}`, guarded(bytes, type, digest));
    return digest;
  };
  const oci = "application/vnd.oci.image";
  const own = {
    schemaVersion: 2,
    mediaType: `${oci}.manifest.v1+json`,
    config: { mediaType: `${oci}.config.v1+json`, digest: blob(Buffer.from("{}")), size: 2 },
    layers: layers.map((bytes) => ({ mediaType: `${oci}.layer.v1.tar+gzip`, digest: blob(bytes), size: bytes.length })),
  };
  const digest = manifest(own, own.mediaType);
  const other = manifest({ ...own, layers: [] }, own.mediaType);
  const manifests = [
    { mediaType: own.mediaType, digest: other, size: 1, platform: { architecture: "s390x", os: "linux" } },
    { mediaType: own.mediaType, digest, size: 1, platform: { architecture: "arm64", os: "linux" } },
  ];
  const type = `${oci}.index.v1+json`;
  manifest({ schemaVersion: 2, mediaType: type, manifests }, type, "latest");
  world.files.set("/token", (request, response) => {
    const asked = new URL(request.url ?? "", world.url).searchParams;
    const right = asked.get("service") === "registry" && asked.get("scope") === "repository:some/image:pull";
    response.end(JSON.stringify({ token: right ? "secret" : "wrong" }));
  });
}

const registry = {
  aliases: { hub: "https://hub.invalid/" },
  mirrors: (world: World.World) => ({ hub: `${world.url}/` }),
};
const docker: Case = {
  name: "docker",
  kind: "docker",
  config: { "registry-url": "hub:", image: "some/image", track: "latest", architecture: "arm64", os: "linux" },
  ...registry,
  prepare: image,
};
const dockerUrl: Case = {
  ...docker,
  name: "docker-url",
  config: { url: "hub:some/image", track: "latest", architecture: "arm64", os: "linux" },
};

const ostree: Case = {
  name: "ostree",
  kind: "ostree",
  config: { url: "repo:exported", track: "some/branch" },
  aliases: { repo: "https://repo.invalid/" },
  mirrors: (world) => ({ repo: `${world.url}/` }),
  programs: ["ostree"],
  prepare: (world) => {
    const files = join(world.directory, "files");
    World.write(files, {
      "a/b.txt": "1",
      "a/run": { text: "#!", executable: true },
      "a/link": { link: "b.txt" },
      "empty/": { directory: true },
    });
    const run = (...parameters: readonly string[]) =>
      execFileSync("ostree", [`--repo=${join(world.directory, "exported")}`, ...parameters]);
    run("init", "--mode=archive");
    const fixed = [
      "--timestamp=@1000000000",
      "--owner-uid=0",
      "--owner-gid=0",
      "--no-xattrs",
      "--canonical-permissions",
    ];
    run("commit", "--branch=some/branch", "--subject=one", ...fixed, files);
  },
};

const genCargoLock: Case = {
  name: "gen_cargo_lock",
  kind: "gen_cargo_lock",
  // Each cargo writes its own form of the file.
  volatile: true,
  ignored: ["Cargo.lock"],
  config: {},
  aliases: {},
  mirrors: () => ({}),
  programs: ["cargo"],
  before: {
    "Cargo.toml":
      '[package]\nname = "own"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\ninner = { path = "inner" }\n',
    "src/lib.rs": "",
    "inner/Cargo.toml": '[package]\nname = "inner"\nversion = "0.2.0"\nedition = "2021"\n',
    "inner/src/lib.rs": "",
  },
  prepare: () => {},
};

const bzr: Case = {
  name: "bzr",
  kind: "bzr",
  config: { url: "bazaar:place", track: "trunk" },
  aliases: { bazaar: "https://bazaar.invalid/" },
  mirrors: (world) => ({ bazaar: `file://${world.directory}/` }),
  programs: ["bzr"],
  prepare: (world) => {
    const branch = join(world.directory, "place/trunk");
    World.write(branch, { "a.txt": "1", "b/run": { text: "#!", executable: true }, "b/l": { link: "run" } });
    const run = (...parameters: readonly string[]) =>
      execFileSync("bzr", parameters, {
        cwd: branch,
        env: { ...process.env, HOME: world.directory, BZR_EMAIL: "a@example.org", BRZ_EMAIL: "a@example.org" },
        stdio: "pipe",
      });
    run("init");
    run("add");
    run("commit", "-m", "one");
    World.write(branch, { "a.txt": "2" });
    run("commit", "-m", "two");
  },
};

export const cases: readonly Case[] = [go1, go2, go3, go4, docker, dockerUrl, ostree, genCargoLock, bzr];
