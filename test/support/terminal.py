"""Runs a command on a terminal of its own: what is written to this program's input is typed, what the terminal shows is this program's output.

terminal.py COLUMNS ROWS COMMAND...  Input lines are JSON: {"type": TEXT}, {"size": [COLUMNS, ROWS]} or {"hangup": true}. Prints the command's process id on the error
output, and its exit code at the end.
"""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios


def resize(terminal, columns, rows):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def main():
    columns, rows, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(command[0], command)
    resize(terminal, columns, rows)
    os.kill(child, signal.SIGWINCH)
    sys.stderr.write(f"{child}\n")
    sys.stderr.flush()
    pending = b""
    sources = [terminal, 0]
    while True:
        ready, _, _ = select.select(sources, [], [])
        if terminal in ready:
            try:
                shown = os.read(terminal, 65536)
            except OSError:
                break
            if not shown:
                break
            os.write(1, shown)
        if 0 in ready:
            typed = os.read(0, 65536)
            if not typed:
                sources.remove(0)
            pending += typed
            *lines, pending = pending.split(b"\n")
            for line in lines:
                order = json.loads(line)
                if "type" in order:
                    os.write(terminal, order["type"].encode())
                elif "size" in order:
                    resize(terminal, *order["size"])
                else:
                    os.close(terminal)
                    terminal = None
        if terminal is None:
            break
    _, status = os.waitpid(child, 0)
    sys.stderr.write(f"{os.waitstatus_to_exitcode(status)}\n")


main()
