"""Writes toml.json: random documents as `tomlkit` writes them. Run with a Python that has it; the argument is the output."""
import json
import random
import sys

import tomlkit

choose = random.Random(5)
KEYS = ["a", "b-c", "d e", "\u00e9", "x.y", "1", "0", "z", 'q"q']
TEXTS = ["x", "y\n", '"\\\t', "\u00e9\u0007\u007f\u0085\b\f\r", ""]
FLOATS = [1.5, 1e10, 1e16, 1e-5, 0.0001, -0.0, 123456.789, 1e22, float("inf")]


def leaf():
    kind = choose.randrange(4)
    if kind == 0:
        return choose.choice(TEXTS)
    if kind == 1:
        return choose.randint(-5, 10**12)
    return choose.random() < 0.5 if kind == 2 else choose.choice(FLOATS)


def value(depth):
    x = choose.random()
    if depth > 0 and x < 0.35:
        return table(depth - 1)
    if depth > 0 and x < 0.5:
        return [table(depth - 1) for _ in range(choose.randint(1, 2))]
    if depth > 0 and x < 0.65:
        return [value(depth - 1) for _ in range(choose.randint(0, 3))]
    return leaf()


def table(depth):
    return {key: value(depth) for key in choose.sample(KEYS, choose.randint(0, 3))}


def plain(v):
    if isinstance(v, bool):
        return {"boolean": v}
    if isinstance(v, int):
        return {"integer": str(v)}
    if isinstance(v, float):
        return {"float": repr(v)}
    if isinstance(v, str):
        return {"text": v}
    if isinstance(v, list):
        return {"list": [plain(x) for x in v]}
    return {"table": [[k, plain(x)] for k, x in v.items()]}


documents = [table(4) for _ in range(150)]
with open(sys.argv[1], "w") as file:
    json.dump([[plain(one), tomlkit.dumps(one)] for one in documents], file)
