"""Imports trees with BuildStream's own CAS directory: reads one request a line from standard input, writes one answer a line.

A request is {"destination": TREE, "source": TREE, "accept": [PATH…]|null}, TREE as in packages/core/conformance/Sample.ts; or
{"destination": TREE, "before": TREE, "after": TREE}, to carry the changes between two trees over to a third. The store behind the
directories is a folder of small files, since the rules need no more of it. With --trees answers hold the tree itself too: then it is what
`import-rules --lines` talks to. Run it with a Python that has BuildStream 2.8.
"""
import hashlib
import json
import os
import sys
import tempfile

from buildstream import DirectoryError
from buildstream._protos.build.bazel.remote.execution.v2 import remote_execution_pb2 as re
from buildstream.storage._casbaseddirectory import CasBasedDirectory


WITH_TREES = "--trees" in sys.argv


class Store:
    def __init__(self, path):
        self.path = path
        self.known = set()

    def objpath(self, digest):
        return os.path.join(self.path, digest.hash)

    def add_object(self, *, path=None, buffer=None):
        if path is not None:
            with open(path, "rb") as f:
                buffer = f.read()
        digest = re.Digest(hash=hashlib.sha256(buffer).hexdigest(), size_bytes=len(buffer))
        if digest.hash not in self.known:
            with open(self.objpath(digest), "wb") as f:
                f.write(buffer)
            self.known.add(digest.hash)
        return digest


def put(store, sample):
    directory = re.Directory()
    for name, node in sorted(sample.items()):
        if isinstance(node, dict):
            directory.directories.add(name=name).digest.CopyFrom(put(store, node))
        elif node[0] == "link":
            directory.symlinks.add(name=name, target=node[1])
        else:
            entry = directory.files.add(name=name, is_executable=node[0] == "exec")
            entry.digest.CopyFrom(store.add_object(buffer=node[1].encode()))
    return store.add_object(buffer=directory.SerializeToString())


def take(store, digest):
    directory = re.Directory()
    with open(store.objpath(digest), "rb") as f:
        directory.ParseFromString(f.read())
    out = {node.name: take(store, node.digest) for node in directory.directories}
    for node in directory.files:
        with open(store.objpath(node.digest), encoding="utf-8") as f:
            out[node.name] = ["exec" if node.is_executable else "file", f.read()]
    for node in directory.symlinks:
        out[node.name] = ["link", node.target]
    return out


def carry(store, destination, request):
    before = CasBasedDirectory(store, digest=put(store, request["before"]))
    after = CasBasedDirectory(store, digest=put(store, request["after"]))
    try:
        destination._apply_changes(before, after)
    except DirectoryError as e:
        return {"conflict": str(e)}
    return {"tree": take(store, destination._get_digest())}


def answer(store, request):
    destination = CasBasedDirectory(store, digest=put(store, request["destination"]))
    if "before" in request:
        return carry(store, destination, request)
    source = CasBasedDirectory(store, digest=put(store, request["source"]))
    accept = request.get("accept")
    accepted = None if accept is None else set(accept)
    try:
        result = destination._import_files(source, filter_callback=None if accepted is None else accepted.__contains__)
    except DirectoryError as e:
        return {"conflict": str(e).partition(": /")[2]}
    digest = destination._get_digest()
    answered = {
        "digest": "{}/{}".format(digest.hash, digest.size_bytes),
        "written": result.files_written,
        "overwritten": result.overwritten,
        "ignored": result.ignored,
        "list": list(destination.list_relative_paths()),
    }
    if WITH_TREES:
        answered["tree"] = take(store, digest)
    return answered


def main():
    with tempfile.TemporaryDirectory() as path:
        store = Store(path)
        for line in sys.stdin:
            print(json.dumps(answer(store, json.loads(line))), flush=WITH_TREES)


main()
