/** Archives and single files from a web server, and the kinds that change the sources before them. */
import type { Case } from "./Case.ts";
import * as World from "./World.ts";

const web = {
  aliases: { web: "https://web.invalid/" },
  mirrors: (world: World.World) => ({ web: `${world.url}/` }),
};

const members: World.Members = {
  "top-1/": { directory: true },
  "top-1/bin/run": { text: "#!/bin/sh\n", executable: true },
  "top-1/bin/same": { hardlink: "top-1/bin/run" },
  "top-1/lib": { link: "usr/lib" },
  "top-1/a b/é.txt": "1",
  "other/x": "2",
};

/** A Debian package: an `ar` archive with the files in `data.tar.gz`. */
function deb(): Buffer {
  const parts: Buffer[] = [Buffer.from("!<arch>\n")];
  const contents: readonly (readonly [string, Buffer])[] = [
    ["debian-binary", Buffer.from("2.0\n")],
    ["control.tar.gz", World.tarball({ "./control": "Package: x\n" })],
    [
      "data.tar.gz",
      World.tarball({
        "./": { directory: true },
        "./usr/": { directory: true },
        "./usr/bin/run": { text: "#!", executable: true },
        "./etc/conf": "1",
      }),
    ],
  ];
  for (const [name, bytes] of contents) {
    const heading = `${name.padEnd(16)}${"0".padEnd(12)}${"0".padEnd(6)}${"0".padEnd(6)}${"100644".padEnd(8)}${String(bytes.length).padEnd(10)}\`\n`;
    parts.push(Buffer.from(heading), bytes, Buffer.alloc(bytes.length % 2, "\n"));
  }
  return Buffer.concat(parts);
}

function download(
  name: string,
  kind: string,
  path: string,
  bytes: Buffer,
  config: Readonly<Record<string, unknown>> = {},
): Case {
  return {
    name,
    kind,
    config: { url: `web:${path}`, ...config },
    ...web,
    prepare: (world) => void world.files.set(`/${path}`, bytes),
  };
}

const change = (from: string, to: string) => `--- a/d/file\n+++ b/d/file\n@@ -1,2 +1,2 @@\n first\n-${from}\n+${to}\n`;
const patch = (from: string, to: string) =>
  `${change(from, to)}--- /dev/null\n+++ b/made-${to}\n@@ -0,0 +1 @@\n+${to}\n`;

/** A kind that patches the sources before it with files of the project. */
function patching(
  name: string,
  config: Readonly<Record<string, unknown>>,
  own: Readonly<Record<string, string>>,
  program: string,
): Case {
  return {
    name,
    kind: name.split("-")[0] as string,
    config,
    aliases: {},
    mirrors: () => ({}),
    before: { "d/file": "first\none\n" },
    own,
    programs: [program],
    prepare: () => {},
  };
}

export const cases: readonly Case[] = [
  download("tar", "tar", "x/top-1.tar.gz", World.tarball(members)),
  download("tar-whole", "tar", "x/top-1.tar", World.tar(members), { "base-dir": "" }),
  download("tar-deep", "tar", "top.tar.gz", World.tarball(members), { "base-dir": "*/bin", directory: "to/there" }),
  download("zip", "zip", "x.zip", World.zip({ "t/": "", "t/a": "1", "t/b/c": "2", "z/d": "3" })),
  download("deb", "deb", "pool/x.deb", deb(), { "base-dir": "" }),
  download("deb-usr", "deb", "pool/x.deb", deb(), { "base-dir": "usr" }),
  download("remote", "remote", "some/file.bin", Buffer.from("bytes")),
  download("remote-named", "remote", "file", Buffer.from("bytes"), {
    filename: "run",
    executable: true,
    directory: "d",
  }),
  patching("patch", { path: "p.diff" }, { "p.diff": patch("one", "two") }, "patch"),
  patching(
    "patch-strip",
    { path: "p.diff", "strip-level": 2, directory: "d" },
    { "p.diff": change("one", "two") },
    "patch",
  ),
  patching(
    "patch_queue",
    { path: "queue" },
    { "queue/2.patch": patch("two", "three"), "queue/1.patch": patch("one", "two") },
    "git",
  ),
  {
    ...patching("quilt", { path: "debian/patches" }, {}, "quilt"),
    before: {
      "d/file": "first\none\n",
      "debian/patches/series": "one\n",
      "debian/patches/one": patch("one", "two"),
    },
    ignored: [".pc"],
  },
];
