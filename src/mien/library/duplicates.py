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
_SAME_PICTURE: Final = 0.95
"""Correlation of 16 x 16 thumbnails: the same shot of the same character, whatever the encoder did."""


Shown = tuple[bytes, tuple[int, int, int, int] | None]
"""An encoded picture, and the part of it that shows an asset's face; None is all of it."""


def duplicates(snapshot: Snapshot, shown: Callable[[str], Shown], *, near: float) -> list[Group]:
    """Groups, the largest first. Alike is 1 - the largest difference of any coefficient; the pictures must agree.

    shown: id -> picture; one that cannot be read is like no other.
    """
    thumbs: dict[int, NDArray[np.float32] | None] = {}

    def thumb(i: int) -> NDArray[np.float32] | None:
        if i not in thumbs:
            thumbs[i] = _thumb(shown, snapshot.ids[i].decode())
        return thumbs[i]

    first_of: dict[int, int] = {}
    alike: dict[int, float] = {}
    for i, j, value in _close(snapshot, near):
        if i in first_of or j in first_of:
            # Whoever is like a group's first belongs to it; chains of small steps do not make one group.
            continue
        one, other = thumb(i), thumb(j)
        if one is not None and other is not None and float(one @ other) >= _SAME_PICTURE:
            first_of[j], alike[j] = i, value
    groups: dict[int, list[tuple[str, float]]] = {}
    for j, i in first_of.items():
        groups.setdefault(i, [(snapshot.ids[i].decode(), 1.0)]).append((snapshot.ids[j].decode(), alike[j]))
    return sorted((tuple(group) for group in groups.values()), key=lambda g: (-len(g), g[0][0]))


def _close(snapshot: Snapshot, near: float) -> Iterator[tuple[int, int, float]]:
    """Pairs i < j of one character, none of whose coefficients differ by more than 1 - near."""
    for code in range(len(snapshot.names["characters"])):
        own = np.flatnonzero(snapshot.characters == code)
        faces = snapshot.coefficients[own]
        squares = (faces**2).sum(axis=1)
        # No difference above d means a distance of at most d sqrt(52): a product of matrices rules out nearly all.
        most = (1.0 - near) ** 2 * faces.shape[1] + 1e-5
        for start in range(0, len(own), _BLOCK):
            block = slice(start, start + _BLOCK)
            apart = squares[block, None] + squares[start:] - 2.0 * faces[block] @ faces[start:].T
            rows, columns = np.nonzero(apart <= most)
            later = columns > rows
            rows, columns = rows[later] + start, columns[later] + start
            alike = 1.0 - np.abs(faces[rows] - faces[columns]).max(axis=1, initial=0.0)
            for row, column, value in zip(own[rows].tolist(), own[columns].tolist(), alike.tolist(), strict=True):
                if value >= near:
                    yield row, column, value


def _thumb(shown: Callable[[str], Shown], asset_id: str) -> NDArray[np.float32] | None:
    """float32 (768,), unit length, mean 0: a small picture of the face that is shown."""
    try:
        content, part = shown(asset_id)
        with Image.open(BytesIO(content)) as image:
            face = image.convert("RGB").resize((_THUMB, _THUMB), Image.Resampling.BOX, box=part)
        small = np.asarray(face, dtype=np.float32)
    except (OSError, InputError):
        return None
    centred = (small - small.mean()).ravel()
    return np.asarray(centred / max(float(np.linalg.norm(centred)), 1e-6), dtype=np.float32)
