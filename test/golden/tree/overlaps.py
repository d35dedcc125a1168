"""Writes overlaps.jsonl: random stagings in sessions, and what BuildStream's overlap collector finds in them. Run it with the oracle's Python.

Stagings that end in a conflict, and those in which the collector ends with an assertion (an empty directory was replaced), are left out.
"""
import json
import os
import random
import re as regex
import sys

sys.argv = sys.argv[:1]
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "oracle.py"), encoding="utf-8") as f:
    exec(f.read().replace("\nmain()\n", "\n"))  # pylint: disable=exec-used

from buildstream import utils
from buildstream import _overlapcollector as collector
from buildstream.element import ElementError
from buildstream.types import OverlapAction

random.seed(20261121)
names = ["a", "b", "c", "opt"]
whitelist_pool = ["/a", "/b", "/a/*", "/**", "/opt/a", "/c/**", "/opt/**"]


class Warned(Exception):
    pass


class FakeElement:
    def __init__(self, number, whitelist):
        self._unique_id = number
        self.whitelist = whitelist
        self.warned = []

    def _get_full_name(self):
        return "e{}.bst".format(self._unique_id)

    def _file_is_whitelisted(self, path):
        expression = "^(?:" + "|".join([utils._glob2re(glob) for glob in self.whitelist]) + ")$"
        return regex.compile(expression, regex.MULTILINE | regex.DOTALL).match(os.path.join(os.sep, path))

    def warn(self, message, *, detail=None, warning_token=None):
        self.warned.append([warning_token, detail])


def tree(depth):
    out = {}
    for name in random.sample(names, random.randint(0, 3)):
        if depth > 0 and random.random() < 0.5:
            out[name] = tree(depth - 1)
        else:
            out[name] = ["file", random.choice(["1", "2"])] if random.random() < 0.9 else ["link", "a"]
    return out


def facts(token, detail):
    lines = detail.strip("\n").split("\n")[1:]
    if token == "unstaged-files":
        out = []
        for line in lines:
            if line.startswith("From "):
                owner = line[5:-1]
            elif line.strip():
                out.append([line.strip(), owner])
        return out
    out = []
    for line in lines:
        inner = regex.match(r"^(.*?): (.*) (?:is|are) not permitted .*, order (.*) $", line)
        outer = regex.match(r"^(.*?): (\S+) overlaps files previously staged by (\S+) in: (.*)$", line)
        if inner:
            out.append(["within", inner[1], inner[2].split(" and "), inner[3].split(" above ")])
        elif outer:
            out.append(["between", outer[1], outer[2], outer[3], outer[4]])
        else:
            assert not line, line
    return out


def one(store):
    whitelists = [random.sample(whitelist_pool, random.choice([0, 0, 1, 2])) for _ in range(5)]
    elements = [FakeElement(number, globs) for number, globs in enumerate(whitelists)]
    collector.Plugin._lookup = staticmethod(lambda number: elements[number])
    owner = FakeElement(99, [])
    collect = collector.OverlapCollector(owner)
    root = CasBasedDirectory(store)
    sessions = []
    for _ in range(random.randint(1, 3)):
        location = random.choice(["/", "/", "/opt", "/opt/a"])
        action = random.choice(["error", "warning", "ignore"])
        staged = [{"element": number, "files": tree(3)} for number in random.sample(range(5), random.randint(1, 4))]
        owner.warned = []
        error = None
        with_session = collect.session(OverlapAction(action), location)
        try:
            with with_session:
                into = root.open_directory(location.lstrip("/"), create=True) if location != "/" else root
                for item in staged:
                    source = CasBasedDirectory(store, digest=put(store, item["files"]))
                    collect.collect_stage_result(elements[item["element"]], into._import_files(source))
        except ElementError as e:
            error = facts("overlaps", e.detail)
        found = [[token, facts(token, detail)] for token, detail in owner.warned]
        sessions.append({"location": location, "action": action, "staged": staged, "warnings": found, "error": error})
        if error is not None:
            break
    return {"whitelists": whitelists, "sessions": sessions}


def rows():
    with tempfile.TemporaryDirectory() as tmp:
        store = Store(tmp)
        for _ in range(900):
            try:
                row = one(store)
            except (DirectoryError, AssertionError):
                continue
            if any(session["warnings"] or session["error"] for session in row["sessions"]):
                yield row


with open(os.path.join(here, "overlaps.jsonl"), "w", encoding="utf-8") as f:
    for row in rows():
        f.write(json.dumps(row) + "\n")
