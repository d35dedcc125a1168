"""Runs the oracle many times from one warm process.

Reads one JSON object a line on standard input, {"directory": ..., "arguments": [...]}, and answers each with one line:
{"status": ..., "stdout": ..., "stderr": ..., "error": null or {"domain": ..., "reason": ..., "message": ..., "task": ...}}. Every run is a fork, so nothing
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


def dashed(reason):
    if reason is None or isinstance(reason, str):
        return reason
    return reason.name.lower().replace("_", "-")


def describe(error):
    if error is None:
        return None
    domain = getattr(getattr(error, "domain", None), "name", None)
    task_domain, task_reason = _exceptions.get_last_task_error()
    task = None
    if task_domain is not None:
        task = {"domain": getattr(task_domain, "name", str(task_domain)), "reason": dashed(task_reason)}
    return {"domain": domain, "reason": dashed(getattr(error, "reason", None)), "message": str(error), "task": task}


def child(request, out, err, answer):
    os.dup2(out.fileno(), 1)
    os.dup2(err.fileno(), 2)
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
        files = [tempfile.TemporaryFile("w+", errors="replace") for _ in range(3)]
        with files[0] as out, files[1] as err, files[2] as answer:
            sys.stdout.flush()
            pid = os.fork()
            if pid == 0:
                child(request, out, err, answer)
            os.waitpid(pid, 0)
            out.seek(0)
            err.seek(0)
            answer.seek(0)
            text = answer.read()
            result = json.loads(text) if text else {"status": None, "error": None, "crash": "no answer"}
            result["stdout"] = out.read()
            result["stderr"] = err.read()
        print(json.dumps(result), flush=True)


main()
