/** Crates: a registry's files, lock files new and old, and crates that live in git, alone, in workspaces and deep below them. */
import type { Case } from "./Case.ts";
import * as World from "./World.ts";

const crates: Readonly<Record<string, Buffer>> = {
  "alpha-1.0.0": World.tarball({
    "alpha-1.0.0/Cargo.toml": '[package]\nname = "alpha"\nversion = "1.0.0"\n',
    "alpha-1.0.0/src/lib.rs": "pub fn a() {}\n",
    "alpha-1.0.0/configure": { text: "#!/bin/sh\n", executable: true },
    "alpha-1.0.0/latest": { link: "src/lib.rs" },
  }),
  "alpha-2.0.0+meta": World.tarball({ "alpha-2.0.0+meta/src/lib.rs": "pub fn a2() {}\n" }),
  "beta_x-0.1.0": World.tarball({ "beta_x-0.1.0/": { directory: true }, "beta_x-0.1.0/src/lib.rs": "// é\n" }),
};

function serve(world: World.World): void {
  for (const [place, bytes] of Object.entries(crates)) {
    const name = place.slice(0, place.indexOf("-"));
    world.files.set(`/crates/${name}/${place}.crate`, bytes);
  }
}

function locked(name: string, version: string, checksum = true): string {
  const sum = checksum ? `checksum = "${World.sha256(crates[`${name}-${version}`] as Buffer)}"\n` : "";
  return `[[package]]\nname = "${name}"\nversion = "${version}"\nsource = "registry+https://index.invalid/"\n${sum}\n`;
}

const ownPackage =
  '# made by hand\nversion = 3\n\n[[package]]\nname = "own"\nversion = "0.0.0"\ndependencies = [\n "alpha",\n]\n\n';
const registry = {
  aliases: { crates: "https://crates.invalid/" },
  mirrors: (world: World.World) => ({ crates: `${world.url}/` }),
};

const cargo: Case = {
  name: "cargo",
  kind: "cargo",
  config: { url: "crates:crates" },
  ...registry,
  before: {
    // Cargo sorts its packages; a merge of lock files may not have.
    "Cargo.lock":
      ownPackage + locked("beta_x", "0.1.0") + locked("alpha", "2.0.0+meta", false) + locked("alpha", "1.0.0"),
  },
  prepare: serve,
};

const cargoNamed: Case = {
  ...cargo,
  name: "cargo-named",
  config: { url: "crates:crates/", "cargo-lock": "deep/locked.toml", "vendor-dir": "third/party" },
  before: { "deep/locked.toml": ownPackage + locked("alpha", "1.0.0") },
};

const manifests: World.Members = {
  "Cargo.toml": `[workspace]
members = ["crates/*", "tools/./one", "missing"]
resolver = "2"

[workspace.package]
version = "3.2.1"
authors = ["Some One", "é"]
license = "MIT"
rust-version = "1.70"

[workspace.dependencies]
serde = { version = "1.0", features = ["derive"], default-features = false }
plain = "2"
sibling = { path = "crates/sibling" }

[workspace.lints.rust]
unsafe_code = "forbid"
`,
  "crates/member/Cargo.toml": `# A comment that is lost.
[package]
name = "member"
version.workspace = true
authors.workspace = true
license = { workspace = true }
edition = "2021"
metadata.docs.rs = { all-features = true, targets = [] }

[lib]
proc-macro = false

[[bin]]
name = "one"
path = "src/one.rs"

[[bin]]
name = "two"

[dependencies]
serde = { workspace = true, features = ["rc"], optional = true }
plain.workspace = true
other = { version = "0.3", path = "../hidden" }

[dev-dependencies]
sibling = { workspace = true }

[target.'cfg(unix)'.dependencies]
plain = { workspace = true }

[features]
default = ["serde"]
2021 = []

[lints]
workspace = true
`,
  "crates/member/src/lib.rs": "pub fn member() {}\n",
  "crates/member/build.sh": { text: "#!/bin/sh\n", executable: true },
  "crates/sibling/Cargo.toml": '[package]\nname = "sibling"\nversion = "0.1.0"\n',
  "crates/hidden/Cargo.toml": '[package]\nname = "hidden-crate"\nversion = { workspace = true }\n',
  "crates/hidden/src/lib.rs": "pub fn hidden() {}\n",
  "crates/.skipped/Cargo.toml": '[package]\nname = "member"\nversion = "0.0.1"\n',
  "tools/one/Cargo.toml":
    '[package]\nname = "tool-one"\nversion = "1.5.0"\n[dependencies]\ndeep = { path = "lib/deep" }\n',
  "tools/one/lib/deep/Cargo.toml": '[package]\nname = "deep"\nversion = "1.0.0"\n',
  "tools/one/lib/deep/lib.rs": "",
};

function gitPackage(name: string, version: string, repo: string, query: string, commit: string): string {
  return `[[package]]\nname = "${name}"\nversion = "${version}"\nsource = "git+https://git.invalid/${repo}${query}#${commit}"\n\n`;
}

/** The commits of the two repositories; they are the same wherever these are made. */
export const commits = {
  workspace: "0000000000000000000000000000000000000000",
  single: "0000000000000000000000000000000000000000",
};

function repositories(world: World.World): { readonly workspace: string; readonly single: string } {
  serve(world);
  const workspace = World.repository(world, "workspace.git", [[manifests]]);
  const single = World.repository(world, "single", [
    [{ "Cargo.toml": '[package]\nname = "single"\nversion = "0.9.0"\n', "src/lib.rs": "// 0\n" }, "v0.9.0"],
    [{ "Cargo.toml": '[package]\nname = "single"\nversion = "1.0.0"\n', "src/lib.rs": "// 1\n", l: { link: "src" } }],
  ]);
  return { workspace, single };
}

const cargo2: Case = {
  name: "cargo2",
  kind: "cargo2",
  config: {
    url: "crates:crates",
    "git-mirrors": { "https://git.invalid": "https://elsewhere.invalid", "https://git.invalid/": "repos:" },
  },
  aliases: { ...registry.aliases, repos: "https://git.invalid/" },
  mirrors: (world) => ({ crates: `${world.url}/`, repos: `file://${world.directory}/` }),
  get before() {
    const { workspace, single } = commits;
    return {
      "Cargo.lock":
        ownPackage +
        gitPackage("tool-one", "1.5.0", "workspace.git", "?branch=main", workspace) +
        gitPackage("member", "3.2.1", "workspace.git", "?branch=main", workspace) +
        gitPackage("hidden-crate", "3.2.1", "workspace.git", "?branch=main", workspace) +
        gitPackage("deep", "1.0.0", "workspace.git", "?rev=a%20b%2Fc~d", workspace) +
        gitPackage("single", "1.0.0", "single", "", single) +
        locked("beta_x", "0.1.0") +
        locked("alpha", "1.0.0", false),
    };
  },
  // What git keeps there differs with the time; see the test of its own.
  ignored: ["single-1.0.0/.git"].map((path) => `.vendored-crates/${path}`),
  prepare: (world) => void Object.assign(commits, repositories(world)),
};

export const cases: readonly Case[] = [cargo, cargoNamed, cargo2];
