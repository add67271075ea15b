"""Find faces: RetinaFace, run on a small copy first and on larger, padded or turned ones only while nothing is found.

Anchors, decoding and suppression are those of RetinaFace (Deng et al. 2020) with MobileNet 0.25.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.core.arrays import Rgb
from mien.core.face import Face
from mien.resources import Network, session

SCORE: Final = 0.6
"""Lowest score of a face. On press photos 0.6 adds under 1 % false finds over 0.9 and finds 3 % more faces."""

DRAWN_SCORE: Final = 0.3
"""The same for drawn faces, which look less like what the network was trained on. Pictures without a face stay below
.1, but what is found at so low a score must be confirmed by the encoder."""

_STRIDES: Final = (8, 16, 32)
_SIZES: Final = ((16, 32), (64, 128), (256, 512))
_CENTRE_VARIANCE: Final = 0.1
_SIZE_VARIANCE: Final = 0.2
_OVERLAP: Final = 0.4
_MEAN_BGR: Final = (104.0, 117.0, 123.0)

_SIDES: Final = (320, 640, 1280)
_DRAWN_SIDES: Final = (256, 160, 128, 96)
"""Copies on which drawn faces are looked for: laughing eyes and large mouths look like a face only from afar."""

_SMALL: Final = 0.16
"""Where the largest face is lower than this share of the picture's long side, a larger copy is searched as well:
it places the points better and finds the smaller faces beside it."""


class Detector:
    """Finds faces in pictures.

    network: `retinaface` of the manifest; the process's own one when None.
    """

    def __init__(self, network: Network | None = None) -> None:
        self._network = network or session("retinaface")

    def detect(self, picture: Rgb) -> list[Face]:
        """All faces of a picture, the largest first; none is an empty list.

        Tries a copy of 320 px, then 640 and 1280 px while nothing or only something small is found; then one with a
        wide border, for faces that fill the picture; then quarter turns, for photos that lost their rotation.
        """
        long_side = max(picture.shape[:2])
        found: list[Face] = []
        for side in _SIDES:
            found = self._search(picture, side) or found
            if long_side <= side or (found and max(f.height_px for f in found) >= _SMALL * long_side):
                break
        if not found:
            found = self._search(picture, 320, border=0.35)
        for turns in (1, 3, 2):
            if found:
                break
            turned = np.ascontiguousarray(np.rot90(picture, turns))
            found = [_turned_back(face, turns, picture) for face in self._search(turned, 320)]
        return sorted(found, key=lambda face: -face.area_px)

    def detect_drawn(self, picture: Rgb) -> list[Face]:
        """Faces that `detect` misses because they are drawn, the largest first; to be confirmed by the encoder.

        The copy on which the likeliest face is seen decides.
        """
        found = [self._search(picture, side, score=DRAWN_SCORE) for side in _DRAWN_SIDES]
        best = max(found, key=lambda faces: max((face.score for face in faces), default=0.0))
        return sorted(best, key=lambda face: -face.area_px)

    def _search(self, picture: Rgb, side: int, *, border: float = 0.0, score: float = SCORE) -> list[Face]:
        """Faces of one copy of the picture whose long side is at most `side`, plus a grey border on each side."""
        height, width = picture.shape[:2]
        scale = min(1.0, side * (1 - border) / max(height, width))
        if scale == 1.0 and max(height, width) < side // 2:
            # Tiny pictures are enlarged: the smallest anchors are 16 px.
            scale = side / 2 / max(height, width)
        small = picture
        if scale != 1.0:
            size = (max(1, round(width * scale)), max(1, round(height * scale)))
            small = np.asarray(
                cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
            )
        pad = round(max(small.shape[:2]) * border)
        rows, columns = (math.ceil((n + 2 * pad) / 32) * 32 for n in small.shape[:2])
        blob = np.zeros((1, 3, rows, columns), dtype=np.float32)
        inside = blob[0, :, pad : pad + small.shape[0], pad : pad + small.shape[1]]
        for channel in range(3):
            inside[channel] = small[:, :, 2 - channel].astype(np.float32) - _MEAN_BGR[channel]
        out = self._network.run(picture=blob)
        boxes, scores, points = _decode(out["boxes"][0], out["scores"][0, :, 1], out["points"][0], rows, columns, score)
        shift = np.array([pad, pad], dtype=np.float32)
        factors = np.array([width / small.shape[1], height / small.shape[0]], dtype=np.float32)
        return [
            Face(((box.reshape(2, 2) - shift) * factors).reshape(4), seen, (spot.reshape(5, 2) - shift) * factors)
            for box, seen, spot in zip(boxes, scores, points, strict=True)
        ]


def _turned_back(face: Face, turns: int, picture: Rgb) -> Face:
    """A face of `np.rot90(picture, turns)` in the picture's own pixels."""
    height, width = picture.shape[:2]

    def back(xy: NDArray[np.float32]) -> NDArray[np.float32]:
        x, y = xy[:, 0], xy[:, 1]
        if turns == 1:
            return np.stack([width - y, x], axis=1)
        if turns == 2:
            return np.stack([width - x, height - y], axis=1)
        return np.stack([y, height - x], axis=1)

    corners = back(face.box_xyxy.reshape(2, 2))
    box = np.concatenate([corners.min(axis=0), corners.max(axis=0)])
    return Face(box, face.score, back(face.points))


@lru_cache(maxsize=16)
def _anchors(rows: int, columns: int) -> NDArray[np.float32]:
    """float32 (n, 3): centre x, centre y and side of every anchor, pixels."""
    parts = []
    for stride, sizes in zip(_STRIDES, _SIZES, strict=True):
        y, x = np.mgrid[0 : math.ceil(rows / stride), 0 : math.ceil(columns / stride)]
        centres = (np.stack([x.ravel(), y.ravel()], axis=1) + 0.5) * stride
        grid = np.repeat(centres, len(sizes), axis=0)
        parts.append(np.column_stack([grid, np.tile(sizes, len(centres))]))
    return np.concatenate(parts).astype(np.float32)


def _decode(
    boxes: NDArray[Any], scores: NDArray[Any], points: NDArray[Any], rows: int, columns: int, lowest: float
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Boxes (n, 4), scores (n,), points (n, 10) in pixels of what the network saw, overlapping ones suppressed."""
    likely = np.flatnonzero(scores >= lowest)
    likely = likely[np.argsort(-scores[likely], kind="stable")][:2000]
    anchors = _anchors(rows, columns)[likely]
    centre, side = anchors[:, :2], anchors[:, 2:3]
    middle = centre + boxes[likely, :2] * _CENTRE_VARIANCE * side
    half = side * np.exp(boxes[likely, 2:] * _SIZE_VARIANCE) / 2
    corners = np.concatenate([middle - half, middle + half], axis=1)
    spots = np.tile(centre, (1, 5)) + points[likely] * _CENTRE_VARIANCE * side
    kept = _suppress(corners)
    return (
        corners[kept].astype(np.float32),
        scores[likely][kept].astype(np.float32),
        spots[kept].astype(np.float32),
    )


def _suppress(corners: NDArray[Any]) -> list[int]:
    """Positions of boxes that no better box (earlier in the list) covers by more than `_OVERLAP`."""
    area = np.prod(np.maximum(corners[:, 2:] - corners[:, :2], 0), axis=1)
    kept: list[int] = []
    left = np.arange(len(corners))
    while left.size:
        best, rest = left[0], left[1:]
        kept.append(int(best))
        low = np.maximum(corners[best, :2], corners[rest, :2])
        high = np.minimum(corners[best, 2:], corners[rest, 2:])
        common = np.prod(np.maximum(high - low, 0), axis=1)
        left = rest[common <= _OVERLAP * (area[best] + area[rest] - common)]
    return kept
