"""What one frame of a camera leaves to the next, as text that the page hands back: the service remembers nobody."""

from __future__ import annotations

import base64
import binascii
import math
from typing import Final

import numpy as np

from mien.errors import InputError
from mien.mapping import Steady
from mien.perception import Region
from mien.studio.live import CURVES, Trail

LONGEST: Final = 512
_HEADER: Final = np.dtype("<f8")
_STEPS: Final = 8000.0
"""Of a curve's unit: curves lie within +-4."""
_BYTES: Final = 5 * 8 + CURVES * 4
_PROBLEM: Final = "This is no trail. Send back what the answer before gave, or leave it out to begin anew."


def encode_trail(trail: Trail) -> str:
    """Place and curves (to 1/8000) as URL-safe text."""
    near = trail.near
    place = [0.0] * 4 if near is None else [near.centre_x, near.centre_y, near.side, near.angle_rad]
    header = np.array([trail.steady.at_s, *place], dtype=_HEADER)
    values = np.round(np.clip(trail.steady.values, -4, 4) * _STEPS).astype("<i2")
    speeds = np.clip(trail.steady.speeds, -60000, 60000).astype("<f2")
    return base64.urlsafe_b64encode(header.tobytes() + values.tobytes() + speeds.tobytes()).decode().rstrip("=")


def decode_trail(text: str) -> Trail | None:
    """Inverse of `encode_trail`; None for "". Raises `InputError`."""
    if not text:
        return None
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError(_PROBLEM) from error
    if len(data) != _BYTES:
        raise InputError(_PROBLEM)
    at_s, *place = (float(v) for v in np.frombuffer(data[:40], _HEADER))
    values = np.frombuffer(data[40 : 40 + 2 * CURVES], "<i2") / _STEPS
    speeds = np.frombuffer(data[40 + 2 * CURVES :], "<f2").astype(np.float64)
    if not (math.isfinite(at_s) and np.isfinite(place).all() and np.isfinite(speeds).all()):
        raise InputError(_PROBLEM)
    return Trail(_near(*place), Steady(at_s, values, speeds))


def _near(centre_x: float, centre_y: float, side: float, angle_rad: float) -> Region | None:
    """A place that a face could be in, in widths of the picture; anything else is searched for."""
    if not (0.01 < side < 8 and abs(centre_x) < 8 and abs(centre_y) < 8 and abs(angle_rad) < 7):
        return None
    return Region(centre_x, centre_y, side, angle_rad)
