import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BstError } from "@millrace/core/error/BstError";
import { afterAll, describe, expect, it } from "vitest";
import * as Loading from "../../../core/test/graph/Loading.ts";
import * as Host from "../../src/plugins/Host.ts";
import * as Hosting from "../../src/plugins/Hosting.ts";

const scratch = mkdtempSync(join(tmpdir(), "hosting-test-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function hosting(more: Partial<Hosting.Options> = {}) {
  return Hosting.make({
    environment: { PATH: process.env["PATH"], TMPDIR: scratch },
    python: undefined,
    sourcedir: join(scratch, "sources"),
    keepsBuildTrees: false,
    bytecode: join(scratch, "bytecode"),
    limit: 30,
    jobLimit: 0,
    digestOf: () => ({ hash: "0", size: 0 }),
    preferred: false,
    ...more,
  });
}

const shared = hosting();

const head = 'from buildstream import *\nclass Thing(Element):\n    BST_MIN_VERSION = "2.0"\n';
const setup = "def setup():\n    return Thing\n";
const methods = {
  configure:
    "    def configure(self, node):\n        node.validate_keys(['text'])\n        self.text = node.get_str('text', 'none')\n",
  preflight: "    def preflight(self):\n        pass\n",
  get_unique_key:
    "    def get_unique_key(self):\n        return {'text': self.text, 'bin': self.get_variable('bindir')}\n",
};

function plugin(replaced: Partial<Record<keyof typeof methods, string>> = {}): string {
  const bodies = Object.entries(replaced).map(([name, body]) => [
    name,
    `    def ${name}(self${name === "configure" ? ", node" : ""}):\n        ${body}\n`,
  ]);
  return head + Object.values({ ...methods, ...Object.fromEntries(bodies) }).join("") + setup;
}

function project(module: string, more: Loading.Files = {}, element = "kind: thing\n"): Loading.Files {
  return {
    "project.conf":
      "name: test\nmin-version: 2.0\nplugins:\n- origin: local\n  path: plugins\n  elements: [thing]\n  sources: [origin]\n",
    "plugins/thing.py": module,
    "a.bst": element,
    ...more,
  };
}

const failure = (files: Loading.Files, host = shared): BstError => Loading.failure(files, ["a.bst"], { hosting: host });

describe("element plugins", () => {
  it("give their key, with variables and what lies beside them", () => {
    const files = project(plugin(), {
      "plugins/thing.yaml": "variables:\n  bindir: /special\nconfig:\n  text: of %{bindir}\n",
    });
    const graph = Loading.load(files, ["a.bst"], { hosting: shared });
    expect(Loading.element(graph, "a.bst").uniqueKey).toEqual({ text: "of /special", bin: "/special" });
  });

  it("may import their neighbours, also where the project was never checked out", () => {
    const module = plugin({ get_unique_key: "from . import beside; return beside.answer" });
    const graph = Loading.load(project(module, { "plugins/beside.py": "answer = [1, None, True]\n" }), ["a.bst"], {
      hosting: shared,
    });
    expect(Loading.element(graph, "a.bst").uniqueKey).toEqual([1, null, true]);
  });

  it("say where a wrong key stands", () => {
    const error = failure(project(plugin(), {}, "kind: thing\nconfig:\n  txet: x\n"));
    expect(error).toMatchObject({ domain: "LOAD", reason: "invalid-data" });
    expect(error.message).toContain("a.bst [line 3 column 8]: Unexpected key: txet");
  });

  it("see their dependencies, in staging order", () => {
    const module =
      head +
      "    def configure(self, node): pass\n    def preflight(self): self.seen = [e.name for e in self.dependencies()]\n" +
      "    def configure_dependencies(self, dependencies):\n        self.given = [[d.path, d.config and d.config.get_str('at')] for d in dependencies]\n" +
      "    def get_unique_key(self): return [self.seen, self.given]\n" +
      setup;
    const files = project(
      module,
      { "b.bst": "kind: stack\ndepends: [c.bst]\n", "c.bst": "kind: stack\n" },
      "kind: thing\nbuild-depends:\n- filename: b.bst\n  config:\n    at: /here\n",
    );
    const graph = Loading.load(files, ["a.bst"], { hosting: shared });
    expect(Loading.element(graph, "a.bst").uniqueKey).toEqual([["c.bst", "b.bst"], [["b.bst", "/here"]]]);
  });

  it("see sources, their own and those of others, whoever fetches them", () => {
    const module =
      head +
      "    def configure(self, node): pass\n    def preflight(self): self.own = [s.get_kind() for s in self.sources()]\n" +
      "    def configure_dependencies(self, dependencies): self.others = [s for d in dependencies for s in d.element.sources()]\n" +
      "    def get_unique_key(self):\n" +
      "        infos = [i.serialize() for s in self.others for i in s.collect_source_info() or []]\n" +
      "        return [self.own, [[s.get_kind(), s.get_ref(), s.is_resolved(), s.url] for s in self.others], infos]\n" +
      setup;
    const sources = "- kind: tar\n  url: up:a-1.2.tar\n  ref: abc\n- kind: local\n  path: project.conf\n";
    const files = project(
      module,
      {
        "project.conf": `${project("")["project.conf"] as string}aliases:\n  up: https://example.com/\n`,
        "plugins/origin.py":
          'from buildstream import Source, SourceInfoMedium, SourceVersionType\nclass Thing(Source):\n    BST_MIN_VERSION = "2.0"\n' +
          "    ref = 'r'\n    def configure(self, node): self.mark_download_url(node.get_str('url')); self.url = node.get_str('url')\n" +
          "    def preflight(self): pass\n    def get_unique_key(self): return self.url\n    def get_ref(self): return 'r'\n" +
          "    def collect_source_info(self):\n        self.warn('looked at', warning_token='looked')\n" +
          "        return [self.create_source_info(self.translate_url(self.url), SourceInfoMedium.GIT, SourceVersionType.COMMIT, 'r')]\n" +
          setup,
        "b.bst": `kind: import\nsources:\n${sources}- kind: origin\n  url: up:hosted\n`,
      },
      "kind: thing\nbuild-depends: [b.bst]\nsources:\n- kind: local\n  path: project.conf\n",
    );
    const graph = Loading.load(files, ["a.bst"], { hosting: shared });
    const [own, others, infos] = Loading.element(graph, "a.bst").uniqueKey as readonly (readonly unknown[])[];
    expect(own).toEqual(["local"]);
    expect(others).toEqual([
      ["tar", "abc", true, "https://example.com/a-1.2.tar"],
      ["local", null, true, null],
      ["origin", "r", true, "up:hosted"],
    ]);
    expect(infos).toMatchObject([
      { kind: "tar", medium: "remote-file", "version-type": "sha256", version: "abc", "version-guess": "1.2" },
      { kind: "local", medium: "local", url: "project.conf" },
      { kind: "origin", medium: "git", url: "https://example.com/hosted" },
    ]);
  });

  it("leave variables alone in nodes of their own, whose time has passed", () => {
    const body =
      "from buildstream import Node; n = Node.from_dict({'a': '%{bindir}/x', 'l': ['%{bindir}', 'y']}); return [self.node_subst_vars(n.get_scalar('a')), self.node_subst_sequence_vars(n.get_sequence('l'))]";
    const graph = Loading.load(project(plugin({ get_unique_key: body })), ["a.bst"], { hosting: shared });
    expect(Loading.element(graph, "a.bst").uniqueKey).toEqual(["%{bindir}/x", ["%{bindir}", "y"]]);
  });

  it("of the usual pattern are planned natively", () => {
    const module = `from buildstream import BuildElement\nclass Thing(BuildElement):\n    BST_MIN_VERSION = "2.0"\n${setup}`;
    const files = project(module, {}, "kind: thing\nconfig:\n  build-commands: [make]\n");
    const graph = Loading.load(files, ["a.bst"], { hosting: shared });
    const element = Loading.element(graph, "a.bst");
    const plan = element.kind.plan(element.settings, element, {
      element: (id) => graph.elements[id] as (typeof graph.elements)[number],
      buildScope: () => [],
      runScope: () => [],
    });
    expect(plan.assemble).toMatchObject([{ type: "run", commands: [{ label: "make" }] }]);
    expect(element.kind.generateScript?.(element.settings, element)).toContain("set -ex; make");
  });

  it.each([
    ["missing-setup-function", `${head}    pass\n`],
    ["setup-is-not-function", "setup = 9\n"],
    ["setup-returns-not-type", "def setup(): return 5\n"],
    ["setup-returns-bad-type", "class Pony: pass\ndef setup(): return Pony\n"],
    ["missing-min-version", `from buildstream import Element\nclass Thing(Element): pass\n${setup}`],
    ["malformed-min-version", `from buildstream import Element\nclass Thing(Element): BST_MIN_VERSION = 2\n${setup}`],
    [
      "incompatible-major-version",
      `from buildstream import Element\nclass Thing(Element): BST_MIN_VERSION = '1.0'\n${setup}`,
    ],
    [
      "incompatible-minor-version",
      `from buildstream import Element\nclass Thing(Element): BST_MIN_VERSION = '2.1000'\n${setup}`,
    ],
    [null, "import no_such_module_anywhere\n"],
    [null, "this is no Python\n"],
    [null, "raise ValueError('no')\n"],
    [null, "import sys\nsys.exit(3)\n"],
  ])("that cannot be loaded are one error: %s", (reason, module) => {
    expect(failure(project(module))).toMatchObject({ domain: "PLUGIN", reason });
  });

  const misdeeds = [
    "raise ValueError('no')",
    "raise SystemExit(2)",
    "raise BaseException('odd')",
    "self.nothing_like_it",
    "assert False",
    "def f(): f()\n        f()",
  ];
  for (const method of ["configure", "preflight", "get_unique_key"] as const)
    it.each(misdeeds)(`that do wrong in ${method} are one error: %s`, (body) => {
      const error = failure(project(plugin({ [method]: body })));
      expect(error.domain).toBe("PLUGIN");
      expect(error.message).toContain("thing.py:");
      expect(error.detail).toContain("Traceback");
    });

  it.each(["return object()", "return {1, 2}", "return b'bytes'", "x = []; x.append(x); return x"])(
    "whose key cannot be written are one error: %s",
    (body) => {
      expect(failure(project(plugin({ get_unique_key: body }))).domain).toBe("PLUGIN");
    },
  );

  it("that print disturb nobody", () => {
    const body = "print('noise'); import os; os.system('echo more'); os.write(1, b'x' * 100000); return 'quiet'";
    const graph = Loading.load(project(plugin({ get_unique_key: body })), ["a.bst"], { hosting: shared });
    expect(Loading.element(graph, "a.bst").uniqueKey).toBe("quiet");
  });

  it.each(["import os; os._exit(1)", "import os; os.kill(os.getpid(), 9)", "import os; os.abort()"])(
    "that end the process are one error: %s",
    (body) => {
      const error = failure(project(plugin({ configure: body })), hosting());
      expect(error.domain).toBe("PLUGIN");
      expect(error.message).toContain("while 'a.bst' was configured");
    },
  );

  it.each(["while True: pass", "import time; time.sleep(1000)"])("that hang are stopped: %s", (body) => {
    const error = failure(project(plugin({ configure: body })), hosting({ limit: 1 }));
    expect(error.domain).toBe("PLUGIN");
    expect(error.detail).toContain("thing.py");
  });
});

describe("source plugins", () => {
  const source =
    'from buildstream import Source\nclass Thing(Source):\n    BST_MIN_VERSION = "2.0"\n' +
    "    def configure(self, node):\n        self.ref = node.get_str('ref', None)\n        self.url = self.translate_url(node.get_str('url'))\n" +
    "    def preflight(self): pass\n    def get_unique_key(self): return [self.url, self.ref]\n    def is_cached(self): return False\n" +
    "    def load_ref(self, node): self.ref = node.get_str('ref', None)\n    def get_ref(self): return self.ref\n" +
    "    def set_ref(self, ref, node): node['ref'] = self.ref = ref\n" +
    setup;
  const files = (conf = "") => ({
    ...project(plugin(), { "plugins/origin.py": source }, "kind: import\nsources:\n- kind: origin\n  url: up:file\n"),
    "project.conf": `${project("")["project.conf"] as string}aliases:\n  up: https://example.com/\n${conf}`,
  });

  it("translate urls, and have no key before they have a ref", () => {
    const graph = Loading.load(files(), ["a.bst"], { hosting: shared });
    const origin = Loading.element(graph, "a.bst").sources[0];
    expect(origin?.resolved).toBe(false);
    expect(origin?.kind.urls(origin.settings)).toEqual([{ url: "up:file", primary: true }]);
  });

  it("take their ref from project.refs", () => {
    const refs = { "project.refs": "projects:\n  test:\n    a.bst:\n    - ref: abc\n" };
    const graph = Loading.load({ ...files("ref-storage: project.refs\n"), ...refs }, ["a.bst"], { hosting: shared });
    const origin = Loading.element(graph, "a.bst").sources[0];
    expect(origin?.uniqueKey()).toEqual(["https://example.com/file", "abc"]);
    expect(origin?.kind.writeRef?.(origin.settings, "def", { url: "up:file" })).toEqual({ url: "up:file", ref: "def" });
  });
});

describe("plugins of a package that a project pins", () => {
  const pinned = (key: string) => ({
    "project.conf":
      "name: test\nmin-version: 2.0\nplugins:\n- origin: local\n  path: buildstream_plugins_community\n  sources: [patch_queue]\n",
    "buildstream_plugins_community/patch_queue.py":
      'from buildstream import Source\nclass Queue(Source):\n    BST_MIN_VERSION = "2.0"\n' +
      "    def configure(self, node): self.path = node.get_str('path')\n    def preflight(self): pass\n" +
      `    def get_unique_key(self):\n        ${key}\n` +
      "    def get_ref(self): return None\n    def is_resolved(self): return True\n    def is_cached(self): return True\ndef setup(): return Queue\n",
    "queue/one.patch": "",
    "a.bst": "kind: import\nsources:\n- kind: patch_queue\n  path: queue\n",
  });

  it("run where they give keys that the native kind does not know", () => {
    const graph = Loading.load(pinned("return ['of another release', self.path]"), ["a.bst"], { hosting: shared });
    expect(Loading.element(graph, "a.bst").sources[0]?.uniqueKey()).toEqual(["of another release", "queue"]);
  });
});

describe("kinds that only their plugin assembles", () => {
  it("need no Python before an element's plan is made", () => {
    const directory = join(scratch, "assembly");
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "tar_element.py"), plugin({ configure: "self.text = node.get_str('filename')" }));
    const files = {
      "project.conf":
        "name: test\nmin-version: 2.0\nplugins:\n- origin: pip\n  package-name: buildstream-plugins-community\n  elements: [tar_element]\n",
      "a.bst": "kind: tar_element\nbuild-depends: [b.bst]\nconfig:\n  filename: f\n  compression: none\n",
      "b.bst": "kind: stack\n",
    };
    const graph = Loading.load(files, ["a.bst"], { hosting: hosting({ python: "/no/such/python" }) });
    const element = Loading.element(graph, "a.bst");
    const view = {
      element: (id: number) => graph.elements[id] as (typeof graph.elements)[number],
      buildScope: () => [0],
      runScope: () => [],
    };
    const assembly = {
      kind: "tar_element",
      project: { name: "test", files: element.project.files },
      directory,
      home: "buildstream-plugins-community",
      defaults: "",
    };
    const { settings } = element;
    expect(shared.assembly(element.kind, assembly).plan(settings, element, view).stage).toMatchObject([
      { type: "custom", handler: "plugin-host" },
    ]);
    const missing = { ...assembly, directory: undefined, home: "no-such-package" };
    expect(() => shared.assembly(element.kind, missing).plan(settings, element, view)).toThrow(
      "which is not installed",
    );
  });
});

describe("mirror plugins", () => {
  it("may come from behind a junction of the project that uses them", () => {
    const mirror =
      "from buildstream import SourceMirror\nclass Far(SourceMirror):\n" +
      "    def configure(self, node): self.set_supported_aliases(node.get_str_list('serves'))\n" +
      "    def translate_url(self, *, alias, alias_url, source_url, extra_data): return 'https://far.example.com/' + source_url\n" +
      "def setup(): return Far\n";
    const registered = "plugins:\n- origin: junction\n  junction: sub.bst\n  source-mirrors: [far]\n";
    const mirrors = "mirrors:\n- name: away\n  kind: far\n  config:\n    serves: [up]\n";
    const graph = Loading.load(
      {
        "project.conf": `name: test\nmin-version: 2.0\naliases:\n  up: https://example.com/\n${registered}${mirrors}`,
        "sub.bst": "kind: junction\nsources:\n- kind: local\n  path: sub\n",
        "sub/project.conf":
          "name: sub\nmin-version: 2.0\nplugins:\n- origin: local\n  path: p\n  source-mirrors: [far]\n",
        "sub/p/far.py": mirror,
        "a.bst": "kind: stack\n",
      },
      ["a.bst"],
      { hosting: shared },
    );
    const [away] = Loading.element(graph, "a.bst").project.mirrors;
    expect(away?.name).toBe("away");
    expect(away?.translate?.("up", "https://example.com/", "x")).toEqual({
      url: "https://far.example.com/x",
      bearer: false,
    });
  });
});

describe("the process", () => {
  it("is not started where all kinds are native", () => {
    const host = hosting({ python: "/no/such/python" });
    const graph = Loading.load(
      { "project.conf": "name: test\nmin-version: 2.0\n", "a.bst": "kind: stack\n" },
      ["a.bst"],
      {
        hosting: host,
      },
    );
    expect(graph.elements).toHaveLength(1);
  });

  it("is missed in one error", () => {
    const error = failure(project(plugin()), hosting({ python: "/no/such/python" }));
    expect(error.domain).toBe("PLUGIN");
    expect(error.hint).toContain("/no/such/python");
  });

  it("runs with the interpreter of the PATH", () => {
    expect(existsSync(Host.interpreter({ environment: process.env, python: undefined }))).toBe(true);
  });

  it("keeps its files in one directory of its own", () => {
    expect(readdirSync(scratch).every((name) => /^(millrace-plugins-|bytecode|assembly)/.test(name))).toBe(true);
  });
});
