"""Pictures that are added while the caller goes on: one at a time, with progress that anyone may watch or stop."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final, Literal
from uuid import uuid4

from mien.errors import MienError
from mien.server.answers import Refused

_LOG: Final = logging.getLogger(__name__)

MAX_HELD: Final = 96 * 2**20
"""Bytes of pictures that may wait in memory; past that callers are told to come back."""
_REMEMBERED: Final = 16
_PROBLEMS: Final = 50

State = Literal["waiting", "running", "done", "cancelled"]


@dataclass(slots=True)
class Job:
    """One batch of pictures. done: how many were tried; problems: name of the file and what was wrong, the first 50."""

    id: str
    total: int
    done: int = 0
    added: int = 0
    skipped: int = 0
    problems: list[tuple[str, str]] = field(default_factory=list)
    state: State = "waiting"
    held: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def is_over(self) -> bool:
        """Will nothing change any more?"""
        return self.state in {"done", "cancelled"}


class Jobs:
    """The batches of one service, in the order they came."""

    def __init__(self) -> None:
        self._jobs: deque[Job] = deque()
        self._lock = threading.Lock()
        # One thread: a library has one writer, and searching must stay quick.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="mien-ingest")

    def start(self, pictures: Iterable[tuple[str, bytes]], add: Callable[[bytes, str], bool]) -> Job:
        """Add pictures (name, bytes) in the background. add: whether it was new. Raises `Refused` (429) when full."""
        batch = list(pictures)
        size = sum(len(data) for _, data in batch)
        with self._lock:
            if sum(job.held for job in self._jobs) + size > MAX_HELD:
                raise Refused(429, "TooBusy", "Many pictures wait to be read already. Send these when some are done.")
            job = Job(uuid4().hex, len(batch), held=size)
            self._jobs.append(job)
            while len(self._jobs) > _REMEMBERED and self._jobs[0].is_over:
                self._jobs.popleft()
        self._thread.submit(self._work, job, batch, add)
        return job

    def get(self, job_id: str) -> Job:
        """One batch. Raises `Refused` (404)."""
        for job in self._jobs:
            if job.id == job_id:
                return job
        raise Refused(404, "UnknownName", "There is no such batch of pictures; the service may have been restarted.")

    def all(self) -> list[Job]:
        """Every batch that is remembered, the latest last."""
        return list(self._jobs)

    def close(self) -> None:
        """Stop after the picture that is being read."""
        for job in self._jobs:
            job.stop.set()
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _work(self, job: Job, batch: list[tuple[str, bytes]], add: Callable[[bytes, str], bool]) -> None:
        job.state = "running"
        while batch and not job.stop.is_set():
            name, data = batch.pop(0)
            try:
                if add(data, name):
                    job.added += 1
                else:
                    job.skipped += 1
            except MienError as error:
                self._note(job, name, str(error))
            except Exception:
                _LOG.exception("A picture could not be added.")
                self._note(job, name, "Something broke in mien. The log of the service says where.")
            job.done += 1
            job.held -= len(data)
        job.held = 0
        job.state = "cancelled" if batch else "done"

    @staticmethod
    def _note(job: Job, name: str, message: str) -> None:
        if len(job.problems) < _PROBLEMS:
            job.problems.append((name, message))
