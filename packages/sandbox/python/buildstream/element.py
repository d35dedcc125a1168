"""Elements: what is staged into a sandbox, what runs there, and what is kept of it."""

from contextlib import contextmanager

from ._host import link
from .exceptions import BstError, ErrorDomain, of_domain
from .node import MappingNode, decode
from .plugin import Plugin
from .types import OverlapAction


@of_domain(ErrorDomain.ELEMENT)
class ElementError(BstError):
    """An element could not do its work."""

    def __init__(self, message, *, detail=None, reason=None, collect=None, temporary=False):
        super().__init__(message, detail=detail, domain=ErrorDomain.ELEMENT, reason=reason, temporary=temporary)
        self.collect = collect


class DependencyConfiguration:
    """A build dependency as the element declares it."""

    def __init__(self, element, path, config):
        self.element = element
        self.path = path
        self.config = config


class _Related:
    """What an element and the elements it sees have in common: the graph around them."""

    _id = None
    _owner = None
    _public = None

    def dependencies(self, selection=None, *, recurse=True):
        """The dependencies in staging order; of others than the element itself those that they need to run."""
        chosen = [self] if selection is None else list(selection)
        ids = [None if element is self._owner else element._id for element in chosen]
        for found in link.ask("scope", elements=ids, recurse=recurse):
            yield self._owner._related(found)

    def search(self, name):
        """The dependency of that name."""
        for element in self.dependencies():
            if element.name == name:
                return element
        return None

    def sources(self):
        """The element's sources."""
        from ._host import sources

        for facts in link.ask("sources", element=self._id):
            yield sources.give(facts)

    def node_subst_vars(self, node):
        """The value of a node; an element's configuration has no variables left."""
        return node.as_str()

    def node_subst_sequence_vars(self, node):
        """The values of a list; an element's configuration has no variables left."""
        return node.as_str_list()

    def get_public_data(self, domain):
        """A part of the public data, to keep or change."""
        if self._public is None:
            wire = link.ask("public", element=self._id)
            self._public = decode(wire["node"], wire["files"])
        found = self._public.get_mapping(domain, None)
        return None if found is None else found.clone()

    def get_artifact_name(self, key=None):
        """The name of the artifact."""
        return link.ask("artifact-name", element=self._id, key=key)

    def compute_manifest(self, *, include=None, exclude=None, orphans=True):
        """Paths of the artifact that the domains take, once: what was looked at is gone."""
        yield from self._manifest(include, exclude, orphans)

    def _manifest(self, include, exclude, orphans):
        return link.ask("manifest", element=self._id, include=include, exclude=exclude, orphans=orphans)

    def stage_artifact(
        self, sandbox, *, path=None, action=OverlapAction.WARNING, include=None, exclude=None, orphans=True
    ):
        """Stages the artifact of the element alone."""
        return sandbox._stage([self._id], path, action, include, exclude, orphans, report=True)

    def integrate(self, sandbox):
        """Runs the integration commands."""
        data = self.get_public_data("bst")
        if data is None:
            return
        environment = self.get_environment()
        with sandbox.batch():
            for command in data.get_str_list("integration-commands", []):
                sandbox.run(["sh", "-e", "-c", command], env=environment, cwd="/", label=command)


class ElementProxy(_Related):
    """Another element, as an element sees it."""

    def __init__(self, owner, facts):
        self._owner = owner
        self._id = facts["id"]
        self._facts = facts
        self.name = facts["name"]
        self.normal_name = facts["normal-name"]
        self.project_name = facts["project-name"]

    def get_kind(self):
        """The name of the kind."""
        return self._facts["kind"]

    def get_variable(self, varname):
        """The value of a variable."""
        return link.ask("variable", element=self._id, name=varname)

    def get_environment(self):
        """The environment of its commands."""
        return link.ask("environment", element=self._id)

    def stage_dependency_artifacts(
        self,
        sandbox,
        selection=None,
        *,
        path=None,
        action=OverlapAction.WARNING,
        include=None,
        exclude=None,
        orphans=True
    ):
        """Stages the artifacts of the element and of what it needs to run."""
        self._owner.stage_dependency_artifacts(
            sandbox,
            [self] if selection is None else selection,
            path=path,
            action=action,
            include=include,
            exclude=exclude,
            orphans=orphans,
        )

    def _get_full_name(self):
        return self._facts["full-name"]

    def __lt__(self, other):
        return self.name < other.name

    def __str__(self):
        return "{} element {}".format(self.get_kind(), self._get_full_name())


class Element(_Related, Plugin):
    """The base of element plugins."""

    BST_ARTIFACT_VERSION = 0
    BST_STRICT_REBUILD = False
    BST_FORBID_RDEPENDS = False
    BST_FORBID_BDEPENDS = False
    BST_FORBID_SOURCES = False
    BST_RUN_COMMANDS = True
    BST_ELEMENT_HAS_ARTIFACT = True

    def __init__(self, context, project, load_element, plugin_conf, *, artifact_key=None):
        super().__init__(load_element.name, context, project, load_element.node, "element")
        self._owner = self
        self.__facts = load_element
        self.__variables = dict(load_element.variables)
        self.__environment = None
        self.__related = {}
        self.project_name = project.name
        self.normal_name = load_element.normal_name
        self._description = load_element.description
        self._configure(load_element.config)

    def __lt__(self, other):
        return self.name < other.name

    def configure_dependencies(self, dependencies):
        """Reads the configuration of the dependencies; only called where a plugin has its own."""

    def configure_sandbox(self, sandbox):
        """Prepares the sandbox."""
        raise self._missing("configure_sandbox")

    def stage(self, sandbox):
        """Stages dependencies and sources."""
        raise self._missing("stage")

    def assemble(self, sandbox):
        """Makes the result and says in which directory it is."""
        raise self._missing("assemble")

    def generate_script(self):
        """The build as a shell script."""
        raise self._missing("generate_script")

    def get_variable(self, varname):
        """The value of a variable, None when there is none of that name."""
        if varname not in self.__variables:
            self.__variables[varname] = link.ask("variable", element=None, name=varname)
        return self.__variables[varname]

    def get_environment(self):
        """The environment of the element's commands."""
        if self.__environment is None:
            self.__environment = link.ask("environment", element=None)
        return self.__environment

    def set_public_data(self, domain, data):
        """Replaces a part of the public data that the artifact will carry."""
        if self._public is None:
            self.get_public_data(domain)
        self._public[domain] = data.clone() if data is not None else MappingNode.from_dict({})
        self._public_changed = True

    _public_changed = False

    def stage_dependency_artifacts(
        self,
        sandbox,
        selection=None,
        *,
        path=None,
        action=OverlapAction.WARNING,
        include=None,
        exclude=None,
        orphans=True
    ):
        """Stages the artifacts of dependencies."""
        elements = [element._id for element in self.dependencies(selection)]
        sandbox._stage(elements, path, action, include, exclude, orphans)

    def stage_sources(self, sandbox, directory):
        """Stages the element's sources."""
        link.ask("stage-sources", sandbox=sandbox._id, path=directory)

    def run_cleanup_commands(self, sandbox):
        """Empties the build directory, unless somebody wants to see it."""
        if self.__facts.workspace or self._get_context().keeps_build_trees:
            return
        build, install = self.get_variable("build-root"), self.get_variable("install-root")
        if install and (build.startswith(install) or install.startswith(build)):
            return
        sandbox._clean_directory(build)

    @contextmanager
    def subsandbox(self, sandbox):
        """A second sandbox, for staging what is not to be in the first."""
        inner = sandbox._create_subsandbox()
        inner._stages = True
        try:
            yield inner
        finally:
            inner._stages = False

    def _related(self, number):
        found = self.__related.get(number)
        if found is None:
            found = self.__related[number] = ElementProxy(self, link.ask("element", element=number))
        return found

    def _related_from(self, facts):
        return self.__related.setdefault(facts["id"], ElementProxy(self, facts))

    def _get_full_name(self):
        return self.__facts.full_name

    def _get_workspace(self):
        return self.__facts.workspace

    def _get_display_key(self):
        return link.ask("artifact-name", element=None, key=None).rpartition("/")[2]

    def _run(self, sandbox, only_stage):
        """The whole build, as the host carries it out."""
        self.configure_sandbox(sandbox)
        sandbox._configured(not self.BST_RUN_COMMANDS)
        sandbox._stages = True
        self.stage(sandbox)
        sandbox._stages = False
        if only_stage:
            return None
        link.ask("staged")
        collect = self.assemble(sandbox)
        if collect is not None and not isinstance(collect, str):
            raise TypeError("assemble() gave {!r}, which is no path".format(collect))
        return collect


