"""`Asset`, one expression in a library, and the id that its content gives it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from mien.core.expression import Expression
from mien.errors import BadExpression

EMBEDDING: Final = "mien-joint/2"
"""Name and version of the vectors that libraries hold; `mien.retrieval.Embedder` makes them."""

EMBEDDING_SIZE: Final = 512
BEST_RATING: Final = 5.0

Box = tuple[float, float, float, float]

_PORTRAIT: Final = 2.1
"""Side of a portrait, in lengths of the face that the detector finds (brows to chin)."""

_SCHEMA: Final = "mien.asset/1"
_WORDS: Final = ("character", "style", "text", "production", "sequence", "shot", "source", "created_at", "picture")


@dataclass(frozen=True, slots=True)
class Asset:
    """One expression in a library: what it shows, who shows it, and where in which production.

    id: 32 hexadecimal digits from the content (`content_id`); "" lets the library work it out when it is added.
    expression: what the picture shows, inside the style's ranges.
    character, style: ids, "" where unknown. tags: lower case, each once, in the order given.
    text: what a person would say it shows.
    production, sequence, shot: "" where unknown. frame: its number in the shot, or None.
    source: where it came from (a file's path, a rig's take); several assets may share one.
    rating: 0..5 stars, None while nobody has rated it.
    created_at: ISO 8601 in UTC, set by the library when it is added.
    picture: path inside the library, set by the library; width, height: of that picture in pixels.
    face: left, top, right and bottom of the face in it, shares of width and height, 0..1; None where nobody looked.
    """

    id: str
    expression: Expression
    character: str = ""
    style: str = ""
    tags: tuple[str, ...] = ()
    text: str = ""
    production: str = ""
    sequence: str = ""
    shot: str = ""
    frame: int | None = None
    source: str = ""
    rating: float | None = None
    created_at: str = ""
    picture: str = ""
    width: int = 0
    height: int = 0
    face: Box | None = None

    def __post_init__(self) -> None:
        for name in ("id", *_WORDS):
            if not isinstance(getattr(self, name), str):
                raise BadExpression(f"An asset's {name} must be text, not {getattr(self, name)!r}.")
        if isinstance(self.tags, str):
            raise BadExpression(f"An asset's tags must be a list of words, not the text {self.tags!r}.")
        tags = dict.fromkeys(" ".join(str(tag).lower().split()) for tag in self.tags)
        object.__setattr__(self, "tags", tuple(tag for tag in tags if tag))
        if self.frame is not None:
            object.__setattr__(self, "frame", int(self.frame))
        if self.rating is not None:
            rating = float(self.rating)
            if not 0.0 <= rating <= BEST_RATING:
                raise BadExpression(f"A rating must lie between 0 and {BEST_RATING:g}, not {rating:g}.")
            object.__setattr__(self, "rating", rating)
        if self.face is not None:
            face = tuple(float(v) for v in self.face)
            if len(face) != 4 or not (0.0 <= face[0] < face[2] <= 1.0 and 0.0 <= face[1] < face[3] <= 1.0):
                raise BadExpression(f"A face is left, top, right and bottom, shares of its picture, not {self.face}.")
            object.__setattr__(self, "face", face)

    @property
    def portrait_px(self) -> tuple[int, int, int, int] | None:
        """The square part of its picture that shows the face from hair to collar: left, top, right, bottom; None
        where nobody looked for a face.
        """
        if self.face is None or not self.width or not self.height:
            return None
        left, top, right, bottom = np.array(self.face) * [self.width, self.height, self.width, self.height]
        side = min(_PORTRAIT * max(right - left, bottom - top), self.width, self.height)
        # A little above the middle: hair needs more room than a chin.
        x, y = (left + right) / 2 - side / 2, (top + bottom) / 2 - 0.53 * side
        x, y = min(max(0.0, x), self.width - side), min(max(0.0, y), self.height - side)
        return round(x), round(y), round(x + side), round(y + side)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON (schema `mien.asset/1`)."""
        return {
            "schema": _SCHEMA,
            "id": self.id,
            "expression": self.expression.to_dict(),
            **{name: getattr(self, name) for name in _WORDS},
            "tags": list(self.tags),
            "frame": self.frame,
            "rating": self.rating,
            "width": self.width,
            "height": self.height,
            "face": None if self.face is None else [round(v, 4) for v in self.face],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Asset:
        """Inverse of `to_dict`; only `expression` is required. Raises `BadExpression`."""
        if not isinstance(data, Mapping) or "expression" not in data:
            raise BadExpression('An asset needs an "expression".')
        if data.get("schema", _SCHEMA) != _SCHEMA:
            raise BadExpression(f"This is {data['schema']!r}; this version reads {_SCHEMA!r}.")
        try:
            return cls(
                id=data.get("id", ""),
                expression=Expression.from_dict(data["expression"]),
                **{name: data[name] for name in _WORDS if name in data},
                tags=tuple(data.get("tags", ())),
                frame=data.get("frame"),
                rating=data.get("rating"),
                width=int(data.get("width", 0)),
                height=int(data.get("height", 0)),
                face=None if data.get("face") is None else tuple(data["face"]),
            )
        except (TypeError, ValueError) as error:
            raise BadExpression(f"This asset does not say what it should: {error}.") from error


def content_id(
    content: bytes,
    *,
    character: str = "",
    style: str = "",
    production: str = "",
    sequence: str = "",
    shot: str = "",
    frame: int | None = None,
    face: int = 1,
) -> str:
    """The id of an asset: 32 hexadecimal digits from its picture and its place.

    face: which of the picture's faces, counted from 1, the largest.

    The place counts, because a held pose gives many frames with the same bytes and each of them is an asset; words,
    tags and ratings do not, because they may be corrected later.
    """
    place = [character, style, production, sequence, shot, frame, *([face] if face > 1 else [])]
    digest = hashlib.sha256(hashlib.sha256(content).digest())
    digest.update(json.dumps(place, ensure_ascii=False).encode())
    return digest.hexdigest()[:32]
