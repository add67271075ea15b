"""A folder of pictures into a library: may be stopped at any moment and run again; one bad file stops nothing."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Final

from numpy.typing import ArrayLike

from mien.core.asset import Asset, content_id
from mien.errors import BadFile, InputError, LibraryBusy, MienError, ResourceError
from mien.library.library import Library
from mien.library.pictures import PICTURES, Picture, is_place
from mien.library.sidecar import Notes, Sidecars

_LOG: Final = logging.getLogger(__name__)

SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".avif", ".jp2"})


@dataclass(frozen=True, slots=True)
class IngestRecord:
    """What a reader makes of one face of a file: an asset (its id and source are set by the library), the picture to
    keep (a PNG, WebP or JPEG, or pixels) and its vector of 512 numbers.
    """

    asset: Asset
    picture: Picture
    vector: ArrayLike


Read = Callable[[Path, Notes], Sequence[IngestRecord]]
"""Reads one file, a record for each face, the largest first; raises a `MienError` that says why it cannot. The notes
are what people wrote down about it."""

_Rows = list[tuple[Asset, Picture, ArrayLike]]


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that did not get in, and why."""

    path: Path
    message: str


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What became of a folder. added: faces; a picture may show several. skipped: files that are there already."""

    added: int
    skipped: int
    problems: tuple[Problem, ...] = ()


def add_folder(
    library: Library,
    folder: Path,
    *,
    read: Read,
    progress: Callable[[int, int], None] | None = None,
    batch: int = 32,
    workers: int | None = None,
) -> IngestReport:
    """Add every picture under `folder`, in the order of their paths.

    progress: called with (files done, files in all). batch: how many are written, and so acknowledged, at once.
    workers: how many threads read; one per core by default. `read` must be safe to call from several.
    Files whose content and place are in the library already are not read again, so a run that was stopped goes on
    where it was: what was read until then is in the library. A file that cannot be read becomes a `Problem`; a missing
    weight or a busy library ends the run.

    Raises `InputError` for a folder that is none or holds no pictures, `LibraryBusy`, `ResourceError`.
    """
    files = pictures_in(folder)
    sidecars = Sidecars()
    problems: list[Problem] = []
    added = skipped = 0
    with ThreadPoolExecutor(workers or os.cpu_count() or 1, thread_name_prefix="mien-add") as pool:
        for start in range(0, len(files), batch):
            part = files[start : start + batch]
            jobs = _jobs(part, sidecars, problems)
            there = library.having(job_id for _, _, job_id in jobs)
            todo = {job_id: (path, notes) for path, notes, job_id in reversed(jobs) if job_id not in there}
            skipped += len(jobs) - len(todo)
            running = {job_id: pool.submit(read, *todo[job_id]) for _, _, job_id in jobs if job_id in todo}
            records: dict[str, _Rows] = {}
            paths = {job_id: path for job_id, (path, _) in todo.items()}
            try:
                for done, (job_id, reading) in enumerate(running.items(), start=1):
                    path, notes = todo[job_id]
                    try:
                        records[job_id] = _rows(reading.result(), job_id, path, notes, str(path.relative_to(folder)))
                    except Exception as error:
                        problems.append(Problem(path, _why(error)))
                    if progress:
                        progress(start + done, len(files))
            finally:
                for reading in running.values():
                    reading.cancel()
                # Also where the run is stopped: a face that was read is not read again.
                added += _write(library, records, problems, paths)
            if progress:
                progress(start + len(part), len(files))
    if added:
        library.flush()
    problems += [Problem(path, message) for path, message in sidecars.strays]
    return IngestReport(added, skipped, tuple(problems))


def pictures_in(folder: Path) -> list[Path]:
    """Every picture under a folder, in the order of their paths, but for those that a library keeps as its own.

    Raises `InputError` for a folder that is none or holds no pictures.
    """
    if not folder.is_dir():
        what = "is a file, not a folder" if folder.exists() else "does not exist"
        raise InputError(f"{folder} {what}. Name a folder of pictures.")
    found = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES and path.is_file() and not path.name.startswith(".")
    )
    kept = {parent for parent in {path.parent for path in found} if _is_library_s_own(parent)}
    if own := [path for path in found if path.parent not in kept]:
        return own
    besides = " besides a library's own" if found else ""
    raise InputError(f"The folder {folder} holds no pictures{besides}. Name a folder of pictures.")


def _is_library_s_own(folder: Path) -> bool:
    """Does a library keep its pictures there? Added, they would double with every run."""
    whole = folder.resolve()
    return is_place(whole.name) and whole.parent.name == PICTURES and Library.exists(whole.parent.parent)


def _jobs(files: Sequence[Path], sidecars: Sidecars, problems: list[Problem]) -> list[tuple[Path, Notes, str]]:
    jobs = []
    for path in files:
        try:
            notes = sidecars.notes(path)
            jobs.append((path, notes, content_id(path.read_bytes(), **notes.place)))
        except BadFile as error:
            problems.append(Problem(path, str(error)))
        except OSError as error:
            problems.append(Problem(path, f"{path.name} cannot be read: {error.strerror or error}."))
    return jobs


def _rows(faces: Sequence[IngestRecord], first: str, path: Path, notes: Notes, source: str) -> _Rows:
    """What is written of one file. first: the id of its largest face, which says that the file was read."""
    out: _Rows = []
    for number, record in enumerate(faces, start=1):
        own = first if number == 1 else content_id(path.read_bytes(), **notes.place, face=number)
        asset = replace(record.asset, id=own, source=record.asset.source or source)
        out.append((asset, record.picture, record.vector))
    return out


def _write(
    library: Library,
    records: dict[str, _Rows],
    problems: list[Problem],
    paths: dict[str, Path],
) -> int:
    """Add a batch; if a file of it is refused, add the others one by one."""
    try:
        return library.add_many(chain.from_iterable(records.values())).added if records else 0
    except LibraryBusy:
        raise
    except InputError:
        added = 0
        for job_id, rows in records.items():
            try:
                added += library.add_many(rows).added
            except InputError as error:
                problems.append(Problem(paths[job_id], str(error)))
        return added


def _why(error: Exception) -> str:
    if isinstance(error, ResourceError | LibraryBusy):
        raise error
    if isinstance(error, MienError):
        return str(error)
    # A reader's bug or a decoder's odd failure on one file must not cost a night's run.
    _LOG.warning("Unexpected failure while reading", exc_info=error)
    return f"It could not be read ({type(error).__name__}: {error})."
