"""Asks BuildStream 2.8.1 what the YAML, composition, conditional and dump tests of packages/core compare with.

Usage: python make.py DIRECTORY, with a Python that has BuildStream installed. Writes read.json, composite.json, expressions.json, dump.json.
"""
import json
import os
import random
import sys
import tempfile

from buildstream import _yaml
from buildstream._exceptions import LoadError
from buildstream._options import OptionPool
from buildstream._variables import Variables
from buildstream.node import Node

out = sys.argv[1]
rnd = random.Random(2026)


def save(name, data):
    with open(os.path.join(out, name), "w") as f:
        json.dump(data, f, ensure_ascii=True, separators=(",", ":"))
        f.write("\n")


def pairs(value):
    """Keeps the order of keys, which JSON readers may not."""
    if isinstance(value, dict):
        return {"map": [[k, pairs(v)] for k, v in value.items()]}
    if isinstance(value, list):
        return [pairs(v) for v in value]
    return value


# --- reading: every node as [path, kind, value, line, column], or null where the text is refused
seeds = [
    "a: b\nc:\n- d\n- e: f\n  g: |\n    h\n     i\n\n    j\n  k: >-\n    l\n    m\n\n     n\n    o\n",
    "a: {b: c, d: [e, 'f', \"g\"], h: }\ni: [j,\n k, l]\n",
    "a: 'x\n  y\n\n  z'\nb: \"x\\n\\\n   y\\tz\n   w\"\nc: plain\n  more\n\n  more2\nd: # c\n  e: f # g\n",
    "---\na: b\n...\n",
    "'k': v\n\"k2\" : v\nk 3: v:x\n? k4\n: v\n",
    "a:\n- - b\n  - c\n-\n  - d\n- e: f\n  g:\n  - h\n  -\n  i:\n",
    "kind: manual\n\ndepends:\n- base.bst\n- filename: x.bst\n  type: build\n\nvariables:\n  a: '%{b}/c'\n\nconfig:\n  build-commands:\n  - |\n    make -j1\n    if true; then\n      echo \"x\"\n    fi\n",
    "(?):\n- x == 'y':\n    a: b\n(@): [a.yml, b.yml]\nl:\n  (>):\n  - x\n",
    "a: >\n\n  folded\n  text\n\n    more\n  end\n\n\nb: |+\n  x\n\n\nc: |2\n    y\n",
]
snips = ["\n", " ", "  ", "\t", ":", ": ", "- ", "-", "#", " #", "'", '"', "|", ">", "|-\n", ">2\n", "{", "}", "[", "]", ",", "&a ", "*a", "!x ", "!!str ", "?", "? ", "%", "@", "`", "---\n", "...\n", "\\", "\r\n", "\r", "\u00e9", "\U0001f600", "\u00a0", "<<: x\n", "a: b\n", "- x\n", "{a: b}", "[a, b]", "'x'", '"y"', "\n\n", "\n  ", "\n    ", "~", "null", "\\n", "\\x41", "!", "|+\n", "a:b", "http://x:1/y", "k: 'it''s'\n", "\x01", "\x7f", "key", "\u2003"]


def walk(node, path, result):
    place = node.get_provenance()
    kind = type(node).__name__[0:2]
    result.append([path, kind, node.as_str() if kind == "Sc" else None, place._line, place._col])
    if kind == "Ma":
        for key, child in node.items():
            walk(child, path + "/" + key, result)
    elif kind == "Se":
        for index, child in enumerate(node):
            walk(child, path + "/" + str(index), result)


reads = []
texts = list(seeds) + ["", "# only\n", "\ufeffa: b\n", "a", "- a\n", "a: 1\na: 2\n", "a: &x 1\n", "a: *x\n", "a: !!int 1\n", "a: !t 1\n", "a: !t {b: c}\n", "a: b\n---\nc: d\n", "%YAML 1.1\n---\na: b\n"]
for _ in range(700):
    s = rnd.choice(seeds)
    for _ in range(rnd.randint(1, 3)):
        op = rnd.random()
        p = rnd.randint(0, len(s))
        if op < 0.55:
            s = s[:p] + rnd.choice(snips) + s[p:]
        elif op < 0.75:
            s = s[:p] + s[p + rnd.randint(1, 4):]
        else:
            lines = s.split("\n")
            i = rnd.randrange(len(lines))
            if op < 0.9:
                lines[i] = rnd.choice([" ", "  ", "    "]) + lines[i] if rnd.random() < 0.6 else lines[i].lstrip()
            else:
                lines.insert(rnd.randrange(len(lines)), lines[i])
            s = "\n".join(lines)
    texts.append(s)
breaks = ["\x85", "\u2028", "\u2029", "\r", "\r\n", "\u2028\u2029", "\n\u2028", "\u2028\n", "\x85\u2028", "\u2028\x85", "\n\n\u2029", " \u2028 "]
broken = [
    "k: a@b\n", "k: a@  b\n", "k: 'a@  b'\n", 'k: "a@  b"\n', "k: |\n  a@b\n", "k: |\n  a@  b\nj: w\n", "k: >\n  a@  b\nj: w\n", "k: >\n  a@   b@  c\nj: w\n",
    "k: >\n  a\n@  b\nj: w\n", "k: |\n@  b\nj: w\n", "# c@k: v\nj: w\n", "k: v@j: w\n", "k: v # c@j: w\n", "@k: v\n", "l:\n- a@- b\nj: w\n", "k: [a,@b]\n", "k@x: v\n",
    "k: v\n@j: w\n", "k: 'a @  b'\n", "k: '@'\n", "k: a@", "k: @b\n", "k:@  b\nj: w\n", 'k: "a\\@  b"\n', "k: 'x@'\nj: w\n", "k: a\n  @\n  b\n", "k: |@  a\n", "k: |+\n  a@@\nj: w\n", "---@k: v\n",
]
texts += [text.replace("@", sign) for text in broken for sign in breaks]
for text in texts:
    with tempfile.NamedTemporaryFile("w", newline="", encoding="utf-8") as f:
        f.write(text)
        f.flush()
        try:
            nodes = []
            walk(_yaml.load(f.name, shortname="f"), "", nodes)
        except LoadError:
            nodes = None
    reads.append([text, nodes])
save("read.json", reads)

# --- composition: [target, source, composite or reason, composite under or reason]
keys = ["a", "b", "(>)", "(<)", "(=)", "(?)"]


def tree(depth, mapping=False):
    choice = rnd.random()
    if depth == 0 or (choice < 0.3 and not mapping):
        return rnd.choice(["x", "y", "z"])
    if choice < 0.55 and not mapping:
        return [rnd.choice("pqrst") for _ in range(rnd.randint(0, 2))]
    if choice < 0.75 and not mapping:
        return {k: [rnd.choice("uvw") for _ in range(rnd.randint(0, 2))] for k in rnd.sample(keys[2:5], rnd.randint(1, 3))}
    return {k: ([rnd.choice("mn")] if k == "(?)" else tree(depth - 1)) for k in rnd.sample(["a", "b", "c", "(?)"], rnd.randint(0, 3))}


composites = []
for _ in range(600):
    one, two = tree(3, True), tree(3, True)
    row = [pairs(one), pairs(two)]
    for under in (False, True):
        target, source = Node.from_dict(one), Node.from_dict(two)
        try:
            if under:
                source._composite_under(target)
            else:
                source._composite(target)
            row.append(pairs(target.strip_node_info()))
        except LoadError as e:
            row.append(e.reason.name.lower().replace("_", "-"))
        except TypeError:
            # BuildStream crashes where a mapping meets a list or a single value; the reason that it gives elsewhere is meant.
            row.append("illegal-composite")
    composites.append(row)
save("composite.json", composites)

# --- conditions over the options b (True), f (False), e ('two'), fl (['x', 'y'])
pool = OptionPool("/")
pool.load(Node.from_dict({
    "b": {"type": "bool", "description": "d", "default": "True"},
    "f": {"type": "bool", "description": "d", "default": "False"},
    "e": {"type": "enum", "description": "d", "values": ["one", "two"], "default": "two"},
    "fl": {"type": "flags", "description": "d", "values": ["x", "y", "z"], "default": ["x", "y"]},
}))
pool.resolve()
atoms = ["b", "f", "e", "fl", "'two'", '"x"', "True", "false", "none", "1", "0", "2", "['one', 'two']", "('x', e)", "[]", "nope", "'tw'", "''"]
operators = ["==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or"]


def expression(depth):
    roll = rnd.random()
    if depth == 0 or roll < 0.2:
        return rnd.choice(atoms)
    if roll < 0.3:
        return "not " + expression(depth - 1)
    if roll < 0.4:
        return "(" + expression(depth - 1) + ")"
    return expression(depth - 1) + " " + rnd.choice(operators) + " " + expression(depth - 1)


expressions = [expression(rnd.randint(1, 3)) for _ in range(700)]
expressions += ["e | upper == 'TWO'", "fl | length > 1", "fl | first == 'x'", "fl|join(',') == 'x,y'", "nope is defined", "e is defined", "nope is not defined", "e.startswith('tw')", "e[0] == 't'", "fl[1] == 'y'", "1 < 2 < 3", "1 < 3 < 2", "1 + 1 == 2", "2 * 3 - 1 == 5", "7 // 2 == 3", "7 % 4 == 3", "2 ** 3 == 8", "-1 < 0", "'a' ~ 1 == 'a1'", "b and", "", "e == ", "(e", "e ==== e", "e == 'two", "e in fl, b", "(b if f else e) == 'two'", "nope|default('x') == 'x'", "1 is odd", "2 is even", "e is in ['two']", "e is string", "b is sameas true", "e == 'o' 'ne'", "not not b", "not b in fl", "b == 1", "f == 0", "1.5 > 1", "1_000 == 1000", "e is eq 'two'", "e is divisibleby 2", "e|nofilter", "e is notest", "e % 2", "'\\x41' == 'A'", "'\\n' != 'n'", "nope", "nope == 'x'", "not nope", "e and nope", "f and nope", "b or nope", "e == 'two' and 'x' in fl and not f", "fl == ['x','y']", "fl == ('x','y')", "e.upper() == 'TWO'", "e|replace('t','n') == 'nwo'", "[1,2]|sum"]
results = []
for text in expressions:
    try:
        results.append([text, pool._evaluate(text)])
    except Exception:
        results.append([text, None])
save("expressions.json", results)

# --- variables: [declarations, expansions or reason]
variables = []
names = ["a", "b", "c", "d-e", "f_1"]
pieces = ["%{a}", "%{b}", "%{c}", "%{d-e}", "%{f_1}", "%{", "}", "x", " ", "%{1a}", "%{ a}", "%%{a}", "%{A}"]
for _ in range(400):
    declared = {n: "".join(rnd.choice(pieces + ["x"] * 9) for _ in range(rnd.randint(0, 4))).strip() for n in names}
    row = [pairs(declared)]
    try:
        v = Variables(Node.from_dict(declared))
        row.append(pairs({n: v[n] for n in names}))
    except LoadError as e:
        row.append(e.reason.name.lower().replace("_", "-"))
    variables.append(row)
save("variables.json", variables)

# --- dumps: [value, text]
tests = ["a", "", "1", "1.0", "true", "yes", "null", "~", "0x10", "2020-01-01", "a: b", "a #b", "a:", "- a", "-", "-a", "?x", "? x", ":x", "@a", "`a", "%a", "&a", "*a", "!a", "|", "> a", "{a", "[a", "a]", "a,b", "'a", '"a', "it's", "a\nb", "a\n\nb", "a\n", "\na", " a", "a ", "a\tb", "\ta", "\u00e9", "\u2028", "\x07", "\U0001f600", "\ufeff", "a\\b", "=", "<<", "---", "--- a", "...", "a\x85b", "\xa0", "a\n b\n  c", "#a", "a#b", "a' b\"c\n", "no", "on", "1_000", "foo\n'bar'", "\x00", "a\n\tb", "trail \nx", "x \n y", "a,", "a: ", "http://x:80/", "key: |\n  x", "\r", "a\rb", "\x7f", "\ud7ff", "\ue000", "\U0010ffff", "a" * 122, "a" * 123, "*", "a b c", "-1 a", "--", "%{x}", "{}", "[]", '""', "''", ", a", "] a", "a [b], {c}", "a\u2028b", "\x85", "a \u2029 b", "a\x85\n", "\U0001f600" * 122, "\U0001f600" * 123, "a:\tb", "a\t#b", ":", "?", "a?", "a\t", "'\u2028"]
alphabet = ["a", "b", " ", "\n", ":", "#", "-", "'", '"', "\\", "\t", "\u00e9", "\U0001f600", "\x85", "\u2028", "?", ",", "[", "{", "%", "!", "&", "*", "x", " ", "\x00", "\ufeff"]
for _ in range(200):
    tests.append("".join(rnd.choice(alphabet) for _ in range(rnd.randint(1, 8))))
dumps = []


def dumped(value):
    dumps.append([pairs(value), _yaml.roundtrip_dump_string(value)])


dumped({})
dumped({"a": [], "b": {}})
dumped({"k": tests})
dumped({t: t for t in tests})
dumped({t: [t, [t], {t: t}] for t in tests[:80]})
dumped({"a": {"b": [], "c": {}, "d": ["x", ["y", "z", ["w"]], {"k": "v", "l": ["m"]}, {"e": {"f": "g"}}, [], {}, [{}], [[]], [[["q"]]]]}})
dumped({"s": [{"k" * 123: ["v", "w", ["x"]], "j" * 123: {"a": "b", "c": ["d"]}, "i" * 123: {}, "h" * 123: "", "w" * 123: []}]})
for unit in ["word ", "word\n", "w: x ", "it's \u00e9\n ", "\u2028x w: ", 'a  "\\ ']:
    dumped({"k": (unit * 12000)[:10500], "l": [[(unit * 12000)[3:10800]]]})
save("dump.json", dumps)
