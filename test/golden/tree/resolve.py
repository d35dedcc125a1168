"""Writes golden data of BuildStream's path resolution and globs: resolve.jsonl and globs.jsonl beside this file. Run it with the oracle's Python.

Links whose target ends in a slash, `.` or `..` are left out: BuildStream cannot resolve those as the last part of a path, and we can.
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
from buildstream.element import Element
from buildstream.node import Node

random.seed(20261121)
names = ["a", "b", "c", "d"]
targets = ["a", "b", "a/b", "/a", "/b/c", "../a", "../../../../b/a", "../c/d", "/d", "missing", "/missing/x", "./c", "b/../a"]


def tree(depth):
    out = {}
    for name in random.sample(names, random.randint(0, 4)):
        kind = random.choice(["directory", "directory", "link", "link", "file"])
        if kind == "directory" and depth > 0:
            out[name] = tree(depth - 1)
        elif kind == "link":
            out[name] = ["link", random.choice(targets)]
        else:
            out[name] = ["file", name]
    return out


def outcome(body):
    try:
        return body()
    except RecursionError:
        return "loop"
    except DirectoryError as e:
        return e.reason or "not-there"


def resolve(store):
    for _ in range(200):
        sample = tree(3)
        directory = CasBasedDirectory(store, digest=put(store, sample))
        answers = []
        for _ in range(8):
            path = "/".join(random.choice(names) for _ in range(random.randint(1, 4)))
            answers.append(
                {
                    "path": path,
                    "there": outcome(lambda: directory.exists(path)),
                    "followed": outcome(lambda: directory.exists(path, follow_symlinks=True)),
                    "open": outcome(lambda: sorted(directory.open_directory(path))),
                    "openFollowed": outcome(lambda: sorted(directory.open_directory(path, follow_symlinks=True))),
                }
            )
        yield {"tree": sample, "answers": answers}


pieces = ["/", "/", "a", "b", "lib", ".so", "*", "**", "?", "[ab]", "[!a]", "[a-c]", "[]x]", "[!]a]", "[", "]", "^", "$", ".", "+", "(", "{", "|", "\\", "ä", "\U0001f600", "-", "[^a]", "[a-]", "[\\d]", "\n"]
letters = ["/", "/", "a", "b", "c", "d", "lib", ".so", "x", "]", "[", "^", "ä", "\U0001f600", "-", "\\", "\n", "$", "."]


def globs():
    for _ in range(800):
        pattern = ("/" if random.random() < 0.8 else "") + "".join(random.choice(pieces) for _ in range(random.randint(1, 6)))
        try:
            expression = regex.compile("^(?:" + utils._glob2re(pattern) + ")$", regex.MULTILINE | regex.DOTALL)
        except regex.error:
            continue
        # Texts made from the pattern match more often than random ones.
        texts = ["/" + "".join(random.choice(letters) for _ in range(random.randint(0, 5))) for _ in range(6)]
        for _ in range(6):
            text = pattern.replace("**", random.choice(["", "a", "a/b"])).replace("*", random.choice(["", "a", "lib"])).replace("?", random.choice(["a", "ä", "/"]))
            for group in ["[ab]", "[!a]", "[a-c]", "[]x]", "[!]a]", "[^a]", "[a-]", "[\\d]"]:
                text = text.replace(group, random.choice(letters))
            texts.append(text)
        yield {"pattern": pattern, "texts": texts, "matches": [bool(expression.match(text)) for text in texts]}


class Fake:
    """What the split filter wants of an element: its public data."""

    def __init__(self, rules):
        self._Element__splits = None
        self.rules = rules

    def get_public_data(self, domain):
        return Node.from_dict({"split-rules": self.rules})

    _Element__init_splits = Element._Element__init_splits
    _Element__split_filter = Element._Element__split_filter


rule_pool = ["/usr/bin", "/usr/bin/*", "/usr/lib/**", "/usr/lib/lib*.so", "/usr/lib/lib*.so*", "/usr/share/**/doc/*", "**.la", "/usr/lib/[a-l]*", "usr/bin/*", "/etc", "/etc/**", "/usr/**", "/*/bin/?", "/usr", "/usr/lib?**", "**"]
path_pool = ["usr", "usr/bin", "usr/bin/a", "usr/bin/ab", "usr/lib", "usr/lib/libx.so", "usr/lib/libx.so.1", "usr/lib/x.la", "usr/lib/sub/liby.so", "usr/lib64/z", "usr/share/a/doc/b", "usr/share/doc/b", "etc", "etc/passwd", "etc/a/b", "opt/bin/c", "opt", "lib"]
domains = ["one", "two", "three", "four"]


def splits():
    for _ in range(200):
        rules = {domain: random.sample(rule_pool, random.randint(0, 4)) for domain in random.sample(domains, random.randint(1, 4))}
        split = {
            "include": random.sample(domains + ["unknown"], random.choice([0, 0, 1, 2])),
            "exclude": random.sample(domains + ["unknown"], random.choice([0, 0, 1, 2])),
            "orphans": random.random() < 0.5,
        }
        fake = Fake(rules)
        accept = Element._Element__split_filter_func(fake, split["include"], split["exclude"], split["orphans"])
        yield {"rules": rules, "split": split, "taken": [path for path in path_pool if accept is None or accept(path)]}


def write(name, rows):
    with open(os.path.join(here, name), "w", encoding="utf-8") as f:
        for row in rows:
            f.write(json.dumps(row) + "\n")


with tempfile.TemporaryDirectory() as tmp:
    write("resolve.jsonl", resolve(Store(tmp)))
write("globs.jsonl", globs())
write("splits.jsonl", [{"paths": path_pool}, *splits()])
