"""Creases that an expression folds into skin: painted once as depth, weighed by the coefficients that make them.

Which lines, and what makes them, is data (`acting.toml`). A file's table `creases` says how deep they are on one face
and how deep at rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.characters.drawn.spec import Table
from mien.characters.sculpted.head_data import F32
from mien.characters.sculpted.paint import FRAME
from mien.core.arkit import COUNT, INDEX

# Texels per rest unit: creases are soft.
_SCALE: Final = 96
_SUBPIXEL: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class Creases:
    """maps (k, h, w): depth of each crease at full weight, rest units; by (k, 52): what makes it; rest (k,): its
    weight at rest.
    """

    maps: F32
    by: F32
    rest: F32

    def folded(self, coefficients: NDArray[np.float32]) -> F32:
        """Depth over `paint.FRAME` under coefficients, (h, w)."""
        weights = np.clip(self.rest + self.by @ coefficients, 0.0, 1.4)
        depth = np.zeros(self.maps.shape[1:], dtype=np.float32)
        for k in np.flatnonzero(weights > 0.02):
            depth += np.float32(weights[k]) * self.maps[k]
        return depth


def read_creases(tables: list[Table], own: Table) -> Creases:
    """tables: what `acting.toml` says of every crease. own: table `creases` of a character: `depth` of all of them,
    and by name their weight at rest. Raises `BadFile`.
    """
    depth_of_all = own.number("depth", 1.0, low=0, high=3)
    maps, by, rest = [], [], []
    for table in tables:
        name = table.text("name")
        width, depth = table.number("width"), table.number("depth")
        lines = dict(table.items())["lines"]
        made_by = table.table("by")
        amounts = {shape: made_by.number(shape) for shape, _ in made_by.items()}
        sides = table.flag("sides", True)
        made_by.finish()
        table.finish()
        at_rest = own.number(name, 0.0, low=0, high=1.5)
        left = _groove(lines if sides else [*lines, *_mirrored(lines)], width) * depth * depth_of_all
        for side in ("Left", "Right") if sides else ("",):
            maps.append(left[:, ::-1] if side == "Right" else left)
            row = np.zeros(COUNT, dtype=np.float32)
            for shape, amount in amounts.items():
                for full in (shape, f"{shape}{side}") if side else (shape, f"{shape}Left", f"{shape}Right"):
                    if full in INDEX:
                        row[INDEX[full]] += amount * (0.5 if not side and full != shape else 1.0)
            by.append(row)
            rest.append(at_rest)
    own.finish()
    return Creases(np.stack(maps).astype(np.float32), np.stack(by), np.array(rest, dtype=np.float32))


def _mirrored(lines: list[list[list[float]]]) -> list[list[list[float]]]:
    return [[[-x, y] for x, y in line] for line in lines]


def _groove(lines: list[list[list[float]]], width: float) -> F32:
    """Lines through rest points as a soft groove, 1 at its bottom, shallow towards the ends but not where it goes on
    beyond the middle of the face.
    """
    high, wide = int(FRAME[3] * _SCALE), int(FRAME[2] * _SCALE)
    out = np.zeros((high, wide), dtype=np.float32)
    for line in lines:
        p = np.array(line)
        t, at = np.linspace(0, 1, len(p)), np.linspace(0, 1, 24)
        x = (np.interp(at, t, p[:, 0]) - FRAME[0]) * _SCALE
        y = (FRAME[1] - np.interp(at, t, p[:, 1])) * _SCALE
        x[1:-1], y[1:-1] = (x[:-2] + x[1:-1] + x[2:]) / 3, (y[:-2] + y[1:-1] + y[2:]) / 3
        drawn = np.zeros_like(out)
        begins = 0.5 if line[0][0] == 0 else 0.0
        for k in range(23):
            ends = [(int(x[i] * 2**_SUBPIXEL), int(y[i] * 2**_SUBPIXEL)) for i in (k, k + 1)]
            along = begins + (1 - begins) * (k + 1.5) / 25
            cv2.line(drawn, ends[0], ends[1], float(np.sin(np.pi * along) ** 0.7), 2, cv2.LINE_AA, _SUBPIXEL)
        out = np.maximum(out, drawn)
    soft = cv2.GaussianBlur(out, (0, 0), width * _SCALE)
    return np.asarray(soft / max(float(soft.max()), 1e-6), dtype=np.float32)
