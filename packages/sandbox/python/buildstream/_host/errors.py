"""What the program is told of exceptions."""

import os
import traceback

from .. import exceptions

_here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def _text(value):
    """A value as text, whatever it is; None stays."""
    if value is None or type(value) is str:
        return value
    try:
        return str(value)
    except BaseException:  # Even its text may be a plugin's doing.
        return "(a {} that cannot be shown)".format(type(value).__name__)


def describe(error):
    """An exception as the program is told of it."""
    if isinstance(error, exceptions.BstError):
        domain = error.domain.name if isinstance(error.domain, exceptions.ErrorDomain) else "PLUGIN"
        reason = error.reason
        if isinstance(reason, exceptions.LoadErrorReason):
            reason = reason.name.lower().replace("_", "-")
        return {
            "domain": domain,
            "reason": _text(reason),
            "message": _text(error.message) or "",
            "detail": _text(error.detail),
            "temporary": bool(error.temporary),
            "collect": _text(getattr(error, "collect", None)),
        }
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(_here)]
    where = " at {}:{}".format(frames[-1].filename, frames[-1].lineno) if frames else ""
    if isinstance(error, SystemExit):
        message = "The plugin ended the process with sys.exit({}){}".format(_text(error.code), where)
    else:
        message = "The plugin failed{}: {}: {}".format(where, type(error).__name__, _text(error))
    try:
        lines = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    except BaseException:
        lines = "".join(traceback.format_tb(error.__traceback__))
    return {"domain": "PLUGIN", "reason": None, "message": message, "detail": lines, "bug": True}
