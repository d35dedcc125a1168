"""The names that plugins import from ``buildstream``, answered by Millrace.

This package runs in the plugin host only. It holds no build tool: whatever touches the project, the store or a sandbox
is asked of the program that started the host.
"""

__version__ = "2.8.1"

from .exceptions import BstError, LoadError, PluginError
from .utils import ProgramNotFoundError, UtilError
from .sandbox import Sandbox, SandboxCommandError
from .storage import Directory, DirectoryError, FileStat, FileType
from .types import CoreWarnings, FastEnum, OverlapAction, SourceRef
from .node import MappingNode, Node, ProvenanceInformation, ScalarNode, SequenceNode
from .plugin import Plugin
from .source import (
    AliasSubstitution,
    Source,
    SourceError,
    SourceFetcher,
    SourceInfo,
    SourceInfoMedium,
    SourceVersionType,
)
from .sourcemirror import SourceMirror, SourceMirrorError
from .downloadablefilesource import DownloadableFileSource
from .element import DependencyConfiguration, Element, ElementError
from .buildelement import BuildElement
from .scriptelement import ScriptElement
