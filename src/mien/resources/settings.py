"""Where the cache is and how many threads a network gets. The environment is read here."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_path


def cache_folder() -> Path:
    """`MIEN_CACHE`, or `mien` in the user's cache folder. Not created here."""
    given = os.environ.get("MIEN_CACHE")
    return Path(given).expanduser() if given else user_cache_path("mien", appauthor=False)


def threads() -> int:
    """Threads per network: `MIEN_THREADS`, or as many as there are cores, at most 2 (the networks are small)."""
    given = os.environ.get("MIEN_THREADS", "")
    if given.isdigit() and int(given) > 0:
        return int(given)
    return max(1, min(2, os.cpu_count() or 1))
