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
        self.__layout = {}
        self.__digests = {}
        for dependency in dependencies:
            location = "/"
            if dependency.config:
                dependency.config.validate_keys(["digest-environment", "location"])
                location = dependency.config.get_str("location", "/")
                variable = dependency.config.get_str("digest-environment", None)
                if variable is not None:
                    self.__digests.setdefault(variable, []).append((dependency.element, dependency.path))
            self.__layout.setdefault(location, []).append((dependency.element, dependency.path))

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
        build_root = self.get_variable("build-root")
        sandbox.mark_directory(build_root)
        sandbox.mark_directory(self.get_variable("install-root"))
        sandbox.set_work_directory(os.path.join(build_root, self._command_subdir or ""))
        environment = self.get_environment()
        for variable in sorted(self.__digests):
            with self.timed_activity(
                "Staging dependencies for '{}' in subsandbox".format(variable), silent_nested=True
            ), self.subsandbox(sandbox) as subsandbox:
                self.stage_dependency_artifacts(subsandbox, [element for element, _ in self.__digests[variable]])
                environment[variable] = subsandbox.get_virtual_directory()._digest_text()
        sandbox.set_environment(environment)

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


def _paths(groups):
    return {name: [path for _, path in groups[name]] for name in sorted(groups)}


def _ids(groups):
    return {name: [[element._id, path] for element, path in group] for name, group in groups.items()}


def _stage_layout(element, sandbox, layout):
    for location in sorted(layout):
        with element.timed_activity("Staging dependencies at: {}".format(location), silent_nested=True):
            element.stage_dependency_artifacts(sandbox, [member for member, _ in layout[location]], path=location)
    root = layout.get("/")
    if root:
        with element.timed_activity("Integrating sandbox", silent_nested=True), sandbox.batch():
            for dependency in element.dependencies([member for member, _ in root]):
                dependency.integrate(sandbox)
