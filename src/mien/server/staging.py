"""Readings and expressions on characters, as the service tells of them: curves, and the addresses of the pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from mien.core.expression import Expression
from mien.core.face import PHOTO, Reading
from mien.errors import InputError
from mien.mapping import Mapped
from mien.server import schemas
from mien.server.pose import encode_pose
from mien.studio import Studio, payload

MAX_TARGETS: Final = 16


def told_of(studio: Studio, reading: Reading) -> dict[str, Any]:
    """A reading with outlines and where the encoder looked: the fields of `schemas.Read`."""
    looked = payload.of_attention(reading)
    return {
        "reading": schemas.ReadingData(**reading.to_dict()),
        "contours": studio.contours(reading),
        "attention": schemas.AttentionData(**looked) if looked else None,
    }


def behind(studio: Studio, expression: Expression, looks_like: str) -> tuple[Expression, bool]:
    """The expression behind the face that it was read from, and whether it is mapped as it is.

    What a drawn face shows was held back by its style and is let go again; its shapes lack nothing that its emotion
    could give back. Raises `UnknownName` for a look that is neither a photo's nor a style's.
    """
    if looks_like == PHOTO:
        return expression, False
    studio.style(looks_like)
    return studio.freed(expression, looks_like), True


def mapped_by(work: Callable[[str], Sequence[Mapped]], to: str) -> list[Mapped]:
    """Map for each name in `to` (commas between them). Raises `InputError` for none or too many."""
    names = list(dict.fromkeys(name for part in to.split(",") if (name := part.strip())))
    if not 1 <= len(names) <= MAX_TARGETS:
        raise InputError(f"Name 1 to {MAX_TARGETS} characters or styles in 'to', with commas between them.")
    return [item for name in names for item in work(name)]


def mapped_on(work: Callable[[str], Sequence[Mapped]], to: str) -> list[schemas.MappedData]:
    """The same as data with the addresses of the pictures."""
    return [_told(item) for item in mapped_by(work, to)]


def _told(mapped: Mapped) -> schemas.MappedData:
    where = f"/api/v1/characters/{mapped.character.id}/picture?pose={encode_pose(mapped.coefficients, mapped.head)}"
    svg = f"{where}&form=svg" if mapped.character.kind == "drawn" else None
    return schemas.MappedData(**payload.of_mapped(mapped, picture=where), svg=svg)
