"""Plugins loaded, and the objects made of them, by number."""

import importlib
import itertools
import json
import sys
import types

from .. import utils
from ..element import DependencyConfiguration, Element, ElementError
from ..exceptions import BstError, LoadError, LoadErrorReason, PluginError
from ..node import MappingNode, decode
from ..source import AliasSubstitution, Source
from ..sourcemirror import SourceMirror
from . import errors, link

_bases = {"element": Element, "source": Source, "source-mirror": SourceMirror}
_class_type = type
_classes = []
_packages = itertools.count()
_objects = {}


class Context:
    """What plugins see of the run."""

    def __init__(self):
        self.sourcedir = ""
        self.scratch = None
        self.keeps_build_trees = False

    def ways(self, alias, tracking):
        """Places to try instead of an alias."""
        found = link.ask("ways", alias=alias, tracking=tracking)
        if found is None:
            return None
        return [
            AliasSubstitution(
                way["alias"],
                way["url"] if "url" in way else _objects[way["mirror"]] if "mirror" in way else _Native(way["native"]),
            )
            for way in found
        ]


class _Native:
    """A mirror whose rule the program knows itself."""

    def __init__(self, name):
        self._name = name

    def translate_url(self, *, alias, alias_url, source_url, extra_data):
        """The place on the mirror."""
        found = link.ask("mirror-url", mirror=self._name, alias=alias, aliasUrl=alias_url, rest=source_url)
        if found["bearer"] and extra_data is not None:
            extra_data["http-auth"] = "bearer"
        return found["url"]


class Project:
    """What plugins see of their project."""

    def __init__(self, facts):
        self.name = facts["name"]
        self.directory = facts["directory"]
        self.source_provenance_attributes = dict.fromkeys(facts["provenance"])
        self.places = {}


class _Facts:
    """Named values."""

    def __init__(self, **values):
        self.__dict__.update(values)


context = Context()


def load(type, kind, directory):
    """Loads a plugin's module; the facts of its class."""
    made = load_class(type, kind, directory)
    _classes.append(made)
    return dict(_facts(made), **{"class": len(_classes) - 1})


def load_class(type, kind, directory):
    """Loads a plugin's module and checks what its ``setup()`` gives."""
    package = "_plugins_{}_{}".format(next(_packages), type.replace("-", "_"))
    holder = types.ModuleType(package)
    holder.__path__ = [directory]
    sys.modules[package] = holder
    what = "The {} plugin '{}'".format(type, kind)
    try:
        module = importlib.import_module("{}.{}".format(package, kind))
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith(package):
            raise PluginError("{} cannot be loaded: {} has no {}.py".format(what, directory, kind)) from error
        raise PluginError(
            "{} cannot be loaded: it needs the Python module '{}', which {} does not have".format(
                what, error.name, sys.executable
            ),
            detail="Install it with: {} -m pip install {}".format(sys.executable, error.name.partition(".")[0]),
        ) from error
    except ImportError as error:
        raise PluginError("{} cannot be loaded: {}".format(what, error)) from error
    setup = getattr(module, "setup", None)
    if setup is None:
        raise PluginError("{} has no function setup()".format(what), reason="missing-setup-function")
    if not callable(setup):
        raise PluginError("{} has a 'setup' that is no function".format(what), reason="setup-is-not-function")
    made = setup()
    base = _bases[type]
    if not isinstance(made, _class_type):
        raise PluginError("{}: setup() gave no class".format(what), reason="setup-returns-not-type")
    if not issubclass(made, base):
        raise PluginError(
            "{}: setup() gave {}, which is no {}".format(what, made.__name__, base.__name__),
            reason="setup-returns-bad-type",
        )
    _check_version(made, what)
    return made


def _check_version(cls, what):
    wanted = cls.BST_MIN_VERSION
    if wanted is None:
        raise PluginError(
            "{} does not say which BST_MIN_VERSION it needs".format(what),
            reason="missing-min-version",
            detail="Plugins of BuildStream 1 do not; they cannot be used with BuildStream 2.",
        )
    try:
        major, minor = utils._parse_version(wanted)
    except utils.UtilError as error:
        raise PluginError(
            "{} has a BST_MIN_VERSION that is no version: {}".format(what, wanted),
            reason="malformed-min-version",
            detail="It must be a text of the form MAJOR.MINOR.",
        ) from error
    own_major, own_minor = utils.get_bst_version()
    if major != own_major:
        raise PluginError(
            "{} is for BuildStream {}, this is {}".format(what, major, own_major), reason="incompatible-major-version"
        )
    if minor > own_minor:
        raise PluginError(
            "{} needs BuildStream {}, this is {}.{}".format(what, wanted, own_major, own_minor),
            reason="incompatible-minor-version",
        )


def _facts(cls):
    facts = {
        "deprecated": (cls.BST_PLUGIN_DEPRECATION_MESSAGE or "") if cls.BST_PLUGIN_DEPRECATED else None,
        "file": sys.modules[cls.__module__].__file__,
    }
    if issubclass(cls, Element):
        facts.update(
            artifactVersion=cls.BST_ARTIFACT_VERSION,
            strictRebuild=bool(cls.BST_STRICT_REBUILD),
            runsCommands=bool(cls.BST_RUN_COMMANDS),
            forbidsSources=bool(cls.BST_FORBID_SOURCES),
            forbidsBuildDepends=bool(cls.BST_FORBID_BDEPENDS),
            forbidsRuntimeDepends=bool(cls.BST_FORBID_RDEPENDS),
            hasArtifact=bool(cls.BST_ELEMENT_HAS_ARTIFACT),
            readsDependencies=cls.configure_dependencies is not Element.configure_dependencies,
            generatesScript=cls.generate_script is not Element.generate_script,
        )
    elif issubclass(cls, Source):
        facts.update(
            previousTrack=bool(cls.BST_REQUIRES_PREVIOUS_SOURCES_TRACK),
            previousFetch=bool(cls.BST_REQUIRES_PREVIOUS_SOURCES_FETCH),
            previousStage=bool(cls.BST_REQUIRES_PREVIOUS_SOURCES_STAGE),
            virtual=bool(cls.BST_STAGE_VIRTUAL_DIRECTORY),
        )
    return facts


_projects = {}


def _project(facts):
    key = (facts["name"], facts["directory"], tuple(facts["provenance"]))
    found = _projects.get(key)
    if found is None:
        found = _projects[key] = Project(facts)
    return found


def get(number):
    """An object by its number."""
    return _objects[number]


def new_element(number, cls, project, facts, files):
    """Makes and configures an element."""
    made = _classes[cls](
        context,
        _project(project),
        _Facts(
            name=facts["name"],
            full_name=facts["full-name"],
            normal_name=facts["normal-name"],
            description=facts["description"],
            workspace=facts["workspace"],
            variables=facts["variables"],
            node=decode(facts["node"], files),
            config=decode(facts["config"], files),
        ),
        None,
    )
    _objects[number] = made


def finish_element(number, dependencies, files, sources):
    """Gives an element its dependencies and checks it: its key, and its pattern when it has no methods of its own. Its sources are checked along."""
    element = _objects[number]
    if type(element).configure_dependencies is not Element.configure_dependencies:
        given = []
        for facts in dependencies:
            proxy = element._related_from(facts["element"])
            configs = [decode(config, files) for config in facts["configs"]]
            given.extend(DependencyConfiguration(proxy, facts["path"], config) for config in configs or [None])
        element.configure_dependencies(given)
    try:
        element._preflight()
    except BstError as error:
        raise ElementError(
            "{}: {}".format(element, error), reason=error.reason, detail=error.detail
        ) from error
    return {
        "key": element.get_unique_key(),
        "pattern": _pattern(element),
        "runs": bool(element.BST_RUN_COMMANDS),
        "sources": [_check_source(source) for source in sources],
    }


def _check_source(number):
    """Checks a source and gives its key; None where it has to be asked by itself."""
    source = _objects[number]

    def check():
        source._preflight()
        return {"key": source.get_unique_key() if source.is_resolved() else None}

    try:
        found = link.silently(check)
        # What cannot be written is a failure of the source, and not of its element.
        json.dumps(found, allow_nan=False)
        return found
    except link.Later:
        return None
    except BaseException as error:
        return {"error": errors.describe(error)}


def _pattern(element):
    pattern = getattr(element, "_pattern", None)
    if pattern is None:
        return None
    for base in type(element).__mro__:
        if "_pattern" in vars(base):
            break
    names = ("configure_sandbox", "stage", "assemble", "generate_script", "run_cleanup_commands")
    if any(getattr(type(element), name) is not getattr(base, name) for name in names):
        return None
    return pattern()


def new_source(number, cls, project, facts, files):
    """Makes and configures a source."""
    made = _objects[number] = make_source(_classes[cls], project, facts, files)
    return dict(source_state(made), urls=made._marked_urls())


def make_source(cls, project, facts, files, origin=None):
    """A source of a class; ``origin`` is its place where the program has it as a native one."""
    meta = _Facts(
        element_name=facts["element"],
        element_index=facts["index"],
        directory=facts["directory"],
        node=decode(facts["node"], files),
        config=decode(facts["config"], files),
        provenance=None if facts["provenance"] is None else decode(facts["provenance"], files),
        ref=None,
        origin=origin,
    )
    return cls(context, _project(project), meta, None)


def source_state(source):
    """What is known of a source's ref."""
    try:
        ref = source.get_ref()
    except Exception as error:
        if type(error).__name__ != "ImplError":
            raise
        ref = None
    return {"ref": ref, "resolved": bool(source.is_resolved())}


def load_ref(number, node, files):
    """Replaces a source's ref by a stored one, or takes it away."""
    source = _objects[number]
    if node is None:
        source.set_ref(None, MappingNode.from_dict({}))
    else:
        wire = decode(node, files)
        source._remember_ref(wire)
        source._load_ref(wire)
    return source_state(source)


def write_ref(number, ref, node):
    """What a mapping becomes when a ref is written into it."""
    made = MappingNode.from_dict(node)
    _objects[number].set_ref(ref, made)
    return made.strip_node_info()


def new_mirror(number, cls, project, node, files):
    """Makes and configures a mirror."""
    made = _classes[cls](context, _project(project), decode(node, files))
    _objects[number] = made
    aliases = made._supported_aliases()
    if not aliases:
        raise LoadError(
            "{}: the mirror '{}' serves no alias".format(made._get_provenance(), made.name),
            LoadErrorReason.INVALID_DATA,
        )
    return aliases


def collect_info(number):
    """Where a source comes from."""
    found = _objects[number].collect_source_info()
    return None if found is None else [info.serialize() for info in found]


