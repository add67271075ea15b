"""Blocking work in threads: as many at once as there are cores, a bounded queue, and a plain no past that."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Final, ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread

from mien.server.answers import Refused

MAX_WAITING: Final = 64
"""Requests that may wait for a thread; a page asks for some 30 pictures at a time."""

P = ParamSpec("P")
T = TypeVar("T")


class Workers:
    """Threads for one service. at_once: how many work; max_waiting: how many more may wait."""

    def __init__(self, *, at_once: int | None = None, max_waiting: int = MAX_WAITING) -> None:
        self._at_once = at_once or max(2, os.cpu_count() or 1)
        self._max_waiting = max_waiting
        self._limiter: CapacityLimiter | None = None
        self._inside = 0

    async def do(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work` in a thread. Raises `Refused` (429) when too many wait already."""
        if self._inside >= self._at_once + self._max_waiting:
            raise Refused(429, "TooBusy", "Too many requests at once. Wait a second and try again.")
        if self._limiter is None:
            # Made here, because it belongs to the event loop that runs.
            self._limiter = CapacityLimiter(self._at_once)
        self._inside += 1
        try:
            return await to_thread.run_sync(partial(work, *args, **kwargs), limiter=self._limiter)
        finally:
            self._inside -= 1
