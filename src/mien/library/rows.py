"""Assets as rows and back, to the last bit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, RowMapping, delete, insert, select

from mien.core.asset import Asset
from mien.core.emotion import Emotion
from mien.core.expression import Expression, HeadPose
from mien.library.schema import ASSETS, TAGS, TOMBSTONES, VECTORS

_PLAIN = ("id", "character", "style", "text", "production", "sequence", "shot", "frame", "source", "rating",
          "created_at", "picture", "width", "height")  # fmt: skip
_CHUNK = 500

T = TypeVar("T")


def to_row(asset: Asset, *, picture_size: int, picture_sha256: bytes) -> dict[str, Any]:
    """One row of `assets`, without its number."""
    e = asset.expression
    return {
        **{name: getattr(asset, name) for name in _PLAIN},
        "picture_size": picture_size,
        "picture_sha256": picture_sha256,
        "coefficients": e.coefficients.astype("<f4").tobytes(),
        "certainty": e.certainty.astype("<f4").tobytes(),
        "head": np.array([e.head.yaw_rad, e.head.pitch_rad, e.head.roll_rad], dtype="<f8").tobytes(),
        "emotion": e.emotion.probabilities.astype("<f4").tobytes(),
        "feeling": np.array([e.emotion.valence, e.emotion.arousal, e.emotion.intensity], dtype="<f8").tobytes(),
        "confidence": e.confidence,
        "latent": None if e.latent is None else e.latent.astype("<f4").tobytes(),
        "face": None if asset.face is None else np.array(asset.face, dtype="<f8").tobytes(),
    }


def from_row(row: RowMapping | Mapping[str, Any], tags: Sequence[str]) -> Asset:
    """The asset that `to_row` wrote."""
    yaw, pitch, roll = np.frombuffer(row["head"], "<f8")
    valence, arousal, intensity = np.frombuffer(row["feeling"], "<f8")
    expression = Expression(
        np.frombuffer(row["coefficients"], "<f4"),
        head=HeadPose(yaw, pitch, roll),
        emotion=Emotion(np.frombuffer(row["emotion"], "<f4"), valence, arousal, intensity),
        confidence=row["confidence"],
        certainty=np.frombuffer(row["certainty"], "<f4"),
        latent=None if row["latent"] is None else np.frombuffer(row["latent"], "<f4"),
    )
    face = None if row["face"] is None else tuple(np.frombuffer(row["face"], "<f8").tolist())
    return Asset(expression=expression, tags=tuple(tags), face=face, **{name: row[name] for name in _PLAIN})


def put(
    connection: Connection,
    rows: Sequence[dict[str, Any]],
    tags: Sequence[Sequence[str]],
    vectors: Sequence[NDArray[np.float32]],
    *,
    models: Sequence[str],
) -> None:
    """Write assets with their tags and vectors, and which model made each; ids must be new."""
    last = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = 'assets'").scalar() or 0
    numbers = range(int(last) + 1, int(last) + 1 + len(rows))
    connection.execute(insert(ASSETS), [{**row, "row": n} for n, row in zip(numbers, rows, strict=True)])
    entries = [
        {"row": n, "place": place, "tag": tag}
        for n, own in zip(numbers, tags, strict=True)
        for place, tag in enumerate(own)
    ]
    if entries:
        connection.execute(insert(TAGS), entries)
    connection.execute(
        insert(VECTORS),
        [
            {"row": n, "model": model, "vector": np.asarray(v, dtype="<f4").tobytes()}
            for n, model, v in zip(numbers, models, vectors, strict=True)
        ],
    )


def bury(connection: Connection, numbers: Sequence[int]) -> None:
    """Remove rows by number and leave a tombstone for each."""
    for part in chunks(numbers):
        connection.execute(delete(ASSETS).where(ASSETS.c.row.in_(part)))
        connection.execute(insert(TOMBSTONES), [{"row": n} for n in part])


def by_id(connection: Connection, ids: Iterable[str]) -> dict[str, RowMapping]:
    """Rows of `assets` by id; ids that are not there are left out."""
    found: dict[str, RowMapping] = {}
    for part in chunks(list(ids)):
        for row in connection.execute(select(ASSETS).where(ASSETS.c.id.in_(part))).mappings():
            found[row["id"]] = row
    return found


def tags_of(connection: Connection, numbers: Iterable[int]) -> dict[int, list[str]]:
    """Row number -> tags in their order."""
    out: dict[int, list[str]] = defaultdict(list)
    for part in chunks(list(numbers)):
        query = select(TAGS.c.row, TAGS.c.tag).where(TAGS.c.row.in_(part)).order_by(TAGS.c.row, TAGS.c.place)
        for number, tag in connection.execute(query):
            out[number].append(tag)
    return out


def chunks(items: Sequence[T]) -> Iterable[Sequence[T]]:
    """Parts small enough for SQLite's limit on variables."""
    return (items[i : i + _CHUNK] for i in range(0, len(items), _CHUNK))
