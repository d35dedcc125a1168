"""Sources: where files come from, how newer ones are found, and how they get into a directory."""

import os
from contextlib import contextmanager

from . import utils
from ._host import link
from .exceptions import BstError, ErrorDomain, ImplError, LoadError, LoadErrorReason, PluginError
from .node import MappingNode, ScalarNode
from .plugin import Plugin
from .storage.kept import open_kept
from .types import CoreWarnings, FastEnum, SourceRef


class SourceError(BstError):
    """A source could not do its work."""

    def __init__(self, message, *, detail=None, reason=None, temporary=False):
        super().__init__(message, detail=detail, domain=ErrorDomain.SOURCE, reason=reason, temporary=temporary)


class AliasSubstitution:
    """One place to try instead of an alias: the start of a url, or a mirror."""

    def __init__(self, effective_alias, mirror):
        self._effective_alias = effective_alias
        self._mirror = mirror

    def __eq__(self, other):
        if not isinstance(other, AliasSubstitution):
            return NotImplemented
        return (self._effective_alias, self._mirror) == (other._effective_alias, other._mirror)


class SourceInfoMedium(FastEnum):
    """Where a source is kept."""

    WORKSPACE = "workspace"
    LOCAL = "local"
    REMOTE_FILE = "remote-file"
    GIT = "git"
    BAZAAR = "bzr"
    OCI_IMAGE = "oci-image"
    PYTHON_PACKAGE_INDEX = "pypi"


class SourceVersionType(FastEnum):
    """What kind of version identifies a source."""

    COMMIT = "commit"
    SHA256 = "sha256"
    CAS_DIGEST = "cas-digest"
    OCI_DIGEST = "oci-digest"
    INDEXED_VERSION = "indexed-version"


class SourceInfo:
    """Where one input of a source comes from."""

    def __init__(
        self,
        kind,
        url,
        homepage,
        issue_tracker,
        provenance,
        medium,
        version_type,
        version,
        *,
        version_guess=None,
        extra_data=None
    ):
        self.kind = kind
        self.url = url
        self.homepage = homepage
        self.issue_tracker = issue_tracker
        self.provenance = provenance
        self.medium = medium
        self.version_type = version_type
        self.version = version
        self.version_guess = version_guess
        self.extra_data = extra_data

    def serialize(self):
        """The record as plain data, without what is not known."""
        record = {"kind": self.kind, "url": self.url}
        if self.provenance is not None:
            for key in ("homepage", "issue-tracker"):
                if key in self.provenance:
                    record[key] = self.provenance.get_str(key)
            record["provenance"] = self.provenance.strip_node_info()
        record["medium"] = str(self.medium)
        record["version-type"] = str(self.version_type)
        record["version"] = self.version
        if self.version_guess is not None:
            record["version-guess"] = self.version_guess
        if self.extra_data:
            record["extra-data"] = self.extra_data
        return record


class SourceFetcher:
    """One of several downloads of a source."""

    def __init__(self):
        self.__alias = None

    def fetch(self, alias_override=None, **kwargs):
        """Gets the download."""
        raise ImplError("{} has no method fetch()".format(type(self).__name__))

    def get_source_info(self):
        """Where the download comes from."""
        return None

    def mark_download_url(self, url):
        """Says which url will be used."""
        self.__alias = _alias_of(url)

    def _get_alias(self):
        return self.__alias


class Source(Plugin):
    """The base of source plugins."""

    BST_CUSTOM_SOURCE_PROVENANCE = False
    BST_REQUIRES_PREVIOUS_SOURCES_TRACK = False
    BST_REQUIRES_PREVIOUS_SOURCES_FETCH = False
    BST_REQUIRES_PREVIOUS_SOURCES_STAGE = False
    BST_STAGE_VIRTUAL_DIRECTORY = False

    COMMON_CONFIG_KEYS = ["kind", "directory", "provenance"]
    """The keys that every source may have."""

    def __init__(self, context, project, meta, variables, *, alias_override=None, unique_id=None):
        self.__meta = meta
        self.__variables = variables
        self._directory = meta.directory
        self._origin = meta.origin
        super().__init__(
            "{}-{}".format(meta.element_name, meta.element_index),
            context,
            project,
            meta.node,
            "source",
            unique_id=unique_id,
        )
        self.__provenance = meta.provenance
        if self.__provenance is not None and self.BST_CUSTOM_SOURCE_PROVENANCE:
            raise SourceError(
                "{}: sources of kind '{}' say themselves where they come from, so they take no 'provenance'".format(
                    self._get_provenance(), self.get_kind()
                ),
                reason="top-level-provenance-on-custom-implementation",
            )
        self.__alias_override = alias_override
        self.__expected_alias = None
        self.__marked = {}
        self.__mirror_directory = None
        self._configure(meta.config)

    def load_ref(self, node):
        """Reads the ref from a mapping."""
        raise self._missing("load_ref")

    def get_ref(self):
        """The ref, None when there is none."""
        raise self._missing("get_ref")

    def set_ref(self, ref, node):
        """Takes a ref and writes it into a mapping."""
        raise self._missing("set_ref")

    def track(self, *, previous_sources_dir=None):
        """Finds the newest ref."""
        return None

    def fetch(self, *, previous_sources_dir=None):
        """Gets what the ref names."""
        raise self._missing("fetch")

    def stage(self, directory):
        """Puts the source into a directory."""
        raise self._missing("stage")

    def stage_directory(self, directory):
        """Puts the source into a :class:`Directory`."""
        raise self._missing("stage_directory")

    def init_workspace(self, directory):
        """Fills a new workspace."""
        self.stage(directory)

    def init_workspace_directory(self, directory):
        """Fills a new workspace."""
        self.stage_directory(directory)

    def get_source_fetchers(self):
        """The downloads, when there are several."""
        return []

    def validate_cache(self):
        """Checks what was fetched before it is staged."""

    def is_cached(self):
        """Whether what the ref names is at hand."""
        raise self._missing("is_cached")

    def is_resolved(self):
        """Whether the ref is known."""
        return self.get_ref() is not None

    def collect_source_info(self):
        """Where everything comes from."""
        found = [fetcher.get_source_info() for fetcher in self.get_source_fetchers()]
        found = [info for info in found if info is not None]
        if found:
            return found
        self.warn(
            "{}: the plugin does not say where its sources come from".format(self),
            warning_token=CoreWarnings.UNAVAILABLE_SOURCE_INFO,
        )
        return None

    def create_source_info(
        self, url, medium, version_type, version, *, version_guess=None, extra_data=None, provenance_node=None
    ):
        """Makes a record of where something comes from."""
        provenance = self.__provenance
        if provenance_node is not None:
            declared = self._get_project().source_provenance_attributes
            for key, value in provenance_node.items():
                if key not in declared:
                    raise LoadError(
                        "{}: the source provenance attribute '{}' is not declared".format(
                            provenance_node.get_provenance(), key
                        ),
                        LoadErrorReason.UNDEFINED_SOURCE_PROVENANCE_ATTRIBUTE,
                    )
                if not isinstance(value, ScalarNode):
                    raise LoadError(
                        "{}: the provenance attribute '{}' must be a single value".format(value.get_provenance(), key),
                        LoadErrorReason.INVALID_DATA,
                    )
            provenance = provenance_node
        known = provenance if provenance is not None else MappingNode.from_dict({})
        return SourceInfo(
            self.get_kind(),
            url,
            known.get_str("homepage", None),
            known.get_str("issue-tracker", None),
            provenance,
            medium,
            version_type,
            version,
            version_guess=version_guess,
            extra_data=extra_data,
        )

    def get_mirror_directory(self):
        """Where the kind keeps what it fetched."""
        if self.__mirror_directory is None:
            directory = os.path.join(self._get_context().sourcedir, self.get_kind())
            os.makedirs(directory, exist_ok=True)
            self.__mirror_directory = directory
        return self.__mirror_directory

    def get_project_directory(self):
        """The directory of the project."""
        return self._get_project().directory

    @contextmanager
    def tempdir(self):
        """A directory that is removed afterwards."""
        with utils._tempdir(dir=self.get_mirror_directory()) as path:
            yield path

    def translate_url(self, url, *, alias_override=None, primary=True, suffix=None, extra_data=None):
        """A url with its alias replaced."""
        self.mark_download_url(url, primary=primary)
        full = url + suffix if suffix else url
        own, override = self.__alias_override or (None, alias_override)
        if override is None:
            return self.__translate(full)
        alias, _, rest = full.partition(utils._ALIAS_SEPARATOR)
        if own is not None and own != alias:
            return full
        place = override._mirror
        if isinstance(place, str):
            return place + rest
        return place.translate_url(
            alias=override._effective_alias,
            alias_url=link.ask("alias-url", alias=alias),
            source_url=rest,
            extra_data=extra_data,
        )

    def __translate(self, url):
        """A url with its alias replaced as the project says, which is asked once for each alias."""
        alias = _alias_of(url)
        if not alias:
            return link.ask("translate-url", url=url, source=self._origin)
        rest = url[len(alias) + 1 :]
        known = self._get_project().places
        # One project may be there twice, with other aliases behind another junction.
        key = (self.__meta.element_name.rpartition(":")[0], alias)
        if key not in known:
            full = link.ask("translate-url", url=url, source=self._origin)
            if not full.endswith(rest):
                return full
            known[key] = full[: len(full) - len(rest)]
        return known[key] + rest

    def mark_download_url(self, url, *, primary=True):
        """Says that a url will be downloaded from."""
        alias = _alias_of(url)
        if not self.__alias_override and primary:
            assert self.__expected_alias in (None, alias), "Only one alias can be the primary one, not '{}' and '{}'".format(
                self.__expected_alias, alias
            )
            self.__expected_alias = alias
        if self._get_configuring():
            self.__marked[url] = primary
        else:
            assert url in self.__marked or not alias, "'{}' was not marked in configure()".format(url)

    def _marked_urls(self):
        return [[url, primary] for url, primary in self.__marked.items()]

    @contextmanager
    def _cache_directory(self, digest=None):
        """A directory for content of the host, which has a digest; or the one with that digest. Not public, and used all the same."""
        yield open_kept(self._get_context().scratch, digest)

    def _get_local_path(self):
        return None

    @property
    def _element_name(self):
        return self.__meta.element_name

    def _get_full_name(self):
        return self.__meta.element_name

    def _preflight(self):
        try:
            self.preflight()
        except BstError as error:
            raise SourceError("{}: {}".format(self, error), reason=error.reason, detail=error.detail) from error

    def _load_ref(self, node):
        try:
            self.load_ref(node)
        except ImplError as error:
            raise SourceError(
                "{}: sources of this kind cannot have their refs in project.refs".format(self),
                reason="unsupported-load-ref",
            ) from error

    def _is_cached(self):
        try:
            return bool(self.is_cached())
        except SourceError:
            raise
        except Exception as error:
            raise PluginError(
                "{}: is_cached() of the plugin failed: {}".format(self, error), reason="source-bug"
            ) from error

    def __ways(self, alias, tracking):
        """Places to try; None when nothing stands for the alias."""
        return self._get_context().ways(alias, tracking) if alias else None

    def __clone(self, alias, way):
        clone = type(self)(
            self._get_context(),
            self._get_project(),
            self.__meta,
            self.__variables,
            alias_override=(alias, way),
            unique_id=self._unique_id,
        )
        clone._preflight()
        if self.__meta.ref is not None:
            clone._load_ref(self.__meta.ref)
        return clone

    def _remember_ref(self, node):
        self.__meta.ref = node

    def __try(self, alias, ways, work):
        failure = None
        for way in ways:
            try:
                return work(self.__clone(alias, way))
            except BstError as error:
                failure = error
        raise failure or SourceError("{}: there is no place to get '{}' from".format(self, alias))

    def _fetch(self, **kwargs):
        fetchers = self.get_source_fetchers()
        if fetchers:
            for fetcher in fetchers:
                failure = None
                for way in self.__ways(fetcher._get_alias(), False) or [None]:
                    try:
                        fetcher.fetch(way)
                        failure = None
                        break
                    except BstError as error:
                        failure = error
                if failure is not None:
                    raise failure
            return
        alias = self.__expected_alias
        ways = self.__ways(alias, False)
        if ways is None:
            self.fetch(**kwargs)
        else:
            self.__try(alias, ways, lambda clone: clone.fetch(**kwargs))

    def _track(self, **kwargs):
        alias = self.__expected_alias
        ways = self.__ways(alias, True)
        if ways is None:
            found = self.track(**kwargs)
        else:
            found = self.__try(alias, reversed(ways), lambda clone: clone.track(**kwargs))
        current = self.get_ref()
        if found is None:
            return current
        if found != current:
            self.info("Found new revision: {}".format(found))
            self.set_ref(found, MappingNode.from_dict({}))
        return found


def _alias_of(url):
    alias, colon, _ = url.partition(utils._ALIAS_SEPARATOR)
    return alias if colon and alias.lower() not in utils._URI_SCHEMES else ""
