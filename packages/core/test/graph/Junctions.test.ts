import * as Result from "effect/Result";
import { describe, expect, it } from "vitest";
import { BstError } from "../../src/error/BstError.ts";
import * as Load from "../../src/graph/Load.ts";
import * as ParsedFiles from "../../src/graph/ParsedFiles.ts";
import * as MemoryFiles from "../../src/project/MemoryFiles.ts";
import { conf, dependencies, element, failure, host, load, request } from "./Loading.ts";

const top = {
  "project.conf": `${conf}aliases:\n  up: https://example.com/\n`,
  "app.bst": "kind: stack\ndepends: ['far.bst:x.bst']\n",
  "far.bst": `kind: junction\nsources:\n- kind: tar\n  url: up:far.tar\n  ref: ${"a".repeat(64)}\nconfig:\n  path: inner\n`,
};
const far = MemoryFiles.make(
  {
    "inner/project.conf": "name: far\nmin-version: 2.0\n",
    "inner/x.bst": "kind: manual\ndescription: far away\n",
  },
  "/staged/far",
);

describe("Junctions", () => {
  it("stops where sources are not at hand, and goes on when they are", () => {
    const files = ParsedFiles.make();
    const targets = ["app.bst"];
    const first = Load.load({ ...request, targets }, host(top), files);
    if (Result.isSuccess(first) || first.failure instanceof BstError) throw new Error("expected a junction");
    expect(first.failure.type).toBe("needs-junction");
    const { junction, error } = first.failure;
    expect(junction.fullName).toBe("far.bst");
    expect(junction.sources[0]?.resolved).toBe(true);
    expect(junction.element.role).toBe("junction");
    expect(junction.element.uniqueKey).toBe(1);
    expect(error.reason).toBe("subproject-fetch-needed");
    expect(error.place).toEqual({ file: "app.bst", line: 2, column: 10 });

    const second = Load.load({ ...request, targets }, host(top, { "far.bst": far }), files);
    if (Result.isFailure(second)) throw second.failure;
    const x = element(second.success, "far.bst:x.bst");
    expect(x.project.name).toBe("far");
    expect(x.project.files.directory).toBe("/staged/far/inner");
    expect(x.project.junctionPath).toEqual(["far.bst"]);
    expect(second.success.projects.map((project) => project.name)).toEqual(["test", "far"]);
  });

  it("names files of subprojects with their junction", () => {
    const files = {
      "project.conf": conf,
      "app.bst": "kind: stack\ndepends: ['j.bst:x.bst']\n",
      "j.bst": "kind: junction\nsources:\n- kind: local\n  path: s\n",
      "s/project.conf": "name: sub\nmin-version: 2.0\n",
      "s/x.bst": "kind: manual\nvariables:\n  a: '%{nope}'\n",
    };
    expect(failure(files, ["app.bst"]).place).toEqual({ file: "j.bst:x.bst", line: 3, column: 5 });
  });

  it("lets junctions and links be targets", () => {
    const files = {
      "project.conf": conf,
      "j.bst": "kind: junction\nsources:\n- kind: local\n  path: s\n",
      "l.bst": "kind: link\nconfig:\n  target: j.bst:x.bst\n",
      "s/project.conf": "name: sub\nmin-version: 2.0\n",
      "s/x.bst": "kind: manual\n",
    };
    const graph = load(files, ["j.bst", "l.bst", "j.bst:x.bst"]);
    expect(graph.targets.map((id) => graph.elements[id]?.fullName)).toEqual(["j.bst", "j.bst:x.bst", "j.bst:x.bst"]);
    expect(element(graph, "j.bst").environment.size).toBe(0);
  });

  it("follows links that lead nowhere but to each other only once", () => {
    const files = {
      "project.conf": conf,
      "app.bst": "kind: stack\ndepends: [a.bst]\n",
      "a.bst": "kind: link\nconfig: {target: b.bst}\n",
      "b.bst": "kind: link\nconfig: {target: a.bst}\n",
    };
    const error = failure(files, ["app.bst"]);
    expect(error.reason).toBe("circular-reference");
    expect(error.detail).toBe("a.bst -> b.bst -> a.bst");
  });

  it("crosses between projects as often as it must, without recursion", () => {
    const count = 3000;
    const files: Record<string, string> = {
      "project.conf": conf,
      "s/project.conf": "name: sub\nmin-version: 2.0\n",
      "j.bst": `kind: junction\nsources:\n- kind: local\n  path: s\nconfig:\n  overrides:\n${Array.from({ length: count }, (_, at) => `    o${at}.bst: t${at}.bst\n`).join("")}`,
    };
    for (let at = 0; at < count; at++) {
      files[`t${at}.bst`] = at === 0 ? "kind: stack\n" : `kind: stack\ndepends: ['j.bst:e${at}.bst']\n`;
      files[`s/e${at}.bst`] = `kind: stack\ndepends: [o${at - 1}.bst]\n`;
      files[`s/o${at}.bst`] = "kind: stack\n";
    }
    const graph = load(files, [`t${count - 1}.bst`]);
    expect(graph.elements).toHaveLength(2 * count - 1);
    expect(dependencies(graph, `j.bst:e${count - 1}.bst`)).toEqual([`t${count - 2}.bst`]);
  });

  it("collects warnings, with the token that could make them fatal", () => {
    const files = {
      "project.conf": `${conf}fail-on-overlap: True\n`,
      "app.bst": "kind: import\nsources:\n- kind: tar\n  url: https://example.com/x.tar\n",
    };
    const graph = load(files, ["app.bst"]);
    expect(graph.warnings.map((warning) => warning.token)).toEqual([null, "unaliased-url"]);
    expect(graph.warnings[1]?.message).toMatch(/^\[unaliased-url\]: .*https:\/\/example.com\/x.tar/);
    expect(graph.project.fatalWarnings).toEqual(["overlaps"]);
  });

  it("replaces the sources of an element with an open workspace", () => {
    const files = { ...top, "app.bst": "kind: import\nsources:\n- kind: tar\n  url: up:x.tar\n" };
    const workspaces = new Map([["app.bst", { directory: "/work/space", lastBuild: "key" }]]);
    const app = element(load(files, ["app.bst"], { workspaces }), "app.bst");
    expect(app.sources.map((source) => source.kind.name)).toEqual(["workspace"]);
    expect(app.sources[0]?.resolved).toBe(false);
    expect(app.workspace?.lastBuild).toBe("key");
  });

  it("leaves a project incomplete when its junctions are all that is wanted and it need not be complete", () => {
    const files = {
      "project.conf": `${conf}(@):\n- far.bst:more.yml\n`,
      "far.bst": "kind: junction\nsources:\n- kind: tar\n  url: https://example.com/far.tar\n",
    };
    expect(failure(files, ["far.bst"])).toMatchObject({ domain: "LOAD", reason: "subproject-inconsistent" });
    const graph = load(files, ["far.bst"], { complete: false });
    expect(graph.elements.map((loaded) => loaded.fullName)).toEqual(["far.bst"]);
  });

  it("checks the provenance of a junction's sources once the project's attributes are known", () => {
    const files = {
      "project.conf": conf,
      "files/x": "",
      "j.bst": "kind: junction\nsources:\n- kind: local\n  path: files\n  provenance:\n    maker: us\n",
    };
    expect(failure(files, ["j.bst"])).toMatchObject({
      domain: "LOAD",
      reason: "undefined-source-provenance-attribute",
      place: { file: "j.bst", line: 6, column: 11 },
    });
    const declared = { ...files, "project.conf": `${conf}source-provenance-attributes:\n  maker: who made it\n` };
    expect(load(declared, ["j.bst"]).elements).toHaveLength(1);
  });
});
