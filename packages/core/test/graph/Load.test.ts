import { describe, expect, it } from "vitest";
import * as Scope from "../../src/graph/Scope.ts";
import * as Selection from "../../src/graph/Selection.ts";
import { conf, dependencies, element, failure, load } from "./Loading.ts";

const simple = {
  "project.conf": `${conf}element-path: elements\nvariables:\n  greeting: hello\nenvironment:\n  GREET: "%{greeting} %{project-name}"\n`,
  "files/hello.txt": "hello\n",
  "elements/base.bst": "kind: import\nsources:\n- kind: local\n  path: files\n",
  "elements/tool.bst": "kind: stack\ndepends:\n- base.bst\n",
  "elements/app.bst": `kind: manual
build-depends:
- tool.bst
runtime-depends:
- base.bst
variables:
  greeting: good day
config:
  build-commands:
  - echo %{greeting}
public:
  bst:
    split-rules:
      runtime:
        (>):
        - /extra
`,
};

describe("Load", () => {
  it("loads a project with local sources", () => {
    const graph = load(simple, ["app.bst"]);
    expect(graph.elements.map((loaded) => loaded.fullName)).toEqual(["base.bst", "tool.bst", "app.bst"]);
    const app = element(graph, "app.bst");
    expect(app.environment.get("GREET")).toBe("good day test");
    expect(app.variables.get("element-name")).toBe("app.bst");
    expect(app.variables.get("max-jobs")).toBe("4");
    expect(dependencies(graph, "app.bst")).toEqual(["base.bst", "tool.bst"]);
    expect(element(graph, "base.bst").sources[0]?.uniqueKey()).toMatch(/^[0-9a-f]{64}$/);
    const rules = app.public.entries.get("bst");
    expect(JSON.stringify(rules?.type === "mapping" && rules.entries.get("split-rules"))).toBeDefined();
    const view = Scope.make(graph.elements);
    expect(Selection.select(view, graph.targets, "run")).toEqual([0, 2]);
    expect(view.buildScope(2)).toEqual([0, 1]);
  });

  it("loads all elements when the project names no default targets", () => {
    expect(load(simple).targets).toHaveLength(3);
    const named = { ...simple, "project.conf": `${simple["project.conf"]}defaults:\n  targets: [tool.bst]\n` };
    expect(load(named).elements).toHaveLength(2);
  });

  it("says what is wrong with a name, and what was meant", () => {
    expect(failure(simple, ["elements/app.bst"])).toMatchObject({
      domain: "LOAD",
      reason: "missing-file",
      hint: "Did you mean 'app.bst'?",
    });
    expect(failure(simple, ["app"]).reason).toBe("bad-element-suffix");
    expect(failure(simple, ["a?p.bst"]).reason).toBe("bad-characters-in-name");
    expect(failure({}, ["app.bst"]).reason).toBe("missing-project-conf");
  });

  it("takes a dependency with an empty junction from the project itself", () => {
    const files = {
      "project.conf": conf,
      "a.bst": "kind: manual\nbuild-depends:\n- filename: ':b.bst'\n  config: {location: /b}\n- b.bst\n",
      "b.bst": "kind: stack\n",
    };
    const graph = load(files, ["a.bst"]);
    expect(dependencies(graph, "a.bst")).toEqual(["b.bst"]);
    expect(element(graph, "a.bst").uniqueKey).toMatchObject({ layout: { "/b": [":b.bst"] } });
  });

  it("shows the way of a circular dependency", () => {
    const files = {
      "project.conf": conf,
      "a.bst": "kind: stack\ndepends: [b.bst]\n",
      "b.bst": "kind: stack\ndepends: [c.bst]\n",
      "c.bst": "kind: stack\ndepends: [b.bst]\n",
    };
    const error = failure(files, ["a.bst"]);
    expect(error.reason).toBe("circular-dependency");
    expect(error.detail).toBe("Dependency chain: b.bst -> c.bst -> b.bst");
  });

  it("loads a chain of 20,000 elements", () => {
    const files: Record<string, string> = { "project.conf": conf };
    for (let at = 0; at < 20_000; at++) {
      files[`e${at}.bst`] = at === 0 ? "kind: stack\n" : `kind: stack\ndepends: [e${at - 1}.bst]\n`;
    }
    expect(load(files, ["e19999.bst"]).elements).toHaveLength(20_000);
  });
});
