"""Do the rows, the pictures, the vectors and the index of a library agree?"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sqlalchemy import Connection, select

from mien.core.asset import EMBEDDING_SIZE
from mien.library.pictures import PictureFolder
from mien.library.schema import ASSETS, VECTORS


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check found.

    assets: how many there are. findings: one sentence for each thing that is wrong and was not put right.
    repaired: one for each that was. leftovers: files that no row names; harmless, a killed writer leaves them.
    """

    assets: int
    findings: tuple[str, ...] = ()
    repaired: tuple[str, ...] = ()
    leftovers: tuple[str, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Is every asset whole?"""
        return not self.findings


def check_library(
    connection: Connection,
    pictures: PictureFolder,
    *,
    folder: Path,
    model: str,
    index_trouble: str,
    repair: bool,
    deep: bool,
) -> CheckReport:
    """See `Library.check`. With `repair` the caller holds the writer's lock."""
    findings = [f"The database is damaged: {line}." for line in _integrity(connection)]
    repaired: list[str] = []
    rows = connection.execute(
        select(
            ASSETS.c.id,
            ASSETS.c.picture,
            ASSETS.c.picture_size,
            ASSETS.c.picture_sha256,
            VECTORS.c.model,
            VECTORS.c.vector,
        ).join(VECTORS, VECTORS.c.row == ASSETS.c.row, isouter=True)
    ).all()
    for asset_id, place, size, digest, vector_model, vector in rows:
        found = pictures.size(place)
        if found is None:
            findings.append(f"{asset_id}: its picture {place} is gone. Delete the asset and add it again.")
        elif found != size or (deep and hashlib.sha256(pictures.read(place)).digest() != digest):
            findings.append(f"{asset_id}: its picture {place} was changed. Delete the asset and add it again.")
        if vector_model != model:
            findings.append(f"{asset_id}: it has no vector of {model}, so it cannot be found.")
        elif len(vector) != 4 * EMBEDDING_SIZE or not np.isfinite(np.frombuffer(vector, "<f4")).all():
            findings.append(f"{asset_id}: its vector is damaged. Delete the asset and add it again.")
    named = {row.picture for row in rows}
    leftovers = [place for place in pictures.places() if place not in named]
    leftovers += [f.name for f in folder.glob(".mien-library.db.*")]
    if repair and leftovers:
        for place in leftovers:
            (pictures.path / place if "/" in place else folder / place).unlink(missing_ok=True)
        repaired.append(f"{len(leftovers)} files that belong to no asset were removed.")
        leftovers = []
    if index_trouble:
        line = f"The index cache was not used: {index_trouble}."
        if repair:
            repaired.append(f"{line} It was made anew from the rows.")
        else:
            findings.append(f"{line} Searches are right but slower; `mien library check --repair` makes it anew.")
    return CheckReport(len(rows), tuple(findings), tuple(repaired), tuple(leftovers))


def _integrity(connection: Connection) -> list[str]:
    lines = [line for (line,) in connection.exec_driver_sql("PRAGMA quick_check")]
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    return [line for line in lines if line != "ok"] + [f"a row of {row[0]} belongs to no asset" for row in broken]
