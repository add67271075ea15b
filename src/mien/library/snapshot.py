"""What a search looks at, as arrays: one row per live asset, in the order of row numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from mien.core.arkit import COUNT
from mien.core.arrays import Vector
from mien.core.emotion import EMOTIONS
from mien.core.query import Query

Codes = NDArray[np.int32]
Mask = NDArray[np.bool_]

_CODED: Final = ("styles", "characters", "productions")
_FEELINGS: Final = len(EMOTIONS) + 3


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The library at one moment. Immutable; n assets.

    rows: int64 (n,), rising. ids: bytes (n,). created_s: float64 (n,), when each was added, seconds since 1970 in UTC.
    coefficients, certainty: float32 (n, 52), as in `Expression`.
    emotions: float32 (n, 11): eight probabilities, valence, arousal, intensity. ratings: float32 (n,), NaN unrated.
    styles, characters, productions: int32 (n,), positions in `names[...]`.
    tag_rows, tag_codes: one entry per tag of an asset, sorted by row; codes are positions in `names["tags"]`.
    """

    rows: NDArray[np.int64]
    ids: NDArray[np.bytes_]
    created_s: NDArray[np.float64]
    coefficients: NDArray[np.float32]
    certainty: NDArray[np.float32]
    emotions: NDArray[np.float32]
    ratings: Vector
    styles: Codes
    characters: Codes
    productions: Codes
    tag_rows: NDArray[np.int64]
    tag_codes: Codes
    names: Mapping[str, tuple[str, ...]] = field(repr=False)

    @classmethod
    def empty(cls) -> Snapshot:
        """A library without assets."""
        codes = np.zeros(0, np.int32)
        faces = np.zeros((0, COUNT), np.float32)
        feelings = np.zeros((0, _FEELINGS), np.float32)
        names: dict[str, tuple[str, ...]] = {"styles": (), "characters": (), "productions": (), "tags": ()}
        none = np.zeros(0, np.int64)
        return cls(
            none,
            np.zeros(0, "S32"),
            np.zeros(0, np.float64),
            faces,
            faces,
            feelings,
            np.zeros(0, np.float32),
            codes,
            codes,
            codes,
            none,
            codes,
            names,
        )

    def __len__(self) -> int:
        return len(self.rows)

    def refreshed(self, connection: Connection, *, after: int, buried: Sequence[int]) -> Snapshot:
        """With the rows after number `after`, and without the buried ones."""
        base = self._without(np.asarray(buried, np.int64)) if len(buried) else self
        fresh = connection.exec_driver_sql(
            "SELECT row, id, coefficients, certainty, emotion, feeling, rating, style, character, production,"
            " created_at"
            " FROM assets WHERE row > ? ORDER BY row",
            (after,),
        ).fetchall()
        if not fresh:
            return base
        tags = connection.exec_driver_sql(
            "SELECT row, tag FROM tags WHERE row > ? ORDER BY row, place", (after,)
        ).fetchall()
        names = dict(base.names)
        column = list(zip(*fresh, strict=True))
        coded = {}
        for name, values in zip(_CODED, column[7:10], strict=True):
            coded[name], names[name] = _encode(values, names[name])
        tag_codes, names["tags"] = _encode([tag for _, tag in tags], names["tags"])
        feelings = np.frombuffer(b"".join(column[5]), "<f8").reshape(-1, 3)
        emotions = np.frombuffer(b"".join(column[4]), "<f4").reshape(-1, len(EMOTIONS))

        def grown(old: NDArray[Any], new: Any, dtype: Any) -> NDArray[Any]:
            return np.concatenate([old, np.asarray(new, dtype=dtype)]) if len(old) else np.asarray(new, dtype=dtype)

        return Snapshot(
            grown(base.rows, column[0], np.int64),
            grown(base.ids, [i.encode() for i in column[1]], "S32"),
            grown(base.created_s, [_moment_s(text) for text in column[10]], np.float64),
            grown(base.coefficients, _faces(column[2]), np.float32),
            grown(base.certainty, _faces(column[3]), np.float32),
            grown(base.emotions, np.concatenate([emotions, feelings], axis=1), np.float32),
            grown(base.ratings, [np.nan if r is None else r for r in column[6]], np.float32),
            grown(base.styles, coded["styles"], np.int32),
            grown(base.characters, coded["characters"], np.int32),
            grown(base.productions, coded["productions"], np.int32),
            grown(base.tag_rows, [row for row, _ in tags], np.int64),
            grown(base.tag_codes, tag_codes, np.int32),
            names,
        )

    def _without(self, buried: NDArray[np.int64]) -> Snapshot:
        keep, keep_tags = ~np.isin(self.rows, buried), ~np.isin(self.tag_rows, buried)
        kept = {
            name: getattr(self, name)[keep]
            for name in ("rows", "ids", "created_s", "coefficients", "certainty", "emotions", "ratings", *_CODED)
        }
        return replace(self, **kept, tag_rows=self.tag_rows[keep_tags], tag_codes=self.tag_codes[keep_tags])

    # -- what is there -------------------------------------------------------------------------------------------

    def counts(self, what: str) -> dict[str, int]:
        """Name -> number of assets, most first; what: styles, characters, productions, tags or emotions."""
        if what == "emotions":
            tops = self.emotions[:, : len(EMOTIONS)].argmax(axis=1)
            return dict(Counter(EMOTIONS[i] for i in tops.tolist()).most_common())
        codes = self.tag_codes if what == "tags" else getattr(self, what)
        totals = np.bincount(codes, minlength=len(self.names[what]))
        pairs = [(n, int(c)) for n, c in zip(self.names[what], totals, strict=True) if c and n]
        return dict(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))

    def positions(self, rows: NDArray[np.int64]) -> NDArray[np.intp]:
        """Where row numbers are; those that are not here are left out."""
        if len(self.rows) == 0:
            return np.zeros(0, np.intp)
        at = np.searchsorted(self.rows, rows)
        at = np.minimum(at, len(self.rows) - 1)
        found: NDArray[np.intp] = at[self.rows[at] == rows]
        return found

    @cached_property
    def by_id(self) -> NDArray[np.intp]:
        """Positions in the order of ids."""
        return np.argsort(self.ids)

    def position(self, asset_id: str) -> int | None:
        """Where an asset is, or None."""
        key = asset_id.encode(errors="replace")
        at = int(np.searchsorted(self.ids, key, sorter=self.by_id))
        if at == len(self.ids) or self.ids[self.by_id[at]] != key:
            return None
        return int(self.by_id[at])

    def with_tag(self, tag: str) -> Mask:
        """bool (n,): which assets have this tag."""
        mask = np.zeros(len(self), bool)
        name = " ".join(tag.lower().split())
        if name in self.names["tags"]:
            code = self.names["tags"].index(name)
            mask[self.positions(self.tag_rows[self.tag_codes == code])] = True
        return mask

    def passing(self, query: Query) -> Mask | None:
        """bool (n,): which assets pass the query's filters; None if it has none."""
        masks = []
        for name in _CODED:
            if wanted := getattr(query, name):
                codes = [i for i, n in enumerate(self.names[name]) if n in wanted]
                masks.append(np.isin(getattr(self, name), codes))
        masks += [self.with_tag(tag) for tag in query.tags]
        masks += [~self.with_tag(tag) for tag in query.exclude_tags]
        for name, unwanted in (("styles", query.exclude_styles), ("characters", query.exclude_characters)):
            if unwanted:
                codes = [i for i, n in enumerate(self.names[name]) if n in unwanted]
                masks.append(~np.isin(getattr(self, name), codes))
        since_s, until_s = query.added_between_s
        if since_s is not None:
            masks.append(self.created_s >= since_s)
        if until_s is not None:
            masks.append(self.created_s < until_s)
        if query.min_rating is not None:
            masks.append(np.nan_to_num(self.ratings, nan=-1.0) >= query.min_rating)
        if query.ids:
            chosen = np.zeros(len(self), bool)
            chosen[[p for p in map(self.position, query.ids) if p is not None]] = True
            masks.append(chosen)
        return np.logical_and.reduce(masks) if masks else None


def _moment_s(text: str) -> float:
    """Seconds since 1970; an asset that does not say when it was added is older than any date."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return -np.inf
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _faces(blobs: Sequence[bytes]) -> NDArray[np.float32]:
    return np.frombuffer(b"".join(blobs), "<f4").reshape(-1, COUNT)


def _encode(values: Sequence[str], known: tuple[str, ...]) -> tuple[Codes, tuple[str, ...]]:
    codes = {name: i for i, name in enumerate(known)}
    out = np.fromiter((codes.setdefault(value, len(codes)) for value in values), np.int32, len(values))
    return out, tuple(codes)
