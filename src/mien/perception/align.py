"""Where a face is, exactly: an upright square around it, first from five points, then refined from its landmarks.

This is the one place where faces are aligned; training imports it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.core.arrays import Points, Rgb
from mien.core.face import AlignedFace, Face

MARGIN: Final = 1.5
"""Side of the square over the longer side of the landmarks' box, as the mesh was trained."""

_EYE_RIGHT, _EYE_LEFT = 33, 263

_SIDE: Final = 3.45
_DOWN: Final = 0.48
"""Side and centre of the first guess, in units of the five points: the median of the refined squares' ones."""


@dataclass(frozen=True, slots=True)
class Region:
    """A turned square: centre and side in picture pixels, angle in radians from the picture's x axis to its own."""

    centre_x: float
    centre_y: float
    side: float
    angle_rad: float


ENCODER_SIDE: Final = 2.6
"""Side of the encoder's square in the same units: brows and chin of an open mouth are in it, ears are not."""


def region_from_face(face: Face) -> Region:
    """First guess from a detected face's five points."""
    return _region(face.points, _SIDE)


def region_for_encoder(points: Points) -> Region:
    """The square that the encoder reads, for real and drawn faces alike, from five points float (5, 2), picture pixels.

    Order of the points: `core.face.FACE_POINTS`.
    """
    return _region(points, ENCODER_SIDE)


def five_points(landmarks: Points) -> Points:
    """`FACE_POINTS` from the mesh's landmarks: float32 (5, 2), steadier than the detector's own."""
    plane = np.asarray(landmarks, dtype=np.float32)[:, :2]
    return np.stack([plane[list(points)].mean(axis=0) for points in _FIVE])


_FIVE: Final = ((33, 133), (362, 263), (4,), (61,), (291,))
"""The middle between an eye's corners stays where it is when the gaze wanders."""


def _region(points: Points, sides: float) -> Region:
    right, left, _, mouth_right, mouth_left = points.astype(np.float64)
    eyes, mouth = (right + left) / 2, (mouth_right + mouth_left) / 2
    # Eyes come nearer to each other as the head turns, eyes and mouth as it nods: the longer one tells the size.
    size = max(float(np.linalg.norm(left - right)), 1.05 * float(np.linalg.norm(mouth - eyes)), 1.0)
    centre = eyes + _DOWN * (mouth - eyes)
    across = left - right
    return Region(float(centre[0]), float(centre[1]), sides * size, math.atan2(across[1], across[0]))


def wider(region: Region, factor: float) -> Region:
    """The same square, `factor` times as large."""
    return Region(region.centre_x, region.centre_y, region.side * factor, region.angle_rad)


def region_from_box(face: Face) -> Region:
    """First guess from a detected face's box alone, upright."""
    left, top, right, bottom = (float(v) for v in face.box_xyxy)
    return Region((left + right) / 2, (top + bottom) / 2, 1.35 * max(right - left, bottom - top), 0.0)


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


def cut(picture: Rgb, region: Region, side_px: int = 256, *, stretch_border: bool = False) -> AlignedFace:
    """Cut a region out of a picture, upright.

    What lies outside the picture is black, or its border goes on there (stretch_border).
    """
    scale = region.side / side_px
    cos, sin = math.cos(region.angle_rad) * scale, math.sin(region.angle_rad) * scale
    linear = np.array([[cos, -sin], [sin, cos]])
    # Pixel centres sit at whole numbers; the crop's middle lies between its two middle pixels.
    middle = (side_px - 1) / 2
    shift = np.array([region.centre_x, region.centre_y]) - linear @ [middle, middle]
    image_from_crop = np.column_stack([linear, shift])
    crop = sample(picture, image_from_crop, side_px, stretch_border=stretch_border)
    return AlignedFace(crop, image_from_crop.astype(np.float32))


def sample(picture: Rgb, image_from_crop: NDArray[np.float64], side_px: int, *, stretch_border: bool = False) -> Rgb:
    """Any affine view of a picture: uint8 (side_px, side_px, 3).

    image_from_crop: float (2, 3), crop pixels to picture pixels. stretch_border: outside the picture its border goes
    on; black when False.

    Where the crop is much smaller than what it shows, the picture is averaged first, so that sharp ones do not alias.
    """
    linear, shift = image_from_crop[:, :2], image_from_crop[:, 2]
    step = int(math.sqrt(abs(float(np.linalg.det(linear)))))
    border = cv2.BORDER_REPLICATE if stretch_border else cv2.BORDER_CONSTANT
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    offset = np.zeros(2)
    if step >= 2:
        # Only the part that matters is averaged: the view's upright bounding box.
        corners = np.array([[0, 0], [side_px, 0], [0, side_px], [side_px, side_px]]) @ linear.T + shift
        limit = np.array([picture.shape[1], picture.shape[0]])
        low = np.clip(np.floor(corners.min(axis=0)) - 2 * step, 0, limit).astype(int)
        high = np.clip(np.ceil(corners.max(axis=0)) + 2 * step, 0, limit).astype(int)
        size = (high - low) // step
        if (size > 0).all():
            part = picture[low[1] : low[1] + size[1] * step, low[0] : low[0] + size[0] * step]
            picture = np.asarray(cv2.resize(part, (int(size[0]), int(size[1])), interpolation=cv2.INTER_AREA))
            offset = low.astype(np.float64)
        else:
            step = 1
    step = max(step, 1)
    within = (shift - offset - (step - 1) / 2) / step
    matrix = np.column_stack([linear / step, within])
    return np.asarray(cv2.warpAffine(picture, matrix, (side_px, side_px), flags=flags, borderMode=border), np.uint8)
