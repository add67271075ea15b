"""Which assets of one character are nearly the same: the frames of a held pose, the same render saved twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mien.errors import InputError
from mien.library.snapshot import Snapshot

Group = tuple[tuple[str, float], ...]
"""Ids with how alike each is to the first (0..1); the first has 1."""

_THUMB: Final = 16
_BLOCK: Final = 1024


def duplicates(
    snapshot: Snapshot,
    vectors: NDArray[np.float32],
    picture: Callable[[str], bytes],
    *,
    near: float,
) -> list[Group]:
    """Groups, the largest first. Both must agree: the vectors' cosine and the pictures' correlation.

    vectors: float32 (n, 512), unit length, in the order of the snapshot. picture: id -> encoded picture.
    A picture that cannot be read is like no other.
    """
    thumbs: dict[int, NDArray[np.float32] | None] = {}

    def thumb(i: int) -> NDArray[np.float32] | None:
        if i not in thumbs:
            thumbs[i] = _thumb(picture, snapshot.ids[i].decode())
        return thumbs[i]

    first_of: dict[int, int] = {}
    alike: dict[int, float] = {}
    for i, j, cosine in _close(snapshot, vectors, near):
        if i in first_of or j in first_of:
            # Whoever is like a group's first belongs to it; chains of small steps do not make one group.
            continue
        one, other = thumb(i), thumb(j)
        if one is None or other is None:
            continue
        value = min(cosine, float(one @ other))
        if value >= near:
            first_of[j], alike[j] = i, value
    groups: dict[int, list[tuple[str, float]]] = {}
    for j, i in first_of.items():
        groups.setdefault(i, [(snapshot.ids[i].decode(), 1.0)]).append((snapshot.ids[j].decode(), alike[j]))
    return sorted((tuple(group) for group in groups.values()), key=lambda g: (-len(g), g[0][0]))


def _close(snapshot: Snapshot, vectors: NDArray[np.float32], near: float) -> Iterator[tuple[int, int, float]]:
    """Pairs i < j of one character whose vectors' cosine is at least `near`."""
    for code in range(len(snapshot.names["characters"])):
        own = np.flatnonzero(snapshot.characters == code)
        mine = vectors[own]
        for start in range(0, len(own), _BLOCK):
            cosines = mine[start : start + _BLOCK] @ mine[start:].T
            rows, columns = np.nonzero(cosines >= near)
            later = columns > rows
            for row, column in zip(rows[later].tolist(), columns[later].tolist(), strict=True):
                yield int(own[start + row]), int(own[start + column]), float(min(1.0, cosines[row, column]))


def _thumb(picture: Callable[[str], bytes], asset_id: str) -> NDArray[np.float32] | None:
    """float32 (768,), unit length, mean 0: a small picture of the picture."""
    try:
        with Image.open(BytesIO(picture(asset_id))) as image:
            small = np.asarray(image.convert("RGB").resize((_THUMB, _THUMB), Image.Resampling.BOX), dtype=np.float32)
    except (OSError, InputError):
        return None
    centred = (small - small.mean()).ravel()
    return np.asarray(centred / max(float(np.linalg.norm(centred)), 1e-6), dtype=np.float32)
