"""Stages archives with BuildStream's own plugins, in one process: archives.py DIRECTORY < cases > answers

Each line on standard input is {"file", "kind", "base-dir"}; each answer is what staging left as pairs of path and content, or the text of the refusal.
"""

import hashlib
import json
import os
import shutil
import stat
import sys
import tarfile
import tempfile

from buildstream.plugins.sources import tar as tar_plugin
from buildstream_plugins_community.sources import zip as zip_plugin

KINDS = {"tar": tar_plugin.TarSource, "zip": zip_plugin.ZipSource}


def listing(root):
    found = {}
    for directory, directories, files in os.walk(root):
        for name in sorted(directories + files):
            path = os.path.join(directory, name)
            relative = os.path.relpath(path, root)
            relative.encode("utf8")
            status = os.lstat(path)
            if stat.S_ISLNK(status.st_mode):
                found[relative] = "-> " + os.readlink(path)
                found[relative].encode("utf8")
            elif stat.S_ISDIR(status.st_mode):
                found[relative] = "directory"
            else:
                mark = "x " if status.st_mode & 0o100 else ""
                with open(path, "rb") as file:
                    found[relative] = mark + hashlib.sha256(file.read()).hexdigest()[:16]
    return found


def stage(place, case):
    kind = KINDS[case["kind"]]

    class Stand(kind):
        def __init__(self):  # pylint: disable=super-init-not-called
            self.base_dir = case["base-dir"]
            self.url = case["file"]

        def _get_mirror_file(self, *_):
            return case["file"]

        def __str__(self):
            return "archive"

    try:
        Stand().stage(place)
        return sorted(listing(place).items())
    except (UnicodeError, Exception) as error:  # pylint: disable=broad-except
        return "%s: %s" % (type(error).__name__, error)


def main():
    os.umask(0o022)
    for line in sys.stdin:
        place = tempfile.mkdtemp(dir=sys.argv[1])
        print(json.dumps(stage(place, json.loads(line))), flush=True)
        shutil.rmtree(place, ignore_errors=True)


main()
