import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { BstError } from "@millrace/core/error/BstError";
import * as Load from "@millrace/core/graph/Load";
import * as MemoryFiles from "@millrace/core/project/MemoryFiles";
import * as Result from "effect/Result";
import { afterAll, describe, expect, it } from "vitest";
import * as Drivers from "../../src/fetch/Drivers.ts";
import * as ScriptPlugins from "../../src/plugins/ScriptPlugins.ts";

const place = mkdtempSync(join(tmpdir(), "millrace-scripts-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));
const example = fileURLToPath(new URL("../../../../examples/typescript-plugin", import.meta.url));

function read(directory: string): Record<string, string> {
  const paths = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(paths.map((path) => [path.slice(directory.length + 1), readFileSync(path, "utf8")]));
}

function load(directory: string, targets: readonly string[]) {
  return Load.load(
    {
      ...Load.defaults,
      targets,
      host: { os: "Linux", machine: "x86_64", cpus: 4 },
      scripts: ScriptPlugins.load,
    },
    {
      files: MemoryFiles.make(read(directory), directory),
      junction: () => undefined,
      directory: () => MemoryFiles.make({}),
    },
  );
}

let count = 0;

/** Writes a project with these files and loads `e.bst`. */
function project(origin: string, files: Record<string, string>, element = "kind: own\n") {
  const directory = join(place, `${count++}`);
  const all = {
    "project.conf": `name: test\nmin-version: 2.0\nplugins:\n- ${origin}\n  elements: [own]\n`,
    "e.bst": element,
    ...files,
  };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  const loaded = load(directory, ["e.bst"]);
  if (Result.isSuccess(loaded)) return loaded.success.elements[0];
  if (loaded.failure instanceof BstError) return loaded.failure;
  throw new Error("needs a junction");
}

const local = "origin: local\n  path: plugins";
const ninja = `{ build }) => build.kind("x", "variables:\\n  own: from module\\n")`;

describe("plugins in TypeScript", () => {
  it("loads the example", () => {
    const { elements } = Result.getOrThrow(load(example, ["tree.bst", "hello.bst"]));
    const tree = elements.find((element) => element.name === "tree.bst");
    expect(tree?.kind.name).toBe("listing");
    expect(tree?.uniqueKey).toEqual({ target: "/usr/share/tree.bst" });
    const source = elements.find((element) => element.name === "hello.bst")?.sources[0];
    expect(source?.kind.name).toBe("release");
    expect(source?.kind.urls(source.settings)).toEqual([{ url: "releases:hello/hello-2.10.tar.gz", primary: true }]);
    expect(source !== undefined && Drivers.has(source) && Drivers.find(source).kind).toBe("tar");
  });

  it("tells the example's own mistake with its place", () => {
    const files = { "plugins/own.ts": readFileSync(join(example, "plugins/listing.ts"), "utf8") };
    const failed = project(local, files, "kind: own\nconfig:\n  target: usr\n");
    expect(failed).toMatchObject({ reason: "relative-target", place: { file: "e.bst", line: 3, column: 10 } });
  });

  it("takes defaults from the file beside the module, and the registered name", () => {
    const module = `export const element = (${ninja.replace("build }", "BuildElement: build }")};\n`;
    expect(project(local, { "plugins/own.js": module })).toMatchObject({ kind: { name: "own" } });
    const own = project(local, { "plugins/own.js": module, "plugins/own.yaml": "variables:\n  own: from yaml\n" });
    expect(own instanceof BstError ? own : own?.variables.get("own")).toBe("from yaml");
  });

  it("loads a package of npm, with kinds by name", () => {
    const files = {
      "node_modules/kinds/package.json": `{"name": "kinds", "type": "module", "exports": "./main.js"}`,
      "node_modules/kinds/main.js": `export const elements = { own: ({ elementKind }) => elementKind("stack") };\n`,
    };
    expect(project("origin: npm\n  package-name: kinds", files)).toMatchObject({
      kind: { name: "own", hasArtifact: false },
    });
  });

  for (const [what, files] of Object.entries({
    "throws while it is loaded": { "plugins/own.ts": "throw new Error('no');\n" },
    "is not TypeScript": { "plugins/own.ts": "export const element = {{\n" },
    "exports nothing": { "plugins/own.ts": "export const other = 1;\n" },
    "lacks a function": { "plugins/own.ts": "export const element = { configure: () => 1 };\n" },
    "awaits at its top level": { "plugins/own.mts": "await 1;\nexport const element = {};\n" },
    "is not there": { "plugins/README": "" },
  })) {
    it(`says so when a module ${what}`, () => {
      const failed = project(local, files as Record<string, string>);
      expect(failed).toBeInstanceOf(BstError);
      expect(failed).toMatchObject({ domain: "PLUGIN" });
      expect((failed as BstError).place).toBeDefined();
    });
  }

  it("says how to install a package that is not there", () => {
    const failed = project("origin: npm\n  package-name: no-such-kinds", {});
    expect(failed).toMatchObject({
      domain: "PLUGIN",
      hint: "Install it beside the project: npm install no-such-kinds",
    });
  });
});
