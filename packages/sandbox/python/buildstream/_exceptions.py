"""The place where some plugins look for errors."""

from .exceptions import BstError, ErrorDomain, ImplError, LoadError, LoadErrorReason, PluginError, SandboxError

__all__ = ["BstError", "ErrorDomain", "ImplError", "LoadError", "LoadErrorReason", "PluginError", "SandboxError"]
