"""Where mouth, eyes, brows and cheeks are, as bits of one picture, from the landmarks.

Landmarks lie on the parts, not around them, so each region grows by a margin that suits the style: anime eyes are
taller and wider than a person's, a cartoon mouth is thicker. The nose belongs to the cheek, as in the paper's Table 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.core.arkit import REGIONS
from mien.core.arrays import Points
from mien.core.character import FEATURES

BIT: Final[dict[str, int]] = {region: 1 << i for i, region in enumerate(REGIONS)}
"""Region -> its bit in a mask: mouth 1, eye 2, brow 4, cheek 8."""

_MOUTH: Final = [i for i, name in enumerate(FEATURES) if name.startswith(("mouth", "lip", "tongue"))]
_NOSE: Final = [i for i, name in enumerate(FEATURES) if name.startswith("nose")]
_AT: Final = {name: i for i, name in enumerate(FEATURES)}


@dataclass(frozen=True, slots=True)
class Margins:
    """Sizes in distances between the resting irises. eye_width: half the width of an eye; eye, mouth, brow: how far
    the region reaches past the landmarks; cheek: radius round the cheek's landmark; nose: past the nose's.
    """

    eye_width: float
    eye: float
    mouth: float
    brow: float
    cheek: float
    nose: float


MARGINS: Final[Mapping[str, Margins]] = {
    "realistic": Margins(eye_width=0.28, eye=0.10, mouth=0.09, brow=0.10, cheek=0.24, nose=0.12),
    "cartoon": Margins(eye_width=0.37, eye=0.10, mouth=0.10, brow=0.10, cheek=0.26, nose=0.12),
    "anime": Margins(eye_width=0.40, eye=0.12, mouth=0.08, brow=0.08, cheek=0.20, nose=0.08),
    "stylized3d": Margins(eye_width=0.34, eye=0.10, mouth=0.09, brow=0.10, cheek=0.24, nose=0.11),
}


def region_masks(landmarks: Points, style: str, *, size: int, unit_px: float) -> NDArray[np.uint8]:
    """uint8 (size, size), bits of `BIT`; regions may overlap.

    landmarks: float32 (31, 2), pixels of this picture. unit_px: distance between the irises of the resting, frontal
    face at this size; a turned face keeps it.
    """
    margins = MARGINS.get(style, MARGINS["realistic"])
    out = np.zeros((size, size), dtype=np.uint8)

    def add(region: str, draw: Any) -> None:
        layer = np.zeros((size, size), dtype=np.uint8)
        draw(layer)
        out[layer > 0] |= BIT[region]

    add("mouth", lambda layer: _hull(layer, landmarks[_MOUTH], margins.mouth * unit_px))
    across = landmarks[_AT["iris_left"]] - landmarks[_AT["iris_right"]]
    tilt_deg = float(np.degrees(np.arctan2(across[1], across[0])))
    for side in ("left", "right"):
        upper, lower = (landmarks[_AT[f"lid_{which}_{side}"]] for which in ("upper", "lower"))
        half = float(np.linalg.norm(upper - lower)) / 2 + margins.eye * unit_px
        middle, width = (upper + lower) / 2, margins.eye_width * unit_px
        add("eye", lambda layer, m=middle, w=width, h=half: _ellipse(layer, m, w, h, tilt_deg))
        brow = landmarks[[_AT[f"brow_{which}_{side}"] for which in ("inner", "mid", "outer")]]
        add("brow", lambda layer, line=brow: _line(layer, line, margins.brow * unit_px))
        cheek, radius = landmarks[_AT[f"cheek_{side}"]], margins.cheek * unit_px
        add("cheek", lambda layer, c=cheek, r=radius: _ellipse(layer, c, r, r, 0.0))
    add("cheek", lambda layer: _hull(layer, landmarks[_NOSE], margins.nose * unit_px))
    return out


# Sixteenths of a pixel: cv2 draws at that precision.
_SHIFT: Final = 4


def _fixed(points: NDArray[np.floating[Any]]) -> NDArray[np.int32]:
    return np.round((np.asarray(points, dtype=np.float64) - 0.5) * (1 << _SHIFT)).astype(np.int32)


def _hull(layer: NDArray[np.uint8], points: Points, margin: float) -> None:
    corners = cv2.convexHull(_fixed(points).reshape(-1, 1, 2))
    cv2.fillConvexPoly(layer, corners, 255, shift=_SHIFT)
    cv2.polylines(layer, [corners], True, 255, thickness=max(1, round(2 * margin)), shift=_SHIFT)


def _line(layer: NDArray[np.uint8], points: Points, margin: float) -> None:
    line = _fixed(points).reshape(-1, 1, 2)
    cv2.polylines(layer, [line], False, 255, thickness=max(1, round(2 * margin)), shift=_SHIFT)


def _ellipse(layer: NDArray[np.uint8], center: Points, rx: float, ry: float, angle_deg: float) -> None:
    (x, y), scale = _fixed(center), 1 << _SHIFT
    axes = (max(1, round(rx * scale)), max(1, round(ry * scale)))
    cv2.ellipse(layer, (int(x), int(y)), axes, angle_deg, 0.0, 360.0, 255, -1, shift=_SHIFT)
