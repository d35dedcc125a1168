/** The kinds around git, over http from git's own server program. */
import { join } from "node:path";
import type { Case } from "./Case.ts";
import * as World from "./World.ts";

const urls = {
  aliases: { repo: "https://git.invalid/" },
  mirrors: (world: World.World) => ({ repo: `${world.url}/git/` }),
};

const files = {
  a: "1",
  "d/run": { text: "#!/bin/sh\n", executable: true },
  "d/l": { link: "../a" },
} as const;

/** A repository with tags on two branches. */
function branches(world: World.World): string {
  World.repository(world, "own.git", [
    [{ ...files, a: "0" }, "v0.9", "other-5"],
    [{ ...files, a: "1" }, "v1.0"],
    [{ ...files, a: "2" }],
    [{ ...files, a: "3" }, "v1.10", "rc-9"],
    [{ ...files, a: "4" }],
  ]);
  const path = join(world.directory, "own.git");
  World.git(path, "branch", "side", "v1.0");
  World.git(path, "tag", "light", "v1.0~0");
  return path;
}

/** One with attributes that change files, and two submodules of which one has no commit. */
function modules(world: World.World): void {
  const path = branches(world);
  World.repository(world, "sub.git", [
    [{ s: "old" }],
    [{ s: "new", "win.txt": "one\ntwo\n", ".gitattributes": "*.txt text eol=crlf\n" }, "s1"],
  ]);
  const commit = World.git(join(world.directory, "sub.git"), "rev-parse", "HEAD~1");
  World.write(path, {
    "win.txt": "one\ntwo\n",
    "id.c": "/* $Id$ */\n",
    ".gitattributes": "*.txt text eol=crlf\n*.c ident\n",
    ".gitmodules": [
      '[submodule "one"]\n\tpath = lib/one\n\turl = https://other.invalid/sub.git\n',
      '[submodule "two"]\n\tpath = lib/two\n\turl = https://other.invalid/sub.git\n',
      '[submodule "three"]\n\tpath = lib/three\n\turl = https://other.invalid/sub.git\n',
    ].join(""),
  });
  World.git(path, "add", "-A");
  World.git(path, "update-index", "--add", "--cacheinfo", `160000,${commit},lib/one`);
  World.git(
    path,
    "update-index",
    "--add",
    "--cacheinfo",
    `160000,${World.git(join(world.directory, "sub.git"), "rev-parse", "HEAD")},lib/two`,
  );
  World.git(path, "commit", "-q", "-m", "modules");
}

function own(name: string, kind: string, config: Readonly<Record<string, unknown>>): Case {
  return {
    name,
    kind,
    config: { url: "repo:own.git", ...config },
    ...urls,
    ignored: [".git"],
    ...(kind === "git" ? { refKeys: ["ref", "tags"] } : {}),
    prepare: (world) => void branches(world),
  };
}

function withModules(name: string, kind: string, config: Readonly<Record<string, unknown>>): Case {
  return {
    ...own(name, kind, config),
    ignored: [".git", "lib/one/.git", "lib/two/.git", "lib/three/.git"],
    smallMirror: kind === "git_tag",
    prepare: modules,
  };
}

const gitModule: Case = {
  ...own("git_module", "git_module", { url: "repo:sub.git", path: "/lib/two" }),
  ignored: [".git", ".gitmodules", "a", "lib/two/.git"],
  smallMirror: true,
  arrange: (world, directory) => {
    World.git(directory, "init", "-q");
    const path = join(world.directory, "own.git");
    World.git(directory, "fetch", "-q", path, "main");
    World.git(directory, "checkout", "-q", "FETCH_HEAD");
  },
  prepare: modules,
};

/** Files whose line ends attributes change, here and there and not at all. */
const lineEnds: Case = {
  ...own("git_repo-line-ends", "git_repo", { track: "main" }),
  prepare: (world) => {
    const two = "one\ntwo\n";
    World.repository(world, "own.git", [
      [
        {
          ".gitattributes":
            "*.bat text eol=crlf\n*.cmd eol=crlf\n*.auto text=auto eol=crlf\n*.old crlf eol=crlf\n*.unix text eol=lf\n*.raw -text eol=crlf\n*.text text\n*.id ident eol=crlf\n",
          "a.bat": two,
          "run.bat": { text: two, executable: true },
          "same.txt": two,
          "b.cmd": `${two}three\r\n`,
          "c.auto": two,
          "mixed.auto": `${two}three\r\n`,
          "d.old": two,
          "e.unix": `${two}three\r\n`,
          "f.raw": two,
          "g.text": two,
          "i.id": "$Id$\n",
          "zero.bat": "\0\n",
          "deep/.gitattributes": "*.txt eol=crlf\n*.bat -text\n",
          "deep/j.txt": two,
          "deep/k.bat": two,
          "é/l.bat": "\n\n",
          "link.bat": { link: "a.bat" },
        },
      ],
    ]);
  },
};

const lfs: Case = {
  ...own("git_tag-lfs", "git_tag", { track: "main", "use-lfs": true, url: "repo:large" }),
  mirrors: (world) => ({ repo: `file://${world.directory}/` }),
  programs: ["git-lfs"],
  prepare: (world) => {
    const path = join(world.directory, "large");
    World.repository(world, "large", [[files]]);
    World.git(path, "lfs", "install", "--local");
    World.write(path, { ".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n", "d/large.bin": "large" });
    World.git(path, "add", "-A");
    World.git(path, "commit", "-q", "-m", "large");
    World.git(path, "tag", "-m", "v2", "v2");
  },
};

const module = { url: "repo:sub.git" };

export const cases: readonly Case[] = [
  own("git", "git", { track: "main" }),
  own("git-describe", "git", { track: "main", "ref-format": "git-describe" }),
  own("git-tags", "git", { track: "main", "track-tags": true }),
  withModules("git-modules", "git", {
    track: "main",
    submodules: { "lib/one": module, "lib/two": { checkout: false } },
  }),
  own("git_repo", "git_repo", { track: "side" }),
  own("git_repo-newest", "git_repo", { track: "v*", exclude: ["v0*"], "ref-format": "git-describe" }),
  own("git_repo-describe", "git_repo", { track: "main", "ref-format": "git-describe" }),
  own("git_repo-full-name", "git_repo", { track: "refs/tags/light", "ref-format": "git-describe" }),
  lineEnds,
  own("git_tag", "git_tag", { track: "main" }),
  own("git_tag-exact", "git_tag", { track: "main", "track-tags": true, match: ["v*"] }),
  own("git_tag-exclude", "git_tag", { track: "main", match: ["v*"], exclude: ["v1.1*"] }),
  own("git_tag-extra", "git_tag", { track: "side", "track-extra": ["main"], "track-tags": true, match: ["rc-*"] }),
  own("git_tag-full", "git_tag", { track: "side", "full-clone": true, "use-lfs": false }),
  withModules("git_tag-modules", "git_tag", {
    track: "main",
    submodules: { "lib/one": module, "lib/two": { ...module } },
  }),
  withModules("git_tag-some", "git_tag", {
    track: "main",
    "checkout-submodules": false,
    submodules: { "lib/two": { ...module, checkout: true } },
  }),
  lfs,
  gitModule,
];
