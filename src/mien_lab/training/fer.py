"""FER-2013 with FER+ votes, ready to learn from: faces found and turned to the front, splits without leaks.

The landmarks come from `mien.perception`, exactly as at run time; finding them takes 15 ms of a core each,
so they are kept.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.core.face import Face
from mien.errors import BadFile
from mien.perception.detect import Detector
from mien.perception.landmarks import LandmarkReader
from mien.resources.store import replacing
from mien_lab.data import research
from mien_lab.evaluation.labelled import thumbnails
from mien_lab.evaluation.labels import fer_classes
from mien_lab.evaluation.metrics import Classes
from mien_lab.training.emotion_baseline import targets

Array = NDArray[Any]

TRAIN, VALIDATION, PUBLIC, LEFT_OUT = 0, 1, 2, 3
_VALIDATION_PERCENT: Final = 10
_SAME: Final = 0.97
"""Correlation of two 12 x 12 thumbnails above which they count as one photo; true repeats lie above .99."""

_AT_ONCE: Final = 500
"""Tiles that one process looks at before it says so."""

# Where the face of a tile lies when the detector misses it (0.4 % of them).
USUAL: Final = Face(np.array([4, 2, 44, 50]), 0.0, np.array([[16, 19], [32, 19], [24, 28], [17, 37], [31, 37]]))


@dataclass(frozen=True, slots=True, eq=False)
class FerFaces:
    """n tiles and what is known of them.

    tiles: uint8 (n, 48, 48). landmarks: float32 (n, 478, 3), tile pixels. votes: float32 (n, 8), shares of the FER+
    votes, order `EMOTIONS`. counts: bool (n,), the plurality is an emotion. labels: int64 (n,), FER-2013's own label as
    a position in `EMOTIONS`, -1 where unknown. split: int64 (n,), TRAIN, VALIDATION, PUBLIC or LEFT_OUT (a Training
    tile that shows a photo of PublicTest).
    """

    tiles: NDArray[np.uint8]
    landmarks: NDArray[np.float32]
    votes: NDArray[np.float32]
    counts: NDArray[np.bool_]
    labels: Classes
    split: NDArray[np.int64]

    def of(self, split: int) -> NDArray[np.int64]:
        """Positions of one split, of pictures that count."""
        return np.flatnonzero((self.split == split) & self.counts)


def load(folder: Path, cache: Path, *, progress: Callable[[int, int], None] | None = None) -> FerFaces:
    """Everything from `fer2013_train_public.npz` in `folder`.

    cache: an npy file where the landmarks are kept between runs, with the split beside it; made if it is not there.
    Raises `BadFile`.
    """
    with np.load(research.fer(folder), allow_pickle=False) as data:
        tiles, usage = data["images"], data["usage"]
        shares, counts = targets(data)
        labels = fer_classes(data["fer_label"], data["fer_names"].tolist())
    if not cache.is_file():
        found = find_landmarks(tiles, progress=progress)
        with replacing(cache) as beside, beside.open("wb") as stream:
            np.save(stream, found)
    landmarks = np.load(cache)
    if landmarks.shape != (len(tiles), 478, 3):
        raise BadFile(f"{cache} belongs to other pictures. Delete it and try again.")
    sides = cache.with_name("fer_split.npy")
    if not sides.is_file():
        found = split(tiles, usage == 1)
        with replacing(sides) as beside, beside.open("wb") as stream:
            np.save(stream, found)
    return FerFaces(tiles, landmarks, shares.astype(np.float32), counts, labels, np.load(sides))


def chances(faces: FerFaces, rows: NDArray[np.int64], balance: float) -> NDArray[np.float64]:
    """How often each of these tiles is to be seen, adding up to 1: as much as what its annotators saw is rare.

    balance: 0 all alike, 1 every emotion as often as every other.
    """
    votes = faces.votes[rows]
    share = np.maximum(votes.mean(axis=0), 1e-6)
    wanted = (votes * share[None] ** -balance).sum(axis=1).astype(np.float64)
    return np.asarray(wanted / wanted.sum())


def find_landmarks(tiles: NDArray[np.uint8], *, progress: Callable[[int, int], None] | None = None) -> Array:
    """Landmarks of every tile, float32 (n, 478, 3), on every core."""
    parts = np.array_split(tiles, -(-len(tiles) // _AT_ONCE))
    workers = min(len(os.sched_getaffinity(0)), len(parts))
    if workers < 2:
        return np.concatenate([_landmarks_of(part) for part in parts])
    found: list[Array] = []
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for part in pool.map(_landmarks_of, parts):
            found.append(part)
            if progress:
                progress(sum(map(len, found)), len(tiles))
    return np.concatenate(found)


def _landmarks_of(tiles: NDArray[np.uint8]) -> Array:
    detector, mesh = Detector(), LandmarkReader()
    found = np.zeros((len(tiles), 478, 3), dtype=np.float32)
    for i, tile in enumerate(tiles):
        picture = np.repeat(tile[:, :, None], 3, axis=2)
        faces = detector.detect(picture)
        face = faces[0] if faces and faces[0].height_px > 20 else USUAL
        seen = mesh.read(picture, face)
        if seen.presence < 0.3 and face is not USUAL:
            seen = max(seen, mesh.read(picture, USUAL), key=lambda m: m.presence)
        found[i] = seen.landmarks
    return found


def split(tiles: NDArray[np.uint8], is_public: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Which split every tile (n, 48, 48) belongs to: int64 (n,).

    Tiles that show the same photo form a group, and a group never lies on two sides: it is left out where PublicTest
    holds one of them, and otherwise a hash of its first picture decides. So the split knows no seed and no order.
    """
    groups = _groups(tiles)
    out = np.full(len(tiles), TRAIN, dtype=np.int64)
    digests = np.array([int.from_bytes(hashlib.sha256(tile.tobytes()).digest()[:8]) % 10_000 for tile in tiles])
    smallest = np.full(groups.max() + 1, 10_000)
    np.minimum.at(smallest, groups, digests)
    sizes = np.bincount(groups)
    # The smallest of k hashes is small more often: a group's place is drawn from its own distribution.
    chance = 1 - (1 - smallest / 10_000) ** sizes
    out[chance[groups] < _VALIDATION_PERCENT / 100] = VALIDATION
    shown = np.zeros(groups.max() + 1, dtype=bool)
    shown[groups[is_public]] = True
    out[shown[groups]] = LEFT_OUT
    out[is_public] = PUBLIC
    return out


def _groups(tiles: NDArray[np.uint8]) -> NDArray[np.int64]:
    """A number for every tile, the same for tiles of the same photo, mirrored ones included."""
    ours, mirrored = thumbnails(tiles), thumbnails(tiles[:, :, ::-1])
    parent = np.arange(len(tiles))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = int(parent[i])
        return i

    for start in range(0, len(tiles), 512):
        some = ours[start : start + 512]
        for others in (ours, mirrored):
            for i, j in np.argwhere(some @ others.T > _SAME):
                low, high = sorted((root(int(i) + start), root(int(j))))
                parent[high] = low
    return np.unique([root(i) for i in range(len(tiles))], return_inverse=True)[1].astype(np.int64)
