"""Asks BuildStream which script its REAPI sandboxes make of a batch of commands: python batch.py > batch.json"""

import contextlib
import json

from buildstream.sandbox.sandbox import _SandboxBatchCleanDirectory, _SandboxBatchCommand, _SandboxBatchFile, _SandboxBatchGroup
from buildstream.sandbox._sandboxreapi import _SandboxREAPIBatch


class Messenger:
    @contextlib.contextmanager
    def timed_activity(self, *args, **kwargs):
        self.detail = kwargs["detail"]
        yield


class Fake:
    def __init__(self):
        self.messenger = Messenger()

    def _get_context(self):
        return self

    def _get_element_name(self):
        return "element"

    def _run_with_flags(self, argv, *, flags, cwd, env):
        self.ran = {"script": argv[-1], "cwd": cwd}
        return 0


def ask(items):
    fake = Fake()
    group = _SandboxBatchGroup()
    for item in items:
        if item["type"] == "command":
            environment = {**item["environment"], "PWD": item["cwd"]}
            group.append(_SandboxBatchCommand(item["argv"], cwd=item["cwd"], env=environment, label=item["label"]))
        elif item["type"] == "touch":
            group.append(_SandboxBatchFile(item["name"]))
        else:
            group.append(_SandboxBatchCleanDirectory(item["path"]))
    _SandboxREAPIBatch(fake, group, 0).execute()
    return {"items": items, **fake.ran, "detail": fake.messenger.detail}


def command(text, cwd="/b", label=None, **environment):
    return {"type": "command", "argv": ["sh", "-c", "-e", text + "\n"], "label": text if label is None else label, "cwd": cwd, "environment": environment}


touch = {"type": "touch", "name": ".bst-prepared"}
clean = {"type": "clean", "path": "/b root"}

print(
    json.dumps(
        [
            ask([command("true", A="1")]),
            ask([command("echo 'it''s'\nfalse", A="a b"), command("two", A="a b")]),
            ask([command("one", "/", A="1", B="x"), command("two", "/tmp dir", A="1", C="it's"), command("three", "/", A="2")]),
            ask([command("conf"), touch, command("build"), clean]),
            ask([touch, command("build")]),
            ask([command("", label="")]),
            ask([command("öl $HOME `x` \\", label="l'abel")]),
            ask([{"type": "command", "argv": ["sh", "-e", "-c", "a=b c@d%e+f:g,h.i/j-k_l"], "label": "x", "cwd": "/", "environment": {}}]),
        ],
        indent=1,
    )
)
