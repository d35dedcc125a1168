"""Helpers for plugins: files, versions, host programs."""

import errno
import hashlib
import os
import re
import shutil
import stat
import subprocess
import tempfile
from contextlib import contextmanager

from .exceptions import BstError, ErrorDomain

BST_ARBITRARY_TIMESTAMP = 1321009871
"""The modification time that all files of artifacts have."""

_ALIAS_SEPARATOR = ":"
_URI_SCHEMES = ["http", "https", "ftp", "file", "git", "sftp", "ssh"]
_UMASK = os.umask(0o777)
os.umask(_UMASK)
_version_pattern = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")


class UtilError(BstError):
    """A helper could not do its work."""

    def __init__(self, message, reason=None):
        super().__init__(message, domain=ErrorDomain.UTIL, reason=reason)


class ProgramNotFoundError(BstError):
    """A host program is missing."""

    def __init__(self, message, reason=None):
        super().__init__(message, domain=ErrorDomain.PROG_NOT_FOUND, reason=reason)


class DirectoryExistsError(OSError):
    """There is something at the destination of a move already."""


class FileListResult:
    """What became of the files of a copy or an import."""

    def __init__(self):
        self.overwritten = []
        self.ignored = []
        self.failed_attributes = []
        self.files_written = []


def list_relative_paths(directory):
    """Paths of everything below a directory, each directory before what is in it, files and links by name."""
    for base, directories, files in os.walk(directory):
        directories.sort()
        relative = os.path.relpath(base, directory)
        prefix = "" if relative == "." else relative
        links = [name for name in directories if os.path.islink(os.path.join(base, name))]
        if prefix:
            yield prefix
        for name in sorted(files + links):
            yield os.path.join(prefix, name)


def glob(paths, pattern):
    """The paths that match a pattern, in which ``**`` also matches directory separators."""
    if not pattern.startswith(os.sep):
        pattern = os.sep + pattern
    expression = re.compile(_glob2re(pattern))
    for path in paths:
        if expression.match(path if path.startswith(os.sep) else os.sep + path):
            yield path


def _glob2re(pattern):
    out = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if char == "*":
            if pattern[at : at + 1] == "*":
                at += 1
                out.append(".*")
            else:
                out.append("[^/]*")
        elif char == "?":
            out.append("[^/]")
        elif char == "[":
            end = pattern.find("]", at + (2 if pattern[at : at + 1] == "!" else 1))
            if end < 0:
                out.append(r"\[")
            else:
                inner = pattern[at:end].replace("\\", "\\\\")
                if inner[0] == "!":
                    inner = "^" + inner[1:]
                elif inner[0] == "^":
                    inner = "\\" + inner
                out.append("[{}]".format(inner))
                at = end + 1
        else:
            out.append(re.escape(char))
    return "".join(out) + r"\Z"


def sha256sum(filename):
    """The SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    try:
        with open(filename, "rb") as file:
            for block in iter(lambda: file.read(1 << 20), b""):
                digest.update(block)
    except OSError as error:
        raise UtilError("The SHA-256 of '{}' cannot be computed: {}".format(filename, error)) from error
    return digest.hexdigest()


def safe_copy(src, dest, *, copystat=True, result=None):
    """Copies a file over whatever is there."""
    try:
        try:
            os.unlink(dest)
        except FileNotFoundError:
            pass
        shutil.copyfile(src, dest)
        if copystat:
            shutil.copystat(src, dest)
    except OSError as error:
        raise UtilError("'{}' cannot be copied to '{}': {}".format(src, dest, error)) from error


def safe_link(src, dest, *, result=None, _unlink=False):
    """Links a file, or copies it where links are impossible."""
    if _unlink:
        try:
            os.unlink(dest)
        except FileNotFoundError:
            pass
    try:
        os.link(src, dest)
    except OSError as error:
        if error.errno == errno.EEXIST and not _unlink:
            return safe_link(src, dest, result=result, _unlink=True)
        return safe_copy(src, dest, result=result)
    return None


def safe_remove(path):
    """Removes a file or an empty directory; False when a directory is not empty."""
    try:
        if os.path.isdir(path) and not os.path.islink(path):
            os.rmdir(path)
        else:
            os.unlink(path)
    except FileNotFoundError:
        pass
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            return False
        raise UtilError("'{}' cannot be removed: {}".format(path, error)) from error
    return True


def copy_files(src, dest, *, filter_callback=None, ignore_missing=False, report_written=False):
    """Copies a directory's content over another's."""
    return _transfer(src, dest, safe_copy, filter_callback, ignore_missing, report_written)


def link_files(src, dest, *, filter_callback=None, ignore_missing=False, report_written=False):
    """Links a directory's content into another."""
    return _transfer(src, dest, safe_link, filter_callback, ignore_missing, report_written)


def _transfer(src, dest, action, filter_callback, ignore_missing, report_written):
    result = FileListResult()
    modes = []
    for path in list_relative_paths(src):
        if filter_callback is not None and not filter_callback(path):
            continue
        source = os.path.join(src, path)
        target = os.path.join(dest, path)
        parent = dest
        for name in os.path.dirname(path).split(os.sep):
            parent = os.path.join(parent, name) if name else parent
            if os.path.lexists(parent):
                if not stat.S_ISDIR(os.lstat(parent).st_mode):
                    raise UtilError("'{}' is in the way, since it is no directory".format(parent))
            else:
                os.makedirs(parent)
                modes.append((parent, os.stat(os.path.join(src, os.path.relpath(parent, dest))).st_mode))
        if report_written:
            result.files_written.append(path)
        if os.path.lexists(target) and not os.path.isdir(target):
            result.overwritten.append(path)
        try:
            mode = os.lstat(source).st_mode
        except FileNotFoundError as error:
            if ignore_missing:
                continue
            raise UtilError("'{}' is not there".format(source)) from error
        if stat.S_ISDIR(mode):
            if os.path.lexists(target) and not stat.S_ISDIR(os.lstat(target).st_mode):
                raise UtilError("'{}' is in the way, since it is no directory".format(target))
            os.makedirs(target, exist_ok=True)
            modes.append((target, mode))
        elif not safe_remove(target):
            result.ignored.append(path)
        elif stat.S_ISLNK(mode):
            os.symlink(os.readlink(source), target)
        elif stat.S_ISREG(mode):
            action(source, target, result=result)
        elif stat.S_ISFIFO(mode):
            os.mkfifo(target, mode)
        elif not stat.S_ISSOCK(mode):
            raise UtilError("'{}' is of a type that cannot be staged".format(source))
    for directory, mode in modes:
        os.chmod(directory, stat.S_IMODE(mode))
    return result


def get_host_tool(name):
    """The full path of a host program."""
    return _get_host_tool_internal(name)


def _get_host_tool_internal(name, search_subprojects_dir=None):
    path = shutil.which(name, path=os.environ.get("PATH", ""))
    if not path:
        raise ProgramNotFoundError("The program '{}' is needed and is not in the PATH".format(name))
    return path


def _parse_version(version):
    try:
        major, minor = version.split(".")[:2]
        return int(major), int(minor)
    except (ValueError, AttributeError) as error:
        raise UtilError("'{}' is no version of the form MAJOR.MINOR".format(version)) from error


def get_bst_version():
    """The version of the plugin interface, as two numbers."""
    from . import __version__

    return _parse_version(__version__)


_get_bst_api_version = get_bst_version


def move_atomic(source, destination, *, ensure_parents=True):
    """Renames; DirectoryExistsError when a directory with content is there."""
    if ensure_parents:
        os.makedirs(os.path.dirname(str(destination)), exist_ok=True)
    try:
        os.rename(str(source), str(destination))
    except OSError as error:
        if error.errno in (errno.EEXIST, errno.ENOTEMPTY):
            raise DirectoryExistsError(*error.args) from error
        raise


@contextmanager
def save_file_atomic(
    filename,
    mode="w",
    *,
    buffering=-1,
    encoding=None,
    errors=None,
    newline=None,
    closefd=True,
    opener=None,
    tempdir=None
):
    """A file that appears under its name when it is complete."""
    assert os.path.isabs(filename), "save_file_atomic() needs an absolute path"
    handle, temporary = tempfile.mkstemp(dir=tempdir or os.path.dirname(filename))
    os.fchmod(handle, 0o666 & ~_UMASK)
    os.close(handle)
    file = open(
        temporary, mode=mode, buffering=buffering, encoding=encoding, errors=errors, newline=newline, opener=opener
    )
    try:
        file.real_filename = filename
        yield file
        file.close()
        os.replace(temporary, filename)
    except BaseException:
        file.close()
        safe_remove(temporary)
        raise


def get_umask():
    """The umask of the process."""
    return _UMASK


def guess_version(string, *, pattern=None):
    """The version in a text: of all matches the first with the most groups, joined by dots."""
    best = None
    most = 0
    expression = pattern if pattern is not None else _version_pattern
    for match in expression.finditer(string):
        groups = [group for group in match.groups() if group is not None]
        guess, count = (match.group(0), 1) if expression.groups == 0 else (".".join(groups), len(groups))
        if best is None or count > most:
            best, most = guess, count
    return best


def url_directory_name(url):
    """A url as the name of a directory."""
    return re.sub(r"[^0-9A-Za-z%_]", "_", url)


def _force_rmtree(path):
    def again(function, entry, _info):
        os.chmod(os.path.dirname(entry), 0o755)
        if os.path.isdir(entry) and not os.path.islink(entry):
            os.rmdir(entry)
        else:
            os.remove(entry)

    shutil.rmtree(path, onerror=again)


@contextmanager
def _tempdir(*, suffix="", prefix="tmp", dir):
    path = tempfile.mkdtemp(suffix=suffix, prefix=prefix, dir=dir)
    try:
        os.chmod(path, 0o777 & ~_UMASK)
        yield path
    finally:
        if os.path.isdir(path):
            _force_rmtree(path)


def _is_in_main_thread():
    return True


def _call(*arguments, terminate=False, **options):
    options.setdefault("start_new_session", False)
    with subprocess.Popen(*arguments, universal_newlines=True, **options) as process:
        output, _ = process.communicate()
        return process.returncode, output
