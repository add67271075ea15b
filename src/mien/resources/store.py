"""The cache folder: where a resource lies, whether it is whole, and how a file gets there whole or not at all."""

from __future__ import annotations

import errno
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal

from mien.errors import FetchFailed, ResourceMissing
from mien.resources.catalogue import Resource, manifest, resource
from mien.resources.extract import is_genuine
from mien.resources.settings import cache_folder

State = Literal["ready", "missing", "damaged"]


@dataclass(frozen=True, slots=True)
class Status:
    """One resource and whether it is there. path: where it is or would be."""

    resource: Resource
    state: State
    path: Path


def location(entry: Resource) -> Path:
    """Where a resource lies or would lie. The checksum is part of the name: a new version never meets an old file."""
    if entry.kind == "packaged":
        return Path(str(files("mien.resources").joinpath("networks", entry.file)))
    stem, dot, suffix = entry.file.partition(".")
    return cache_folder() / "resources" / f"{stem}-{entry.sha256[:12]}{dot}{suffix}"


def path(resource_id: str | Resource) -> Path:
    """The file of a resource, by id or entry. Raises `ResourceMissing` or `UnknownName`."""
    entry = resource(resource_id)
    where = location(entry)
    if not where.is_file():
        raise ResourceMissing(f"{entry.id} is not installed. Run `mien setup` once (it fetches {entry.carrier}).")
    return where


def is_ready(entry: Resource) -> bool:
    """Is the resource there, and whole? Reads the file."""
    where = location(entry)
    return where.is_file() and is_genuine(entry, where.read_bytes())


def status() -> tuple[Status, ...]:
    """Every resource of the manifest, and whether it is there and whole. Reads every file."""

    def state(entry: Resource) -> State:
        if not location(entry).is_file():
            return "missing"
        return "ready" if is_ready(entry) else "damaged"

    return tuple(Status(entry, state(entry), location(entry)) for entry in manifest())


def cached(name: str, build: Callable[[Path], None]) -> Path:
    """A file made once from other resources, at `name` in the cache.

    name: letters, digits, `.`, `-`, `_`; put a version into it, for a file that is there is never built anew.
    build: writes the file to the path it is given; when it raises, nothing stays behind.

    Raises `FetchFailed` where the cache cannot be written.
    """
    if not re.fullmatch(r"[\w.-]+", name):
        raise ValueError(f"{name!r} is no name for a cached file.")
    where = cache_folder() / "made" / name
    if not where.exists():
        with replacing(where) as beside:
            build(beside)
    return where


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A path beside `target` to write to; it takes target's place when the block ends well, and vanishes otherwise."""
    beside: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, text = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        os.close(handle)
        beside = Path(text)
        yield beside
        beside.chmod(0o644)
        beside.replace(target)
    except OSError as error:
        raise FetchFailed(cannot_write(target.parent, error)) from error
    finally:
        if beside is not None:
            with suppress(OSError):
                beside.unlink(missing_ok=True)


def cannot_write(folder: Path, error: OSError) -> str:
    """One sentence on why nothing can be written there, and what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"No space left in {folder}. Free 150 MB, or set MIEN_CACHE to a folder with more room, and try again."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
        return f"Cannot write to {folder}. Make it writable, or set MIEN_CACHE to a folder that is, and try again."
    return f"Cannot write to {folder}: {error.strerror or error}. Set MIEN_CACHE to another folder and try again."
