"""Lamps: a key that throws shadows, a fill, a bounce from below, a rim from behind, and the sky."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mien.characters.drawn.spec import Table
from mien.characters.sculpted.head_data import F32
from mien.core.character import Light


@dataclass(frozen=True, slots=True, eq=False)
class Lighting:
    """lamps (k, 10): direction, colour, wrap of red, green and blue (red light travels furthest under skin), sheen of
    hair. ambient (6,): sky, ground.
    """

    lamps: F32
    ambient: F32

    def keyed(self, light: Light) -> Lighting:
        """The key light somewhere else."""
        lamps = self.lamps.copy()
        lamps[0, :3] = light.direction
        # Warm takes blue, cool takes red, both a little green: brightness stays about the same.
        tint = np.array([1.0 + 0.18 * light.warmth, 1.0, 1.0 - 0.30 * light.warmth])
        lamps[0, 3:6] *= light.strength * tint
        return replace(self, lamps=lamps)

    def seen(self, points: F32, size: int, span: float) -> F32:
        """Points as the key light sees them, (n, 3): texels of a map of `span` units, and nearness."""
        key = self.lamps[0, :3].astype(np.float64)
        hint = np.array([0.0, 1.0, 0.0]) if abs(key[1]) < 0.95 else np.array([0.0, 0.0, 1.0])
        right = np.cross(hint, key)
        right /= np.linalg.norm(right)
        basis = np.stack([right, -np.cross(key, right), key], 1).astype(np.float32)
        out = (points - np.array([0.0, -0.35, -0.6], dtype=np.float32)) @ basis
        out[:, :2] = out[:, :2] * (size / span) + size / 2
        return np.asarray(out, dtype=np.float32)

    def for_head(self, rotation: NDArray[np.float64]) -> tuple[F32, F32, F32, F32]:
        """axes, lights, head_lights and ambient as `shading.shade` wants them."""
        axes = np.stack([rotation[:, 0], rotation[:, 1], rotation[2]]).astype(np.float32)
        own = self.lamps.copy()
        own[:, :3] = self.lamps[:, :3] @ rotation
        own[:, 9] = np.where(self.lamps[:, 2] < 0, -1.0, 1.0)
        return axes, self.lamps, own.astype(np.float32), self.ambient


def read_lighting(table: Table, sheen: float) -> Lighting:
    """Table `light`: strengths of the lamps and how warm the key is. Raises `BadFile`."""
    key, fill = table.number("key", 1.0, low=0, high=3), table.number("fill", 1.0, low=0, high=3)
    rim, sky = table.number("rim", 1.0, low=0, high=4), table.number("sky", 1.0, low=0, high=3)
    warm = table.number("warm", 0.5, low=-1, high=1)
    table.finish()
    lamps = np.array(
        [
            [-0.50, 0.62, 0.62, 1.02, 0.95 - 0.03 * warm, 0.90 - 0.12 * warm, 0.30, 0.14, 0.09, sheen],
            [0.80, 0.10, 0.58, 0.22, 0.24, 0.28, 0.50, 0.40, 0.35, sheen],
            [0.10, -0.60, 0.79, 0.09, 0.075, 0.065, 0.50, 0.40, 0.30, sheen],
            [0.75, 0.40, -0.55, 0.80, 0.86, 0.95, 0.25, 0.22, 0.20, sheen],
            [-0.85, 0.15, -0.50, 0.40, 0.38, 0.36, 0.25, 0.22, 0.20, sheen],
        ]
    )
    lamps[:, :3] /= np.linalg.norm(lamps[:, :3], axis=1, keepdims=True)
    for row, strength in zip(lamps, (key, fill, fill, rim, rim), strict=True):
        row[3:6] *= strength
    ambient = np.array([0.27, 0.285, 0.32, 0.16, 0.135, 0.12]) * sky
    return Lighting(lamps.astype(np.float32), ambient.astype(np.float32))
