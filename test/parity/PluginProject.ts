/**
 * A project that uses the kinds of both plugin packages, hermetic: sources are repositories and archives made here, and the compilers and build systems of its
 * root are one script that writes down how it was called.
 */
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { writeBase } from "../support/workload.ts";
import * as RareElements from "./RareElements.ts";

/** Elements that are built and compared; of `tar_element` without compression, since a gzip header holds the time. */
const usual = [
  "autotools",
  "cmake",
  "make",
  "meson",
  "setuptools",
  "pip",
  "pyproject",
  "qmake",
  "makemaker",
  "modulebuild",
  "flatpak_image",
  "manifest",
  "spdx",
  "locations",
  "collect_integration",
  "check_forbidden",
  "tar_none",
  "oci",
  "oci_layer",
  "docker_archive",
  "patched",
  "queued",
  "crates",
  "zipped",
  "repo",
  "modules",
] as const;
export const builds: readonly string[] = [...usual, ...RareElements.builds];

/** Kinds of elements that they cover, of the plugins' entry points. */
export const covered: ReadonlySet<string> = new Set([...builds, "collect_manifest", "tar_element"]);

/** Elements that cannot be built with BuildStream: these plugins call directories as BuildStream 2.8 has them no more. */
export const unbuildable: ReadonlySet<string> = new Set(["oci", "oci_layer", "docker_archive", "dpkg_deploy_deep"]);

/** Elements that can be built, as files. */
export const buildable: readonly string[] = builds
  .filter((name) => !unbuildable.has(name))
  .map((name) => `${name}.bst`);

/** Elements whose files hold clones of repositories. */
export const cloned: ReadonlySet<string> = new Set(["runtime", "modules", "queued", "repo"]);

/** Elements whose refs are taken away and tracked. */
export const tracked = ["track_repo", "track_git", "track_tar", "track_zip", "track_crates"] as const;

const recorder = `#!/bin/sh
to=\${DESTDIR:-}
for word in "$@"; do case "$word" in DESTDIR=*) to=\${word#DESTDIR=};; esac; done
echo "\${0##*/} $*" >> "$BUILD_LOG"
if [ -n "$to" ]; then mkdir -p "$to"; cp "$BUILD_LOG" "$to/calls"; env | sort > "$to/environment"; fi
`;
const recorders = ["make", "cmake", "meson", "ninja", "python", "python3", "pip", "qmake", "perl", "gcc"];

const conf = `name: kinds
min-version: 2.0
element-path: elements
aliases:
  here: "file://PLACE/"
  repositories: "SERVER/"
plugins:
- origin: pip
  package-name: buildstream-plugins
  elements: [autotools, cmake, make, meson, setuptools, pip]
  sources: [git, patch]
- origin: pip
  package-name: buildstream-plugins-community
  elements: [pyproject, qmake, makemaker, modulebuild, flatpak_image, collect_manifest, collect_integration, check_forbidden, tar_element, oci,
    bazel_build, bazelize, cargo, dpkg_build, dpkg_deploy, flatpak_repo, snap_image, x86image]
  sources: [git_repo, git_module, patch_queue, cargo2, zip]
- origin: local
  path: plugins
  elements: [ostree, fastboot_bootimg, fastboot_ext4]
`;

function git(directory: string, ...args: readonly string[]): string {
  const identity = [
    "-c",
    "user.name=Nobody",
    "-c",
    "user.email=nobody@example.com",
    "-c",
    "protocol.file.allow=always",
  ];
  const environment = { GIT_AUTHOR_DATE: "2020-01-01T00:00:00Z", GIT_COMMITTER_DATE: "2020-01-01T00:00:00Z" };
  return execFileSync("git", [...identity, ...args], {
    cwd: directory,
    encoding: "utf8",
    env: { ...process.env, ...environment, GIT_CONFIG_GLOBAL: "/dev/null" },
  }).trim();
}

const sha256 = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");

/** A server of repositories, since dulwich cannot fetch from a directory. */
async function serve(directory: string): Promise<{ readonly url: string; readonly close: () => void }> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  const server = spawn(
    "git",
    [
      "daemon",
      "--export-all",
      "--reuseaddr",
      "--listen=127.0.0.1",
      `--port=${port}`,
      `--base-path=${directory}`,
      directory,
    ],
    { stdio: "ignore" },
  );
  for (let tries = 0; tries < 100; tries++) {
    const socket = connect(port, "127.0.0.1");
    const open = await new Promise((resolve) => {
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    });
    socket.destroy();
    if (open === true) return { url: `git://127.0.0.1:${port}`, close: () => server.kill() };
    await setTimeout(100);
  }
  throw new Error("git daemon does not answer");
}

/** Writes the project and what it fetches below `place`, and serves its repositories until closed. */
export async function write(
  place: string,
  packages: string,
): Promise<{ readonly project: string; readonly close: () => void }> {
  const project = join(place, "project");
  const file = (path: string, text: string, mode = 0o644) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode });
  };
  const upstream = join(place, "upstream");
  mkdirSync(upstream, { recursive: true });
  const server = await serve(upstream);
  writeBase(project);
  symlinkSync("busybox", join(project, "files/base/bin/truncate"));
  // The package has no entry point for these, or one that does not lead to its module.
  for (const name of [
    "ostree.py",
    "ostree.yaml",
    "fastboot_bootimg.py",
    "fastboot_bootimg.yaml",
    "fastboot_ext4.py",
    "fastboot_ext4.yaml",
  ])
    file(
      join(project, "plugins", name),
      readFileSync(join(packages, "buildstream_plugins_community/elements", name), "utf8"),
    );
  for (const name of recorders) file(join(project, "files/base/bin", name), recorder, 0o755);
  const repository = join(upstream, "library");
  file(join(repository, "configure"), '#!/bin/sh\necho configure "$@" >> $BUILD_LOG\n', 0o755);
  file(join(repository, "CMakeLists.txt"), "project(library)\n");
  file(join(repository, "Build"), '#!/bin/sh\nexec perl "$@"\n', 0o755);
  file(join(repository, "data/text"), "first\n");
  symlinkSync("text", join(repository, "data/link"));
  git(repository, "init", "-q", "-b", "main");
  git(repository, "add", ".");
  git(repository, "commit", "-q", "-m", "one");
  git(repository, "tag", "-a", "v1.2.3", "-m", "release");
  const released = git(repository, "rev-parse", "HEAD");
  file(join(repository, "data/text"), "second\n");
  git(repository, "commit", "-q", "-a", "-m", "two");
  const commit = git(repository, "rev-parse", "HEAD");
  const module = join(upstream, "whole");
  mkdirSync(module, { recursive: true });
  git(module, "init", "-q", "-b", "main");
  git(module, "submodule", "--quiet", "add", `file://${repository}`, "sub");
  git(module, "commit", "-q", "-m", "with a submodule");
  const whole = git(module, "rev-parse", "HEAD");
  const packed = join(place, "packed");
  cpSync(repository, join(packed, "library-1.2.3"), { recursive: true, filter: (path) => !path.includes("/.git") });
  const archive = (name: string, command: string, ...args: readonly string[]) => {
    execFileSync(command, args, { cwd: packed });
    return sha256(join(upstream, name));
  };
  const fixed = ["--sort=name", "--mtime=2020-01-01", "--owner=0", "--group=0"];
  const tar = archive(
    "library-1.2.3.tar.gz",
    "tar",
    "czf",
    join(upstream, "library-1.2.3.tar.gz"),
    ...fixed,
    "library-1.2.3",
  );
  const zip = archive(
    "library-1.2.3.zip",
    "python3",
    "-c",
    `import shutil; shutil.make_archive(${JSON.stringify(join(upstream, "library-1.2.3"))}, "zip", ".", "library-1.2.3")`,
  );
  file(join(packed, "crate-0.1.0/Cargo.toml"), '[package]\nname = "crate"\nversion = "0.1.0"\n');
  const crate = join(upstream, "crates/crate/crate-0.1.0.crate");
  mkdirSync(dirname(crate), { recursive: true });
  execFileSync("tar", ["czf", crate, ...fixed, "crate-0.1.0"], { cwd: packed });
  file(
    join(project, "files/lock/Cargo.lock"),
    `version = 3\n\n[[package]]\nname = "crate"\nversion = "0.1.0"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\nchecksum = "${sha256(crate)}"\n\n[[package]]\nname = "own"\nversion = "1.0.0"\n`,
  );
  file(
    join(project, "patches/queue/0001-first.patch"),
    "--- a/data/text\n+++ b/data/text\n@@ -1 +1 @@\n-second\n+patched\n",
  );
  file(
    join(project, "patches/queue/0002-second.patch"),
    "--- a/data/text\n+++ b/data/text\n@@ -1 +1 @@\n-patched\n+twice\n",
  );
  file(join(project, "project.conf"), conf.replace("PLACE", upstream).replace("SERVER", server.url));

  const element = (name: string, text: string) => file(join(project, "elements", `${name}.bst`), text);
  for (const [path, text] of Object.entries(RareElements.rare.files))
    file(join(project, path.replace(/\*$/, "")), text, path.endsWith("*") ? 0o755 : 0o644);
  for (const [name, text] of Object.entries(RareElements.rare.elements)) element(name, text);
  const repo = `- kind: git_repo\n  url: repositories:library\n  track: main\n  ref: ${commit}\n`;
  const tarball = `- kind: tar\n  url: here:library-1.2.3.tar.gz\n  ref: ${tar}\n`;
  const crates = `- kind: local\n  path: files/lock\n- kind: cargo2\n  url: here:crates\n  cargo-lock: Cargo.lock\n  ref:\n  - kind: registry\n    name: crate\n    version: 0.1.0\n    sha: ${sha256(crate)}\n`;
  element("base", "kind: import\nsources:\n- kind: local\n  path: files/base\n");
  const commands =
    "environment:\n  DESTDIR: '%{install-root}'\n  BUILD_LOG: '%{build-root}/calls'\nvariables:\n  build-root: /build\n";
  for (const kind of usual.slice(0, 10))
    element(
      kind,
      `kind: ${kind}\nbuild-depends:\n- base.bst\n${commands}sources:\n${kind === "cmake" ? repo : tarball}`,
    );
  element(
    "product",
    `kind: import\nruntime-depends:\n- runtime.bst\npublic:\n  bst:\n    integration-commands:\n    - touch /integrated\n    split-rules:\n      extra: [/data/link]\n  cpe:\n    vendor: nobody\nconfig:\n  target: /usr/product\nsources:\n${tarball}`,
  );
  element("runtime", `kind: import\nsources:\n${repo}- kind: patch_queue\n  path: patches/queue\n`);
  element(
    "flatpak_image",
    "kind: flatpak_image\nbuild-depends:\n- base.bst\n- product.bst\nconfig:\n  directory: /usr\n  include: [runtime]\n  exclude: [extra]\n  component-ids: []\n  metadata:\n    Runtime:\n      name: org.example.Product\n    Extension org.example.More:\n      directory: more\n",
  );
  const all = "build-depends:\n- product.bst\n- crates.bst\n- patched.bst\n- zipped.bst\n- modules.bst\n";
  element("manifest", `kind: collect_manifest\n${all}config:\n  path: /usr/manifest.json\n`);
  element(
    "spdx",
    `kind: collect_manifest\n${all}- manifest.bst\nconfig:\n  path: /spdx.json\n  output-type: spdx\n  spdx-info:\n    name: product\n    creators: ['Tool: test']\n    created: 0\n    data-license: CC0-1.0\n    doc-namespace: https://example.com/\n`,
  );
  element("locations", `kind: collect_manifest\n${all}config:\n  path: /old.json\n  use-source-provenance: False\n`);
  element(
    "collect_integration",
    "kind: collect_integration\nbuild-depends:\n- product.bst\nconfig:\n  script-path: /usr/bin/integrate\n",
  );
  element(
    "check_forbidden",
    "kind: check_forbidden\nbuild-depends:\n- product.bst\nconfig:\n  forbidden: [base.bst]\n",
  );
  element(
    "tar_none",
    "kind: tar_element\nbuild-depends:\n- patched.bst\nconfig:\n  filename: product\n  compression: none\n",
  );
  const image =
    "  images:\n  - os: linux\n    architecture: amd64\n    comment: a product\n    config:\n      Cmd: [/bin/sh]\n";
  element(
    "oci_layer",
    `kind: oci\nbuild-depends:\n- product.bst\nconfig:\n  mode: oci\n${image}    layer: [product.bst]\n`,
  );
  element("oci", `kind: oci\nbuild-depends:\n- product.bst\nconfig:\n  mode: oci\n${image}`);
  element(
    "docker_archive",
    `kind: oci\nbuild-depends:\n- product.bst\nconfig:\n  mode: docker\n  gzip: False\n${image}    tags: ['product:latest']\n`,
  );
  file(join(project, "patches/one.patch"), readFileSync(join(project, "patches/queue/0001-first.patch"), "utf8"));
  element("patched", `kind: import\nsources:\n${tarball}- kind: patch\n  path: patches/one.patch\n`);
  element("queued", `kind: import\nsources:\n${repo}- kind: patch_queue\n  path: patches/queue\n`);
  element("crates", `kind: import\nsources:\n${crates}`);
  element("zipped", `kind: import\nsources:\n- kind: zip\n  url: here:library-1.2.3.zip\n  ref: ${zip}\n`);
  element(
    "repo",
    `kind: import\nsources:\n- kind: git_repo\n  url: repositories:library\n  ref: v1.2.3-0-g${released}\n`,
  );
  element(
    "modules",
    `kind: import\nsources:\n- kind: git_repo\n  url: repositories:whole\n  ref: ${whole}\n- kind: git_module\n  url: repositories:library\n  path: sub\n  directory: sub\n  ref: ${commit}\n`,
  );
  element(
    "track_repo",
    "kind: import\nsources:\n- kind: git_repo\n  url: repositories:library\n  track: v*\n  ref-format: git-describe\n",
  );
  element("track_git", "kind: import\nsources:\n- kind: git\n  url: repositories:library\n  track: main\n");
  element("track_tar", "kind: import\nsources:\n- kind: tar\n  url: here:library-1.2.3.tar.gz\n");
  element("track_zip", "kind: import\nsources:\n- kind: zip\n  url: here:library-1.2.3.zip\n");
  element(
    "track_crates",
    "kind: import\nsources:\n- kind: local\n  path: files/lock\n- kind: cargo2\n  url: here:crates\n",
  );
  return { project, close: server.close };
}
