"""Mirrors by rule: a plugin says where a file of an alias is."""

from .exceptions import BstError, ErrorDomain
from .plugin import Plugin


class SourceMirrorError(BstError):
    """A mirror could not do its work."""

    def __init__(self, message, *, detail=None, reason=None, temporary=False):
        super().__init__(message, detail=detail, domain=ErrorDomain.SOURCE, reason=reason)


class SourceMirror(Plugin):
    """The base of mirror plugins."""

    BST_MIN_VERSION = "2.2"

    def __init__(self, context, project, node):
        if node.get_str("kind", "default") == "default":
            config = node
        else:
            node.validate_keys(["name", "kind", "config"])
            config = node.get_mapping("config", {})
        super().__init__(node.get_str("name"), context, project, node, "source-mirror")
        self.__aliases = {}
        self._configure(config)

    def set_supported_aliases(self, aliases):
        """Says which aliases the mirror serves; only while configuring."""
        assert self._get_configuring(), "set_supported_aliases() belongs into configure()"
        self.__aliases.update(dict.fromkeys(aliases))

    def translate_url(self, *, alias, alias_url, source_url, extra_data):
        """The place of ``alias:source_url`` on this mirror."""
        raise self._missing("translate_url")

    def _supported_aliases(self):
        return list(self.__aliases)
