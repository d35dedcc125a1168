"""Writes storage.jsonl beside this file: what BuildStream's own storage tests try, as data of ours, with BuildStream's answers. Run it with a Python that has BuildStream 2.8.

Three kinds of lines. `steps`: a tree, and one operation of a plugin's directory after the other (listing, looking, reading, writing, removing, renaming, opening),
each with its answer and the tree at the end. `source`: large random trees imported over each other, with listings. `before`: changes carried over where only the
executable bit or a time differs (files are `[KIND, TEXT, SECONDS]` there). A failure is `{"error": REASON}`.
"""
import json
import os
import random
import sys
import tempfile

sys.argv = sys.argv[:1]
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "oracle.py"), encoding="utf-8") as f:
    exec(f.read().replace("\nmain()\n", "\n"))  # pylint: disable=exec-used

from buildstream import FileType

kinds = {FileType.REGULAR_FILE: "file", FileType.DIRECTORY: "directory", FileType.SYMLINK: "symlink"}


def look(directory, path, follow):
    found = directory.stat(path, follow_symlinks=follow)
    return [kinds[found.file_type], found.executable, found.size]


def write(directory, path, text):
    with directory.open_file(path, mode="w") as f:
        f.write(text)


def read(directory, path):
    with directory.open_file(path, mode="r") as f:
        return f.read()


operations = {
    "paths": lambda d: list(d.list_relative_paths()),
    "names": lambda d, path: sorted(d.open_directory(path)),
    "look": look,
    "target": lambda d, path: d.readlink(path),
    "digest": lambda d, path: d.file_digest(path),
    "read": read,
    "write": write,
    "remove": lambda d, path, recursive: d.remove(path, recursive=recursive),
    "rename": lambda d, path, to: d.rename(path, to),
    "open": lambda d, path, follow: sorted(d.open_directory(path, follow_symlinks=follow)),
    "create": lambda d, path: sorted(d.open_directory(path, create=True)),
}


def attempt(body):
    try:
        return body()
    except DirectoryError as e:
        return {"error": e.reason}


# casd keeps what is written; this store of small files has a place for it too.
Store.tmpdir = property(lambda self: self.path)


def run(store, tree, steps):
    directory = CasBasedDirectory(store, digest=put(store, tree))
    done = [[*step, attempt(lambda: operations[step[0]](directory, *step[1:]))] for step in steps]
    return {"tree": tree, "steps": done, "end": take(store, directory._get_digest())}


plain = {"bin": {"sh": ["exec", "#!"], "greet": ["file", "hi"]}, "none": {}}
linked = {"note": ["file", "text"], "way": ["link", "note"], "room": {"inner": ["file", "more"]}, "door": ["link", "room"]}
ways = {
    "a": {
        "up": ["link", "../note"],
        "rel": ["link", "../place"],
        "abs": ["link", "/place"],
        "out": ["link", "../../../place"],
        "lost": ["link", "../nowhere"],
        "self": ["link", "self"],
        "down": {"deep": ["file", "deep"]},
    },
    "place": {"file": ["file", "two steps"]},
    "note": ["file", "text"],
}
cases = [
    (plain, [["paths"], ["names", "bin"], ["names", "none"], ["look", "bin/sh", False], ["look", "none", False]]),
    (
        linked,
        [
            ["paths"],
            ["look", "note", False],
            ["look", "way", False],
            ["look", "way", True],
            ["look", "room", False],
            ["look", "door", True],
            ["look", "room/inner", False],
            ["look", "gone", False],
            ["look", "gone/inner", False],
            ["target", "way"],
            ["target", "note"],
            ["target", "room"],
            ["digest", "note"],
            ["digest", "room"],
            ["read", "room/inner"],
            ["read", "way"],
            ["read", "gone"],
        ],
    ),
    (
        {},
        [["look", "hello", False], ["write", "hello", "world"], ["look", "hello", False], ["digest", "hello"], ["read", "hello"]],
    ),
    (plain, [["write", "bin/greet", "other"], ["write", "gone/x", "y"], ["write", "none/x", "y"], ["write", "none", "y"], ["paths"]]),
    (
        linked,
        [
            ["remove", "room", False],
            ["remove", "room/gone", False],
            ["remove", "gone/inner", False],
            ["remove", "gone", True],
            ["remove", "way", False],
            ["look", "note", False],
            ["remove", "door", True],
            ["look", "room/inner", False],
            ["remove", "room", True],
            ["look", "room", False],
            ["create", "fresh"],
            ["remove", "fresh", False],
            ["remove", "note/x", False],
            ["paths"],
        ],
    ),
    (linked, [["remove", "door/inner", False], ["rename", "door/inner", "x"], ["write", "door/x", "y"], ["paths"]]),
    (plain, [["rename", "bin/greet", "bin/greet2"], ["rename", "bin", "bin2"], ["look", "bin2/greet2", False], ["paths"]]),
    (
        linked,
        [
            ["rename", "note", "room/inner"],
            ["read", "room/inner"],
            ["rename", "gone", "x"],
            ["rename", "way", "gone/x"],
            ["paths"],
            ["rename", "room", "room2"],
            ["rename", "room2", "door"],
            ["paths"],
        ],
    ),
    (plain, [["rename", "bin", "bin"], ["rename", "bin/sh", "none"], ["paths"]]),
    (
        ways,
        [["names", "a/down"]]
        + [[what, *rest] for where in ("up", "rel", "abs", "out", "lost", "self", "down", "down/deep", "gone") for what, *rest in (
            ["open", f"a/{where}", False],
            *([] if where == "self" else [["open", f"a/{where}", True]]),
        )],
    ),
    ({}, [["create", "a/b/c"], ["create", "a/b"], ["write", "a/f", "x"], ["create", "a/f"], ["create", "a/f/g"], ["paths"]]),
]

rng = random.Random(20261126)
leaves = ["a", "b", "c"]


def path():
    return "/".join(rng.choice(leaves) for _ in range(rng.randint(1, 3)))


def tree(depth):
    out = {}
    for name in rng.sample(leaves, rng.randint(0, 3)):
        kind = rng.choice(["directory", "directory", "link", "file", "exec"])
        if kind == "directory":
            out[name] = tree(depth - 1) if depth > 0 else {}
        else:
            out[name] = [kind, rng.choice(["a", "/b", "../c", "b/c", "gone"]) if kind == "link" else path()]
    return out


def step():
    what = rng.choice(["look", "remove", "remove", "rename", "write", "create", "names", "target", "digest"])
    arguments = {"look": [False], "remove": [rng.random() < 0.5], "rename": [path()], "write": ["new"]}
    return [what, path(), *arguments.get(what, [])]


def within(one):
    """BuildStream takes a directory out before it puts it in again, also where it is moved into itself."""
    return one[0] == "rename" and (one[2] + "/").startswith(one[1] + "/")


def large():
    """A hundred nodes: directories, files, and links of all sorts to what was there before."""
    root, things = {}, []
    places = [("", root)]
    for number in range(100):
        where, directory = rng.choice(places)
        kind = rng.choice(["directory", "link", "file"])
        # Directories have names of their own, since one over anything else is a conflict, which ends an import.
        name = f"{'d' if kind == 'directory' else 'n'}{number}"
        here = f"{where}/{name}"
        if kind == "directory":
            directory[name] = {}
            places.append((here, directory[name]))
        elif kind == "file":
            directory[name] = ["file", f"text {number}"]
        elif not things or rng.random() < 0.3:
            directory[name] = ["link", "/broken"]
        else:
            target = rng.choice(things)
            directory[name] = ["link", target if rng.random() < 0.5 else os.path.relpath(target, where or "/")]
        things.append(here)
    return root


def timed(store, sample):
    directory = re.Directory()
    for name, node in sorted(sample.items()):
        if isinstance(node, dict):
            directory.directories.add(name=name).digest.CopyFrom(timed(store, node))
        else:
            entry = directory.files.add(name=name, is_executable=node[0] == "exec")
            entry.digest.CopyFrom(store.add_object(buffer=node[1].encode()))
            entry.node_properties.mtime.seconds = node[2]
    return store.add_object(buffer=directory.SerializeToString())


def untimed(store, digest):
    directory = re.Directory()
    with open(store.objpath(digest), "rb") as f:
        directory.ParseFromString(f.read())
    out = {node.name: untimed(store, node.digest) for node in directory.directories}
    for node in directory.files:
        with open(store.objpath(node.digest), encoding="utf-8") as f:
            out[node.name] = ["exec" if node.is_executable else "file", f.read(), node.node_properties.mtime.seconds]
    return out


def properties(store):
    base = {"top": ["file", "1", 100], "sub": {"low": ["file", "2", 100]}}
    built = {**base, "top.o": ["file", "o", 100], "sub": {**base["sub"], "low.o": ["file", "o", 100]}}
    for changed in (
        {**base, "top": ["exec", "1", 100]},
        {**base, "top": ["file", "1", 200]},
        {**base, "top": ["exec", "new", 200]},
        {**base, "sub": {"low": ["exec", "2", 200]}},
        base,
    ):
        into, before, after = [CasBasedDirectory(store, digest=timed(store, one)) for one in (built, base, changed)]
        into._apply_changes(before, after)
        yield {"destination": built, "before": base, "after": changed, "end": untimed(store, into._get_digest())}


def write_all():
    with tempfile.TemporaryDirectory() as place, open(os.path.join(here, "storage.jsonl"), "w", encoding="utf-8") as out:
        store = Store(place)
        rows = [run(store, *case) for case in cases]
        for _ in range(300):
            steps = [one for one in (step() for _ in range(6)) if not within(one)]
            rows.append(run(store, tree(2), steps))
        roots = [large() for _ in range(4)]
        for destination in roots:
            for source in roots:
                answered = answer(store, {"destination": destination, "source": source})
                rows.append({"destination": destination, "source": source, "answer": answered})
        rows.extend(properties(store))
        for row in rows:
            out.write(json.dumps(row, separators=(",", ":")) + "\n")


write_all()
