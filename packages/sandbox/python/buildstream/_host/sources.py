"""Sources of elements, for plugins that look at them."""

from ..exceptions import PluginError
from ..node import MappingNode
from ..source import Source, SourceInfo, SourceInfoMedium, SourceVersionType
from . import link, packages, registry

_classes = {}
_made = {}


def give(facts):
    """A source by its facts: the host's own, the plugin that a native one stands for, or a core one."""
    if "number" in facts:
        found = registry.get(facts["number"])
        # What it asks from now on is answered by somebody who has more than one source.
        found._origin = facts["origin"]
        return found
    key = (tuple(facts["origin"]), facts["facts"]["element"], facts["project"]["directory"])
    found = _made.get(key)
    if found is None:
        found = _made[key] = _make(facts)
    return found


def _make(facts):
    cls = _class_of(facts["kind"], facts["home"], facts["directory"])
    made = registry.make_source(cls, facts["project"], facts["facts"], facts["files"], origin=facts["origin"])
    made._preflight()
    ref = facts["ref"]
    if isinstance(made, CoreSource):
        made._describe(facts["kind"], ref)
        return made
    if ref is not None and made.get_ref() != ref:
        made.set_ref(ref, MappingNode.from_dict({}))
    if made.is_resolved():
        # Plugins work things out when they are asked for their key, and count on having been asked.
        made.get_unique_key()
    return made


def _class_of(kind, home, directory):
    if home is None:
        return CoreSource
    if directory is None:
        found = packages.find(home, "source", kind)
        if found is None or found["directory"] is None:
            raise PluginError(
                "A plugin looks at a source of kind '{}', whose own plugin is not installed".format(kind),
                detail="Install it with: python3 -m pip install {}".format(home),
            )
        directory = found["directory"]
    key = (kind, directory)
    if key not in _classes:
        _classes[key] = registry.load_class("source", kind, directory)
    return _classes[key]


class CoreSource(Source):
    """A source of a kind of BuildStream itself. The program fetches and stages it; a plugin sees what it is."""

    def configure(self, node):
        self.path = node.get_str("path", None)
        self.original_url = node.get_str("url", None)
        self.url = None if self.original_url is None else self.translate_url(self.original_url)

    def _describe(self, kind, ref):
        self.__kind = kind
        self.ref = ref

    def get_kind(self):
        return self.__kind

    def preflight(self):
        pass

    def get_unique_key(self):
        return link.ask("source-key", source=self._origin)

    def get_ref(self):
        return self.ref

    def is_resolved(self):
        return self.original_url is None or self.ref is not None

    def is_cached(self):
        return True

    def collect_source_info(self):
        found = link.ask("source-info", source=self._origin)
        return None if found is None else [_info(record) for record in found]


def _info(record):
    provenance = record.get("provenance")
    return SourceInfo(
        record["kind"],
        record["url"],
        record.get("homepage"),
        record.get("issue-tracker"),
        None if provenance is None else MappingNode.from_dict(provenance),
        SourceInfoMedium(record["medium"]),
        SourceVersionType(record["version-type"]),
        record["version"],
        version_guess=record.get("version-guess"),
        extra_data=record.get("extra-data"),
    )
