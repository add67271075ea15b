"""One writer at a time: a file lock that dies with its process, so that a killed writer never leaves it behind."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from mien.errors import InputError, LibraryBusy

WAIT_S: Final = 1.0


class WriterLock:
    """Lock on a file. Threads of this process wait for one another; another process gets `LibraryBusy`.

    The file holds the writer's process id, for the message alone: what counts is the operating system's lock, which
    ends with its process, so a stale file is simply taken over.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = threading.RLock()
        self._depth = 0
        self._handle = -1

    @contextmanager
    def held(self, *, wait_s: float = WAIT_S) -> Iterator[None]:
        """Hold the lock; may be nested. Raises `LibraryBusy` after `wait_s` seconds."""
        with self._threads:
            if self._depth == 0:
                self._handle = self._acquire(wait_s)
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if self._depth == 0:
                    _unlock(self._handle)
                    os.close(self._handle)

    def _acquire(self, wait_s: float) -> int:
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise InputError(f"Cannot write to {self._path.parent}: {error.strerror or error}.") from error
        deadline = time.monotonic() + wait_s
        while not _try_lock(handle):
            if time.monotonic() > deadline:
                writer = os.pread(handle, 32, 8).decode(errors="replace").strip("\0 \n") if hasattr(os, "pread") else ""
                os.close(handle)
                who = f"process {writer}" if writer else "another process"
                raise LibraryBusy(f"{self._path.parent} is being written to by {who}. Try again when it is done.")
            time.sleep(0.02)
        # The first 8 bytes are the lock's own (Windows forbids reading what is locked).
        with suppress(OSError):
            os.ftruncate(handle, 0)
            os.write(handle, b"writer: " + str(os.getpid()).encode())
            os.lseek(handle, 0, os.SEEK_SET)
        return handle


if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> bool:
        os.lseek(handle, 0, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 8)
        except OSError:
            return False
        return True

    def _unlock(handle: int) -> None:
        os.lseek(handle, 0, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 8)

else:
    import fcntl

    def _try_lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _unlock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)
