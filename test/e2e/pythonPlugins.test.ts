/** Plugins of a project in Python, at work: an element that does a little of everything, and a source that is tracked, fetched and staged. Holds for the oracle, too, but for where prints go. */
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openSession } from "../support/session.ts";

const element = `
from buildstream import Element, ElementError

class Everything(Element):
    BST_MIN_VERSION = "2.0"

    def configure(self, node):
        node.validate_keys(["fail"])
        self.fail = node.get_bool("fail", False)

    def preflight(self):
        pass

    def get_unique_key(self):
        return {"fail": self.fail, "version": 3}

    def configure_sandbox(self, sandbox):
        sandbox.set_environment(dict(self.get_environment(), GREETING="hello"))
        sandbox.set_work_directory("/work")
        sandbox.mark_directory("/work")
        sandbox.mark_directory("/out")

    def stage(self, sandbox):
        with self.timed_activity("Staging everything"):
            self.stage_dependency_artifacts(sandbox)
        root = sandbox.get_virtual_directory()
        out = root.open_directory("out/inner", create=True)
        root.open_directory("work", create=True)
        with out.open_file("written", mode="w") as file:
            file.write("by the plugin")
        assert root.isdir("out/inner") and not root.exists("nothing") and root.isfile("out/inner/written")

    def assemble(self, sandbox):
        if self.fail:
            raise ElementError("It was meant to fail", detail="Really")
        with sandbox.batch(root_read_only=True):
            sandbox.run(["sh", "-c", "echo $GREETING > /out/said"], root_read_only=True)
            sandbox.run(["sh", "-c", "pwd >> /out/said"], root_read_only=True)
        root = sandbox.get_virtual_directory()
        with root.open_file("out/said") as file:
            lines = file.read().split()
        names = sorted(root.open_directory("out"))
        with root.open_file("out/summary", mode="w") as file:
            file.write(" ".join(lines + names + [dep.name for dep in self.dependencies()]))
        code = sandbox.run(["sh", "-c", "exit 3"])
        root.rename("out/said", "out/inner/said")
        with root.open_file("out/code", mode="w") as file:
            file.write(str(code))
        return "/out"

def setup():
    return Everything
`;

const source = `
import hashlib, os
from buildstream import Source, SourceError, utils

class Copied(Source):
    BST_MIN_VERSION = "2.0"

    def configure(self, node):
        node.validate_keys(["path", "ref", *Source.COMMON_CONFIG_KEYS])
        self.path = os.path.join(self.get_project_directory(), node.get_str("path"))
        self.ref = node.get_str("ref", None)

    def preflight(self): pass
    def get_unique_key(self): return [self.path, self.ref]
    def load_ref(self, node): self.ref = node.get_str("ref", None)
    def get_ref(self): return self.ref
    def set_ref(self, ref, node): node["ref"] = self.ref = ref
    def is_cached(self): return os.path.exists(self.mirrored())
    def mirrored(self): return os.path.join(self.get_mirror_directory(), self.ref or "none")
    def track(self, **kwargs): return utils.sha256sum(self.path)

    def fetch(self, **kwargs):
        if utils.sha256sum(self.path) != self.ref:
            raise SourceError("Changed", reason="changed")
        print("a word on the way")
        utils.safe_copy(self.path, self.mirrored())

    def stage(self, directory):
        utils.safe_copy(self.mirrored(), os.path.join(directory, "copied"))

def setup():
    return Copied
`;

/** Knows its content by the digest that it has in the store, as BuildStream's own `local` does, with names that are not public. */
const kept = `
import os
from buildstream import Source, SourceInfoMedium, SourceVersionType

class Kept(Source):
    BST_MIN_VERSION = "2.0"
    BST_STAGE_VIRTUAL_DIRECTORY = True
    digest = None

    def configure(self, node):
        self.path = os.path.join(self.get_project_directory(), node.get_str("path"))

    def preflight(self): pass
    def is_resolved(self): return True
    def is_cached(self): return True
    def load_ref(self, node): pass
    def get_ref(self): return None
    def fetch(self): pass

    def get_unique_key(self):
        if self.digest is None:
            with self._cache_directory() as directory:
                if os.path.isdir(self.path):
                    directory.import_files(self.path)
                else:
                    directory.import_single_file(self.path)
                self.digest = directory._get_digest()
        return self.digest.hash

    def stage_directory(self, directory):
        with self._cache_directory(digest=self.digest) as cached:
            directory.import_files(cached, collect_result=False)

    def collect_source_info(self):
        self.get_unique_key()
        version = "{}/{}".format(self.digest.hash, self.digest.size_bytes)
        return [self.create_source_info("kept", SourceInfoMedium.LOCAL, SourceVersionType.CAS_DIGEST, version)]

def setup():
    return Kept
`;

/** Lists the sources below it; its package has a native kind of that name with other keys, which is not meant. */
const packed = `
from buildstream import Element

class Packed(Element):
    BST_MIN_VERSION = "2.0"
    BST_STRICT_REBUILD = True
    BST_FORBID_RDEPENDS = True
    BST_FORBID_SOURCES = True

    def configure(self, node):
        self.filename = node.get_str("filename")

    def preflight(self): pass
    def get_unique_key(self): return {"filename": self.filename, "compression": "none"}
    def configure_sandbox(self, sandbox): pass

    def stage(self, sandbox):
        pass

    def assemble(self, sandbox):
        lines = ["%s %s" % (s.get_kind(), s.path) for d in self.dependencies() for s in d.sources()]
        with sandbox.get_virtual_directory().open_file(self.filename, mode="w") as file:
            file.write("\\n".join(lines))
        return "/"

def setup():
    return Packed
`;

/** Nothing but what every element of commands has. */
const plain = `
from buildstream import BuildElement

class Plain(BuildElement):
    BST_MIN_VERSION = "2.0"

def setup():
    return Plain
`;

const session = openSession(
  {
    "plain.bst":
      "kind: plain\nbuild-depends:\n- base.bst\nconfig:\n  install-commands:\n  - mkdir -p %{install-root}; env | sed -n /PWD/p > %{install-root}/where\n",
    "below.bst":
      "kind: plain\nbuild-depends:\n- base.bst\nvariables:\n  command-subdir: some/where\nconfig:\n  install-commands:\n  - mkdir -p %{install-root}; env | sed -n /PWD/p > %{install-root}/where\n",
    "plain.py": plain,
    "packed.bst": "kind: tar_element\nbuild-depends:\n- base.bst\nconfig:\n  filename: listing\n  compression: none\n",
    "all.bst": "kind: everything\nbuild-depends:\n- base.bst\n",
    "fails.bst": "kind: everything\nbuild-depends:\n- base.bst\nconfig:\n  fail: True\n",
    "copy.bst": "kind: import\nsources:\n- kind: copied\n  path: original\n",
    "kept.bst": "kind: import\nsources:\n- kind: kept\n  path: tree\n",
    "kept-file.bst": "kind: import\nsources:\n- kind: kept\n  path: original\n",
    "kept-none.bst": "kind: import\nsources:\n- kind: kept\n  path: nothing\n",
    "local.bst": "kind: import\nsources:\n- kind: local\n  path: tree\n",
    "local-file.bst": "kind: import\nsources:\n- kind: local\n  path: original\n",
    "tree/below/text": "some text\n",
    "kept.py": kept,
    "everything.py": element,
    "copied.py": source,
    "buildstream_plugins_community/tar_element.py": packed,
    original: "as it was\n",
  },
  {
    conf: "plugins:\n- origin: local\n  path: .\n  elements: [everything, plain]\n  sources: [copied, kept]\n- origin: local\n  path: buildstream_plugins_community\n  elements: [tar_element]\n",
  },
);
afterAll(() => session.close());
const { bst, home, project } = session;

describe("an element plugin", () => {
  it("runs commands where its sources are, or below", async () => {
    expect((await bst("build", "plain.bst", "below.bst")).status).toBe(0);
    for (const [name, where] of [
      ["plain", "/buildstream/test/plain.bst"],
      ["below", "/buildstream/test/below.bst/some/where"],
    ] as const) {
      const out = join(home, name);
      const words = ["artifact", "checkout", "--deps", "none", "--directory", out, `${name}.bst`];
      expect((await bst(...words)).status).toBe(0);
      expect(readFileSync(join(out, "where"), "utf8")).toBe(`PWD=${where}\n`);
    }
  });

  it("stages, runs commands, reads and writes", async () => {
    const built = await bst("build", "all.bst");
    expect(built.stderr).toContain("Staging everything");
    expect(built.status).toBe(0);
    const out = join(home, "all");
    expect((await bst("artifact", "checkout", "--deps", "none", "--directory", out, "all.bst")).status).toBe(0);
    const text = (path: string) => readFileSync(join(out, path), "utf8");
    expect(text("summary")).toBe("hello /work inner said base.bst");
    expect(text("inner/written")).toBe("by the plugin");
    expect(text("inner/said")).toBe("hello\n/work\n");
    expect(text("code")).toBe("3");
  });

  it("fails with its own words, which are remembered", async () => {
    const built = await bst("build", "fails.bst");
    expect(built.status).toBe(255);
    expect(built.stderr).toContain("It was meant to fail");
    expect((await bst("show", "--deps", "none", "--format", "%{state}", "fails.bst")).stdout.trim()).toBe("failed");
  });
});

describe("a plugin that looks at sources", () => {
  it("is told of those that are native", async () => {
    const built = await bst("build", "packed.bst");
    expect(built.status).toBe(0);
    const out = join(home, "packed");
    await bst("artifact", "checkout", "--deps", "none", "--directory", out, "packed.bst");
    expect(readFileSync(join(out, "listing"), "utf8")).toBe("local files/base");
  });
});

describe("a source plugin", () => {
  it("has content of the host by the digest that `local` has, and stages it", async () => {
    symlinkSync("below", join(project, "tree", "link"));
    chmodSync(join(project, "tree", "below", "text"), 0o755);
    mkdirSync(join(project, "tree", "empty"));
    const names = ["kept.bst", "local.bst", "kept-file.bst", "local-file.bst"];
    const shown = await bst("show", "--deps", "none", "--format", "%{name} %{source-info}", ...names);
    const versions = [...shown.stdout.matchAll(/version: (\S+)/g)].map(([, version]) => version);
    const [tree, , file] = versions;
    expect(versions).toEqual([tree, tree, file, file]);
    expect(tree).toMatch(/^[0-9a-f]{64}\/\d+$/);
    const none = await bst("show", "--deps", "none", "--format", "%{full-key}", "kept-none.bst");
    expect(none.stderr).toContain("nothing' cannot be taken in: there is no file of that name");
    expect(none.stderr).not.toContain("Traceback");
    expect((await bst("build", "kept.bst")).status).toBe(0);
    const out = join(home, "kept");
    await bst("artifact", "checkout", "--directory", out, "kept.bst");
    expect(readFileSync(join(out, "link", "text"), "utf8")).toBe("some text\n");
    expect(existsSync(join(out, "empty"))).toBe(true);
  });

  it("is tracked, fetched and staged", async () => {
    expect((await bst("source", "track", "copy.bst")).status).toBe(0);
    expect(readFileSync(join(project, "copy.bst"), "utf8")).toMatch(/ref: [0-9a-f]{64}/);
    const built = await bst("build", "copy.bst");
    expect(built.status).toBe(0);
    expect(built.stdout).not.toContain("a word on the way");
    const out = join(home, "copy");
    await bst("artifact", "checkout", "--directory", out, "copy.bst");
    expect(readFileSync(join(out, "copied"), "utf8")).toBe("as it was\n");
    expect(existsSync(join(out, "original"))).toBe(false);
  });

  it("fails where what it fetches has changed", async () => {
    writeFileSync(join(project, "original"), "something else\n");
    writeFileSync(join(project, "copy.bst"), "kind: import\nsources:\n- kind: copied\n  path: original\n  ref: abc\n");
    const fetched = await bst("source", "fetch", "copy.bst");
    expect(fetched.status).toBe(255);
    expect(fetched.stderr).toContain("Changed");
  });
});
