"""The service: HTTP routes under /api/v1 and the page, on one `Studio`."""

from mien.server.app import create_app
from mien.server.serve import serve

__all__ = ["create_app", "serve"]
