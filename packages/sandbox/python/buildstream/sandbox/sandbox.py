"""A sandbox, kept by the program; commands of a batch are sent when it ends."""

from contextlib import contextmanager

from .._host import link
from ..exceptions import ErrorDomain, SandboxError, of_domain
from ..storage.directory import TreeDirectory, file_list


@of_domain(ErrorDomain.SANDBOX)
class SandboxCommandError(SandboxError):
    """A command failed."""

    def __init__(self, message, *, detail=None, collect=None, reason="command-failed"):
        super().__init__(message, detail=detail, reason=reason)
        self.collect = collect


class Sandbox:
    """The interface."""

    def __init__(self, number=0):
        self._id = number
        self.__marked = []
        self.__cwd = None
        self.__environment = None
        self.__runs = True
        self.__batch = None
        self.__group = None
        self.__read_only = False
        self.__collect = None
        self._stages = False

    def get_virtual_directory(self):
        """The root."""
        return TreeDirectory(self._id, "")

    def set_environment(self, environment):
        """The environment of commands that name none."""
        self.__environment = dict(environment)

    def set_work_directory(self, directory):
        """Where commands run that name no directory."""
        assert directory.startswith("/"), "The working directory must be absolute, not '{}'".format(directory)
        self.__cwd = directory

    def mark_directory(self, directory):
        """Keeps a directory writable where the root is not."""
        assert directory.startswith("/"), "A marked directory must be absolute, not '{}'".format(directory)
        self.__marked.append(directory)

    def run(self, command, *, root_read_only=False, cwd=None, env=None, label=None):
        """Runs a command, or puts it into the batch that is open."""
        if not self.__runs:
            raise RuntimeError("The plugin says BST_RUN_COMMANDS = False, but calls Sandbox.run()")
        item = {
            "type": "command",
            "argv": [command] if isinstance(command, str) else [str(part) for part in command],
            "cwd": cwd or self.__cwd or "/",
            "environment": self.__environment or {} if env is None else env,
            "label": label,
        }
        if self.__batch is not None:
            assert root_read_only == self.__read_only, "All commands of a batch must agree about the root"
            self.__group.append(item)
            return None
        return self.__send([item], root_read_only, None, True)

    @contextmanager
    def batch(self, *, root_read_only=False, label=None, collect=None):
        """Commands that run together; nested batches only give their part a label."""
        group = []
        if self.__batch is not None:
            assert root_read_only == self.__read_only, "All commands of a batch must agree about the root"
            outer = self.__group
            outer.append({"type": "group", "label": label, "items": group})
            self.__group = group
            try:
                yield
            finally:
                self.__group = outer
            return
        self.__batch = self.__group = group
        self.__read_only = root_read_only
        self.__collect = collect
        try:
            yield
        finally:
            self.__batch = self.__group = None
        self.__send([{"type": "group", "label": label, "items": group}], root_read_only, collect, False)

    def __send(self, items, read_only, collect, single):
        answer = link.ask(
            "run",
            sandbox=self._id,
            items=items,
            readOnly=bool(read_only),
            single=single,
            marked=self.__marked,
            cwd=self.__cwd or "/",
        )
        if answer["code"] != 0 and not single:
            raise SandboxCommandError(
                "Command failed with exit code {}".format(answer["code"]), detail=answer.get("label"), collect=collect
            )
        return answer["code"]

    def _stage(self, elements, path, action, include, exclude, orphans, report=False):
        assert self._stages, "Artifacts are staged in stage(), and in subsandboxes"
        result = link.ask(
            "stage-artifacts",
            sandbox=self._id,
            elements=elements,
            path=path or "/",
            action=action.value,
            include=include,
            exclude=exclude,
            orphans=orphans,
            report=report,
        )
        return file_list(result)

    def _configured(self, no_commands):
        self.__runs = not no_commands
        link.ask(
            "configured",
            environment=self.__environment or {},
            workingDirectory=self.__cwd or "/",
            marked=self.__marked,
        )

    def _create_empty_file(self, name):
        item = {"type": "touch", "name": name}
        if self.__batch is not None:
            self.__group.append(item)
        else:
            self.__send([item], False, None, True)

    def _clean_directory(self, path):
        item = {"type": "clean", "path": path}
        if self.__batch is not None:
            self.__group.append(item)
        else:
            self.__send([item], False, None, True)

    def _create_subsandbox(self):
        return Sandbox(link.ask("subsandbox"))
