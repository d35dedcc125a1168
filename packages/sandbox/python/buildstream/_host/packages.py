"""Plugins of Python packages that are installed where the host runs."""

import importlib.metadata
import importlib.util
import os

_groups = {
    "element": "buildstream.plugins.elements",
    "source": "buildstream.plugins.sources",
    "source-mirror": "buildstream.plugins.sourcemirrors",
}


def find(name, type, kind):
    """A package's version and where it has a plugin; None when the package is not installed."""
    try:
        package = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return None
    for entry in package.entry_points:
        if entry.group == _groups[type] and entry.name == kind:
            spec = importlib.util.find_spec(entry.value.partition(":")[0])
            if spec is None or spec.origin is None:
                break
            defaults = os.path.splitext(spec.origin)[0] + ".yaml"
            text = ""
            if os.path.exists(defaults):
                with open(defaults, encoding="utf-8") as file:
                    text = file.read()
            return {"version": package.version, "directory": os.path.dirname(spec.origin), "defaults": text}
    return {"version": package.version, "directory": None, "defaults": ""}
