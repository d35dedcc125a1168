"""The host's process: answers requests one after the other; a job gets a process of its own.

Started with the names of two pipes, which it makes, and how many seconds one request may take. What a plugin prints goes to standard error, which
is a file of the program.

What jobs start ends with them: a job leads a session, which the program kills, and what left that session becomes a child of the host, which
kills it. When the program is gone, the host ends all jobs and removes its directory.
"""

import faulthandler
import os
import shutil
import signal
import socket
import sys

from .. import sandbox
from ..storage.directory import HostDirectory
from . import errors, link, packages, registry

def _settings(sourcedir, keepsBuildTrees):
    registry.context.sourcedir = sourcedir
    registry.context.keeps_build_trees = keepsBuildTrees


def _source_work(work, source, directory=None):
    found = registry.get(source)
    if work == "fetch":
        found._fetch(**({"previous_sources_dir": directory} if found.BST_REQUIRES_PREVIOUS_SOURCES_FETCH else {}))
        return None
    if work == "track":
        return found._track(
            **({"previous_sources_dir": directory} if found.BST_REQUIRES_PREVIOUS_SOURCES_TRACK else {})
        )
    found.validate_cache()
    if found.BST_STAGE_VIRTUAL_DIRECTORY:
        target = HostDirectory(directory)
        (found.stage_directory if work == "stage" else found.init_workspace_directory)(target)
    else:
        (found.stage if work == "stage" else found.init_workspace)(directory)
    return None


def _build(element, onlyStage):
    found = registry.get(element)
    found._public = None
    collect = found._run(sandbox.Sandbox(), onlyStage)
    public = found._public.strip_node_info() if found._public_changed else None
    return {"collect": collect, "public": public}


_verbs = {
    "settings": _settings,
    "load": registry.load,
    "installed": packages.find,
    "element-new": registry.new_element,
    "element-finish": registry.finish_element,
    "element-script": lambda number: registry.get(number).generate_script(),
    "source-new": registry.new_source,
    "source-preflight": lambda number: registry.get(number)._preflight(),
    "source-key": lambda number: registry.get(number).get_unique_key(),
    "source-load-ref": registry.load_ref,
    "source-write-ref": registry.write_ref,
    "source-cached": lambda number: registry.get(number)._is_cached(),
    "source-info": registry.collect_info,
    "mirror-new": registry.new_mirror,
    "mirror-translate": lambda number, alias, aliasUrl, rest: _translate(number, alias, aliasUrl, rest),
    "source-work": _source_work,
    "build": _build,
}


def _translate(number, alias, alias_url, rest):
    extra = {}
    url = registry.get(number).translate_url(alias=alias, alias_url=alias_url, source_url=rest, extra_data=extra)
    return {"url": url, "bearer": extra.get("http-auth") == "bearer"}


def _answer(request):
    """Carries out a request; what its result cannot be written as is a failure of the plugin, too."""
    line = link.current()
    try:
        line.send({"ok": _verbs[request["do"]](**request["with"])})
    except link.Closed:
        raise
    except BaseException as error:  # A plugin may raise anything, and the program must hear of it.
        line.send({"error": errors.describe(error)})


_SUBREAPER = 36
_jobs = set()


def _adopt():
    """Makes the host the parent of what jobs leave behind."""
    # Loading it takes longer than all the rest, and many commands run no job.
    import ctypes

    ctypes.CDLL(None, use_errno=True).prctl(_SUBREAPER, 1, 0, 0, 0)


def _kill(target, group=False):
    try:
        (os.killpg if group else os.kill)(target, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def _children():
    with open("/proc/self/task/{}/children".format(os.getpid()), encoding="ascii") as file:
        return [int(word) for word in file.read().split()]


def _reap(ended=None):
    """Waits for children that have ended, and kills those that are neither jobs nor the host's own doing."""
    if ended is not None:
        _kill(ended, group=True)
        _jobs.discard(ended)
    while True:
        left = [child for child in _children() if child not in _jobs and child not in _own]
        if not left:
            return
        for child in left:
            _kill(child)
            try:
                os.waitpid(child, 0)
            except ChildProcessError:
                pass


_own = set()


def _job(path):
    """A process for one job, which talks over a socket."""
    if not _jobs:
        # What plugins started while they were loaded is theirs, and stays until the host ends.
        _own.update(_children())
        _adopt()
    child = os.fork()
    if child:
        _jobs.add(child)
        return child
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    faulthandler.cancel_dump_traceback_later()
    try:
        link.current().close()
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(path)
        handle = connection.detach()
        line = link.Line(handle, handle)
        link.use(line)
        request = line.receive()
        if request.get("log"):
            log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
            os.dup2(log, 1)
            os.dup2(log, 2)
        # The program asks for a traceback before it ends a job that takes too long.
        faulthandler.register(signal.SIGUSR1, file=2)
        _answer(request)
        _flush()
    finally:
        os._exit(0)


def _flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            pass


def _end(directory):
    """Leaves nothing behind: the program is gone."""
    for child in _jobs:
        _kill(child, group=True)
    _own.clear()
    _jobs.clear()
    _reap()
    shutil.rmtree(directory, ignore_errors=True)
    os._exit(0)


def main():
    """Serves until the program closes its end."""
    requests, answers, limit = sys.argv[1], sys.argv[2], float(sys.argv[3])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    registry.context.scratch = os.path.dirname(requests)
    # Standard output might be what somebody reads.
    os.dup2(2, 1)
    os.mkfifo(answers, 0o600)
    # Open for both, so that opening waits for nobody: once the other pipe has a reader, this one has a writer.
    writing = os.open(answers, os.O_RDWR | os.O_CLOEXEC)
    os.mkfifo(requests, 0o600)
    reading = os.open(requests, os.O_RDONLY | os.O_CLOEXEC)
    line = link.Line(reading, writing)
    link.use(line)
    while True:
        try:
            _serve(line, line.receive(), limit)
        except link.Closed:
            _end(os.path.dirname(requests))


def _serve(line, request, limit):
    if request["do"] == "job":
        line.send({"ok": _job(request["with"]["socket"])})
    elif request["do"] == "job-ended":
        _reap(request["with"]["job"])
        line.send({"ok": None})
    else:
        if limit > 0:
            faulthandler.dump_traceback_later(limit, exit=True, file=2)
        _answer(request)
        faulthandler.cancel_dump_traceback_later()
        _flush()
