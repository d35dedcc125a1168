"""Directories that sources fill while they are loaded, to be known by their digests and staged later."""

import os
import tempfile

from .._host import link
from ..exceptions import BstError, ErrorDomain
from .directory import DirectoryError, HostDirectory

_places = {}


class Digest:
    """The address of a tree, as plugins read it."""

    def __init__(self, hash, size_bytes):
        self.hash = hash
        self.size_bytes = size_bytes

    def _key(self):
        return (self.hash, self.size_bytes)

    def __eq__(self, other):
        return self._key() == other._key() if isinstance(other, Digest) else NotImplemented

    def __hash__(self):
        return hash(self._key())

    def __str__(self):
        return "{}/{}".format(self.hash, self.size_bytes)


class KeptDirectory(HostDirectory):
    """A directory that stays as long as the host does, and so for all jobs."""

    def import_files(self, external_pathspec, *, filter_callback=None, collect_result=True):
        if isinstance(external_pathspec, str) and not os.path.isdir(external_pathspec):
            raise _not_taken("no directory", external_pathspec)
        return super().import_files(
            external_pathspec, filter_callback=filter_callback, collect_result=collect_result
        )

    def import_single_file(self, external_pathspec):
        if not os.path.isfile(external_pathspec):
            raise _not_taken("no file", external_pathspec)
        return super().import_single_file(external_pathspec)

    def _get_digest(self):
        found = link.ask("host-digest", directory=self._path)
        digest = Digest(found["hash"], found["size"])
        _places[digest] = self._path
        return digest


def _not_taken(why, path):
    return BstError("'{}' cannot be taken in: there is {} of that name".format(path, why), domain=ErrorDomain.CAS)


def open_kept(scratch, digest=None):
    """A new directory below ``scratch``, or the one that had a digest."""
    if digest is None:
        return KeptDirectory(tempfile.mkdtemp(prefix="kept-", dir=scratch))
    try:
        return KeptDirectory(_places[digest])
    except KeyError:
        raise DirectoryError("No directory with the digest {} was filled".format(digest)) from None
