"""`Asset`, one expression in a library, and the id that its content gives it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mien.core.expression import Expression
from mien.errors import BadExpression

EMBEDDING: Final = "mien-joint/2"
"""Name and version of the vectors that libraries hold; `mien.retrieval.Embedder` makes them."""

EMBEDDING_SIZE: Final = 512
BEST_RATING: Final = 5.0

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
) -> str:
    """The id of an asset: 32 hexadecimal digits from its picture and its place.

    The place counts, because a held pose gives many frames with the same bytes and each of them is an asset; words,
    tags and ratings do not, because they may be corrected later.
    """
    place = json.dumps([character, style, production, sequence, shot, frame], ensure_ascii=False)
    digest = hashlib.sha256(hashlib.sha256(content).digest())
    digest.update(place.encode())
    return digest.hexdigest()[:32]
