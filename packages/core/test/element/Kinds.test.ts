import { describe, expect, it } from "vitest";
import * as ElementKinds from "../../src/element/ElementKinds.ts";
import * as Scope from "../../src/graph/Scope.ts";
import type { Plan } from "../../src/plan/Plan.ts";
import * as Composite from "../../src/yaml/Composite.ts";
import * as Read from "../../src/yaml/Read.ts";
import { conf, element, type Files, failure, load } from "../graph/Loading.ts";

const both = { "files/a": "a" };

function project(elements: Files): Files {
  const base = "kind: import\nsources: [{kind: local, path: files}]\n";
  return { "project.conf": conf, "base.bst": base, ...both, ...elements };
}

function plan(files: Files, name: string): Plan {
  const graph = load(project(files), [name]);
  const found = element(graph, name);
  return found.kind.plan(found.settings, found, Scope.make(graph.elements));
}

describe("the registry", () => {
  it("has every kind once, under its name, with default YAML that reads and composes", () => {
    for (const home of ElementKinds.packages) {
      const names = ElementKinds.names(home);
      expect(new Set(names).size).toBe(names.length);
      for (const name of names) {
        const kind = ElementKinds.find(name, home);
        expect(kind?.name).toBe(name);
        const file = { name: `${name}.yaml`, project: null, path: null };
        Composite.assertFullyComposited(Read.read(file, kind?.defaults ?? ""));
      }
    }
    expect(ElementKinds.locate("cargo")?.home).toBe("buildstream-plugins-community");
    expect(ElementKinds.locate("nothing")).toBeUndefined();
  });

  it("takes the version of artifacts from a pinned module", () => {
    const kind = ElementKinds.find("bazelize", "buildstream-plugins-community");
    if (kind === undefined) throw new Error("no bazelize");
    expect(ElementKinds.withModule(kind, "    BST_ARTIFACT_VERSION = 3\n").artifactVersion).toBe(3);
    expect(ElementKinds.withModule(kind, "class X:\n").artifactVersion).toBe(4);
  });

  it("takes collect_manifest as the pinned release has it", () => {
    const kind = ElementKinds.find("collect_manifest", "buildstream-plugins-community");
    if (kind === undefined) throw new Error("no collect_manifest");
    const facts = (chosen: typeof kind) => [
      chosen.artifactVersion,
      chosen.strictRebuild,
      chosen.runsCommands({}),
      chosen.uniqueKey({ path: "/m.json", sourceProvenance: chosen.strictRebuild }, {} as never),
    ];
    expect(facts(ElementKinds.withModule(kind, "    BST_ARTIFACT_VERSION = 1\n"))).toEqual([
      1,
      false,
      true,
      { path: "/m.json" },
    ]);
    const later = ElementKinds.withModule(kind, 'BST_ARTIFACT_VERSION = 2\nget_enum("output-type")\n');
    expect(facts(later)).toEqual([2, true, false, { path: "/m.json", source_provenance: true }]);
  });
});

describe("builds", () => {
  it("stage by location, integrate the root, stage sources, and run four lists", () => {
    const made = plan(
      {
        "app.bst": `
kind: manual
build-depends:
- base.bst
- filename: tool.bst
  config: {location: /opt, digest-environment: TOOL}
variables: {command-subdir: sub}
config:
  configure-commands: [./configure]
  build-commands: [make]
  strip-commands: []
`,
        "tool.bst": "kind: stack\ndepends: [base.bst]\n",
      },
      "app.bst",
    );
    expect(made.workingDirectory).toBe("/buildstream/test/app.bst/sub");
    expect(made.markedDirectories).toEqual(["/buildstream/test/app.bst", "/buildstream-install"]);
    expect(made.digestVariables.map(({ name, elements }) => [name, elements.length])).toEqual([["TOOL", 2]]);
    expect(made.stage.map((step) => [step.type, "at" in step ? step.at : ""])).toEqual([
      ["stage-artifacts", "/"],
      ["stage-artifacts", "/opt"],
      ["integrate", ""],
      ["stage-sources", "/buildstream/test/app.bst"],
    ]);
    expect(made.assemble).toEqual([
      {
        type: "run",
        label: "Running commands",
        readOnlyRoot: true,
        commands: [
          { argv: ["sh", "-c", "-e", "./configure\n"], label: "./configure", configures: true },
          { argv: ["sh", "-c", "-e", "make\n"], label: "make" },
        ],
      },
    ]);
    expect([made.collect, made.buildRoot]).toEqual(["/buildstream-install", "/buildstream/test/app.bst"]);
  });

  it("keep a build root that holds the install root", () => {
    const text = "kind: manual\nvariables: {build-root: /b, install-root: /b/out}\n";
    expect(plan({ "app.bst": text }, "app.bst").buildRoot).toBeUndefined();
  });

  it("print as a script that stops at the first failure", () => {
    const text = "kind: manual\nconfig: {build-commands: [make, 'make check'], strip-commands: []}\n";
    const graph = load(project({ "app.bst": text }), ["app.bst"]);
    const app = element(graph, "app.bst");
    expect(app.kind.generateScript?.(app.settings, app)).toBe(
      "(set -ex; make\n) || exit 1\n(set -ex; make check\n) || exit 1\n",
    );
  });

  it("refuse unknown keys, of configuration and of dependencies", () => {
    const unknown = failure(project({ "app.bst": "kind: manual\nconfig: {build-command: []}\n" }), ["app.bst"]);
    expect([unknown.domain, unknown.reason]).toEqual(["LOAD", "invalid-data"]);
    const dependency = "kind: manual\nbuild-depends: [{filename: base.bst, config: {place: /}}]\n";
    expect(failure(project({ "app.bst": dependency }), ["app.bst"]).reason).toBe("invalid-data");
  });
});

describe("other core kinds", () => {
  it("script stages its build scope at the root when it has no layout", () => {
    const made = plan({ "s.bst": "kind: script\nconfig: {commands: [ls]}\n" }, "s.bst");
    expect(made.stage.map((step) => step.type)).toEqual(["stage-artifacts", "integrate", "mkdir"]);
    expect(made.assemble).toMatchObject([{ type: "run", label: "Running 'commands'", readOnlyRoot: false }]);
  });

  it("import moves a part of its sources to a directory", () => {
    const text = "kind: import\nsources: [{kind: local, path: files}]\nconfig: {source: /x/, target: usr}\n";
    expect(plan({ "i.bst": text }, "i.bst").assemble).toMatchObject([{ from: "/input/x", to: "/output/usr" }]);
    expect(failure(project({ "i.bst": "kind: import\n" }), ["i.bst"]).domain).toBe("ELEMENT");
  });

  it("compose selects only when asked to", () => {
    const all = plan({ "c.bst": "kind: compose\nbuild-depends: [base.bst]\n" }, "c.bst");
    expect([all.collect, all.assemble.map((step) => step.type)]).toEqual(["/", ["integrate"]]);
    const text = "kind: compose\nbuild-depends: [base.bst]\nconfig: {exclude: [devel]}\n";
    const some = plan({ "c.bst": text }, "c.bst");
    expect(some.assemble.map((step) => step.type)).toEqual(["snapshot", "integrate", "select"]);
    expect(some.collect).toBe("/buildstream/install");
    const quiet = plan({ "c.bst": "kind: compose\nconfig: {integrate: False}\n" }, "c.bst");
    expect([quiet.runsCommands, quiet.assemble]).toEqual([false, []]);
  });

  it("filter needs one build dependency that has files and is not needed to run", () => {
    const reason = (text: string, more: Files = {}) =>
      failure(project({ "f.bst": `kind: filter\n${text}`, ...more }), ["f.bst"]).reason;
    expect(reason("")).toBe("filter-bdepend-wrong-count");
    expect(reason("depends: [base.bst]\n")).toBe("filter-bdepend-also-rdepend");
    expect(reason("build-depends: [s.bst]\n", { "s.bst": "kind: stack\n" })).toBe("filter-bdepend-no-artifact");
  });

  it("filter stands for its dependency and can pass integration on", () => {
    const text = "kind: filter\nbuild-depends: [base.bst]\nconfig: {include: [runtime], pass-integration: True}\n";
    const graph = load(project({ "f.bst": text }), ["f.bst"]);
    const filter = element(graph, "f.bst");
    expect(filter.kind.redirect?.(filter.settings, filter)).toBe(element(graph, "base.bst").id);
    const made = filter.kind.plan(filter.settings, filter, Scope.make(graph.elements));
    expect(made.passIntegrationOf).toBe(element(graph, "base.bst").id);
    expect(made.stage).toMatchObject([{ split: { include: ["runtime"], orphans: false }, knownDomains: {} }]);
  });

  it("stack wants dependencies of both types", () => {
    const text = "kind: stack\nbuild-depends: [base.bst]\n";
    expect(failure(project({ "s.bst": text }), ["s.bst"]).reason).toBe("stack-requires-build-and-run");
  });
});

describe("community kinds", () => {
  const withPlugins = (kinds: string, elements: Files): Files => ({
    ...project(elements),
    "project.conf": `${conf}plugins:\n- {origin: pip, package-name: buildstream-plugins-community, elements: [${kinds}]}\n`,
  });
  const planOf = (files: Files, name: string): Plan => {
    const graph = load(files, [name]);
    const found = element(graph, name);
    return found.kind.plan(found.settings, found, Scope.make(graph.elements));
  };

  it("collect_integration writes the commands of all but ignored elements, through filters", () => {
    const made = planOf(
      withPlugins("collect_integration", {
        "lib.bst": "kind: manual\npublic: {bst: {integration-commands: [one]}}\n",
        "lib-runtime.bst":
          "kind: filter\nbuild-depends: [lib.bst]\nconfig: {pass-integration: True}\npublic: {bst: {integration-commands: [two]}}\n",
        "other.bst": "kind: manual\npublic: {bst: {integration-commands: [never]}}\n",
        "c.bst":
          "kind: collect_integration\nbuild-depends: [lib-runtime.bst, other.bst]\nconfig: {script-path: /run.sh, ignore: [other.bst]}\n",
      }),
      "c.bst",
    );
    expect(made.assemble).toEqual([
      {
        type: "write-file",
        path: "/run.sh",
        executable: true,
        text: "#!/bin/sh\nset -e\n\n# integration commands from lib-runtime.bst\none\n\ntwo\n\n",
      },
    ]);
  });

  it("check_forbidden fails in assembly, naming the offender", () => {
    const files = withPlugins("check_forbidden", {
      "c.bst": "kind: check_forbidden\nbuild-depends: [base.bst]\nconfig: {forbidden: [base.bst]}\n",
      "d.bst": "kind: check_forbidden\nbuild-depends: [base.bst]\nconfig: {forbidden: [c.bst]}\n",
    });
    expect(planOf(files, "c.bst").assemble).toMatchObject([{ type: "fail", detail: "base.bst, needed by c.bst" }]);
    expect(planOf(files, "d.bst").assemble).toEqual([]);
  });

  it("flatpak_image writes metadata and lays out files", () => {
    const files = withPlugins("flatpak_image", {
      "f.bst":
        "kind: flatpak_image\nbuild-depends: [base.bst]\nconfig: {directory: /usr, metadata: {Runtime: {name: a}, Extension x: {directory: more}}}\n",
    });
    expect(planOf(files, "f.bst").assemble).toEqual([
      { type: "mkdir", path: "/buildstream/install/files" },
      { type: "mkdir", path: "/buildstream/install/files/more" },
      { type: "copy", from: "/buildstream/allfiles/usr", to: "/buildstream/install/files" },
      { type: "copy", from: "/buildstream/allfiles/etc", to: "/buildstream/install/files/etc" },
      {
        type: "write-file",
        path: "/buildstream/install/metadata",
        text: "[Runtime]\nname = a\n\n[Extension x]\ndirectory = more\n\n",
        executable: false,
      },
    ]);
    const missing = withPlugins("flatpak_image", {
      "f.bst": "kind: flatpak_image\nconfig: {directory: /usr, metadata: {Other: {}}}\n",
    });
    expect(failure(missing, ["f.bst"]).domain).toBe("ELEMENT");
  });

  it("an image builder needs an input", () => {
    const files = withPlugins("x86image", { "x.bst": "kind: x86image\nbuild-depends: [base.bst]\n" });
    expect(failure(files, ["x.bst"]).domain).toBe("ELEMENT");
  });
});
