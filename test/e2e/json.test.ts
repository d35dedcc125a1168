/** `--json`: every document is what its schema says, and the written schemas are those of the code. */
import { createHash } from "node:crypto";
import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as Schema from "effect/Schema";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as Documents from "../../packages/cli/src/json/Documents.ts";
import * as Schemas from "../../packages/cli/src/json/Schemas.ts";
import { openSession } from "../support/session.ts";
import { root } from "../support/tools.ts";

const session = openSession({
  "app.bst":
    "kind: manual\nbuild-depends:\n- base.bst\nvariables:\n  mine: yes\nconfig:\n  install-commands:\n  - mkdir -p %{install-root}/bin\n  - echo hi > %{install-root}/bin/app\n  - ln -s app %{install-root}/bin/link\n",
  "upstream.bst": `kind: import\nsources:\n- kind: remote\n  url: file://${join(root, "LICENSE")}\n  ref: ${"0".repeat(64)}\n`,
  "fails.bst": "kind: manual\nbuild-depends:\n- base.bst\nconfig:\n  build-commands:\n  - exit 3\n",
});
beforeAll(async () => {
  expect((await session.bst("build", "app.bst")).status).toBe(0);
  expect((await session.bst("build", "fails.bst")).status).toBe(255);
  const opened = await session.bst("workspace", "open", "--directory", join(session.home, "ws"), "base.bst");
  expect({ status: opened.status, stderr: opened.stderr }).toMatchObject({ status: 0 });
});
afterAll(() => session.close());

async function ask<Name extends keyof typeof Documents.all>(
  name: Name,
  ...more: readonly string[]
): Promise<(typeof Documents.all)[Name]["Type"]> {
  const outcome = await session.bst(...name.split(" "), "--json", ...more);
  expect({ status: outcome.status, stderr: outcome.stderr }).toMatchObject({ status: 0 });
  const schema = Documents.all[name] as Schema.Codec<(typeof Documents.all)[Name]["Type"]>;
  return Schema.decodeUnknownSync(schema)(JSON.parse(outcome.stdout));
}

describe("--json", () => {
  it("show: the usual fields", async () => {
    const { elements } = await ask("show", "app.bst");
    expect(elements.map(({ name }) => name)).toEqual(["base.bst", "app.bst"]);
    expect(elements[0]).toMatchObject({ kind: "import", "workspace-dirs": join(session.home, "ws") });
    expect(elements[1]).toMatchObject({ "build-deps": ["base.bst"], "runtime-deps": [] });
    expect(elements[1]?.key).toBe(elements[1]?.["full-key"]?.slice(0, 8));
  });

  it("show: the symbols of a format", async () => {
    const { elements } = await ask(
      "show",
      "--deps",
      "none",
      "--format",
      "%{name} %{vars} %{env} %{key-document}",
      "app.bst",
    );
    expect(Object.keys(elements[0] ?? {}).sort()).toEqual(["env", "key-document", "name", "vars"]);
    expect(elements[0]?.vars).toMatchObject({ mine: "yes" });
    expect(elements[0]?.["key-document"]).toMatchObject({ "element-plugin-name": "manual" });
  });

  it("source list, source outdated", async () => {
    const place = { element: "upstream.bst", index: 0, kind: "remote" };
    const { sources } = await ask("source list", "upstream.bst");
    const urls = [`file://${join(root, "LICENSE")}`];
    expect(sources).toEqual([{ ...place, directory: null, urls, ref: "0".repeat(64), cached: false }]);
    const newest = createHash("sha256")
      .update(readFileSync(join(root, "LICENSE")))
      .digest("hex");
    const outdated = await ask("source outdated", "upstream.bst");
    expect(outdated.sources).toEqual([{ ...place, current: "0".repeat(64), newest }]);
    const text = await session.bst("source", "outdated", "upstream.bst");
    expect(text.stdout).toBe(`upstream.bst  remote  ${"0".repeat(64)} -> ${newest}\n`);
    // Nothing was written.
    expect((await ask("source list", "upstream.bst")).sources[0]?.ref).toBe("0".repeat(64));
  });

  it("workspace list", async () => {
    const { workspaces } = await ask("workspace list");
    expect(workspaces).toEqual([{ element: "base.bst", directory: join(session.home, "ws") }]);
  });

  describe("artifacts", () => {
    beforeAll(async () => {
      expect((await session.bst("workspace", "close", "base.bst")).status).toBe(0);
    });

    it("artifact show", async () => {
      const { artifacts } = await ask("artifact show", "app.bst", "fails.bst");
      expect(artifacts.map(({ element, state }) => [element, state])).toEqual([
        ["app.bst", "cached"],
        ["fails.bst", "failed"],
      ]);
      const name = artifacts[0]?.artifact as string;
      expect((await ask("artifact show", name)).artifacts).toEqual([
        { element: null, artifact: name, state: "cached" },
      ]);
    });

    it("artifact list-contents", async () => {
      const { artifacts } = await ask("artifact list-contents", "app.bst");
      expect(artifacts[0]?.files.map(({ path, type, size, target }) => [path, type, size, target])).toEqual([
        ["bin", "directory", 0, null],
        ["bin/app", "file", 3, null],
        ["bin/link", "symlink", 3, "app"],
      ]);
    });

    it("artifact log", async () => {
      const { artifacts } = await ask("artifact log", "app.bst");
      expect(artifacts[0]?.logs[0]?.text).toContain("echo hi");
    });
  });

  it("cache show, verify, clean", async () => {
    const shown = await ask("cache show");
    expect(shown.shares.find(({ kind }) => kind === "objects")?.count).toBeGreaterThan(3);
    expect(await ask("cache verify")).toMatchObject({ damaged: [], affected: [] });
    expect(await ask("cache clean")).toMatchObject({ schema: "cache clean", version: 1 });
  });

  it("cache verify of a damaged store fails, and still tells", async () => {
    const objects = join(session.home, "cache/cas/objects");
    const first = readdirSync(objects, { recursive: true, encoding: "utf8" }).find(
      (path) => path.length > 60,
    ) as string;
    chmodSync(join(objects, first), 0o644);
    writeFileSync(join(objects, first), "rotten");
    const outcome = await session.bst("cache", "verify", "--json");
    expect(outcome.status).toBe(255);
    expect(JSON.parse(outcome.stdout).damaged).toEqual([first.replace("/", "")]);
  });

  it("explain", async () => {
    const { errors } = await ask("explain", "invalid-data");
    expect(errors).toMatchObject([{ domain: "LOAD", reason: "invalid-data", owner: "project" }]);
    expect((await ask("explain", "LOAD/invalid-data")).errors).toEqual(errors);
    const unknown = await session.bst("explain", "invalid-dat");
    expect(unknown).toMatchObject({ status: 255, stdout: "" });
    expect(unknown.stderr).toContain("'invalid-data'");
    expect(await session.bst("explain", "--json", "invalid-dat")).toMatchObject({ status: 255, stdout: "" });
  });
});

it("the schemas in docs/schemas are those of the code (npm run docs)", () => {
  const written = readdirSync(join(root, "docs/schemas"));
  expect(written.sort()).toEqual([...Schemas.files().keys()].sort());
  for (const [name, text] of Schemas.files()) expect(readFileSync(join(root, "docs/schemas", name), "utf8")).toBe(text);
});
