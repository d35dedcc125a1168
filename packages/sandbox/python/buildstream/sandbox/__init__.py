"""Sandboxes."""

from .sandbox import Sandbox, SandboxCommandError

__all__ = ["Sandbox", "SandboxCommandError"]
