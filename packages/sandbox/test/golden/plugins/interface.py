#!/usr/bin/env python3
"""The public interface of the package ``buildstream`` that is imported here, as JSON: names with their signatures, and what calls give.

    ORACLE_PYTHON interface.py > interface.json

The test runs it over our own package and compares.
"""

import enum
import importlib
import inspect
import json
import os
import re
import sys
import tempfile

MODULES = """
buildstream buildstream.plugin buildstream.element buildstream.source buildstream.buildelement buildstream.scriptelement
buildstream.sourcemirror buildstream.downloadablefilesource buildstream.node buildstream.utils buildstream.types
buildstream.exceptions buildstream.storage buildstream.storage.directory buildstream.sandbox buildstream.sandbox.sandbox
""".split()
SPECIAL = "__iter__ __len__ __reversed__ __contains__ __getitem__ __setitem__ __delitem__ __eq__ __lt__ __str__".split()
PLAIN = (str, int, bool, type(None), list, tuple)


def signature(function):
    try:
        parameters = inspect.signature(function).parameters.values()
    except (ValueError, TypeError):
        return "?"
    words = []
    for parameter in parameters:
        default = parameter.default
        word = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "") + parameter.name
        if parameter.kind == parameter.KEYWORD_ONLY:
            word = "*, " + word
        if default is not inspect.Parameter.empty:
            word += "=" + (repr(default) if isinstance(default, PLAIN) else "...")
        words.append(word)
    return "({})".format(", ".join(words))


def describe_class(cls):
    entries = {}
    for name in sorted(dir(cls)):
        if name.startswith("_") and name not in SPECIAL:
            continue
        raw = inspect.getattr_static(cls, name)
        if raw is inspect.getattr_static(object, name, None) or raw is inspect.getattr_static(BaseException, name, None):
            continue
        value = getattr(cls, name)
        if isinstance(raw, property) or inspect.isdatadescriptor(raw):
            entries[name] = "attribute"
        elif callable(value):
            kind = type(raw).__name__ + " " if isinstance(raw, (classmethod, staticmethod)) else ""
            entries[name] = kind + signature(value)
        elif isinstance(value, PLAIN):
            entries[name] = repr(value)
        else:
            entries[name] = str(value)
    return entries


def interface():
    found = {}
    for name in MODULES:
        module = importlib.import_module(name)
        for key, value in sorted(vars(module).items()):
            own = (getattr(value, "__module__", None) or "").startswith("buildstream")
            if key.startswith("_") or inspect.ismodule(value) or (name != "buildstream" and not own):
                continue
            if own and name != "buildstream" and value.__module__ != name:
                continue
            if inspect.isclass(value):
                found["{}.{}".format(name, key)] = describe_class(value)
            elif own and callable(value):
                found["{}.{}".format(name, key)] = signature(value)
    return found


def outcome(call):
    try:
        return shown(call())
    except BaseException as error:
        reason = getattr(error, "reason", None)
        reason = getattr(reason, "name", reason)
        names = [base.__name__ for base in type(error).__mro__ if not base.__module__.startswith("builtins")]
        return "{} {}".format(names[0] if names else type(error).__name__, reason)


def shown(value):
    if inspect.isgenerator(value):
        value = list(value)
    if hasattr(value, "strip_node_info"):
        return {"node": type(value).__name__, "is": shown(value.strip_node_info())}
    if isinstance(value, dict):
        return {str(key): shown(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)) or type(value).__name__ in ("dict_keys", "dict_values", "dict_items"):
        return [shown(item) for item in value]
    return value if isinstance(value, (str, int, type(None))) else str(value)


def load(data):
    """A node of a file where the package reads files (places of other nodes have no text there), else one of the data."""
    from buildstream import Node

    try:
        from buildstream import _yaml
    except ImportError:
        return Node.from_dict(json.loads(json.dumps(data)))
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        json.dump(data, file)
        file.flush()
        return _yaml.load(file.name, shortname="data.yaml")


def behaviour():
    from buildstream import CoreWarnings, FastEnum, MappingNode, Node, OverlapAction, SourceInfoMedium, utils
    from buildstream import ElementError, SourceError

    class Colour(FastEnum):
        RED = "red"
        BLUE = "blue"

    class Usual(enum.Enum):
        ONE = "1"

    data = {
        "text": "a b", "number": 5, "yes": "true", "no": "false", "empty": "", 
        "list": ["x", 1, "false", ["y"], {"z": 1}], "texts": ["a", "b"], "map": {"k": "v", "l": ["m"]}, "spaced": "  padded ",
    }
    made = lambda: load(data)
    node = made()
    calls = {}

    def case(name, call):
        calls[name] = outcome(call)

    for key in [*data, "missing"]:
        for method in ("get_str", "get_int", "get_bool", "get_scalar", "get_sequence", "get_mapping", "get_node", "get_str_list"):
            case("{} {}".format(method, key), lambda: getattr(node, method)(key))
        for default in (None, "d", 3, True, [], {}):
            methods = {list: ["get_sequence", "get_str_list"], dict: ["get_mapping"], int: ["get_int", "get_str"], bool: ["get_bool", "get_str"]}
            for method in methods.get(type(default), ["get_str", "get_scalar", *([] if default else ["get_int", "get_sequence", "get_mapping", "get_str_list"])]):
                case("{} {} or {!r}".format(method, key, default), lambda: getattr(node, method)(key, default))
        case("get_enum {}".format(key), lambda: node.get_enum(key, Colour).name)
        case("get_enum {} or BLUE".format(key), lambda: node.get_enum(key, Colour, Colour.BLUE).name)
        case("get_node {} or nothing".format(key), lambda: node.get_node(key, allow_none=True))
        case("get_node {} as list".format(key), lambda: node.get_node(key, allowed_types=[type(node.get_sequence("list"))]))
    case("keys", lambda: node.keys())
    case("values", lambda: list(node.values()))
    case("items", lambda: [[key, value] for key, value in node.items()])
    case("contains", lambda: ["text" in node, "nothing" in node])
    case("validate some", lambda: node.validate_keys(["text"]))
    case("validate all", lambda: node.validate_keys([*data]))
    case("clone is another", lambda: (lambda copy: (copy.__setitem__("text", "changed"), node.get_str("text"), copy.get_str("text"))[1:])(made()))
    for value in ("s", 1, True, None, ["a", {"b": 1}], {"c": ["d"]}, 1.5, b"x"):
        case("set {!r}".format(value), lambda: (lambda copy: (copy.__setitem__("new", value), copy.get_node("new", allow_none=True))[1])(made()))
        case("append {!r}".format(value), lambda: (lambda copy: (copy.get_sequence("texts").append(value), copy.get_sequence("texts"))[1])(made()))
        case("from {!r}".format(value), lambda: Node.from_dict({"a": value}))
    case("delete", lambda: (lambda copy: (copy.__delitem__("text"), copy.keys())[1])(made()))
    case("delete missing", lambda: made().__delitem__("missing"))
    case("safe_del", lambda: (lambda copy: (copy.safe_del("text"), copy.safe_del("missing"), copy.keys())[2])(made()))
    items = node.get_sequence("list")
    case("sequence", lambda: [len(items), list(items), list(reversed(items))])
    for index in range(-1, 6):
        # Other items than lists are a defect of BuildStream's sequence_at().
        for method in ("node_at", "scalar_at", "mapping_at", *(["sequence_at"] if index in (3, 5) else [])):
            case("{} {}".format(method, index), lambda: getattr(items, method)(index))
    case("sequence set", lambda: (lambda copy: (copy.get_sequence("texts").__setitem__(0, "z"), copy.get_sequence("texts"))[1])(made()))
    case("as_str_list mixed", lambda: items.as_str_list())
    case("node made", lambda: Node())
    case("mapping made", lambda: MappingNode())
    case("scalar is_none", lambda: [node.get_scalar("text").is_none(), node.get_scalar("missing", None).is_none()])
    case("scalar enum", lambda: node.get_scalar("text").as_enum(Colour))
    case("scalar usual enum", lambda: Node.from_dict({"a": "1"}).get_enum("a", Usual).name)

    case("enum by value", lambda: [Colour("red").name, Colour("blue").name, Colour("red") is Colour.RED])
    case("enum of two types", lambda: type(FastEnum)("Mixed", (FastEnum,), {"A": "a", "B": 1}))
    case("enum by no value", lambda: Colour("green"))
    case("enum of itself", lambda: Colour(Colour.RED).name)
    case("enum names", lambda: [[entry.name, entry.value] for entry in Colour])
    case("enum values", lambda: list(Colour.values()))
    case("enum equal", lambda: [Colour.RED == Colour.RED, Colour.RED != Colour.BLUE, Colour.RED == "red", hash(Colour.RED) == hash(Colour.RED)])
    case("enum text", lambda: [str(Colour.RED), str(OverlapAction.ERROR), str(SourceInfoMedium.GIT)])
    case("enum set", lambda: setattr(Colour, "RED", 1))
    case("enum order", lambda: Colour.RED < Colour.BLUE)
    case("actions", lambda: [[entry.name, entry.value] for entry in OverlapAction])
    case("warnings", lambda: sorted([name, value] for name, value in vars(CoreWarnings).items() if not name.startswith("_")))

    case("errors", lambda: [[error.reason, error.detail, error.temporary, str(error), error.domain.name] for error in (
        ElementError("a", detail="b", reason="c"), SourceError("d", temporary=True))])

    for pattern in ("*", "**", "/usr/*", "/usr/**", "usr/*", "/usr/lib/*.so", "/usr/lib/*.so*", "/*/lib/**", "/usr/?ib/*", "/[u]sr/*", "/[!u]sr/*", "/usr/**/*.a", "**/*.h"):
        paths = ["usr/lib/a.so", "/usr/lib/b.so.1", "usr/bin/x", "etc/y", "/usr/lib/deep/c.a", "usr/include/d.h", "usr"]
        case("glob {}".format(pattern), lambda: list(utils.glob(paths, pattern)))
    for text in ("v1.2.3", "1.2", "a-1.2.3-b-4.5.6.tar", "none", "release_1_2_3", "3", "2024.01.02.03"):
        case("guess_version {}".format(text), lambda: utils.guess_version(text))
        for pattern in (r"(\d+)_(\d+)_(\d+)", r"\d+", r"(\d+)(?:\.(\d+))?", r"(x)?(\d+)"):
            case("guess_version {} by {}".format(text, pattern), lambda: utils.guess_version(text, pattern=re.compile(pattern)))
    for url in ("https://example.com/a b?c=d&e#f", "git@host:path/x.git", "file:///ä/ö", "a%20b_c-d.e", ""):
        case("url_directory_name {}".format(url), lambda: utils.url_directory_name(url))
    case("host tool", lambda: os.path.basename(utils.get_host_tool("sh")))
    case("no host tool", lambda: utils.get_host_tool("no-such-program-here"))
    case("bst version", lambda: list(utils.get_bst_version()))
    case("timestamp", lambda: utils.BST_ARBITRARY_TIMESTAMP)
    with tempfile.TemporaryDirectory() as place:
        files(case, utils, place)
    return calls


def files(case, utils, place):
    at = lambda *names: os.path.join(place, *names)

    def write(path, text="x", mode=0o644):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)

    write(at("one", "a"), "alpha")
    write(at("one", "d", "b"), "beta", 0o755)
    os.makedirs(at("one", "empty"))
    os.makedirs(at("one", "full", "inner"))
    os.symlink("a", at("one", "link"))
    os.symlink("d", at("one", "dirlink"))
    os.symlink("nowhere", at("one", "dangling"))
    look = lambda directory: sorted(
        [os.path.relpath(os.path.join(base, name), directory), oct(os.lstat(os.path.join(base, name)).st_mode & 0o777) if not os.path.islink(os.path.join(base, name)) else os.readlink(os.path.join(base, name))]
        for base, names, others in os.walk(directory)
        for name in names + others
    )
    report = lambda result: {name: sorted(getattr(result, name)) for name in ("overwritten", "ignored", "files_written")}
    case("list_relative_paths", lambda: list(utils.list_relative_paths(at("one"))))
    case("list_relative_paths of nothing", lambda: list(utils.list_relative_paths(at("none"))))
    case("sha256sum", lambda: utils.sha256sum(at("one", "a")))
    case("sha256sum of nothing", lambda: utils.sha256sum(at("none")))
    for name in ("copy_files", "link_files"):
        to = at(name)
        write(os.path.join(to, "a"), "older")
        write(os.path.join(to, "empty", "there"))
        case(name, lambda: report(getattr(utils, name)(at("one"), to, report_written=True)))
        case(name + " made", lambda: look(to))
        case(name + " again", lambda: report(getattr(utils, name)(at("one"), to)))
        case(name + " filtered", lambda: report(getattr(utils, name)(at("one"), at(name + "-some"), filter_callback=lambda path: path.startswith("d/"), report_written=True)))
        case(name + " in the way", lambda: (write(at(name + "-way", "d")), report(getattr(utils, name)(at("one"), at(name + "-way"))))[1])
        case(name + " of nothing", lambda: report(getattr(utils, name)(at("none"), at(name + "-none"))))
    case("safe_copy", lambda: (utils.safe_copy(at("one", "d", "b"), at("copied")), look(place))[1][0])
    case("safe_copy of nothing", lambda: utils.safe_copy(at("none"), at("copied")))
    case("safe_link", lambda: (utils.safe_link(at("one", "a"), at("linked")), os.stat(at("linked")).st_nlink > 1)[1])
    case("safe_link over", lambda: (utils.safe_link(at("one", "d", "b"), at("linked")), open(at("linked"), encoding="utf-8").read())[1])
    case("safe_remove", lambda: [utils.safe_remove(at("linked")), utils.safe_remove(at("linked")), utils.safe_remove(at("one")), utils.safe_remove(at("one", "empty"))])
    case("move_atomic", lambda: (write(at("m", "x")), utils.move_atomic(at("m"), at("deep", "er", "n")), os.path.isfile(at("deep", "er", "n", "x")))[2])
    case("move_atomic over", lambda: (write(at("p", "x")), write(at("q", "y")), utils.move_atomic(at("p"), at("q")))[2])

    def saved(fails):
        try:
            with utils.save_file_atomic(at("saved")) as file:
                file.write("new")
                if fails:
                    raise RuntimeError("stopped")
        except RuntimeError:
            pass
        return open(at("saved"), encoding="utf-8").read() if os.path.exists(at("saved")) else None

    case("save_file_atomic", lambda: [saved(True), saved(False), sorted(name for name in os.listdir(place) if name.startswith("tmp"))])
    case("save_file_atomic relative", lambda: utils.save_file_atomic("x").__enter__())


if __name__ == "__main__":
    json.dump({"interface": interface(), "behaviour": behaviour()}, sys.stdout, indent=1, sort_keys=True)
    sys.stdout.write("\n")
