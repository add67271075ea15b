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
from mien.studio.curate import everybody

if TYPE_CHECKING:
    from mien.core.face import Face
    from mien.library import Library
    from mien.library.ingest import IngestRecord, IngestReport
    from mien.library.sidecar import Notes
    from mien.studio.studio import Studio


def add_folder(
    studio: Studio, library: Library, folder: Path, *, progress: Callable[[int, int], None] | None = None
) -> IngestReport:
    """Read every picture of a folder into `library`; what is there already is left alone.

    Everybody in a picture becomes an asset, but where a sidecar says who it is or what it shows: then the largest face
    does. A sidecar's coefficients are trusted over anything that could be read from the picture.

    Raises `InputError`, `LibraryBusy`, `ResourceError`.
    """
    from mien.library import ingest
    from mien.retrieval import Embedder

    embedder = Embedder(studio.styles_by_id)

    def read(path: Path, notes: Notes) -> list[IngestRecord]:
        picture = studio.load(path)
        if notes.style and notes.style not in studio.styles_by_id:
            raise UnknownName.among("style", notes.style, studio.styles_by_id)
        seen = _seen(studio, picture, notes)
        height, width, _ = picture.shape
        assets = [
            Asset(
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
                face=None if face is None else face.shares(width, height),
            )
            for expression, face in seen
        ]
        vectors = embedder.assets(assets)
        return [ingest.IngestRecord(asset, picture, vector) for asset, vector in zip(assets, vectors, strict=True)]

    return ingest.add_folder(library, folder, read=read, progress=progress)


def _seen(studio: Studio, picture: Rgb, notes: Notes) -> list[tuple[Expression, Face | None]]:
    """The faces of a picture that become assets, the largest first, and what each says."""
    if notes.coefficients is not None:
        height, width, _ = picture.shape
        # A square render is shown whole.
        is_square = abs(width - height) * 10 <= min(width, height)
        found = [] if is_square else studio.faces(picture)
        return [(Expression(notes.coefficients), found[0] if found else None)]
    # Notes on who it is or what is said are on one of them.
    is_told = notes.character or notes.text or notes.rating is not None
    readings = [studio.read(picture)] if is_told else everybody(studio, picture)
    return [(replace(reading.expression, latent=None), reading.face) for reading in readings]
