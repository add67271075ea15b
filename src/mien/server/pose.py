"""A pose as part of an address, so that the picture of a pose can be kept by any cache."""

from __future__ import annotations

import base64
import binascii
from typing import Final

import numpy as np

from mien.core.arkit import COUNT, as_coefficients
from mien.core.arrays import Coefficients
from mien.core.expression import HeadPose
from mien.errors import BadExpression

_STEPS: Final = 65535
_PER_RAD: Final = 1e4
_BYTES: Final = 2 * COUNT + 2 * 3
_PROBLEM: Final = "This is no pose. Use the addresses of pictures as /map and /restage give them."


def encode_pose(coefficients: Coefficients, head: HeadPose) -> str:
    """Rig coefficients (to 1/65535) and head (to 1e-4 rad) as 147 URL-safe characters."""
    values = np.round(np.asarray(coefficients, dtype=np.float64) * _STEPS).astype("<u2")
    angles = np.round(np.array([head.yaw_rad, head.pitch_rad, head.roll_rad]) * _PER_RAD).astype("<i2")
    return base64.urlsafe_b64encode(values.tobytes() + angles.tobytes()).decode().rstrip("=")


def decode_pose(text: str) -> tuple[Coefficients, HeadPose]:
    """Inverse of `encode_pose`; "" is rest. Raises `BadExpression`."""
    if not text:
        return as_coefficients(np.zeros(COUNT)), HeadPose()
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadExpression(_PROBLEM) from error
    if len(data) != _BYTES:
        raise BadExpression(_PROBLEM)
    values = np.frombuffer(data[: 2 * COUNT], "<u2").astype(np.float64) / _STEPS
    yaw, pitch, roll = (float(a) for a in np.frombuffer(data[2 * COUNT :], "<i2") / _PER_RAD)
    return as_coefficients(values), HeadPose(yaw, pitch, roll)
