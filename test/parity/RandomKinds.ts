/** Kinds of the plugin packages in random projects: elements that build, and sources that a key can be made of without the network. */
import type { Choices } from "./Choices.ts";
import type { Mutable, Value } from "./RandomValues.ts";

const commit = "0123456789abcdef0123456789abcdef01234567";
const digest = "fedcba9876543210".repeat(4);

/** Element kinds that need nothing but what every element has. */
export const elementKinds = ["autotools", "cmake", "make", "meson", "pip", "setuptools", "pyproject", "makemaker"];

/** The `plugins` section that registers them all. */
export function plugins(): Value {
  const names = (sources: readonly string[], elements: readonly string[]) => ({ sources, elements });
  return [
    {
      origin: "pip",
      "package-name": "buildstream-plugins",
      ...names(["cargo", "docker", "git", "patch"], elementKinds.slice(0, 6)),
    },
    {
      origin: "pip",
      "package-name": "buildstream-plugins-community",
      ...names(
        ["cargo2", "git_module", "git_repo", "git_tag", "go_module", "patch_queue", "pypi", "zip"],
        elementKinds.slice(6),
      ),
    },
  ];
}

const variableNames = ["command-subdir", "conf-local", "make-args", "build-dir", "meson-local", "cmake-global", "key"];

/** A variable that one of the kinds minds. */
export function variable(choices: Choices): string {
  return choices.one(variableNames);
}

/** Now and then a key that the kind does not know, or a value of another type. */
function marred(choices: Choices, made: Mutable): Mutable {
  if (choices.rarely(25)) made["nosuch"] = "x";
  if (choices.rarely(40)) made["url"] = ["list"];
  return made;
}

function flag(choices: Choices, made: Mutable, name: string): void {
  if (choices.rarely(3)) made[name] = choices.one(["True", "False", ...(choices.rarely(8) ? ["yes"] : [])]);
}

const makers: Readonly<Record<string, (choices: Choices) => Mutable>> = {
  git: (choices) => {
    const made: Mutable = { url: choices.one(["up:a.git", "https://example.com/b.git"]), track: "main" };
    made["ref"] = choices.one([commit, `v1.2-3-g${commit}`, "v1.2"]);
    flag(choices, made, "checkout-submodules");
    if (choices.rarely(3))
      made["submodules"] = { "sub/x": { url: "up:x.git", checkout: choices.one(["True", "False"]) } };
    if (choices.rarely(3)) made["tags"] = [{ tag: "v1", commit, annotated: choices.one(["True", "False"]) }];
    flag(choices, made, "track-tags");
    return made;
  },
  git_repo: (choices) => {
    const made: Mutable = {
      url: "up:a.git",
      track: choices.one(["main", "v*"]),
      ref: choices.one([commit, `v1-0-g${commit}`]),
    };
    if (choices.rarely(3)) made["exclude"] = ["*rc*"];
    if (choices.rarely(3)) made["ref-format"] = choices.one(["sha1", "git-describe", "odd"]);
    return made;
  },
  git_tag: (choices) => {
    const made: Mutable = { url: "up:a.git", track: "main", ref: choices.one([commit, `v1-0-g${commit}`]) };
    flag(choices, made, "track-tags");
    flag(choices, made, "full-clone");
    if (choices.rarely(3)) made["match"] = ["v*"];
    if (choices.rarely(3)) made["submodules"] = { "sub/x": { url: "up:x.git" } };
    return made;
  },
  git_module: (choices) => ({ url: "up:m.git", path: choices.one(["sub/x", "y"]), ref: commit }),
  cargo: (choices) => {
    const crate: Mutable = { name: "a", version: "1.0", sha: digest };
    const made: Mutable = {
      url: "up:crates",
      ref: choices.one<Value>([[crate], [crate, { ...crate, name: "b" }], []]),
    };
    if (choices.rarely(3)) made["vendor-dir"] = "crates";
    if (choices.rarely(3)) made["cargo-lock"] = "x/Cargo.lock";
    return made;
  },
  cargo2: (choices) => ({
    url: "up:crates",
    ref: [
      { kind: "registry", name: "a", version: "1.0", sha: digest },
      ...choices.many(1, () => ({
        kind: "git",
        repo: "https://example.com/x",
        commit,
        name: "b",
        version: "2",
        query: { branch: "m" },
      })),
    ],
  }),
  docker: (choices) => {
    const made: Mutable = {
      "registry-url": "https://registry.example.com",
      image: "library/x",
      ref: `sha256:${digest}`,
    };
    if (choices.rarely(3)) made["architecture"] = "arm64";
    if (choices.rarely(3)) made["os"] = "linux";
    return made;
  },
  go_module: () => ({
    url: "up:mod.git",
    "module-name": "example.com/mod",
    ref: { "go-version": "v1.0.0", "git-ref": commit, explicit: "True" },
  }),
  pypi: () => ({ url: "up:pypi", name: "thing", ref: { sha256sum: digest, suffix: "ab/thing-1.tar.gz" } }),
  patch: (choices) => {
    const made: Mutable = { path: choices.one(["files/a/one.txt", "files/missing.patch"]) };
    if (choices.rarely(3)) made["strip-level"] = choices.one(["0", "1", "x"]);
    return made;
  },
  patch_queue: (choices) => {
    const made: Mutable = { path: choices.one(["files/a", "files/a/one.txt"]) };
    if (choices.rarely(3)) made["strip-level"] = "2";
    return made;
  },
  zip: (choices) => {
    const made: Mutable = { url: "up:x.zip", ref: digest };
    if (choices.rarely(3)) made["base-dir"] = choices.one(["", "x*"]);
    return made;
  },
};

const needPrevious = new Set(["patch", "patch_queue", "cargo", "cargo2", "git_module"]);

/** A source; the first of an element is mostly one that can stand first. */
export function source(choices: Choices, first: boolean): Mutable {
  const kinds = Object.keys(makers).filter((kind) => !first || !needPrevious.has(kind) || choices.rarely(20));
  const kind = choices.one(kinds);
  return { kind, ...marred(choices, (makers[kind] as (choices: Choices) => Mutable)(choices)) };
}
