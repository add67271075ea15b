"""Hair in layers: where it grows, and everything that grows there.

A character's file says it in tables `hair.locks`, `hair.rope`, `hair.ball` and `beard.locks`, each any number of times.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mien.characters.drawn.spec import Table
from mien.characters.sculpted.combing import Skull
from mien.characters.sculpted.head_data import F32, HeadData
from mien.characters.sculpted.locks import grow_locks, read_locks
from mien.characters.sculpted.strips import Hair, joined
from mien.characters.sculpted.updo import balls, ropes


@dataclass(frozen=True, slots=True)
class Scalp:
    """Where hair grows: the hairline's height at the front and at the temples, how far it recedes beside the middle,
    how thick the shell of hair is on which locks lie.
    """

    hairline: float
    temple: float
    recede: float
    shell: float


def read_scalp(table: Table) -> Scalp:
    """The keys of table `hair` that say where hair grows. Raises `BadFile`."""
    return Scalp(
        hairline=table.number("hairline", 0.98, low=0.4, high=3.0),
        temple=table.number("temple", 0.45, low=-0.5, high=2.5),
        recede=table.number("recede", 0.0, low=-0.5, high=1.5),
        shell=table.number("shell", 0.05, low=0, high=0.9),
    )


def scalp(rest: F32, cut: Scalp) -> F32:
    """0..1 per vertex of the unshaped head: where hair grows."""
    x, y, z = np.abs(rest[:, 0]), rest[:, 1], rest[:, 2]
    side = np.interp(
        z,
        [-1.5, -1.05, -0.75, -0.35, 0.05, 0.25],
        [-1.15, -0.1, -0.15, cut.temple, cut.hairline - 0.35, cut.hairline - 0.02],
    )
    front = cut.hairline - 0.10 * np.clip(x / 0.8, 0, 1) ** 2 + cut.recede * np.exp(-(((x - 0.55) / 0.28) ** 2))
    line = np.where(z > 0.02, np.maximum(side, front - 0.35 * np.clip((x - 0.75) / 0.3, 0, 1)), side)
    line = np.where(z < -1.5, -1.25, line)
    return np.asarray(np.clip((y - line) / 0.10 + 0.5, 0, 1), dtype=np.float32)


def grow(table: Table, skull: Skull, rng: np.random.Generator) -> Hair | None:
    """Grow every layer of table `hair` or `beard`; None for a bald head. Raises `BadFile`."""
    grown = [grow_locks(read_locks(layer), skull, rng) for layer in table.tables("locks")]
    grown += [r for layer in table.tables("rope") for r in ropes(layer, rng)]
    grown += [b for layer in table.tables("ball") for b in balls(layer, rng)]
    present = [b for b in grown if b is not None]
    return joined(present) if present else None


def beard_area(data: HeadData) -> F32:
    """0..1 per vertex: where a beard and a moustache grow."""
    x, y, z = np.abs(data.vertices[:, 0]), data.vertices[:, 1], data.vertices[:, 2]
    edge = np.interp(x, [0, 0.4, 0.5, 0.7, 1.0, 1.3], [-0.80, -0.80, -0.90, -0.80, -0.45, 0.0])
    area = np.clip((edge - y) / 0.10, 0, 1) * np.clip((y + 2.0) / 0.2, 0, 1) * (z > -0.75)
    area *= (data.lips < 0.2) & (data.lining < 0.2)
    return np.asarray(area, dtype=np.float32)
