"""The command `mien`: each command parses, calls `Studio`, prints."""

from mien.cli.app import main

__all__ = ["main"]
