"""Runs the oracle many times from one warm process.

Reads one JSON object a line on standard input, {"directory": ..., "arguments": [...]}, and answers each with one line:
{"status": ..., "stdout": ..., "error": null or {"domain": ..., "reason": ..., "message": ...}}. Every run is a fork, so nothing
of one run is left for the next.
"""

import json
import os
import sys
import tempfile
import traceback

os.environ["BST_TEST_SUITE"] = "True"

from buildstream import _exceptions  # noqa: E402
from buildstream._frontend import cli as command_line  # noqa: E402


def describe(error):
    if error is None:
        return None
    domain = getattr(getattr(error, "domain", None), "name", None)
    reason = getattr(error, "reason", None)
    if reason is not None and not isinstance(reason, str):
        reason = reason.name.lower().replace("_", "-")
    return {"domain": domain, "reason": reason, "message": str(error)}


def child(request, out, answer):
    os.dup2(out.fileno(), 1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    os.chdir(request["directory"])
    status = 0
    try:
        command_line.main(args=request["arguments"], prog_name="bst", standalone_mode=True)
    except SystemExit as leaving:
        status = leaving.code if isinstance(leaving.code, int) else (0 if leaving.code is None else 1)
    except BaseException:  # pylint: disable=broad-except
        status = 70
        answer.write(json.dumps({"status": status, "error": None, "crash": traceback.format_exc()[-400:]}))
        answer.flush()
        os._exit(0)
    sys.stdout.flush()
    error = describe(_exceptions.get_last_exception()) if status != 0 else None
    answer.write(json.dumps({"status": status % 256, "error": error}))
    answer.flush()
    os._exit(0)


def main():
    for line in sys.stdin:
        request = json.loads(line)
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as answer:
            sys.stdout.flush()
            pid = os.fork()
            if pid == 0:
                child(request, out, answer)
            os.waitpid(pid, 0)
            out.seek(0)
            answer.seek(0)
            text = answer.read()
            result = json.loads(text) if text else {"status": None, "error": None, "crash": "no answer"}
            result["stdout"] = out.read()
        print(json.dumps(result), flush=True)


main()
