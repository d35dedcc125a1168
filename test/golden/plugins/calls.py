"""Calls what a plugin can call while it is built, and writes down what comes back."""

import io
import json
import os
import tarfile
import tempfile

from buildstream import Element, ElementError, Node, OverlapAction


def plain(value):
    if hasattr(value, "strip_node_info"):
        return value.strip_node_info()
    if hasattr(value, "files_written"):
        return {name: list(getattr(value, name)) for name in ("files_written", "overwritten", "ignored", "failed_attributes")}
    if hasattr(value, "file_type"):
        return [str(value.file_type), value.executable, value.size, int(value.mtime)]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)) or hasattr(value, "__next__"):
        return [plain(item) for item in value]
    if hasattr(value, "get_kind"):
        return "{} {}".format(type(value).__name__, value.name)
    return value if isinstance(value, (str, int, float, type(None))) else str(type(value).__name__)


class Calls(Element):
    BST_MIN_VERSION = "2.0"

    def configure(self, node):
        self.calls = []

    def preflight(self):
        pass

    def get_unique_key(self):
        return {}

    def configure_sandbox(self, sandbox):
        self.call("absolute", lambda: sandbox.set_work_directory("work"))
        self.call("mark relative", lambda: sandbox.mark_directory("work"))
        sandbox.set_environment(self.get_environment())
        sandbox.set_work_directory("/work")
        sandbox.mark_directory("/work")
        sandbox.mark_directory("/out")

    def call(self, name, function):
        try:
            answer = plain(function())
        except BaseException as error:
            reason = getattr(error, "reason", None)
            answer = [type(error).__name__, str(getattr(reason, "name", reason))]
        self.calls.append([name, answer])

    def stage(self, sandbox):
        found = {dep.name: dep for dep in self.dependencies(recurse=False)}
        one, two = found["one.bst"], found["two.bst"]
        found["base.bst"].stage_artifact(sandbox)
        self.call("stage one", lambda: one.stage_artifact(sandbox, path="/at"))
        self.call("stage one again", lambda: one.stage_artifact(sandbox, path="/at", action=OverlapAction.IGNORE))
        self.call("stage two over", lambda: two.stage_artifact(sandbox, path="/at", action=OverlapAction.IGNORE))
        self.call("stage two, a domain", lambda: two.stage_artifact(sandbox, path="/some", include=["special"]))
        self.call("stage two, others", lambda: two.stage_artifact(sandbox, path="/rest", exclude=["special"]))
        self.call("stage two, no orphans", lambda: two.stage_artifact(sandbox, path="/known", orphans=False))
        self.call("stage dependencies", lambda: self.stage_dependency_artifacts(sandbox, [two], path="/deps"))
        self.call("stage of a proxy", lambda: two.stage_dependency_artifacts(sandbox, path="/deps2"))
        self.call("stage own sources", lambda: self.stage_sources(sandbox, "/work"))
        self.call("relative path", lambda: one.stage_artifact(sandbox, path="relative/place"))
        self.call("integrate", lambda: two.integrate(sandbox))
        self.graph()
        self.facts(one, two)
        root = sandbox.get_virtual_directory()
        root.open_directory("out", create=True)
        self.call("work", lambda: sorted(root.open_directory("work")))
        self.call("all", lambda: list(root.open_directory("at").list_relative_paths()))
        self.directory(root.open_directory("place", create=True))
        self.sandboxes(sandbox, one)
        self.call("stage one, error", lambda: self.message(lambda: one.stage_artifact(sandbox, path="/at", action=OverlapAction.ERROR)))

    def message(self, function):
        try:
            return function()
        except ElementError as error:
            return ["ElementError", error.reason]

    def graph(self):
        self.call("dependencies", lambda: self.dependencies())
        self.call("direct", lambda: self.dependencies(recurse=False))
        for dep in list(self.dependencies()):
            self.call("dependencies of " + dep.name, lambda: self.dependencies([dep]))
            self.call("its dependencies " + dep.name, lambda: dep.dependencies())
            self.call("its direct dependencies " + dep.name, lambda: dep.dependencies(recurse=False))
            self.call("its kind and names " + dep.name, lambda: [dep.get_kind(), dep.normal_name, dep.project_name, dep.name])
            self.call("its sources " + dep.name, lambda: [source.get_kind() for source in dep.sources()])
            self.call("its search " + dep.name, lambda: getattr(dep.search("two.bst"), "name", None))
        self.call("search", lambda: self.search("two.bst"))
        self.call("search of none", lambda: self.search("nothing.bst"))
        self.call("search of itself", lambda: self.search(self.name))
        self.call("own name", lambda: [self.name, self.normal_name, self.project_name, self.get_kind(), str(self)])
        self.call("own sources", lambda: [source.get_kind() for source in self.sources()])
        self.call("order", lambda: sorted(self.dependencies()))
        self.call("same object", lambda: self.search("two.bst") is self.search("two.bst"))

    def facts(self, one, two):
        self.call("variable", lambda: [self.get_variable(name) for name in ("prefix", "mine", "element-name", "none")])
        self.call("variable of another", lambda: [two.get_variable(name) for name in ("prefix", "mine", "element-name", "none")])
        self.call("environment", lambda: sorted(self.get_environment().items()))
        self.call("environment of another", lambda: sorted(two.get_environment().items()))
        node = Node.from_dict({"a": "%{mine} and %{prefix}", "l": ["%{mine}", "x"], "bad": "%{nothing}"})
        self.call("subst", lambda: self.node_subst_vars(node.get_scalar("a")))
        self.call("subst list", lambda: self.node_subst_sequence_vars(node.get_sequence("l")))
        self.call("subst unknown", lambda: self.node_subst_vars(node.get_scalar("bad")))
        self.call("subst of another", lambda: two.node_subst_vars(node.get_scalar("a")))
        self.call("public", lambda: self.get_public_data("own"))
        self.call("public none", lambda: self.get_public_data("nothing"))
        self.call("public of another", lambda: two.get_public_data("bst"))
        self.call("public custom of another", lambda: two.get_public_data("custom"))
        self.call("set public", lambda: (self.set_public_data("own", Node.from_dict({"k": "changed"})), self.get_public_data("own"))[1])
        self.call("set new public", lambda: (self.set_public_data("new", Node.from_dict({"l": ["a", {"b": "c"}]})), self.get_public_data("new"))[1])
        self.call("public is a copy", lambda: (self.get_public_data("own").__setitem__("z", "1"), self.get_public_data("own"))[1])
        self.call("manifest", lambda: two.compute_manifest())
        self.call("manifest of a domain", lambda: two.compute_manifest(include=["special"]))
        self.call("manifest without orphans", lambda: two.compute_manifest(orphans=False))
        self.call("manifest without a domain", lambda: two.compute_manifest(exclude=["special"]))
        self.call("manifest of none", lambda: two.compute_manifest(include=["nothing"], orphans=False))
        self.call("artifact name", lambda: [one.get_artifact_name().rpartition("/")[0], one.get_artifact_name("abcd"), self.get_artifact_name("k")])

    def directory(self, root):
        call = self.call

        def write(path, text="x", mode="w", at=root):
            with at.open_file(path, mode=mode) as file:
                file.write(text)

        host = tempfile.mkdtemp()
        os.makedirs(os.path.join(host, "h/deep"))
        os.makedirs(os.path.join(host, "h/empty"))
        for path, text in (("h/a", "1"), ("h/deep/b", "22")):
            with open(os.path.join(host, path), "w", encoding="utf-8") as file:
                file.write(text)
        os.chmod(os.path.join(host, "h/a"), 0o755)
        os.symlink("a", os.path.join(host, "h/l"))
        os.symlink("deep", os.path.join(host, "h/dl"))
        tree = os.path.join(host, "h")

        call("empty", lambda: [len(root), bool(root), list(root)])
        call("write", lambda: write("f"))
        call("write binary", lambda: write("bin", b"\0\1", "wb"))
        call("write bad mode", lambda: write("f", "x", "a"))
        call("write exclusive over", lambda: write("f", "x", "x"))
        call("write exclusive", lambda: write("new", "x", "x"))
        call("write absolute", lambda: write("/f"))
        call("write below nothing", lambda: write("no/such/f"))
        call("write and read", lambda: self.both(root))
        call("open", lambda: len(root.open_directory("sub/dir", create=True)))
        call("open again", lambda: len(root.open_directory("sub/dir", create=True)))
        call("open missing", lambda: root.open_directory("nothing"))
        call("open file", lambda: root.open_directory("f"))
        call("open absolute", lambda: root.open_directory("/sub"))
        call("open through file", lambda: root.open_directory("f/x"))
        call("create through file", lambda: root.open_directory("f/x", create=True))
        call("open dots", lambda: sorted(root.open_directory("sub/../sub/./dir/..")))
        call("open nothing", lambda: len(root.open_directory("")) == len(root))
        call("write over a directory", lambda: write("sub"))
        call("read a directory", lambda: self.read(root, "sub"))
        call("read nothing", lambda: self.read(root, "nothing"))
        call("import host", lambda: root.open_directory("sub").import_files(tree))
        call("import host again", lambda: root.open_directory("sub").import_files(tree))
        call("import without result", lambda: root.open_directory("sub2", create=True).import_files(tree, collect_result=False))
        call("import some", lambda: root.open_directory("some", create=True).import_files(tree, filter_callback=lambda path: path.startswith("deep")))
        call("imported some", lambda: list(root.open_directory("some").list_relative_paths()))
        call("import none", lambda: root.open_directory("none", create=True).import_files(tree, filter_callback=lambda path: False))
        call("imported none", lambda: list(root.open_directory("none").list_relative_paths()))
        asked = []
        call("filter is asked", lambda: (root.open_directory("asked", create=True).import_files(tree, filter_callback=lambda path: bool(asked.append(path)) or True), sorted(asked))[1])
        call("import tree", lambda: root.open_directory("copy", create=True).import_files(root.open_directory("sub")))
        call("import tree some", lambda: root.open_directory("copy2", create=True).import_files(root.open_directory("sub"), filter_callback=lambda path: path != "a"))
        order = []
        call("import into a part of itself, filtered", lambda: root.open_directory("copy/part2", create=True).import_files(root.open_directory("copy"), filter_callback=lambda path: bool(order.append(path)) or path != "a"))
        call("what the filter was asked", lambda: sorted(order))
        call("imported into a part of itself", lambda: list(root.open_directory("copy").list_relative_paths()))
        call("import over full directory", lambda: self.ignored(root, host))
        call("import directory over file", lambda: self.over(root, host))
        call("import one", lambda: plain(root.import_single_file(os.path.join(tree, "a")))["overwritten"])
        call("import one again", lambda: len(root.import_single_file(os.path.join(tree, "a")).overwritten))
        call("import one over a directory", lambda: self.single_over(root, host))
        for path in ("f", "a", "sub", "sub/a", "sub/deep", "sub/l", "sub/dl", "sub/dl/b", "nothing", "sub/nothing/x", "f/x", "", ".", "sub/..", "/f", "..", "sub/"):
            for follow in (False, True):
                suffix = "{!r}{}".format(path, " followed" if follow else "")
                call("stat " + suffix, lambda: self.stat_of(root, path, follow))
                call("exists " + suffix, lambda: root.exists(path, follow_symlinks=follow))
                call("isfile " + suffix, lambda: root.isfile(path, follow_symlinks=follow))
                call("isdir " + suffix, lambda: root.isdir(path, follow_symlinks=follow))
                call("islink " + suffix, lambda: root.islink(path, follow_symlinks=follow))
                call("open " + suffix, lambda: sorted(root.open_directory(path, follow_symlinks=follow)))
            call("digest {!r}".format(path), lambda: root.file_digest(path))
            call("readlink {!r}".format(path), lambda: root.readlink(path))
            call("read {!r}".format(path), lambda: self.read(root, path))
        call("paths", lambda: list(root.list_relative_paths()))
        call("paths below", lambda: list(root.open_directory("sub").list_relative_paths()))
        call("names", lambda: sorted(root))
        call("tar", lambda: self.tar(root))
        call("remove file", lambda: root.remove("new"))
        call("remove missing", lambda: root.remove("new"))
        call("remove below missing", lambda: root.remove("nothing/at/all"))
        call("remove full", lambda: root.remove("copy"))
        call("remove recursive", lambda: root.remove("copy", recursive=True))
        call("remove empty", lambda: (root.open_directory("hollow", create=True), root.remove("hollow"))[1])
        call("remove link", lambda: (root.remove("sub/dl"), root.exists("sub/deep/b"))[1])
        call("remove absolute", lambda: root.remove("/f"))
        call("rename", lambda: (root.rename("sub/a", "moved"), root.exists("sub/a"), root.exists("moved"))[1:])
        call("rename directory", lambda: (root.rename("sub/deep", "shallow"), list(root.open_directory("shallow")))[1])
        call("rename over file", lambda: (root.rename("moved", "f"), self.read(root, "f"))[1])
        call("rename over full directory", lambda: (write("loose"), root.rename("loose", "shallow"), root.isfile("shallow"))[2])
        call("rename missing", lambda: root.rename("nothing", "other"))
        call("rename into missing", lambda: root.rename("f", "nothing/f"))
        call("still there", lambda: root.exists("f"))
        call("mode kept on writing", lambda: self.modes(root))
        call("names at last", lambda: sorted(root))
        call("unicode", lambda: (write("é/\u65e5" if root.exists("é") else "\u65e5", "ü"), self.read(root, "\u65e5"))[1])

    def stat_of(self, root, path, follow):
        return plain(root.stat(path, follow_symlinks=follow))[: 2 if root.isdir(path, follow_symlinks=follow) else 3]

    def both(self, root):
        with root.open_file("both", mode="w+") as file:
            file.write("abc")
            file.seek(0)
            return file.read()

    def read(self, root, path):
        with root.open_file(path) as file:
            return file.read()

    def ignored(self, root, host):
        os.makedirs(os.path.join(host, "i"))
        with open(os.path.join(host, "i", "full"), "w", encoding="utf-8") as file:
            file.write("1")
        root.open_directory("target/full/inner", create=True)
        return root.open_directory("target").import_files(os.path.join(host, "i"))

    def over(self, root, host):
        os.makedirs(os.path.join(host, "j", "f"))
        with open(os.path.join(host, "j", "f", "x"), "w", encoding="utf-8") as file:
            file.write("1")
        return root.import_files(os.path.join(host, "j"))

    def single_over(self, root, host):
        os.makedirs(os.path.join(host, "k"))
        with open(os.path.join(host, "k", "sub"), "w", encoding="utf-8") as file:
            file.write("1")
        result = root.import_single_file(os.path.join(host, "k", "sub"))
        return [len(result.overwritten), len(result.ignored), len(result.files_written)]

    def modes(self, root):
        with root.open_file("run", mode="w") as file:
            file.write("1")
            os.fchmod(file.fileno(), 0o755)
        first = root.stat("run").executable
        with root.open_file("run", mode="w") as file:
            file.write("2")
        return [first, root.stat("run").executable]

    def tar(self, root):
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w") as archive:
            root.open_directory("sub").export_to_tar(archive, "top", mtime=5)
        stream.seek(0)
        with tarfile.open(fileobj=stream) as archive:
            return [[m.name, oct(m.mode), m.size, m.linkname, m.mtime, m.type.decode()] for m in archive.getmembers()]

    def sandboxes(self, sandbox, one):
        call = self.call
        root = sandbox.get_virtual_directory()

        def said(name):
            return self.read(root, "out/" + name)

        call("run", lambda: sandbox.run(["sh", "-c", "pwd > /out/pwd"]))
        call("its directory", lambda: said("pwd"))
        call("run elsewhere", lambda: (sandbox.run(["sh", "-c", "pwd > /out/pwd"], cwd="/out"), said("pwd"))[1])
        call("run fails", lambda: sandbox.run(["sh", "-c", "exit 7"]))
        call("run text", lambda: sandbox.run("sh"))
        call("run missing program", lambda: sandbox.run(["no-such-program"]))
        call("run environment", lambda: (sandbox.run(["sh", "-c", "echo $A-$MINE > /out/env"], env={"A": "1", "PATH": "/bin"}), said("env"))[1])
        call("run default environment", lambda: (sandbox.run(["sh", "-c", "echo $A-$MINE > /out/env"]), said("env"))[1])

        def batch(*scripts, **options):
            with sandbox.batch(**options):
                for script in scripts:
                    sandbox.run(["sh", "-c", script])

        call("batch", lambda: batch("echo 1 > /out/b", "echo 2 >> /out/b"))
        call("batch did", lambda: said("b"))
        call("batch fails", lambda: batch("echo 1 > /out/c", "exit 3", "echo 2 >> /out/c"))
        call("batch stopped", lambda: said("c"))
        call("batch labelled", lambda: batch("exit 4", label="a label", collect="/out"))

        def collected():
            try:
                batch("exit 4", collect="/out")
            except Exception as error:
                return [type(error).__name__, error.collect, error.reason]
            return None

        call("batch collects", collected)
        call("empty batch", lambda: batch())

        def in_batch():
            with sandbox.batch():
                before = sandbox.run(["sh", "-c", "echo in > /out/in"])
                return [before, root.exists("out/in")]

        call("batch is deferred", in_batch)

        def nested():
            with sandbox.batch(label="outer"):
                sandbox.run(["sh", "-c", "echo 1 > /out/n"])
                with sandbox.batch(label="inner"):
                    sandbox.run(["sh", "-c", "echo 2 >> /out/n"])
                sandbox.run(["sh", "-c", "echo 3 >> /out/n"])

        call("nested", lambda: (nested(), said("n"))[1])

        def mixed():
            with sandbox.batch():
                sandbox.run(["sh", "-c", "true"], root_read_only=True)

        call("batch must agree", mixed)

        def raising():
            with sandbox.batch():
                sandbox.run(["sh", "-c", "echo x > /out/raised"])
                raise ElementError("stopped", reason="stopped")

        call("batch raised", raising)
        call("batch that raised", lambda: root.exists("out/raised"))
        call("batch after", lambda: (batch("echo ok > /out/after"), said("after"))[1])

        def inner():
            with self.subsandbox(sandbox) as second:
                results = [sorted(second.get_virtual_directory())]
                results.append(plain(one.stage_artifact(second, path="/sub")))
                results.append(sorted(second.get_virtual_directory().open_directory("sub")))
                results.append(root.exists("sub"))
                root.open_directory("from-second", create=True).import_files(second.get_virtual_directory())
                results.append(sorted(root.open_directory("from-second/sub")))
                return results

        call("subsandbox", inner)
        call("read-only", lambda: sandbox.run(["sh", "-c", "touch /written"], root_read_only=True) != 0)
        call("read-only marked", lambda: sandbox.run(["sh", "-c", "touch /out/marked"], root_read_only=True))
        call("marked", lambda: root.exists("out/marked"))

    def assemble(self, sandbox):
        one = self.search("one.bst")
        self.call("stage in assemble", lambda: one.stage_artifact(sandbox, path="/late"))
        self.call("stage dependencies in assemble", lambda: self.stage_dependency_artifacts(sandbox, path="/late"))

        def inner():
            with self.subsandbox(sandbox) as second:
                self.stage_dependency_artifacts(second, [one], path="/x")
                return sorted(second.get_virtual_directory().open_directory("x"))

        self.call("subsandbox in assemble", inner)
        self.call("sources in assemble", lambda: self.stage_sources(sandbox, "/late-sources"))
        self.call("warn", lambda: self.warn("a warning", detail="more"))
        self.call("timed", self.timed)
        root = sandbox.get_virtual_directory()
        with root.open_file("out/report.json", mode="w") as file:
            json.dump(self.calls, file, indent=1)
        return "/out"

    def timed(self):
        with self.timed_activity("an activity", detail="d", silent_nested=True):
            self.status("s")
            self.info("i")
            self.debug("d")
            self.log("l")


def setup():
    return Calls
