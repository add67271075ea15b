"""Which vertices of the head are the feature points that every character has."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.characters.sculpted.head_data import SKIN, TONGUE, HeadData

# Places on the unshaped head, for the left side where there are two; found on the mesh by eye.
_SIDED: Final = {
    "brow_inner": (0.24, 0.30, 0.40),
    "brow_mid": (0.55, 0.36, 0.30),
    "brow_outer": (0.86, 0.25, 0.10),
    "lid_upper": (0.53, 0.09, 0.27),
    "lid_lower": (0.50, -0.10, 0.22),
    "nose_wing": (0.25, -0.66, 0.38),
    "cheek": (0.75, -0.62, 0.10),
    "mouth_corner": (0.42, -1.10, 0.20),
    "lip_upper": (0.22, -1.02, 0.48),
    "lip_lower": (0.22, -1.25, 0.42),
    "jaw": (0.95, -1.15, -0.40),
}
_MIDDLE: Final = {
    "nose_tip": (0.0, -0.56, 0.71),
    "lip_upper": (0.0, -1.02, 0.58),
    "lip_lower": (0.0, -1.28, 0.50),
    "lip_upper_inner": (0.0, -1.10, 0.56),
    "lip_lower_inner": (0.0, -1.16, 0.54),
    "chin": (0.0, -1.70, 0.42),
}


def feature_ids(data: HeadData, inner: NDArray[np.bool_]) -> dict[str, int]:
    """Feature name -> vertex, for all but the irises. inner: vertices inside the mouth, which are none."""
    outer = np.zeros(len(data.vertices), dtype=bool)
    outer[data.triangles[data.part == SKIN]] = True
    outer &= ~inner

    def nearest(place: tuple[float, float, float]) -> int:
        away = ((data.vertices - np.array(place)) ** 2).sum(1)
        return int(np.where(outer, away, np.inf).argmin())

    ids = {name: nearest(place) for name, place in _MIDDLE.items()}
    for name, (x, y, z) in _SIDED.items():
        ids[f"{name}_left"], ids[f"{name}_right"] = nearest((x, y, z)), nearest((-x, y, z))
    tongue = np.unique(data.triangles[data.part == TONGUE])
    ids["tongue_tip"] = int(tongue[data.vertices[tongue, 2].argmax()])
    return ids
