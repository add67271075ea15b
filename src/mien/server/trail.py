"""What one frame of a camera leaves to the next, as text that the page hands back: the service remembers nobody."""

from __future__ import annotations

import base64
import binascii
import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.errors import InputError
from mien.mapping import Steady
from mien.perception import Near, Region
from mien.studio.live import CURVES, Trail, emotion_by

LONGEST: Final = 512
_HEADER: Final = np.dtype("<f8")
_STEPS: Final = 8000.0
"""Of a curve's unit: curves lie within +-4."""
_FELT: Final = 11
"""Probabilities and intensity, agreement (-1: none), frames since."""
_BYTES: Final = 5 * 8 + 2 * _FELT + CURVES * 4
_PROBLEM: Final = "This is no trail. Send back what the answer before gave, or leave it out to begin anew."


def encode_trail(trail: Trail) -> str:
    """Place, what was felt, and curves (to 1/8000) as URL-safe text."""
    place, felt = [0.0] * 4, [0.0] * _FELT
    if (near := trail.near) is not None:
        there, emotion = near.region, near.emotion
        place = [there.centre_x, there.centre_y, there.side, there.angle_rad]
        agreement = -1.0 if near.agreement is None else near.agreement
        felt = [*emotion.probabilities, emotion.intensity, agreement, near.frames / _STEPS]
    header = np.array([trail.steady.at_s, *place], dtype=_HEADER)
    values = np.round(np.clip([*felt, *trail.steady.values], -4, 4) * _STEPS).astype("<i2")
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
    felt, values = np.split(np.frombuffer(data[40 : -2 * CURVES], "<i2") / _STEPS, [_FELT])
    speeds = np.frombuffer(data[-2 * CURVES :], "<f2").astype(np.float64)
    if not (math.isfinite(at_s) and np.isfinite(place).all() and np.isfinite(speeds).all()):
        raise InputError(_PROBLEM)
    return Trail(_near(place, felt), Steady(at_s, values, speeds))


def _near(place: list[float], felt: NDArray[np.float64]) -> Near | None:
    """A place that a face could be in, in widths of the picture; anything else is searched for."""
    centre_x, centre_y, side, angle_rad = place
    if not (0.01 < side < 8 and abs(centre_x) < 8 and abs(centre_y) < 8 and abs(angle_rad) < 7):
        return None
    agreement = None if felt[-2] < 0 else min(float(felt[-2]), 1.0)
    return Near(Region(*place), emotion_by(felt[:-2]), agreement, max(0, round(felt[-1] * _STEPS)))
