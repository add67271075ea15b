"""The one place that joins the rooms; the command line and the service call only this."""

from mien.studio.studio import SearchResult, Studio

__all__ = ["SearchResult", "Studio"]
