"""Where a face is, exactly: an upright square around it, first from five points, then refined from its landmarks.

This is the one place where faces are aligned; training imports it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from mien.core.arrays import Points, Rgb
from mien.core.face import AlignedFace, Face

MARGIN: Final = 1.5
"""Side of the square over the longer side of the landmarks' box, as the mesh was trained."""

_EYE_RIGHT, _EYE_LEFT = 33, 263


@dataclass(frozen=True, slots=True)
class Region:
    """A turned square: centre and side in picture pixels, angle in radians from the picture's x axis to its own."""

    centre_x: float
    centre_y: float
    side: float
    angle_rad: float


def region_from_face(face: Face) -> Region:
    """First guess from a detected face's five points."""
    right, left, _, mouth_right, mouth_left = face.points.astype(np.float64)
    eyes, mouth = (right + left) / 2, (mouth_right + mouth_left) / 2
    # Eyes come nearer to each other as the head turns, eyes and mouth as it nods: the longer one tells the size.
    size = max(float(np.linalg.norm(left - right)), 1.05 * float(np.linalg.norm(mouth - eyes)), 1.0)
    centre = eyes + _DOWN * (mouth - eyes)
    across = left - right
    return Region(float(centre[0]), float(centre[1]), _SIDE * size, math.atan2(across[1], across[0]))


_SIDE: Final = 3.75
_DOWN: Final = 0.42


def region_from_landmarks(landmarks: Points) -> Region:
    """The square that the mesh expects, from landmarks float (n >= 468, 2 or 3) in picture pixels."""
    plane = landmarks[:, :2].astype(np.float64)
    across = plane[_EYE_LEFT] - plane[_EYE_RIGHT]
    angle = math.atan2(across[1], across[0])
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    upright = plane @ turn.T
    low, high = upright.min(axis=0), upright.max(axis=0)
    centre = turn.T @ ((low + high) / 2)
    return Region(float(centre[0]), float(centre[1]), MARGIN * float((high - low).max()), angle)


def cut(picture: Rgb, region: Region, side_px: int = 256) -> AlignedFace:
    """Cut a region out of a picture, upright; what lies outside the picture is black.

    Large regions are averaged rather than sampled, so that a sharp picture does not alias.
    """
    scale = region.side / side_px
    step = int(scale)
    offset = np.zeros(2)
    source = picture
    if step >= 2:
        # Only the part that matters is averaged: the square's upright bounding box.
        reach = region.side * (abs(math.cos(region.angle_rad)) + abs(math.sin(region.angle_rad))) / 2 + 2 * step
        height, width = picture.shape[:2]
        x0, y0 = (max(0, int(c - reach)) for c in (region.centre_x, region.centre_y))
        x1, y1 = min(width, int(region.centre_x + reach)), min(height, int(region.centre_y + reach))
        x1, y1 = x0 + (x1 - x0) // step * step, y0 + (y1 - y0) // step * step
        if x1 > x0 and y1 > y0:
            part = picture[y0:y1, x0:x1]
            size = ((x1 - x0) // step, (y1 - y0) // step)
            source = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA))
            offset = np.array([x0, y0], dtype=np.float64)
        else:
            step = 1
    else:
        step = 1
    cos, sin = math.cos(region.angle_rad) * scale, math.sin(region.angle_rad) * scale
    linear = np.array([[cos, -sin], [sin, cos]])
    # Pixel centres sit at whole numbers; the crop's middle lies between its two middle pixels.
    middle = (side_px - 1) / 2
    shift = np.array([region.centre_x, region.centre_y]) - linear @ [middle, middle]
    image_from_crop = np.column_stack([linear, shift])
    within = (shift - offset - (step - 1) / 2) / step
    crop = cv2.warpAffine(
        source,
        np.column_stack([linear / step, within]),
        (side_px, side_px),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
    )
    return AlignedFace(np.asarray(crop, dtype=np.uint8), image_from_crop.astype(np.float32))
