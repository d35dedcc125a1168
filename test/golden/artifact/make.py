"""Writes records.jsonl: random artifact, source and directory messages with the bytes that Python's Protocol Buffers give. Run it with the oracle's Python."""
import hashlib
import json
import os
import random

from buildstream._protos.build.bazel.remote.execution.v2 import remote_execution_pb2 as re
from buildstream._protos.buildstream.v2 import artifact_pb2, source_pb2

random.seed(20261121)
here = os.path.dirname(os.path.abspath(__file__))
texts = ["", "a", "Command failed", "ünïcode \U0001f600", "line\nline\n", "x" * 127, "y" * 128]


def digest():
    size = random.choice([0, 1, 127, 128, 70000, 2**31, 2**40, 2**53 - 1])
    return {"hash": hashlib.sha256(str(random.random()).encode()).hexdigest(), "size": size}


def maybe_digest():
    return digest() if random.random() < 0.6 else None


def fill(message, field, value):
    if value is not None:
        getattr(message, field).CopyFrom(re.Digest(hash=value["hash"], size_bytes=value["size"]))


def artifact():
    text = lambda: random.choice(texts)
    flag = lambda: random.random() < 0.5
    some = lambda make: [make() for _ in range(random.choice([0, 0, 1, 3]))]
    record = {
        "version": random.choice([0, 1, 2, 300]),
        "buildSuccess": flag(),
        "buildError": text(),
        "buildErrorDetails": text(),
        "strongKey": text(),
        "weakKey": text(),
        "strictKey": text(),
        "wasWorkspaced": flag(),
        "files": maybe_digest(),
        "buildDeps": some(
            lambda: {"projectName": text(), "elementName": text(), "cacheKey": text(), "wasWorkspaced": flag()}
        ),
        "publicData": maybe_digest(),
        "logs": some(lambda: {"name": text(), "digest": digest()}),
        "buildTree": maybe_digest(),
        "sources": maybe_digest(),
        "lowDiversityMeta": maybe_digest(),
        "highDiversityMeta": maybe_digest(),
        "buildRoot": maybe_digest(),
        "buildSandbox": None,
    }
    if flag():
        record["buildSandbox"] = {
            "environment": some(lambda: {"name": text(), "value": text()}),
            "workingDirectory": text(),
            "subsandboxDigests": some(digest),
            "markedDirectories": some(text),
        }
    m = artifact_pb2.Artifact(
        version=record["version"],
        build_success=record["buildSuccess"],
        build_error=record["buildError"],
        build_error_details=record["buildErrorDetails"],
        strong_key=record["strongKey"],
        weak_key=record["weakKey"],
        strict_key=record["strictKey"],
        was_workspaced=record["wasWorkspaced"],
    )
    for field, key in [
        ("files", "files"),
        ("public_data", "publicData"),
        ("buildtree", "buildTree"),
        ("sources", "sources"),
        ("low_diversity_meta", "lowDiversityMeta"),
        ("high_diversity_meta", "highDiversityMeta"),
        ("buildroot", "buildRoot"),
    ]:
        fill(m, field, record[key])
    for dep in record["buildDeps"]:
        m.build_deps.add(
            project_name=dep["projectName"],
            element_name=dep["elementName"],
            cache_key=dep["cacheKey"],
            was_workspaced=dep["wasWorkspaced"],
        )
    for log in record["logs"]:
        fill(m.logs.add(name=log["name"]), "digest", log["digest"])
    sandbox = record["buildSandbox"]
    if sandbox is not None:
        m.buildsandbox.SetInParent()
        for variable in sandbox["environment"]:
            m.buildsandbox.environment.add(name=variable["name"], value=variable["value"])
        m.buildsandbox.working_directory = sandbox["workingDirectory"]
        for value in sandbox["subsandboxDigests"]:
            m.buildsandbox.subsandbox_digests.add(hash=value["hash"], size_bytes=value["size"])
        m.buildsandbox.marked_directories.extend(sandbox["markedDirectories"])
    return {"type": "artifact", "record": record, "bytes": m.SerializeToString().hex()}


def source():
    record = {"version": random.choice([0, 1, 2]), "files": digest()}
    m = source_pb2.Source(version=record["version"])
    fill(m, "files", record["files"])
    return {"type": "source", "record": record, "bytes": m.SerializeToString().hex()}


names = ["a", "b", "lib", "ä", "\U0001f600", "\uff5e", "x" * 200, "z z", ".", "-"]


def directory():
    chosen = random.sample([n for n in names if n != "."], random.randint(0, 8))
    random.shuffle(chosen)
    entries = []
    m = re.Directory()
    nodes = []
    for name in chosen:
        kind = random.choice(["file", "file", "symlink", "directory"])
        entry = {"name": name, "type": kind}
        if kind == "symlink":
            entry["target"] = random.choice(["/usr/bin", "../ä", "x" * 300])
        else:
            entry["digest"] = digest()
        if kind == "file":
            entry["executable"] = random.random() < 0.5
            if random.random() < 0.4:
                entry["mtime"] = {"seconds": random.choice([0, -1, 1321009871, 2**40]), "nanos": random.choice([0, 999999999])}
        entries.append(entry)
        nodes.append(entry)
    for entry in sorted(nodes, key=lambda e: e["name"]):
        if entry["type"] == "symlink":
            m.symlinks.add(name=entry["name"], target=entry["target"])
            continue
        node = (m.files if entry["type"] == "file" else m.directories).add(name=entry["name"])
        fill(node, "digest", entry["digest"])
        if entry["type"] == "file":
            node.is_executable = entry["executable"]
            if "mtime" in entry:
                node.node_properties.mtime.SetInParent()
                node.node_properties.mtime.seconds = entry["mtime"]["seconds"]
                node.node_properties.mtime.nanos = entry["mtime"]["nanos"]
    record = {"entries": entries}
    if random.random() < 0.3:
        record["readOnly"] = random.random() < 0.5
        m.node_properties.properties.add(name="SubtreeReadOnly", value="true" if record["readOnly"] else "false")
    if random.random() < 0.3:
        record["mtime"] = {"seconds": 1321009871, "nanos": 5000}
        m.node_properties.mtime.seconds = 1321009871
        m.node_properties.mtime.nanos = 5000
    return {"type": "directory", "record": record, "bytes": m.SerializeToString().hex()}


def short(row):
    # Long messages say nothing new; a few of them do.
    return len(row["bytes"]) < 8000 or random.random() < 0.01


with open(os.path.join(here, "records.jsonl"), "w", encoding="utf-8") as f:
    rows = [artifact() for _ in range(50)] + [source() for _ in range(10)] + [directory() for _ in range(80)]
    for row in rows:
        if short(row):
            f.write(json.dumps(row) + "\n")
