/** Options that no other test uses, each with what it changes; and that no row of the oracle's command line is without a test. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSession } from "../support/session.ts";
import { root } from "../support/tools.ts";

const named = "http://127.0.0.1:9";
const recommended = "http://127.0.0.1:11";
const session = openSession(
  {
    "app.bst":
      "kind: manual\nbuild-depends:\n- base.bst\nsources:\n- kind: local\n  path: files/app\nconfig:\n  install-commands:\n  - mkdir -p %{install-root}/bin\n  - cp left %{install-root}/bin/app\npublic:\n  bst:\n    integration-commands: [touch /integrated]\n",
    "a-last.bst": "kind: stack\ndepends: [base.bst]\n",
    "mirrored.bst":
      "kind: import\nsources:\n- kind: remote\n  url: alias:file\n  ref: b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c\n",
    "sub.bst": "kind: junction\nsources:\n- kind: local\n  path: subproject\n",
    "crossing.bst": "kind: stack\ndepends: ['sub.bst:inner.bst']\n",
  },
  {
    conf: `options:\n  flavour:\n    type: enum\n    values: [red, green]\n    default: green\n    description: Taste\nartifacts:\n- url: ${recommended}\nsource-caches:\n- url: ${recommended}\naliases:\n  alias: file:///nowhere/\nmirrors:\n- name: first\n  aliases: {alias: ['file:///first/']}\n- name: second\n  aliases: {alias: ['file://@HOME@/mirror/']}\n`,
  },
);

beforeAll(() => {
  const conf = readFileSync(join(session.project, "project.conf"), "utf8");
  session.write("project.conf", conf.replace("@HOME@", session.home));
  for (const directory of ["files/app", "subproject"]) mkdirSync(join(session.project, directory), { recursive: true });
  session.write("files/app/left", "left\n");
  session.write("subproject/project.conf", "name: sub\nmin-version: 2.0\n");
  session.write("subproject/inner.bst", "kind: import\nsources:\n- kind: local\n  path: inner.bst\n");
  mkdirSync(join(session.home, "mirror"));
  writeFileSync(join(session.home, "mirror/file"), "foo\n");
});
afterAll(() => session.close());

async function well(...args: readonly string[]) {
  const outcome = await session.bst(...args);
  expect({ status: outcome.status, stderr: outcome.stderr }).toMatchObject({ status: 0 });
  return outcome;
}

const artifacts = ["--artifact-remote", named, "--ignore-project-artifact-remotes"];
const sources = ["--source-remote", named, "--ignore-project-source-remotes"];

describe("options", () => {
  it("of bst: what a session is, as its heading says; a build tree is kept", async () => {
    const main = [
      "--pushers",
      "3",
      "--verbose",
      "--cache-buildtrees",
      "always",
      "--pull-buildtrees",
      "--option",
      "flavour",
      "red",
    ];
    const { stderr } = await well(...main, "build", ...artifacts, ...sources, "app.bst");
    expect(stderr).toContain("Maximum Push Tasks:      3");
    expect(stderr).toMatch(/flavour: +red/);
    expect(stderr).toContain(`Failed to initialize remote ${named}`);
    expect(stderr).not.toContain(`remote ${recommended}`);
  });

  it("of shell: the build tree, with a directory of the host unless it is isolated", async () => {
    const shared = join(session.home, "shared");
    mkdirSync(shared);
    writeFileSync(join(shared, "note"), "from outside\n");
    const options = ["--use-buildtree", "--mount", shared, "/mnt", ...artifacts, ...sources];
    const command = ["app.bst", "--", "sh", "-c", "cat left; cat /mnt/note || true"];
    expect((await well("shell", ...options, ...command)).stdout).toContain("left\nfrom outside\n");
    const isolated = await well("shell", "--isolate", ...options, ...command);
    expect(isolated.stdout).toContain("left\n");
    expect(isolated.stdout).not.toContain("from outside");
  });

  it("of artifact checkout: integrated, and a compressed archive", async () => {
    const archive = join(session.home, "app.archive");
    await well(
      "artifact",
      "checkout",
      "--integrate",
      "--deps",
      "build",
      "--tar",
      archive,
      "--compression",
      "gz",
      ...artifacts,
      "app.bst",
    );
    expect([...readFileSync(archive).subarray(0, 2)]).toEqual([0x1f, 0x8b]);
  });

  it("of source checkout: a compressed archive", async () => {
    const archive = join(session.home, "app.sources");
    await well("source", "checkout", "--tar", archive, "--compression", "bz2", ...sources, "app.bst");
    expect(readFileSync(archive).subarray(0, 3).toString("latin1")).toBe("BZh");
  });

  for (const [words, options] of [
    [["artifact", "show"], artifacts],
    [["artifact", "pull"], artifacts],
    [["artifact", "push"], artifacts],
    [["source", "fetch"], sources],
    [["source", "push"], sources],
    [["workspace", "open", "--directory", join(session.home, "workspace")], sources],
  ] as const) {
    it(`of ${words.slice(0, 2).join(" ")}: only the server of the command line is asked`, async () => {
      const { stderr } = await session.bst(...words, ...options, "app.bst");
      expect(stderr).not.toContain(`remote ${recommended}`);
      if (["pull", "push"].includes(words[1])) expect(stderr).toContain(named);
      expect(stderr).not.toContain("defect");
    });
  }

  it("of show: in the order of staging, or by name", async () => {
    const names = async (order: string) =>
      (await well("show", "--order", order, "--format", "%{name}", "a-last.bst")).stdout.trim().split("\n");
    expect(await names("stage")).toEqual(["base.bst", "a-last.bst"]);
    expect(await names("alpha")).toEqual(["a-last.bst", "base.bst"]);
  });

  it("of bst: the mirror that is tried first", async () => {
    const { stderr } = await well("--default-mirror", "second", "source", "fetch", "mirrored.bst");
    expect(stderr).not.toContain("file:///first/");
  });

  it("of source track: sources of subprojects have no place for their refs", async () => {
    const outcome = await session.bst("source", "track", "--cross-junctions", "--deps", "all", "crossing.bst");
    expect(outcome.status).toBe(255);
    expect(outcome.stderr).toContain("ref-storage");
  });

  it("of init: version and directory", async () => {
    const directory = join(session.home, "new");
    await well("init", "--project-name", "new", "--min-version", "2.4", "--element-path", "parts", directory);
    const conf = readFileSync(join(directory, "project.conf"), "utf8");
    expect(conf).toContain("min-version: 2.4");
    expect(conf).toContain("element-path: parts");
    expect(existsSync(join(directory, "parts"))).toBe(true);
  });
});

describe("the oracle's command line", () => {
  const golden: Readonly<Record<string, { readonly options: readonly { readonly flags: readonly string[] }[] }>> =
    JSON.parse(readFileSync(new URL("../golden/cli/commands.json", import.meta.url), "utf8"));
  const tests = ["test", "packages/cli/test", "packages/sandbox/test"]
    .flatMap((directory) =>
      readdirSync(join(root, directory), { recursive: true, encoding: "utf8" })
        .filter((path) => path.endsWith(".ts"))
        .map((path) => readFileSync(join(root, directory, path), "utf8")),
    )
    .concat(readFileSync(join(root, "packages/cli/README.md"), "utf8"))
    .join("\n");

  it("has a test for every command and every option", () => {
    const unused = Object.entries(golden).flatMap(([path, { options }]) => {
      const words = path.split(" ").slice(1);
      const command = words.every((word) => tests.includes(`"${word}"`)) ? [] : [path];
      const long = options.map(({ flags }) => flags.find((flag) => flag.startsWith("--")) as string);
      const used = (flag: string) => [`"${flag}"`, `${flag}=`, ` ${flag} `].some((form) => tests.includes(form));
      return [...command, ...long.filter((flag) => !used(flag)).map((flag) => `${path} ${flag}`)];
    });
    expect(unused).toEqual([]);
  });
});
