"""Elements of four lists of commands that run in the build directory and install into another."""

import os

from .element import Element

_steps = ("configure-commands", "build-commands", "install-commands", "strip-commands")
_command_steps = list(_steps)
_marker = ".bst-prepared"


class BuildElement(Element):
    """The base of such elements; most plugins are nothing but default configuration for it."""

    def configure(self, node):
        node.validate_keys(_steps)
        self._command_subdir = self.get_variable("command-subdir")
        self.__commands = {step: node.get_str_list(step, []) for step in _steps}
        self.__layout = {}
        self.__digests = {}

    def configure_dependencies(self, dependencies):
        wishes = [_wish(dependency) for dependency in dependencies]
        self.__layout = _grouped((location, member) for location, _, member in wishes)
        self.__digests = _grouped((variable, member) for _, variable, member in wishes if variable is not None)

    def preflight(self):
        pass

    def get_unique_key(self):
        key = dict(self.__commands)
        if self._command_subdir:
            key["command-subdir"] = self._command_subdir
        if self.get_variable("notparallel"):
            key["notparallel"] = True
        if any(location != "/" for location in self.__layout):
            key["layout"] = _paths(self.__layout)
        if self.__digests:
            # The misspelling is part of all keys that were ever made.
            key["digest-enviornment"] = _paths(self.__digests)
        return key

    def configure_sandbox(self, sandbox):
        root, output = (self.get_variable(name) for name in ("build-root", "install-root"))
        for directory in (root, output):
            sandbox.mark_directory(directory)
        subdirectory = self._command_subdir
        sandbox.set_work_directory(os.path.join(root, subdirectory) if subdirectory else root)
        digests = {variable: self.__digest(sandbox, variable) for variable in sorted(self.__digests)}
        sandbox.set_environment({**self.get_environment(), **digests})

    def __digest(self, sandbox, variable):
        """HASH/SIZE of the tree that the dependencies of a digest variable make together."""
        activity = "Staging dependencies for '{}' in subsandbox".format(variable)
        with self.timed_activity(activity, silent_nested=True), self.subsandbox(sandbox) as inner:
            self.stage_dependency_artifacts(inner, _elements(self.__digests[variable]))
            return inner.get_virtual_directory()._digest_text()

    def stage(self, sandbox):
        _stage_layout(self, sandbox, self.__layout)
        self.stage_sources(sandbox, self.get_variable("build-root"))

    def assemble(self, sandbox):
        with sandbox.batch(root_read_only=True, label="Running commands"):
            for step in _steps:
                commands = self.__commands[step]
                if step == "configure-commands":
                    if self._get_workspace() and commands and self.__was_configured(sandbox):
                        continue
                for command in commands:
                    sandbox.run(["sh", "-c", "-e", command + "\n"], root_read_only=True, label=command)
                if step == "configure-commands" and self._get_workspace():
                    sandbox._create_empty_file(_marker)
            self.run_cleanup_commands(sandbox)
        return self.get_variable("install-root")

    def generate_script(self):
        return "".join(
            "(set -ex; {}\n) || exit 1\n".format(command) for step in _steps for command in self.__commands[step]
        )

    def __was_configured(self, sandbox):
        root = sandbox.get_virtual_directory()
        return root.exists(os.path.join(self.get_variable("build-root").lstrip(os.sep), _marker))

    def _pattern(self):
        """What the program needs to build the element without this process."""
        return {
            "pattern": "build",
            "commands": self.__commands,
            "layout": _ids(self.__layout),
            "digests": _ids(self.__digests),
        }


def _wish(dependency):
    """Where a dependency is to be staged, which variable is to name its digest (or none), and what it is."""
    member = (dependency.element, dependency.path)
    config = dependency.config
    if not config:
        return "/", None, member
    config.validate_keys(["location", "digest-environment"])
    return config.get_str("location", "/"), config.get_str("digest-environment", None), member


def _grouped(pairs):
    groups = {}
    for name, member in pairs:
        groups.setdefault(name, []).append(member)
    return groups


def _elements(group):
    return [element for element, _ in group]


def _paths(groups):
    return {name: [path for _, path in groups[name]] for name in sorted(groups)}


def _ids(groups):
    return {name: [[element._id, path] for element, path in group] for name, group in groups.items()}


def _stage_layout(element, sandbox, layout):
    for location in sorted(layout):
        with element.timed_activity("Staging dependencies at: {}".format(location), silent_nested=True):
            element.stage_dependency_artifacts(sandbox, _elements(layout[location]), path=location)
    root = layout.get("/")
    if root:
        with element.timed_activity("Integrating sandbox", silent_nested=True), sandbox.batch():
            for dependency in element.dependencies(_elements(root)):
                dependency.integrate(sandbox)
