"""Elements that run commands over what their dependencies make."""

from .buildelement import _ids, _paths, _stage_layout
from .element import Element


class ScriptElement(Element):
    """The base of such elements."""

    BST_STRICT_REBUILD = True
    BST_FORBID_RDEPENDS = True
    BST_FORBID_SOURCES = True

    __install_root = "/"
    __cwd = "/"
    __root_read_only = False
    __commands = None
    __layout = None

    def set_work_dir(self, work_dir=None):
        """Where commands run; by default what the variable ``cwd`` says."""
        self.__cwd = (self.get_variable("cwd") or "/") if work_dir is None else work_dir

    def set_install_root(self, install_root=None):
        """Where the result is; by default what the variable ``install-root`` says."""
        self.__install_root = (self.get_variable("install-root") or "/") if install_root is None else install_root

    def set_root_read_only(self, root_read_only):
        """Whether commands may write outside of marked directories."""
        self.__root_read_only = root_read_only

    def layout_add(self, element, dependency_path, location):
        """Stages a dependency at a place."""
        if self.__layout is None:
            self.__layout = {}
        self.__layout.setdefault(location, []).append((element, dependency_path))

    def add_commands(self, group_name, command_list):
        """Adds commands under a name."""
        if self.__commands is None:
            self.__commands = {}
        self.__commands[group_name] = command_list

    def preflight(self):
        pass

    def get_unique_key(self):
        return {
            "commands": self.__commands,
            "cwd": self.__cwd,
            "install-root": self.__install_root,
            "layout": _paths(self.__layout or {}),
            "root-read-only": self.__root_read_only,
        }

    def configure_sandbox(self, sandbox):
        sandbox.set_work_directory(self.__cwd)
        sandbox.set_environment(self.get_environment())
        sandbox.mark_directory(self.__install_root)

    def stage(self, sandbox):
        if self.__layout:
            _stage_layout(self, sandbox, self.__layout)
        else:
            with self.timed_activity("Staging dependencies", silent_nested=True):
                self.stage_dependency_artifacts(sandbox)
            with sandbox.batch(label="Integrating sandbox"):
                for dependency in self.dependencies():
                    dependency.integrate(sandbox)
        sandbox.get_virtual_directory().open_directory(self.__install_root.lstrip("/"), create=True)

    def assemble(self, sandbox):
        read_only = self.__root_read_only
        with sandbox.batch(root_read_only=read_only, collect=self.__install_root):
            for group, commands in (self.__commands or {}).items():
                with sandbox.batch(root_read_only=read_only, label="Running '{}'".format(group)):
                    for command in commands:
                        sandbox.run(["sh", "-c", "-e", command + "\n"], root_read_only=read_only, label=command)
            self.run_cleanup_commands(sandbox)
        return self.__install_root

    def _pattern(self):
        """What the program needs to build the element without this process."""
        return {
            "pattern": "script",
            "commands": list((self.__commands or {}).items()),
            "cwd": self.__cwd,
            "install-root": self.__install_root,
            "root-read-only": bool(self.__root_read_only),
            "layout": _ids(self.__layout or {}),
        }


def setup():
    """The kind itself."""
    return ScriptElement
