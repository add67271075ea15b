"""The camera in front of a head, and how a head turns."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.core.expression import HeadPose
from mien.core.rig import F32

# Inter-iris units from the camera to the eyes: a portrait lens.
_DISTANCE: Final = 15.0


def rotation(head: HeadPose) -> NDArray[np.float64]:
    """What turns a head, (3, 3)."""
    yaw, pitch, roll = head.yaw_rad, head.pitch_rad, -head.roll_rad
    cy, sy, cp, sp, cr, sr = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
    return np.asarray(
        np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
        @ np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
        @ np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    )


def project(points: F32, size: int, center: float, half: float) -> F32:
    """Perspective onto a picture of size x size: float32 (n, 3), pixels and depth.

    center, half: the middle and half of the height that the picture shows, inter-iris units.
    """
    scale = (size / 2 / half) * _DISTANCE / (_DISTANCE - points[:, 2])
    return np.stack(
        [size / 2 + points[:, 0] * scale, size / 2 - (points[:, 1] - center) * scale, points[:, 2]], 1
    ).astype(np.float32)
