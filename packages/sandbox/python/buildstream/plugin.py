"""What elements, sources and mirrors have in common: a kind, messages, host programs."""

import os
import subprocess
import sys
import time
import traceback
from contextlib import contextmanager

from . import utils
from ._host import link
from .exceptions import ImplError, PluginError
from .types import CoreWarnings, core_warnings


class Plugin:
    """The base of all plugins."""

    BST_MIN_VERSION = None
    """The oldest version of the interface that the plugin works with, as ``MAJOR.MINOR``."""

    BST_PLUGIN_DEPRECATED = False
    """Whether using the plugin is warned about."""

    BST_PLUGIN_DEPRECATION_MESSAGE = None
    """What that warning says."""

    _origin = None

    def __init__(self, name, context, project, provenance_node, type_tag, unique_id=None):
        self.name = name
        self._unique_id = unique_id
        self.__context = context
        self.__project = project
        self.__provenance_node = provenance_node
        self.__type_tag = type_tag
        self.__configuring = False
        self.__kind = type(self).__module__.rpartition(".")[2]

    def __str__(self):
        return "{} {} at {}".format(self.__kind, self.__type_tag, self._get_provenance())

    def get_kind(self):
        """The name of the kind."""
        return self.__kind

    def configure(self, node):
        """Reads the configuration."""
        raise self._missing("configure")

    def preflight(self):
        """Checks what the plugin needs of the host."""
        raise self._missing("preflight")

    def get_unique_key(self):
        """What decides about the result, as plain data."""
        raise self._missing("get_unique_key")

    def _missing(self, method):
        return ImplError(
            "The {} plugin '{}' has no method {}()".format(self.__type_tag, self.__kind, method),
        )

    def node_get_project_path(self, node, *, check_is_file=False, check_is_dir=False):
        """A path of the project that a node names, checked."""
        place = node.get_provenance()
        return link.ask(
            "project-path",
            path=node.as_str(),
            place=[place._filename, place._line, place._col],
            kind="file" if check_is_file else "directory" if check_is_dir else None,
            source=self._origin,
        )

    def debug(self, brief, *, detail=None):
        """A message for people who look for mistakes."""
        self.__say("debug", brief, detail)

    def status(self, brief, *, detail=None):
        """A message about what goes on."""
        self.__say("status", brief, detail)

    def info(self, brief, *, detail=None):
        """A message."""
        self.__say("info", brief, detail)

    def log(self, brief, *, detail=None):
        """A message for the log file."""
        self.__say("log", brief, detail)

    def warn(self, brief, *, detail=None, warning_token=None):
        """A warning; an error where the project says that the token is one."""
        token = None
        if warning_token:
            own = warning_token not in core_warnings
            token = "{}:{}".format(self.__kind, warning_token) if own else warning_token
        link.ask("warn", token=token, brief=str(brief), detail=detail)

    def __say(self, level, brief, detail):
        link.say(level=level, brief=str(brief), detail=None if detail is None else str(detail), speaker=self._speaker())

    def _speaker(self):
        return None

    @contextmanager
    def timed_activity(self, activity_name, *, detail=None, silent_nested=False):
        """Says when work begins and how long it took."""
        start = time.monotonic()
        link.say(level="start", brief=str(activity_name), detail=detail, silent=bool(silent_nested))
        try:
            yield
        except BaseException:
            link.say(level="failure", brief=str(activity_name), elapsed=time.monotonic() - start)
            raise
        link.say(level="success", brief=str(activity_name), elapsed=time.monotonic() - start)

    def blocking_activity(self, target, args, activity_name, *, detail=None, silent_nested=False):
        """Calls a function that may take long. A job has a process of its own here, so nothing else waits for it."""
        with self.timed_activity(activity_name, detail=detail, silent_nested=silent_nested):
            try:
                return target(*args)
            except Exception as error:
                raise PluginError(
                    "{}: '{}' failed: {}".format(self, activity_name, error), detail=traceback.format_exc()
                ) from error

    def call(
        self, args, fail=None, fail_temporarily=False, cwd=None, env=None, stdin=None, stdout=None, stderr=None
    ):
        """Runs a host program and gives its exit code."""
        code, _ = self.__call(args, fail, fail_temporarily, cwd, env, stdin, stdout, stderr)
        return code

    def check_output(self, args, fail=None, fail_temporarily=False, cwd=None, env=None, stdin=None, stderr=None):
        """Runs a host program and gives its exit code and output."""
        return self.__call(args, fail, fail_temporarily, cwd, env, stdin, subprocess.PIPE, stderr)

    def __call(self, args, fail, fail_temporarily, cwd, env, stdin, stdout, stderr):
        shown = args if isinstance(args, str) else " ".join(str(arg) for arg in args)
        self.status("Running host command", detail=shown)
        sys.stderr.write("Running host command {}: {}\n".format(cwd or os.getcwd(), shown))
        sys.stderr.flush()
        code, output = utils._call(
            args,
            cwd=cwd,
            env=env,
            stdin=stdin,
            stdout=sys.stderr.fileno() if stdout is None else stdout,
            stderr=sys.stderr.fileno() if stderr is None else stderr,
            umask=0o022,
        )
        if fail and code:
            raise PluginError("{}: {}".format(self, fail), temporary=fail_temporarily)
        return code, output

    @contextmanager
    def _output_file(self):
        yield sys.stderr

    def _get_context(self):
        return self.__context

    def _get_project(self):
        return self.__project

    def _get_provenance(self):
        return self.__provenance_node.get_provenance()

    def _get_full_name(self):
        return self.name

    def _configure(self, node):
        self.__configuring = True
        try:
            self.configure(node)
        finally:
            self.__configuring = False

    def _get_configuring(self):
        return self.__configuring

    def _preflight(self):
        self.preflight()
