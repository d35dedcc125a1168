import { describe, expect, it } from "vitest";
import { BstError } from "../../src/error/BstError.ts";
import * as MemoryFiles from "../../src/project/MemoryFiles.ts";
import * as Git from "../../src/source/kinds/Git.ts";
import * as GitRepo from "../../src/source/kinds/GitRepo.ts";
import type { AnySourceKind, SourceContext } from "../../src/source/SourceKind.ts";
import * as SourceKinds from "../../src/source/SourceKinds.ts";
import type { Mapping } from "../../src/yaml/Node.ts";
import * as Read from "../../src/yaml/Read.ts";

const warnings: string[] = [];

const context: SourceContext = {
  elementName: "test.bst",
  projectName: "test",
  files: MemoryFiles.make({ "patches/b": "b", "patches/a": "a", link: { symlink: "patches/a" } }),
  translateUrl: (url) => url.replace(/^up:/, "https://example.com/"),
  warn: (_token, message) => void warnings.push(message),
};

function config(text: string): Mapping {
  return Read.read({ name: "test.bst", project: null, path: "test.bst" }, text);
}

function kind(name: string): AnySourceKind {
  const found = SourceKinds.locate(name)?.kind;
  if (found === undefined) throw new Error(`no kind ${name}`);
  return found;
}

function failure(body: () => unknown): BstError {
  try {
    body();
  } catch (cause) {
    if (cause instanceof BstError) return cause;
    throw cause;
  }
  throw new Error("nothing failed");
}

const commit = "a1b2c3d4".repeat(5);
const hash = "0123456789abcdef".repeat(4);

/** One source of each kind that has a ref, with it and without. */
const samples: Readonly<Record<string, readonly [rest: string, ref: string]>> = {
  tar: ["url: up:a.tar\n", `ref: ${hash}\n`],
  zip: ["url: up:a.zip\n", `ref: ${hash}\n`],
  deb: ["url: up:a.deb\n", `ref: ${hash}\n`],
  remote: ["url: up:a\n", `ref: ${hash}\n`],
  bzr: ["url: up:b\ntrack: t\n", "ref: '1'\n"],
  git: ["url: up:g\ntrack: t\n", `ref: ${commit}\ntags:\n- {tag: v1, commit: ${commit}, annotated: True}\n`],
  git_tag: ["url: up:g\ntrack: t\n", `ref: v1-0-g${commit}\n`],
  git_repo: ["url: up:g\ntrack: t\n", `ref: ${commit}\n`],
  git_module: ["url: up:g\npath: p\n", `ref: ${commit}\n`],
  go_module: ["url: up:g\nmodule: m\n", `ref: {go-version: v1, git-ref: ${commit}}\n`],
  cargo: ["url: up:c\n", `ref: [{name: n, version: '1', sha: ${hash}, provenance: {by: me}}]\n`],
  gen_cargo_lock: ["", "ref: QQ==\n"],
  pip: ["url: up:p\npackages: [a]\n", "ref: a==1\n"],
  pypi: ["url: up:p\nname: n\n", `ref: {suffix: s, sha256sum: ${hash}}\n`],
  cpan: ["index: up:c\nname: n\n", `suffix: s\nsha256sum: ${hash}\n`],
  gnu: ["mirror: up:g\nname: n\n", `ref: {suffix: s, sha256sum: ${hash}}\n`],
  docker: ["url: up:d\n", `ref: ${hash}\n`],
  anitya: ["url: up:x{version}\nproject-id: 1\n", `ref: {version: '1', sha256sum: ${hash}}\n`],
  ostree: ["url: up:o\ntrack: t\n", `ref: ${hash}\n`],
  bazel_file: ["url: up:f\n", `ref: ${hash}\n`],
  bazel_source: ["", `ref: ${hash}\n`],
};

describe.each(Object.entries(samples))("%s", (name, [rest, ref]) => {
  const resolved = (): unknown => kind(name).configure(config(rest + ref), context);

  it("is resolved when it has a ref", () => {
    const bare: unknown = kind(name).configure(config(rest), context);
    expect(kind(name).isResolved(bare)).toBe(false);
    expect(kind(name).ref(bare)).toBeUndefined();
    expect(kind(name).isResolved(resolved())).toBe(true);
  });

  it("takes the ref that it gives, and has the same key then", () => {
    const bare: unknown = kind(name).configure(config(rest), context);
    const value = kind(name).ref(resolved());
    const keys = kind(name).refKeys ?? ["ref"];
    const written = config(JSON.stringify(keys.length === 1 && keys[0] === "ref" ? { ref: value } : value));
    const node = keys.length === 1 && keys[0] === "ref" ? written.entries.get("ref") : written;
    const again: unknown = kind(name).withRef?.(bare, node, context);
    expect(kind(name).ref(again)).toEqual(value);
    expect(kind(name).uniqueKey(again, context)).toEqual(kind(name).uniqueKey(resolved(), context));
    const cleared: unknown = kind(name).withRef?.(again, undefined, context);
    expect(kind(name).isResolved(cleared)).toBe(false);
  });

  it("refuses unknown keys", () => {
    expect(failure(() => kind(name).configure(config(`${rest}unknown-key: x\n`), context)).reason).toBe("invalid-data");
  });
});

describe("source kinds", () => {
  it("keep the provenance of crates when the ref changes", () => {
    const [rest, ref] = samples["cargo"] as readonly [string, string];
    const settings: unknown = kind("cargo").configure(config(rest + ref), context);
    const tracked = config(`ref: [{name: n, version: '2', sha: ${hash}}, {name: m, version: '1', sha: ${hash}}]\n`);
    const next: unknown = kind("cargo").withRef?.(settings, tracked.entries.get("ref"), context);
    expect(kind("cargo").ref(next)).toEqual([
      { name: "n", version: "2", sha: hash, provenance: { by: "me" } },
      { name: "m", version: "1", sha: hash },
    ]);
  });

  it("need a registry's url in keys only, and say so", () => {
    const settings: unknown = kind("cargo").configure(
      config(`ref: [{name: n, version: '1', sha: ${hash}}]\n`),
      context,
    );
    expect(kind("cargo").urls(settings)).toEqual([]);
    expect(failure(() => kind("cargo").uniqueKey(settings, context)).message).toContain("'url'");
  });

  it("read default urls from the module of a pinned package", () => {
    const cases = {
      cargo: ['self.original_url = node.get_str("url", "https://example.com/crates")\n', `ref: []\n`],
      cargo2: ['x = node.get_str(\n    "url", "https://example.com/crates"\n)\n', ""],
      pip: ['_PYPI_INDEX_URL = "https://example.com/crates"\n', "packages: [a]\n"],
      docker: ["_DOCKER_HUB_URL = 'https://example.com/crates'\n", "image: i\n"],
    };
    for (const [name, [module, text]] of Object.entries(cases)) {
      const pinned = SourceKinds.withModule(kind(name), module as string);
      const settings: unknown = pinned.configure(config(text as string), context);
      expect(pinned.uniqueKey(settings, context)).toMatchObject({ 0: "https://example.com/crates" });
      const own = name === "docker" ? "registry-url: up:own\nimage: i\n" : `url: up:own\n${text}`;
      const chosen: unknown = pinned.configure(config(own), context);
      expect(pinned.uniqueKey(chosen, context)).toMatchObject({ 0: "up:own" });
    }
  });

  it("go_module follows the release that is pinned", () => {
    const text = `url: up:g\nmodule: m\nref: {go-version: v1, git-ref: ${commit}, explicit: True}\n`;
    const old = SourceKinds.withModule(kind("go_module"), '"explicit": ref.get_bool("explicit"),\n');
    const key = (chosen: AnySourceKind) => chosen.uniqueKey(chosen.configure(config(text), context), context);
    expect(key(old)).toMatchObject({ ref: { explicit: true } });
    warnings.length = 0;
    expect(key(kind("go_module"))).toMatchObject({ ref: { explicit: null } });
    expect(warnings).toEqual(["'explicit' is deprecated and ignored"]);
    const first = SourceKinds.withModule(
      kind("go_module"),
      'get_bool("explicit")\n{"module": self.module, "bugfix": 0}\n',
    );
    expect([key(first), key(old), key(kind("go_module"))]).toMatchObject([{ bugfix: 0 }, { bugfix: 1 }, { bugfix: 1 }]);
  });

  it("cargo2 follows the release that is pinned", () => {
    const module = 'node.get_str("vendor-dir", "crates")\nreturn [\n    self.ref,\n    "x",\n]\n';
    const key = (chosen: AnySourceKind) => chosen.uniqueKey(chosen.configure(config("url: up:c\n"), context), context);
    expect(key(SourceKinds.withModule(kind("cargo2"), module))).toEqual(["up:c", "Cargo.lock", "crates", [], "x"]);
    expect(key(kind("cargo2"))).toEqual(["up:c", "Cargo.lock", ".vendored-crates", [], "a"]);
  });

  it("git counts a described ref by its commit", () => {
    expect(Git.commit(`v1-gtk-3-g${commit}`)).toBe(commit);
    expect(Git.commit(commit)).toBe(commit);
    expect(GitRepo.refPattern.exec(`v1-3-g${commit}`)?.slice(1)).toEqual(["v1", "3", commit]);
    expect(failure(() => kind("git_repo").configure(config("url: u\nref: short\n"), context)).domain).toBe("SOURCE");
    expect(failure(() => kind("git").configure(config("url: u\n"), context)).reason).toBe("missing-track-and-ref");
  });

  it("local paths stay in the project and are no links", () => {
    const reason = (path: string) => failure(() => kind("local").configure(config(`path: ${path}\n`), context)).reason;
    expect(reason("link")).toBe("proj-path-invalid-kind");
    expect(reason("../x")).toBe("proj-path-invalid");
    expect(reason("nothing")).toBe("missing-file");
  });

  it("remote names its file by the translated url, and refuses directories in a name", () => {
    const settings: unknown = kind("remote").configure(config(`url: up:x/y.txt\nref: ${hash}\n`), context);
    expect(kind("remote").uniqueKey(settings, context)).toEqual(["up:x/y.txt", hash, "y.txt", false]);
    const bad = () => kind("remote").configure(config("url: up:x\nfilename: a/b\n"), context);
    expect(failure(bad).reason).toBe("filename-contains-directory");
  });

  it("a workspace is resolved while its directory is there", () => {
    const text = "path: /w\nlast_build: ''\n";
    expect(kind("workspace").isResolved(kind("workspace").configure(config(text), context))).toBe(false);
    const there = { ...context, workspaceDigest: () => ({ hash, size: 1 }) };
    const settings: unknown = kind("workspace").configure(config(text), there);
    expect(kind("workspace").uniqueKey(settings, there)).toBe(hash);
  });
});
