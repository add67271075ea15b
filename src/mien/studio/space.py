"""The library as a map: every expression a point, alike ones near each other, whichever style they are drawn in.

The layout follows UMAP (McInnes et al. 2018): principal components to begin with, then each face pulls its 15 nearest
and pushes some at random. Deterministic; kept in the library's `cache` folder, which may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from mien.core.emotion import EMOTIONS

if TYPE_CHECKING:
    from mien.core.style import Style
    from mien.library import Snapshot

Points = NDArray[np.float32]

_VERSION: Final = "mien.space/2"
_NEIGHBOURS: Final = 15
_EPOCHS: Final = 160
_PUSHES: Final = 5
_FEELING: Final = 0.5
"""How much the eight probabilities count beside the shapes: enough to part a sneer from a smirk."""
_MOST: Final = 20_000
"""Past this many the rest are placed beside their nearest: comparing all with all would take minutes."""
_SEED: Final = 7
_OPENINGS: Final = 24
_OPENED: Final = 5000
"""Crowds are opened in maps of up to so many points; in larger ones a point is a grain anyway."""


@dataclass(frozen=True, slots=True)
class Space:
    """ids: of n assets. points: float32 (n, 2), -1..1. styles, emotions: the name of each asset's."""

    ids: tuple[str, ...]
    points: Points
    styles: tuple[str, ...]
    emotions: tuple[str, ...]


def space_of(snapshot: Snapshot, styles: Mapping[str, Style], *, cache: Path | None = None) -> Space:
    """Lay a library out. cache: a file that holds the last layout, used while it is of these assets."""
    from mien.retrieval.faces import freed, visibility

    names = snapshot.names["styles"]
    faces = freed(snapshot.coefficients, snapshot.styles, names, styles) * np.sqrt(visibility())
    feelings = _FEELING * snapshot.emotions[:, : len(EMOTIONS)]
    features = np.concatenate([faces, feelings], axis=1).astype(np.float32)
    key = hashlib.sha256(_VERSION.encode() + snapshot.ids.tobytes() + features.tobytes()).hexdigest()
    points = _cached(cache, key, len(snapshot)) if cache else None
    if points is None:
        points = lay_out(features)
        if cache:
            _keep(cache, key, points)
    tops = snapshot.emotions[:, : len(EMOTIONS)].argmax(axis=1)
    return Space(
        tuple(i.decode() for i in snapshot.ids),
        points,
        tuple(names[code] for code in snapshot.styles),
        tuple(EMOTIONS[i] for i in tops),
    )


def lay_out(features: Points) -> Points:
    """float32 (n, d) -> (n, 2) inside -1..1, neighbours near each other. The same for the same input."""
    count = len(features)
    if count < 3:
        return np.linspace(-0.5, 0.5, 2 * count, dtype=np.float32).reshape(count, 2)
    start = _principal(features)
    if count <= _NEIGHBOURS:
        return _framed(start)
    rng = np.random.default_rng(_SEED)
    if count > _MOST:
        chosen = np.sort(rng.choice(count, _MOST, replace=False))
        points = np.empty((count, 2), np.float32)
        points[chosen] = lay_out(features[chosen])
        rest = np.setdiff1d(np.arange(count), chosen)
        nearest, _ = _nearest(features[rest], features[chosen], 3)
        points[rest] = points[chosen][nearest].mean(axis=1)
        return points
    near, far = _nearest(features, features, _NEIGHBOURS + 1)
    near, far = near[:, 1:], far[:, 1:]
    # As in UMAP: how near is judged by each face's own neighbourhood.
    closest = far[:, :1]
    spread = np.maximum((far - closest).mean(axis=1, keepdims=True), 1e-3)
    pull = np.exp(-(far - closest) / spread).astype(np.float32).ravel()
    return _framed(_settled(start, np.repeat(np.arange(count), _NEIGHBOURS), near.ravel(), pull, rng))


def _principal(features: Points) -> Points:
    centred = features - features.mean(axis=0)
    _, _, axes = np.linalg.svd(centred.T @ centred)
    flat = centred @ axes[:2].T
    # The sign of an axis is anybody's guess: the heavier side goes right and up.
    flat = flat * np.where((flat**3).sum(axis=0) < 0, -1.0, 1.0)
    return np.asarray(10.0 * flat / (np.abs(flat).max() + 1e-9), dtype=np.float32)


def _nearest(of: Points, among: Points, count: int) -> tuple[NDArray[np.intp], Points]:
    """The `count` nearest of each row, nearest first, and how far."""
    at = np.empty((len(of), count), np.intp)
    far = np.empty((len(of), count), np.float32)
    lengths = (among**2).sum(axis=1)
    for first in range(0, len(of), 1024):
        part = of[first : first + 1024]
        squared = np.maximum((part**2).sum(axis=1)[:, None] + lengths - 2.0 * part @ among.T, 0.0)
        some = np.argpartition(squared, min(count, squared.shape[1] - 1), axis=1)[:, :count]
        values = np.take_along_axis(squared, some, axis=1)
        order = np.argsort(values, axis=1, kind="stable")
        at[first : first + 1024] = np.take_along_axis(some, order, axis=1)
        far[first : first + 1024] = np.sqrt(np.take_along_axis(values, order, axis=1))
    return at, far


def _settled(
    points: Points, one: NDArray[np.intp], other: NDArray[np.intp], pull: Points, rng: np.random.Generator
) -> Points:
    """Pull along the edges and push at random until it holds; gradients of UMAP with min_dist 0.5."""
    a, b = 0.583, 1.334
    points = points.astype(np.float64)
    count = len(points)
    degree = np.maximum(np.bincount(one, pull, count) + np.bincount(other, pull, count), 1.0)
    for epoch in range(_EPOCHS):
        step = 1.0 - epoch / _EPOCHS
        between = points[one] - points[other]
        squared = (between**2).sum(axis=1) + 1e-6
        force = -2.0 * a * b * squared ** (b - 1.0) / (1.0 + a * squared**b) * pull
        moved = np.clip(between * force[:, None], -4.0, 4.0)
        shift = np.stack([np.bincount(one, m, count) - np.bincount(other, m, count) for m in moved.T], axis=1)
        for _ in range(_PUSHES):
            stranger = rng.integers(0, count, count)
            apart = points - points[stranger]
            squared = (apart**2).sum(axis=1)
            away = 2.0 * b / ((0.001 + squared) * (1.0 + a * squared**b))
            push = np.clip(apart * away[:, None], -4.0, 4.0)
            shift += push * (degree / _PUSHES)[:, None]
        points += step * shift / degree[:, None]
    return points.astype(np.float32)


def _framed(points: Points) -> Points:
    """Inside the frame; crowds, such as one look by the whole cast, opened until each of its points can be met."""
    count = len(points)
    ranks = np.argsort(np.argsort(points, axis=0, kind="stable"), axis=0) / (count - 1.0) * 2.0 - 1.0
    # Half by place, half by rank: far islands come closer and dense ones get room.
    opened = 0.5 * _centred(points) + 0.5 * ranks
    for _ in range(_OPENINGS if count <= _OPENED else 0):
        opened = opened + _apart(opened, 1.1 / np.sqrt(count))
    return np.asarray(_centred(opened), dtype=np.float32)


def _centred(points: NDArray[np.floating]) -> NDArray[np.float64]:
    centred = points - (points.max(axis=0) + points.min(axis=0)) / 2.0
    return np.asarray(0.97 * centred / (np.abs(centred).max() + 1e-9), dtype=np.float64)


def _apart(points: NDArray[np.float64], distance: float) -> NDArray[np.float64]:
    """Where each point should step so that no two are closer than `distance`: half the way at a time."""
    step = np.zeros_like(points)
    for first in range(0, len(points), 512):
        part = points[first : first + 512]
        between = part[:, None] - points[None]
        far = np.hypot(between[..., 0], between[..., 1])
        far[np.arange(len(part)), first + np.arange(len(part))] = np.inf
        lack = np.maximum(distance - far, 0.0) / (far + 1e-6) * 0.35
        step[first : first + 512] = (between * lack[..., None]).sum(axis=1)
    size = np.hypot(step[:, 0], step[:, 1])[:, None]
    return step * np.minimum(1.0, distance / (size + 1e-9))


def _cached(path: Path, key: str, count: int) -> Points | None:
    with suppress(OSError, ValueError, KeyError, EOFError), np.load(path, allow_pickle=False) as kept:
        points = kept["points"]
        if str(kept["key"]) == key and points.shape == (count, 2):
            return np.asarray(points, dtype=np.float32)
    return None


def _keep(path: Path, key: str, points: Points) -> None:
    """Beside, then renamed; a library that may only be read does without."""
    buffer = BytesIO()
    np.savez_compressed(buffer, key=np.array(key), points=points)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(buffer.getvalue())
        Path(name).replace(path)
