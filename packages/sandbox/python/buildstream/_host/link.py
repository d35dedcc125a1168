"""The line to the program behind the host.

A frame is its length in four bytes and JSON in UTF-8. While the host works on a request it may send frames of its own: ``ask``, which is
answered, and ``say``, which is not. There is one line at a time: a process forked for a job opens its own.
"""

import json
import os
import struct

from ..exceptions import from_program


# What plugins do to modules that are shared with them must not reach the line.
_write, _read, _os_read, _os_write = json.dumps, json.loads, os.read, os.write


class Closed(Exception):
    """The other side is gone."""


class Line:
    """Frames over two file descriptors."""

    def __init__(self, reading, writing):
        self._reading = reading
        self._writing = writing

    def _exactly(self, count):
        parts = []
        while count > 0:
            part = _os_read(self._reading, min(count, 1 << 20))
            if not part:
                raise Closed()
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def receive(self):
        """The next frame."""
        (length,) = struct.unpack("<I", self._exactly(4))
        return _read(self._exactly(length))

    def send(self, value):
        """Sends a frame."""
        # Numbers that JSON does not have are an error of whoever gave them, here and not on the other side.
        data = _write(value, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode("ascii")
        view = memoryview(struct.pack("<I", len(data)) + data)
        while view:
            try:
                view = view[_os_write(self._writing, view) :]
            except BrokenPipeError:
                raise Closed() from None

    def close(self):
        """Closes both ends."""
        os.close(self._reading)
        if self._writing != self._reading:
            os.close(self._writing)


_line = None


def use(line):
    """Makes a line the one that is talked over."""
    global _line
    _line = line


def current():
    """The line that is talked over."""
    return _line


class Later(BaseException):
    """Something would have to be asked at a time when nobody answers for it."""


_silent = False


def silently(work):
    """Does some work that must not ask anything; Later where it would."""
    global _silent
    _silent = True
    try:
        return work()
    finally:
        _silent = False


def ask(question, /, **arguments):
    """Asks the other side; its errors are raised here."""
    if _silent:
        raise Later()
    _line.send({"ask": question, "with": arguments})
    answer = _line.receive()
    if "error" in answer:
        raise from_program(answer["error"])
    return answer["ok"]


def say(**message):
    """Tells the other side something."""
    if _silent:
        raise Later()
    _line.send({"say": message})
