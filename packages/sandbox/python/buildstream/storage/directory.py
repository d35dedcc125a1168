"""Directories: one interface over trees in the store and over real directories."""

import os
import shutil
import stat
import tempfile
from contextlib import contextmanager

from .._host import link
from ..exceptions import BstError, ErrorDomain, of_domain
from ..types import FastEnum
from ..utils import BST_ARBITRARY_TIMESTAMP, FileListResult, copy_files, list_relative_paths, sha256sum


@of_domain(ErrorDomain.VIRTUAL_FS)
class DirectoryError(BstError):
    """A directory could not be read or changed as wanted."""

    def __init__(self, message, reason=None):
        super().__init__(message, domain=ErrorDomain.VIRTUAL_FS, reason=reason)


class FileType(FastEnum):
    """What a path names."""

    DIRECTORY = 1
    REGULAR_FILE = 2
    SYMLINK = 3

    def __str__(self):
        return self.name.lower().replace("_", " ")


_types = {"directory": FileType.DIRECTORY, "file": FileType.REGULAR_FILE, "symlink": FileType.SYMLINK}


class FileStat:
    """What is known of a path without reading it."""

    def __init__(self, file_type, *, executable=False, size=0, mtime=BST_ARBITRARY_TIMESTAMP):
        self.file_type = file_type
        self.executable = executable
        self.size = size
        self.mtime = mtime

    def _key(self):
        return (self.file_type, self.executable, self.size, self.mtime)

    def __eq__(self, other):
        return self._key() == other._key() if isinstance(other, FileStat) else NotImplemented

    def __hash__(self):
        return hash(self._key())


class Directory:
    """The interface."""

    def __iter__(self):
        raise NotImplementedError()

    def __len__(self):
        return sum(1 for _ in self)

    def open_directory(self, path, *, create=False, follow_symlinks=False):
        """A directory below."""
        raise NotImplementedError()

    def import_files(self, external_pathspec, *, filter_callback=None, collect_result=True):
        """Copies another directory's content into this one."""
        raise NotImplementedError()

    def import_single_file(self, external_pathspec):
        """Copies a file of the host into this directory."""
        raise NotImplementedError()

    def list_relative_paths(self):
        """All paths below."""
        raise NotImplementedError()

    def stat(self, path, *, follow_symlinks=False):
        """What a path names."""
        raise NotImplementedError()

    def readlink(self, path):
        """Where a symbolic link leads."""
        raise NotImplementedError()

    def exists(self, path, *, follow_symlinks=False):
        """Whether a path names something."""
        try:
            self.stat(path, follow_symlinks=follow_symlinks)
            return True
        except DirectoryError:
            return False

    def _is(self, path, kind, follow_symlinks):
        try:
            return self.stat(path, follow_symlinks=follow_symlinks).file_type == kind
        except DirectoryError:
            return False

    def isfile(self, path, *, follow_symlinks=False):
        """Whether a path names a file."""
        return self._is(path, FileType.REGULAR_FILE, follow_symlinks)

    def isdir(self, path, *, follow_symlinks=False):
        """Whether a path names a directory."""
        return self._is(path, FileType.DIRECTORY, follow_symlinks)

    def islink(self, path, *, follow_symlinks=False):
        """Whether a path names a symbolic link."""
        return self._is(path, FileType.SYMLINK, follow_symlinks)

    def export_to_tar(self, tarfile, destination_dir, mtime=BST_ARBITRARY_TIMESTAMP):
        """Adds everything to an archive."""
        for name in sorted(self):
            info = self.stat(name)
            member = tarfile.tarinfo(os.path.join(destination_dir, name))
            member.mtime = mtime
            if info.file_type == FileType.REGULAR_FILE:
                member.mode = 0o755 if info.executable else 0o644
                member.size = info.size
                with self.open_file(name, mode="rb") as file:
                    tarfile.addfile(member, file)
            elif info.file_type == FileType.SYMLINK:
                member.type = b"2"
                member.mode = 0o777
                member.linkname = self.readlink(name)
                tarfile.addfile(member)
            else:
                member.type = b"5"
                member.mode = 0o755
                tarfile.addfile(member)
                self.open_directory(name).export_to_tar(tarfile, member.name, mtime)

    def open_file(self, path, *, mode="r"):
        """A file, open for reading or writing."""
        raise NotImplementedError()

    def file_digest(self, path):
        """The SHA-256 of a file."""
        raise NotImplementedError()

    def remove(self, path, *, recursive=False):
        """Removes what a path names."""
        raise NotImplementedError()

    def rename(self, src, dest):
        """Gives something another path."""
        raise NotImplementedError()

    def _create_empty_file(self, path):
        with self.open_file(path, mode="w"):
            pass


def file_list(fields):
    """What was done with files, as plugins are told of it."""
    result = FileListResult()
    result.files_written = fields.get("written", [])
    result.overwritten = fields.get("overwritten", [])
    result.ignored = fields.get("ignored", [])
    return result


def _relative(path):
    if path.startswith("/"):
        raise ValueError("'{}' must be relative to the directory".format(path))
    return path


def _in_order(directory, prefix=""):
    """Paths below a real directory: of each directory first its directories, each after what is in it, then files, then links."""
    kinds = ([], [], [])
    for entry in sorted(os.scandir(directory), key=lambda entry: entry.name):
        kinds[2 if entry.is_symlink() else 0 if entry.is_dir() else 1].append(entry.name)
    for name in kinds[0]:
        yield from _in_order(os.path.join(directory, name), os.path.join(prefix, name))
        yield os.path.join(prefix, name)
    for name in kinds[1] + kinds[2]:
        yield os.path.join(prefix, name)


class TreeDirectory(Directory):
    """A directory of a tree that the program keeps."""

    def __init__(self, root, path):
        self._root = root
        self._path = path

    def _ask(self, question, path="", /, **arguments):
        full = os.path.join(self._path, _relative(path))
        return link.ask("tree-" + question, root=self._root, path=full, **arguments)

    def _entry(self, path):
        """A path that names an entry, which the directory itself and those above it are not."""
        if os.path.basename(_relative(path)) in ("", ".", ".."):
            raise DirectoryError("'{}' names no entry of {}".format(path, self))
        return path

    def __iter__(self):
        return iter(self._ask("list"))

    def __str__(self):
        return "/" + self._path

    def open_directory(self, path, *, create=False, follow_symlinks=False):
        found = self._ask("open", path, create=create, follow=follow_symlinks)
        return TreeDirectory(self._root, found)

    def list_relative_paths(self):
        return iter(self._ask("paths"))

    def stat(self, path, *, follow_symlinks=False):
        found = self._ask("stat", self._entry(path), follow=follow_symlinks)
        return FileStat(
            _types[found["type"]],
            executable=found.get("executable", False),
            size=found.get("size", 0),
            mtime=found.get("mtime", BST_ARBITRARY_TIMESTAMP),
        )

    def readlink(self, path):
        return self._ask("readlink", self._entry(path))

    def file_digest(self, path):
        return self._ask("digest", self._entry(path))

    def remove(self, path, *, recursive=False):
        self._ask("remove", self._entry(path), recursive=recursive)

    def rename(self, src, dest):
        self._ask("rename", self._entry(src), to=os.path.join(self._path, self._entry(dest)))

    def import_files(self, external_pathspec, *, filter_callback=None, collect_result=True):
        if isinstance(external_pathspec, TreeDirectory):
            origin = {"root": external_pathspec._root, "path": external_pathspec._path}
            paths = external_pathspec._ask("order", **{"except": self._path}) if filter_callback else None
        else:
            host = external_pathspec._path if isinstance(external_pathspec, HostDirectory) else external_pathspec
            origin = {"host": str(host)}
            paths = _in_order(host) if filter_callback else None
        taken = None if paths is None else [path for path in paths if filter_callback(path)]
        result = self._ask("import", origin=origin, taken=taken, report=bool(collect_result))
        return file_list(result) if collect_result else None

    def import_single_file(self, external_pathspec):
        mode = os.stat(external_pathspec).st_mode
        # What is in the way is reported by the directory that the file comes from.
        directory, name = os.path.split(external_pathspec)
        there = self._ask("place", self._entry(name))
        if there == "directory" and len(self.open_directory(name)) > 0:
            return file_list({"ignored": [directory]})
        self._ask("write", name, file=os.path.abspath(external_pathspec), executable=bool(mode & stat.S_IXUSR))
        return file_list({"written": [external_pathspec], "overwritten": [directory] if there else []})

    @contextmanager
    def open_file(self, path, *, mode="r"):
        if mode not in ("r", "rb", "w", "wb", "w+", "w+b", "x", "xb", "x+", "x+b"):
            raise ValueError("A file cannot be opened with the mode '{}'".format(mode))
        encoding = None if "b" in mode else "utf-8"
        if "r" in mode:
            with open(self._ask("read", self._entry(path)), mode=mode, encoding=encoding) as file:
                yield file
            return
        there = self._ask("place", self._entry(path))
        if there not in (None, "file") or (there and "x" in mode):
            raise DirectoryError("There is a {} at '{}' already".format(there, path))
        handle, name = tempfile.mkstemp(prefix="millrace-write-")
        try:
            with os.fdopen(handle, mode.replace("x", "w"), encoding=encoding) as file:
                yield file
            # A new file takes the old one's place, with the mode that the plugin gave it.
            executable = bool(os.stat(name).st_mode & stat.S_IXUSR)
            self._ask("write", path, file=name, executable=executable)
        finally:
            os.unlink(name)

    def _digest_text(self):
        return self._ask("tree-digest")


class HostDirectory(Directory):
    """A real directory."""

    def __init__(self, path):
        self._path = path

    def _join(self, path):
        return os.path.join(self._path, _relative(path))

    def __iter__(self):
        return iter(sorted(os.listdir(self._path)))

    def __str__(self):
        return self._path

    def open_directory(self, path, *, create=False, follow_symlinks=False):
        full = self._join(path)
        if create:
            os.makedirs(full, exist_ok=True)
        if not os.path.isdir(full):
            reason = "not-a-directory" if os.path.lexists(full) else "directory-not-found"
            raise DirectoryError("'{}' is no directory".format(full), reason=reason)
        return HostDirectory(full)

    def list_relative_paths(self):
        return list_relative_paths(self._path)

    def stat(self, path, *, follow_symlinks=False):
        full = self._join(path)
        try:
            found = os.stat(full, follow_symlinks=follow_symlinks)
        except FileNotFoundError:
            raise DirectoryError("'{}' is not there".format(full), reason="file-not-found") from None
        if stat.S_ISDIR(found.st_mode):
            return FileStat(FileType.DIRECTORY)
        if stat.S_ISLNK(found.st_mode):
            return FileStat(FileType.SYMLINK)
        return FileStat(
            FileType.REGULAR_FILE,
            executable=bool(found.st_mode & stat.S_IXUSR),
            size=found.st_size,
            mtime=found.st_mtime,
        )

    def readlink(self, path):
        return os.readlink(self._join(path))

    def file_digest(self, path):
        return sha256sum(self._join(path))

    def remove(self, path, *, recursive=False):
        full = self._join(path)
        if os.path.isdir(full) and not os.path.islink(full):
            if recursive:
                shutil.rmtree(full)
            else:
                os.rmdir(full)
        else:
            os.unlink(full)

    def rename(self, src, dest):
        os.rename(self._join(src), self._join(dest))

    def import_files(self, external_pathspec, *, filter_callback=None, collect_result=True):
        if isinstance(external_pathspec, TreeDirectory):
            raise DirectoryError("A tree of the store cannot be imported into a directory of the host")
        host = external_pathspec._path if isinstance(external_pathspec, HostDirectory) else external_pathspec
        return copy_files(str(host), self._path, filter_callback=filter_callback, report_written=collect_result)

    def import_single_file(self, external_pathspec):
        result = FileListResult()
        name = os.path.basename(external_pathspec)
        if os.path.lexists(self._join(name)):
            result.overwritten.append(name)
        shutil.copy2(external_pathspec, self._join(name))
        result.files_written.append(name)
        return result

    @contextmanager
    def open_file(self, path, *, mode="r"):
        with open(self._join(path), mode=mode, encoding=None if "b" in mode else "utf-8") as file:
            yield file
