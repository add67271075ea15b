"""Make the network's coefficients mean what ARKit means, and say how sure each one is."""

from __future__ import annotations

from typing import Final

import numpy as np

from mien.core.arkit import COUNT, INDEX
from mien.core.arrays import Coefficients, Vector, frozen
from mien.perception.pose import PosedHead

_UNSEEN: Final = (
    "tongueOut",
    "cheekPuff",
    "noseSneerLeft",
    "noseSneerRight",
    "jawForward",
    "cheekSquintLeft",
    "cheekSquintRight",
)


def calibrate(raw: Vector, _posed: PosedHead) -> tuple[Coefficients, Vector]:
    """Coefficients and their certainties, both float32 (52,), 0..1."""
    certainty = np.ones(COUNT)
    for name in _UNSEEN:
        certainty[INDEX[name]] = 0.0
    return frozen(np.clip(raw, 0, 1)), frozen(certainty)
