"""Errors that plugins raise and meet. Domains and reasons have the names that scripts and tests match on."""

from enum import Enum


class ErrorDomain(Enum):
    """What an error is about."""

    PLUGIN = 1
    LOAD = 2
    IMPL = 3
    PLATFORM = 4
    SANDBOX = 5
    ARTIFACT = 6
    PIPELINE = 7
    UTIL = 8
    SOURCE = 9
    ELEMENT = 10
    APP = 11
    STREAM = 12
    VIRTUAL_FS = 13
    CAS = 14
    PROG_NOT_FOUND = 15
    REMOTE = 16
    PROFILE = 17


class LoadErrorReason(Enum):
    """Why something could not be loaded."""

    MISSING_FILE = 1
    INVALID_YAML = 2
    INVALID_DATA = 3
    ILLEGAL_COMPOSITE = 4
    CIRCULAR_DEPENDENCY = 5
    UNRESOLVED_VARIABLE = 6
    UNSUPPORTED_PROJECT = 7
    UNSUPPORTED_PLUGIN = 8
    EXPRESSION_FAILED = 9
    USER_ASSERTION = 10
    TRAILING_LIST_DIRECTIVE = 11
    CONFLICTING_JUNCTION = 12
    INVALID_JUNCTION = 13
    SUBPROJECT_INCONSISTENT = 15
    INVALID_SYMBOL_NAME = 16
    MISSING_PROJECT_CONF = 17
    LOADING_DIRECTORY = 18
    PROJ_PATH_INVALID = 19
    PROJ_PATH_INVALID_KIND = 20
    RECURSIVE_INCLUDE = 21
    CIRCULAR_REFERENCE_VARIABLE = 22
    PROTECTED_VARIABLE_REDEFINED = 23
    INVALID_DEPENDENCY_CONFIG = 24
    LINK_FORBIDDEN_DEPENDENCIES = 25
    CIRCULAR_REFERENCE = 26
    BAD_ELEMENT_SUFFIX = 27
    BAD_CHARACTERS_IN_NAME = 28
    UNDEFINED_SOURCE_PROVENANCE_ATTRIBUTE = 29


class BstError(Exception):
    """The base of all errors with a domain and a reason."""

    def __init__(self, message, *, detail=None, domain=None, reason=None, temporary=False):
        super().__init__(message)
        self.message = message
        self.detail = detail
        self.domain = domain
        self.reason = reason
        self.temporary = temporary
        self.collect = None
        self.sandbox = None


class PluginError(BstError):
    """Something that a plugin says or does is wrong."""

    def __init__(self, message, reason=None, detail=None, temporary=False):
        super().__init__(message, domain=ErrorDomain.PLUGIN, reason=reason, detail=detail, temporary=temporary)


class ImplError(BstError):
    """A method that a plugin must have is missing."""

    def __init__(self, message, reason=None):
        super().__init__(message, domain=ErrorDomain.IMPL, reason=reason)


class LoadError(BstError):
    """What a project's files say is wrong."""

    def __init__(self, message, reason, *, detail=None):
        super().__init__(message, domain=ErrorDomain.LOAD, reason=reason, detail=detail)


class SandboxError(BstError):
    """A sandbox could not do its work."""

    def __init__(self, message, detail=None, reason=None):
        super().__init__(message, detail=detail, domain=ErrorDomain.SANDBOX, reason=reason)


_classes = {}


def of_domain(domain):
    """Makes a class the one that errors of a domain have when they come from the program."""

    def register(cls):
        _classes[domain] = cls
        return cls

    return register


def from_program(fields):
    """An error of the program behind the host, in the class that plugins know it by."""
    domain = ErrorDomain[fields.get("domain", "PLUGIN")]
    cls = _classes.get(domain, BstError)
    error = cls.__new__(cls, fields.get("message", ""))
    BstError.__init__(
        error,
        fields.get("message", ""),
        detail=fields.get("detail"),
        domain=domain,
        reason=fields.get("reason"),
        temporary=bool(fields.get("temporary")),
    )
    return error
