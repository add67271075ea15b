"""Weights and meshes: which exist, whence they come, and the one door to the libraries that run networks."""

from mien.resources.catalogue import Resource, Tensor, manifest, resource
from mien.resources.fetch import setup
from mien.resources.network import Network, session
from mien.resources.settings import cache_folder
from mien.resources.store import Status, cached, path, status

__all__ = [
    "Network",
    "Resource",
    "Status",
    "Tensor",
    "cache_folder",
    "cached",
    "manifest",
    "path",
    "resource",
    "session",
    "setup",
    "status",
]
