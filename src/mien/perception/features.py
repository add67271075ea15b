"""The numbers that an emotion is read from: coefficients, the face's shape, and how its skin looks.

A vector of 1,325: 52 calibrated coefficients; 59 landmarks of the head turned to the front (x, y); the head's three
angles; and a histogram of oriented gradients (Dalal and Triggs 2005) of a 48 x 48 px grey patch in which eyes and nose
always lie at the same place: 12 x 12 cells of 4 px, 8 directions. The patch is as coarse as the pictures the baseline
is trained on, so that a sharp photo looks no different.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.core.arkit import COEFFICIENTS, mirror_order
from mien.core.arrays import Coefficients, Points, Rgb, Vector
from mien.core.expression import HeadPose
from mien.perception.align import sample
from mien.perception.blendshapes import mirror_landmarks
from mien.perception.pose import rigid_points

PATCH: Final = 48
CELL: Final = 4
DIRECTIONS: Final = 8
_PATCH_CM: Final = 16.0
_PATCH_DOWN_CM: Final = 0.9

_SHAPE: Final[dict[str, tuple[int, ...]]] = {
    "mouth": (0, 13, 14, 17, 39, 61, 78, 81, 178, 181, 269, 291, 308, 311, 402, 405, 152),
    "brows": (9, 46, 52, 55, 65, 70, 105, 107, 276, 282, 285, 295, 300, 334, 336),
    "eyes": (33, 133, 144, 145, 153, 158, 159, 160, 263, 362, 373, 374, 380, 385, 386, 387, 468, 473),
    "nose and cheeks": (4, 50, 64, 129, 205, 280, 294, 358, 425),
}
_LANDMARKS: Final = tuple(i for group in _SHAPE.values() for i in group)


@cache
def groups() -> tuple[str, ...]:
    """For every feature the words that an explanation names it by: both sides of a face share them."""
    names = [name.removesuffix("Left").removesuffix("Right") if name[:3] != "jaw" else name for name in COEFFICIENTS]
    names = ["mouthSideways" if name == "mouth" else name for name in names]
    names += [f"shape of the {group}" for group, points in _SHAPE.items() for _ in points for _ in "xy"]
    names += ["head"] * 3
    names += [f"look of the {_region_of(row)}" for row, _, _ in np.ndindex(_CELLS, _CELLS, DIRECTIONS)]
    return tuple(names)


_CELLS: Final = PATCH // CELL


def _region_of(row: int) -> str:
    """What lies in a row of cells of the patch; pupils lie in row 3, resting lips in row 8."""
    return "brows" if row < 3 else "eyes" if row < 4 else "nose and cheeks" if row < 7 else "mouth"


def features(coefficients: Coefficients, frontal: Points, head: HeadPose, patch: NDArray[np.uint8]) -> Vector:
    """The vector, float32 (1325,); arguments as in `emotion.Seen`, patch as from `face_patch`."""
    shape = frontal[list(_LANDMARKS), :2].ravel()
    turn = [head.yaw_rad, head.pitch_rad, head.roll_rad]
    return np.concatenate([coefficients, shape, turn, gradients(patch)]).astype(np.float32)


def mirrored_features(coefficients: Coefficients, frontal: Points, head: HeadPose, patch: NDArray[np.uint8]) -> Vector:
    """The vector of the same face in a mirror."""
    flipped = frontal[mirror_landmarks()] * np.array([-1, 1, 1], dtype=np.float32)
    return features(coefficients[mirror_order()], flipped, head.mirrored, np.ascontiguousarray(patch[:, ::-1]))


def face_patch(picture: Rgb, landmarks: Points) -> NDArray[np.uint8]:
    """The face as a grey patch uint8 (48, 48): the best affine view of it, seen from the front.

    landmarks: (478, 2 or 3), picture pixels. Only points that expressions hardly move decide where it lies.
    """
    index, weights, canonical = rigid_points()
    root = np.sqrt(weights)[:, None]
    # Canonical y points up, picture y down.
    known = np.column_stack([canonical[:, 0], -canonical[:, 1], np.ones(len(index))])
    fit, *_ = np.linalg.lstsq(known * root, landmarks[index, :2].astype(np.float64) * root, rcond=None)
    step = _PATCH_CM / PATCH
    start = -_PATCH_CM / 2 + step / 2
    head_from_patch = np.array([[step, 0, start], [0, step, start + _PATCH_DOWN_CM], [0, 0, 1]])
    view = sample(picture, fit.T @ head_from_patch, PATCH, stretch_border=True)
    return np.asarray(cv2.cvtColor(view, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def gradients(patch: NDArray[np.uint8]) -> Vector:
    """Histogram of oriented gradients: float32 (1152,), 0..1, rows, columns, directions."""
    grey = np.sqrt(patch.astype(np.float32) / 255)
    across, down = np.zeros_like(grey), np.zeros_like(grey)
    across[:, 1:-1] = grey[:, 2:] - grey[:, :-2]
    down[1:-1] = grey[2:] - grey[:-2]
    strength = np.hypot(across, down)
    place = (np.arctan2(down, across) % np.pi) / np.pi * DIRECTIONS - 0.5
    first = np.floor(place).astype(np.intp)
    share = (place - first).astype(np.float32)
    row, column = np.indices(grey.shape)
    bins = np.zeros((*grey.shape, DIRECTIONS), dtype=np.float32)
    np.add.at(bins, (row, column, first % DIRECTIONS), strength * (1 - share))
    np.add.at(bins, (row, column, (first + 1) % DIRECTIONS), strength * share)
    # A blur as wide as a cell lets every pixel vote for the cells around it.
    soft = cv2.blur(bins, (CELL, CELL), borderType=cv2.BORDER_REPLICATE)
    cells = soft.reshape(_CELLS, CELL, _CELLS, CELL, DIRECTIONS).mean(axis=(1, 3))
    energy = cv2.blur((cells**2).sum(axis=2), (3, 3), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(np.minimum(cells / np.sqrt(energy[..., None] * 0.96 + 1e-4), 1.0), dtype=np.float32).ravel()
