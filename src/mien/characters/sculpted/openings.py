"""The open mouth: how far light falls between the lips."""

from __future__ import annotations

import numpy as np

from mien.characters.sculpted.head_data import F32, LASH, LOWER_TEETH, SKIN, TONGUE, UPPER_TEETH, HeadData
from mien.core.arkit import INDEX


class Lips:
    """Which vertices are the rims of the lips, and which lie behind them."""

    def __init__(self, data: HeadData) -> None:
        rim = np.flatnonzero((data.lips > 0.5) & (data.lining > 0.5))
        falls = np.linalg.norm(data.shapes[INDEX["jawOpen"]][rim], axis=1) > 0.3
        self.upper = _ordered(rim[~falls], data)
        self.lower = _ordered(rim[falls], data)
        skin = np.zeros(len(data.vertices), dtype=bool)
        skin[data.triangles[data.part == SKIN]] = True
        self.behind = np.flatnonzero((data.lining > 0.5) & (data.lips < 0.5) & skin)
        parts = [np.unique(data.triangles[data.part == p]) for p in (UPPER_TEETH, LOWER_TEETH, TONGUE)]
        self.behind = np.concatenate([self.behind, *parts])
        assert LASH not in (UPPER_TEETH, LOWER_TEETH, TONGUE)


def _ordered(ids: np.ndarray, data: HeadData) -> np.ndarray:
    return np.asarray(ids[np.argsort(data.vertices[ids, 0])])


def shade_mouth(vertices: F32, lips: Lips, extra: F32) -> None:
    """Darken what lies behind the lips by how much of the opening it sees; changes occlusion in `extra`."""
    p = vertices[lips.behind]
    top = np.interp(p[:, 0], vertices[lips.upper, 0], vertices[lips.upper, 1])
    bottom = np.interp(p[:, 0], vertices[lips.lower, 0], vertices[lips.lower, 1])
    room = np.minimum(top - p[:, 1], p[:, 1] - bottom)
    inside = np.clip((vertices[lips.upper[len(lips.upper) // 2], 2] - p[:, 2]) / 0.3, 0, 1)
    seen = 0.32 + 0.68 * np.clip((room + 0.04) / 0.13, 0, 1)
    extra[lips.behind, 0] *= 1 - (1 - seen) * np.clip(inside * 3, 0, 1)
