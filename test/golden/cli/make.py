"""Writes commands.json: every command of the oracle with its options and arguments, read from its own declarations. Run with the oracle's python."""

import json
import os

import click
from buildstream._frontend.cli import cli

HERE = os.path.dirname(os.path.abspath(__file__))


def describe(parameter):
    kind = parameter.type
    described = {
        "flags": sorted(parameter.opts),
        "negative": sorted(parameter.secondary_opts),
        "takes": 0 if getattr(parameter, "is_flag", False) else parameter.nargs,
        "multiple": bool(parameter.multiple),
        "choices": list(kind.choices) if isinstance(kind, click.Choice) else None,
    }
    if isinstance(parameter, click.Argument):
        return {"argument": parameter.name, "many": parameter.nargs == -1, "required": bool(parameter.required)}
    return described


def walk(command, path, found):
    parameters = [describe(one) for one in command.params]
    found[" ".join(path)] = {
        "options": sorted((one for one in parameters if "flags" in one), key=lambda one: one["flags"]),
        "arguments": [one for one in parameters if "argument" in one],
    }
    for name, inner in sorted(getattr(command, "commands", {}).items()):
        walk(inner, path + [name], found)


def main():
    found = {}
    walk(cli, ["bst"], found)
    with open(os.path.join(HERE, "commands.json"), "w", encoding="utf-8") as out:
        json.dump(found, out, indent=1, sort_keys=True)
        out.write("\n")


main()
