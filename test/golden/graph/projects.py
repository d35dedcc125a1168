"""Writes projects.json: what BuildStream makes of the projects in projects.txt. Run with a Python that has BuildStream 2.8.1:
python projects.py > projects.json

Each project is laid out in a temporary directory and loaded with `bst show --deps all`; errors are told by domain and reason."""
import json
import os
import re
import sys
import tempfile
from contextlib import contextmanager

os.environ["BST_TEST_SUITE"] = "True"
from buildstream import _exceptions  # noqa: E402
from buildstream._frontend import cli as bst_cli  # noqa: E402
from ruamel.yaml import YAML  # noqa: E402

here = os.path.dirname(os.path.abspath(__file__))
yaml = YAML(typ="base")
FORMAT = "@@@%{name}\n###vars\n%{vars}\n###env\n%{env}\n###public\n%{public}\n###build\n%{build-deps}\n###run\n%{runtime-deps}"


def cases():
    text = open(os.path.join(here, "projects.txt")).read()
    for block in re.split(r"^##### ", text, flags=re.M)[1:]:
        head, rest = block.split("\n", 1)
        name, arguments = head.split(" ##### ") if not head.endswith(" #####") else (head[:-6], "")
        files = {}
        for part in re.split(r"^--- ", rest, flags=re.M)[1:]:
            path, content = part.split("\n", 1)
            files[path] = content
        words = arguments.split()
        options = []
        while words and words[0] == "-o":
            options.append(words[1:3])
            words = words[3:]
        yield name, files, options, words


@contextmanager
def redirected(out):
    """Sends the real standard output to a file and the error output away: the frontend asks for their descriptors."""
    saved = os.dup(1), os.dup(2)
    target, null = os.open(out, os.O_WRONLY | os.O_CREAT), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(target, 1)
        os.dup2(null, 2)
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for descriptor, where in zip(saved, (1, 2)):
            os.dup2(descriptor, where)
        for descriptor in (*saved, target, null):
            os.close(descriptor)


def chosen(node):
    """What the tests compare: names that start with x or X, and a few automatic ones."""
    return {k: v for k, v in sorted(node.items()) if k[0] in "xX" or k in ("element-name", "max-jobs", "build-root")}


def run(files, options, targets):
    with tempfile.TemporaryDirectory() as directory:
        for path, content in files.items():
            full = os.path.join(directory, "project", path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            open(full, "w").write(content)
        conf = os.path.join(directory, "user.conf")
        open(conf, "w").write("cachedir: %s/cache\nbuild:\n  max-jobs: 4\n" % directory)
        arguments = ["--config", conf, "--directory", os.path.join(directory, "project"), "--no-colors"]
        for option in options:
            arguments += ["-o"] + option
        arguments += ["show", "--deps", "all", "--format", FORMAT] + targets
        out = os.path.join(directory, "out")
        code = 0
        exception = None
        with redirected(out):
            try:
                bst_cli.main(args=arguments, prog_name="bst")
            except SystemExit as e:
                code = e.code
            except BaseException as e:  # noqa: B902
                code, exception = -1, e
        if code:
            exception = exception or _exceptions.get_last_exception()
            reason = getattr(exception, "reason", None)
            domain = getattr(exception, "domain", None)
            return {
                "domain": domain.name if domain is not None else "CRASH",
                "reason": reason.name.lower().replace("_", "-") if hasattr(reason, "name") else reason,
            }
        elements = []
        for block in open(out).read().split("@@@")[1:]:
            name, rest = block.split("\n", 1)
            parts = re.split(r"^###(\w+)\n", rest, flags=re.M)
            data = {k: yaml.load(v) for k, v in zip(parts[1::2], parts[2::2])}
            elements.append(
                {
                    "name": name,
                    "variables": chosen(data["vars"]),
                    "environment": chosen(data["env"] or {}),
                    "public": data["public"],
                    "build": data["build"] or [],
                    "run": data["run"] or [],
                }
            )
        return {"elements": elements}


result = {}
for name, files, options, targets in cases():
    result[name] = run(files, options, targets)
    print(name, result[name].get("reason", "ok"), file=sys.stderr)
# Split rules that no project touches are all the same: told once.
plain = None
for case in result.values():
    for element in case.get("elements", []):
        rules = json.dumps(element["public"], sort_keys=True)
        plain = plain or rules
        if rules == plain:
            element["public"] = "plain"
json.dump({"plain": json.loads(plain), "cases": result}, sys.stdout, indent=1)
