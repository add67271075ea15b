"""Comparing faces: freed from what their styles allow, weighted by how much each shape is seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.core.arkit import COEFFICIENTS, COUNT, INDEX
from mien.core.arrays import Vector, frozen
from mien.core.style import Style

Faces = NDArray[np.float32]
"""float32 (n, 52), 0..1."""

_SEEN: Final = {
    "jawOpen": 1.5, "mouthSmile": 1.4, "browInnerUp": 1.3, "browDown": 1.2, "browOuterUp": 1.2, "cheekPuff": 1.2,
    "tongueOut": 1.2, "mouthFrown": 1.1, "mouthPucker": 1.1, "eyeWide": 1.1, "eyeBlink": 1.1, "noseSneer": 0.9,
    "mouthFunnel": 0.9, "mouthStretch": 0.9, "mouthUpperUp": 0.8, "mouthLowerDown": 0.8, "mouthLeft": 0.8,
    "mouthRight": 0.8, "jawLeft": 0.8, "jawRight": 0.8, "jawForward": 0.6, "mouthPress": 0.6, "eyeSquint": 0.6,
    "cheekSquint": 0.5, "mouthShrugLower": 0.6, "mouthShrugUpper": 0.4, "mouthRollLower": 0.5, "mouthRollUpper": 0.4,
    "mouthDimple": 0.4, "mouthClose": 0.3, "eyeLook": 0.4,
}  # fmt: skip
_REST: Final = 0.08
_SHARPNESS: Final = 0.42


AXES: Final[Mapping[str, tuple[str, ...]]] = {
    "smile": ("mouthSmileLeft", "mouthSmileRight", "-mouthFrownLeft", "-mouthFrownRight"),
    "mouth_open": ("jawOpen", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight"),
    "lips": ("mouthPucker", "mouthFunnel", "-mouthStretchLeft", "-mouthStretchRight"),
    "brows": ("browInnerUp", "browOuterUpLeft", "browOuterUpRight", "-browDownLeft", "-browDownRight"),
    "eyes": ("eyeWideLeft", "eyeWideRight", "-eyeBlinkLeft", "-eyeBlinkRight", "-eyeSquintLeft", "-eyeSquintRight"),
    "nose": ("noseSneerLeft", "noseSneerRight", "cheekSquintLeft", "cheekSquintRight"),
    "one_sided_mouth": ("mouthSmileLeft", "-mouthSmileRight", "mouthDimpleLeft", "-mouthDimpleRight"),
    "one_sided_eyes": ("eyeBlinkLeft", "-eyeBlinkRight", "browOuterUpLeft", "-browOuterUpRight"),
}
"""Directions in which a production may see more or less than usual: the shapes that rise and (-) fall together."""


@cache
def axes() -> NDArray[np.float32]:
    """float32 (8, 52): `AXES` as orthonormal rows."""
    rows = np.zeros((len(AXES), COUNT))
    for row, shapes in zip(rows, AXES.values(), strict=True):
        for shape in shapes:
            row[INDEX[shape.removeprefix("-")]] = -1.0 if shape.startswith("-") else 1.0
    # Nearly orthogonal as they are; the symmetric square root changes each as little as can be.
    u, _, v = np.linalg.svd(rows, full_matrices=False)
    return frozen(u @ v)


@dataclass(frozen=True, slots=True, eq=False)
class Metric:
    """A change of rank 8 of how faces are compared: d^2 grows by sum gain_i (axis_i . sqrt(w) (x - t))^2.

    gains: float32 (8,), at least -0.75 (a quarter is seen) and at most 3 (four times as much), order `AXES`.
    """

    gains: Vector


def along_axes(faces: Faces, target: Vector, weights: Faces) -> NDArray[np.float32]:
    """float32 (n, 8): squared weighted differences along `AXES`. weights: float32 (n, 52)."""
    return np.asarray(((np.sqrt(weights) * (faces - target)) @ axes().T) ** 2, dtype=np.float32)


def slopes(faces: Faces, sure: Faces, target: Vector, certainty: Vector) -> NDArray[np.float32]:
    """float32 (n, 8): how `likeness` changes with each gain of a `Metric`, at gains of 0; never above 0."""
    w = sure * (visibility() * certainty)
    sizes = np.sqrt((w * faces**2).sum(axis=1)) + np.sqrt((w * target**2).sum(axis=1))
    scale = (sizes + _REST * np.sqrt(w.sum(axis=1)) + 1e-6) * _SHARPNESS
    phi = likeness(faces, sure, target, certainty)
    return np.asarray(-phi[:, None] * along_axes(faces, target, w) / scale[:, None] ** 2, dtype=np.float32)


@cache
def visibility() -> Vector:
    """float32 (52,): how much each coefficient changes the picture of a face, by eye on the cast; about 1."""

    def of(name: str) -> float:
        if name.startswith("eyeLook"):
            return _SEEN["eyeLook"]
        return _SEEN.get(name) or _SEEN[name.removesuffix("Left").removesuffix("Right")]

    return frozen([of(name) for name in COEFFICIENTS])


def freed(coefficients: Faces, codes: NDArray[np.int32], names: Sequence[str], styles: Mapping[str, Style]) -> Faces:
    """Undo what each asset's style did to it, so that a full smile equals a full smile in every style.

    codes: int32 (n,), positions in `names` of the assets' styles; a style that is not in `styles` bounds nothing.
    """
    bounds = np.ones((len(names) + 1, COUNT), dtype=np.float32)
    for i, name in enumerate(names):
        if name in styles:
            bounds[i] = styles[name].bounds
    b = bounds[codes]
    # `mien.core.style.unbound`, many at once.
    return np.asarray(1.0 - (1.0 - np.clip(coefficients / b, 0.0, 1.0)) ** b, dtype=np.float32)


def likeness(faces: Faces, sure: Faces, target: Vector, certainty: Vector, *, metric: Metric | None = None) -> Vector:
    """How alike faces are to a target: float32 (n,), 0..1.

    With weights w = visibility * both certainties, the distance is |x - t| / (|x| + |t| + rest), which is 0 for the
    same face, about 1/3 for the same face at half strength, .7 for faces that share nothing and .9 for a resting face
    and a lively one; the likeness is exp(-(distance / .42)^2), that is 1, .55, .1 and .01. `rest` keeps two nearly
    resting faces alike. metric: what a production cares about besides, see `Metric`.
    """
    w = sure * (visibility() * certainty)
    squared = (w * (faces - target) ** 2).sum(axis=1)
    if metric is not None:
        squared = np.maximum(squared + along_axes(faces, target, w) @ metric.gains, 0.0)
    return _alike(squared, (w * faces**2).sum(axis=1), (w * target**2).sum(axis=1), w.sum(axis=1))


class Likeness:
    """`likeness` of the same faces to one target after another, all of it certain: three products for each."""

    def __init__(self, faces: Faces, sure: Faces) -> None:
        self._weights = sure.astype(np.float64) * visibility()
        self._weighted = self._weights * faces
        self._sizes = (self._weighted * faces).sum(axis=1)
        self._whole = self._weights.sum(axis=1)

    def to(self, target: Vector) -> Vector:
        """float32 (n,), 0..1."""
        wanted = target.astype(np.float64)
        theirs = self._weights @ wanted**2
        squared = np.maximum(self._sizes - 2.0 * (self._weighted @ wanted) + theirs, 0.0)
        return _alike(squared, self._sizes, theirs, self._whole)


def _alike(squared: NDArray[Any], sizes: NDArray[Any], target_sizes: NDArray[Any], weights: NDArray[Any]) -> Vector:
    """From squared distances, squared lengths of both and sums of weights, each (n,)."""
    scale = np.sqrt(sizes) + np.sqrt(target_sizes) + _REST * np.sqrt(weights) + 1e-6
    return np.asarray(np.exp(-((np.sqrt(squared) / scale / _SHARPNESS) ** 2)), dtype=np.float32)
