"""A folder of pictures into a library: every face read, described, embedded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mien.core.arrays import Rgb
from mien.core.asset import Asset
from mien.core.expression import Expression
from mien.core.words import describe
from mien.errors import UnknownName

if TYPE_CHECKING:
    from mien.library import Library
    from mien.library.ingest import IngestRecord, IngestReport
    from mien.library.sidecar import Notes
    from mien.studio.studio import Studio


def add_folder(
    studio: Studio, library: Library, folder: Path, *, progress: Callable[[int, int], None] | None = None
) -> IngestReport:
    """Read every picture of a folder into `library`; what is there already is left alone.

    A sidecar's coefficients are trusted over anything that could be read from the picture. Raises `InputError`,
    `LibraryBusy`, `ResourceError`.
    """
    from mien.library import ingest
    from mien.retrieval import Embedder

    embedder = Embedder(studio.styles_by_id)

    def read(path: Path, notes: Notes) -> IngestRecord:
        picture = studio.load(path)
        if notes.style and notes.style not in studio.styles_by_id:
            raise UnknownName.among("style", notes.style, studio.styles_by_id)
        if notes.coefficients is not None:
            expression = Expression(notes.coefficients)
            # A square render is shown whole.
            found = [] if _is_square(picture) else studio.faces(picture)
        else:
            reading = studio.read(picture)
            expression = replace(reading.expression, latent=None)
            found = [reading.face]
        asset = Asset(
            id="",
            expression=expression,
            character=notes.character or "",
            style=notes.style or "",
            tags=notes.tags,
            text=notes.text or describe(expression),
            production=notes.production or "",
            sequence=notes.sequence or "",
            shot=notes.shot or "",
            frame=notes.frame,
            rating=notes.rating,
            face=found[0].shares(picture.shape[1], picture.shape[0]) if found else None,
        )
        (vector,) = embedder.assets([asset])
        return ingest.IngestRecord(asset, picture, vector)

    return ingest.add_folder(library, folder, read=read, progress=progress)


def _is_square(picture: Rgb) -> bool:
    height, width, _ = picture.shape
    return bool(abs(width - height) * 10 <= min(width, height))
