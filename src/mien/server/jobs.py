"""Long work that goes on while the caller does: adding pictures, embedding anew; watched or stopped by anyone."""

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
_BROKE: Final = "Something broke in mien. The log of the service says where."

Kind = Literal["ingest", "embed"]
State = Literal["waiting", "running", "done", "cancelled", "failed"]
Embed = Callable[[Callable[[int, int], None], Callable[[], bool]], int]
"""(progress, stop) -> how many were embedded; as `Studio.reembed`."""


@dataclass(slots=True)
class Job:
    """One piece of long work.

    kind: pictures that are added ("ingest"), or expressions that are embedded anew ("embed"). done: how many were
    tried, of `total`. added: how many expressions are new by it; a picture may show several faces. skipped: pictures
    that were there. problems: file and what was wrong, the first 50.
    """

    id: str
    kind: Kind
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
        return self.state in {"done", "cancelled", "failed"}

    def note(self, name: str, message: str) -> None:
        """Remember a problem."""
        if len(self.problems) < _PROBLEMS:
            self.problems.append((name, message))


class Jobs:
    """The work of one service, in the order it came. Pictures come one at a time; embedding goes on beside them."""

    def __init__(self) -> None:
        self._jobs: deque[Job] = deque()
        self._lock = threading.Lock()
        # One thread each: a library has one writer at a time, and searching must stay quick.
        self._threads = {
            "ingest": ThreadPoolExecutor(1, thread_name_prefix="mien-ingest"),
            "embed": ThreadPoolExecutor(1, thread_name_prefix="mien-embed"),
        }

    def add(self, pictures: Iterable[tuple[str, bytes]], add: Callable[[bytes, str], int]) -> Job:
        """Add pictures (name, bytes) in the background. add: how many expressions of it were new.

        Raises `Refused` (429) when full.
        """
        batch = list(pictures)
        size = sum(len(data) for _, data in batch)
        with self._lock:
            if sum(job.held for job in self._jobs) + size > MAX_HELD:
                raise Refused(429, "TooBusy", "Many pictures wait to be read already. Send these when some are done.")
            job = self._remember(Job(uuid4().hex, "ingest", len(batch), held=size))
        self._threads["ingest"].submit(self._guarded, job, lambda: _add(job, batch, add))
        return job

    def embed(self, total: int, embed: Embed) -> Job:
        """Embed `total` expressions anew in the background; where that is under way already, it is that job."""
        with self._lock:
            for job in self._jobs:
                if job.kind == "embed" and not job.is_over and not job.stop.is_set():
                    return job
            job = self._remember(Job(uuid4().hex, "embed", total))
        self._threads["embed"].submit(self._guarded, job, lambda: _embed(job, embed))
        return job

    def get(self, job_id: str) -> Job:
        """One job. Raises `Refused` (404)."""
        for job in self.all():
            if job.id == job_id:
                return job
        raise Refused(404, "UnknownName", "There is no such job; the service may have been restarted.")

    def all(self) -> list[Job]:
        """Every job that is remembered, the latest last."""
        with self._lock:
            return list(self._jobs)

    def close(self) -> None:
        """Stop after the picture or the batch that is under way."""
        for job in self.all():
            job.stop.set()
        for thread in self._threads.values():
            thread.shutdown(wait=True, cancel_futures=True)

    def _remember(self, job: Job) -> Job:
        self._jobs.append(job)
        while len(self._jobs) > _REMEMBERED and self._jobs[0].is_over:
            self._jobs.popleft()
        return job

    @staticmethod
    def _guarded(job: Job, work: Callable[[], State]) -> None:
        job.state = "running"
        try:
            state = work()
        except MienError as error:
            job.note("", str(error))
            state = "failed"
        except Exception:
            _LOG.exception("A job broke.")
            job.note("", _BROKE)
            state = "failed"
        job.held = 0
        job.state = state


def _add(job: Job, batch: list[tuple[str, bytes]], add: Callable[[bytes, str], int]) -> State:
    while batch and not job.stop.is_set():
        name, data = batch.pop(0)
        try:
            new = add(data, name)
            job.added += new
            job.skipped += not new
        except MienError as error:
            job.note(name, str(error))
        except Exception:
            _LOG.exception("A picture could not be added.")
            job.note(name, _BROKE)
        job.done += 1
        job.held -= len(data)
    return "cancelled" if batch else "done"


def _embed(job: Job, embed: Embed) -> State:
    def progress(done: int, total: int) -> None:
        job.done, job.added, job.total = done, done, total

    embed(progress, job.stop.is_set)
    # What was stopped after the last of them is done all the same.
    return "cancelled" if job.done < job.total else "done"
