/** Records as the oracle writes them; they were compared for all sources of gnome-build-meta and of the packages' own test projects. */
import { describe, expect, it } from "vitest";
import * as MemoryFiles from "../../src/project/MemoryFiles.ts";
import type { Source } from "../../src/source/Source.ts";
import * as SourceInfo from "../../src/source/SourceInfo.ts";
import type { SourceContext } from "../../src/source/SourceKind.ts";
import * as SourceKinds from "../../src/source/SourceKinds.ts";
import * as Dump from "../../src/yaml/Dump.ts";
import * as Read from "../../src/yaml/Read.ts";

const commit = "a1b2c3d4".repeat(5);
const hash = "0123456789abcdef".repeat(4);
const context: SourceContext = {
  elementName: "test.bst",
  projectName: "test",
  files: MemoryFiles.make({ "patches/b": "b", "patches/a": "a" }),
  translateUrl: (url) => url.replace(/^up:/, "https://example.com/"),
  warn: () => {},
};

/** The records of a source without its kind; `module` is that of a pinned release. */
function records(name: string, text: string, module?: string): string {
  const found = SourceKinds.locate(name)?.kind;
  if (found === undefined) throw new Error(`no kind ${name}`);
  const kind = module === undefined ? found : SourceKinds.withModule(found, module);
  const config = Read.read({ name: "test.bst", project: null, path: "test.bst" }, text);
  const settings: unknown = kind.configure(config, context);
  const source = { kind, config, node: config, settings, context, index: 0 } as unknown as Source;
  return Dump.dump(SourceInfo.of(source) ?? "nothing").replaceAll(`- kind: ${name}\n`, "-\n");
}

describe("source information", () => {
  it("of git_repo names tag, distance and ecosystem, the last one not before 2.3.2", () => {
    const text = `url: up:g\ntrack: t\nref: v1.2-0-g${commit}\n`;
    const body = `-\n  url: https://example.com/g\n  medium: git\n  version-type: commit\n  version: ${commit}\n  version-guess: '1.2'\n`;
    const extra = "  extra-data:\n    tag-name: v1.2\n    commit-offset: 0\n";
    const plain = (dump: string) => dump.replaceAll("'", "");
    expect(plain(records("git_repo", text))).toBe(`${plain(body)}${extra}    ecosystem: GIT\n`);
    expect(plain(records("git_repo", text, "class X:\n"))).toBe(plain(body) + extra);
    const git = records("git", `url: up:g\ntrack: t\nref: v1.2-0-g${commit}\n`);
    expect(git).not.toContain("extra-data");
  });

  it.each([
    ["^\\d{4}[a-z]", "2026c-0", "2026c"],
    ["(\\d+)_(\\d+)(?:_(\\d+))?", "r1_2 v3_4_5", "3.4.5"],
    ["(?P<major>\\d+)-x", "12-x", "12"],
    ["\\d{9}", "v1", undefined],
    ["(", "v1", undefined],
  ])("guesses a version by %s", (pattern, tag, version) => {
    const text = `url: up:g\ntrack: t\nref: '${tag}-1-g${commit}'\nversion-guess-pattern: '${pattern}'\n`;
    const guessed = /version-guess: '?(.*?)'?\n/.exec(records("git_repo", text))?.[1];
    expect(guessed).toBe(version);
  });

  it("has a record for each crate, package and patch", () => {
    const crates = `url: up:c\ngit-mirrors:\n  https://git.example.org/: 'up:'\nref:
- {kind: registry, name: a, version: '1.0.0', sha: ${hash}}
- {kind: git, name: b, version: '2.0.0', repo: 'https://git.example.org/b', commit: ${commit}}
`;
    const cargo = records("cargo2", crates);
    expect(cargo).toContain("url: https://example.com/c/a/a-1.0.0.crate\n  medium: remote-file");
    expect(cargo).toContain("url: https://example.com/b\n  medium: git");
    expect(cargo.match(/version-guess/g)).toHaveLength(2);
    expect(cargo).toContain("crate-name: b\n    ecosystem: GIT");
    const pip = records("pip", "url: up:i\npackages: [a]\nref: |\n  a==1.0\n  b==2.0\n");
    expect(pip.match(/medium: pypi\n {2}version-type: indexed-version/g)).toHaveLength(2);
    const patches = records("patch_queue", "path: patches/\n");
    expect(patches.match(/url: patches\/[ab]\n/g)).toEqual(["url: patches/a\n", "url: patches/b\n"]);
  });

  it("of files of registries and of images", () => {
    const pypi = records("pypi", `url: up:p/\nname: n\nref: {suffix: ab/n-1.5.tar.gz, sha256sum: ${hash}}\n`);
    expect(pypi).toContain("url: https://example.com/p/ab/n-1.5.tar.gz\n");
    expect(pypi).toContain("ecosystem: PyPI");
    const image = records("docker", `url: up:library/x\nref: ${hash}\nversion: v3\n`);
    expect(image).toBe(
      `-\n  url: https://example.com\n  medium: oci-image\n  version-type: oci-digest\n  version: sha256:${hash}\n  version-guess: v3\n  extra-data:\n    image-name: library/x\n`,
    );
    expect(records("tar", "url: up:a.tar\n")).toContain("version: None\n");
  });
});
