"""Locks of hair: strands that start together on the scalp and come together at their tips."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.characters.drawn.spec import Table
from mien.characters.sculpted.combing import CENTER, COMBS, Combing, Skull, comb
from mien.characters.sculpted.strips import Hair, strips

Vectors = NDArray[np.float64]

# Right, left, bottom, top, back, front of where a layer's roots are on the unshaped head.
_WHERE: Final = {
    "all": (-9.0, 9.0, -9.0, 9.0, -9.0, 9.0),
    "top": (-9.0, 9.0, 0.95, 9.0, -9.0, 9.0),
    "front": (-0.85, 0.85, 0.5, 9.0, -0.35, 9.0),
    "sides": (-9.0, 9.0, -9.0, 0.95, -1.3, 9.0),
    "back": (-9.0, 9.0, -9.0, 9.0, -9.0, -0.9),
    "nape": (-9.0, 9.0, -9.0, 0.2, -9.0, -0.9),
}


@dataclass(frozen=True, slots=True)
class Locks:
    """One layer of locks. Lengths in inter-iris units.

    where: the box that its roots are in. count: locks; strands: strips in each; spread: how far they start apart;
    gather: how far they have come together at the tip, 0..1. width: half of a strip's. across: 2 flat, 3 or 5 round,
    by `thick`. curl, turns: size and number of waves. tip: width at the tip, in widths. variation: of their colours.
    grain: how wide strands are drawn.
    """

    combing: Combing
    where: tuple[float, ...]
    count: int
    strands: int
    width: float
    across: int
    thick: float
    spread: float
    gather: float
    curl: float
    turns: float
    tip: float
    variation: float
    grain: float


def read_locks(table: Table) -> Locks:
    """One table of `locks`. Raises `BadFile`."""
    length = table.number("length", 1.2, low=0.02, high=6)
    place = table.choice("where", _WHERE, "all")
    locks = Locks(
        combing=Combing(
            steps=int(table.number("steps", 8, low=2, high=24)),
            comb=table.choice("comb", COMBS, "down"),
            length=length,
            back_length=table.number("back_length", length, low=0.02, high=6),
            uneven=table.number("uneven", 0.14, low=0, high=0.9),
            volume=table.number("volume", 0.1, low=0, high=2),
            lift=table.number("lift", 0.3, low=0, high=3),
            mess=table.number("mess", 0.10, low=0, high=2),
            gravity=table.number("gravity", 0.5, low=-2, high=5),
            part=table.number("part", 0.0, low=-1.5, high=1.5),
            keep_face=table.number("keep_face", -9.0, low=-9, high=2),
            cling=table.number("cling", 9.0, low=-9, high=9),
            point=tuple(table.numbers("point", (0.0, 0.0, -2.0), count=3)),
        ),
        where=tuple(table.numbers("box", _WHERE[place], count=6)),
        count=int(table.number("count", 150, low=1, high=4000)),
        strands=int(table.number("strands", 6, low=1, high=40)),
        width=table.number("width", 0.035, low=0.005, high=0.6),
        across=int(table.number("across", 2, low=2, high=5)),
        thick=table.number("thick", 0.35, low=0, high=2),
        spread=table.number("spread", 0.12, low=0, high=1),
        gather=table.number("gather", 0.6, low=-2, high=1),
        curl=table.number("curl", 0.0, low=0, high=0.6),
        turns=table.number("turns", 3.0, low=0, high=14),
        tip=table.number("tip", 0.15, low=0, high=1.5),
        variation=table.number("variation", 0.10, low=0, high=1),
        grain=table.number("grain", 1.0, low=0.2, high=8),
    )
    table.finish()
    return locks


def grow_locks(cut: Locks, skull: Skull, rng: np.random.Generator) -> Hair | None:
    """One layer of locks on a head; None where its part of the head is bald."""
    head, triangles, mask = skull.vertices.astype(np.float64), skull.triangles, skull.mask
    a, b, c = triangles.T
    x, y, z = skull.rest[triangles].mean(1).T
    low_x, high_x, low_y, high_y, low_z, high_z = cut.where
    inside = (x >= low_x) & (x <= high_x) & (y >= low_y) & (y <= high_y) & (z >= low_z) & (z <= high_z)
    if cut.combing.comb == "beard":
        # The upper lip belongs to a moustache: a beard from there would hang over the mouth.
        inside &= (np.abs(x) > 0.50) | (y < -1.26)
    weight = np.linalg.norm(np.cross(head[b] - head[a], head[c] - head[a]), axis=1)
    weight *= (mask[a] + mask[b] + mask[c] > 1.6) & inside
    if weight.sum() <= 0:
        return None
    # Candidates spread evenly, then thinned so that no two locks start close together.
    tries = min(6 * cut.count, 6000)
    pick = rng.choice(len(triangles), tries, p=weight / weight.sum())
    r, q = np.sqrt(rng.random(tries)), rng.random(tries)
    share = np.stack([1 - r, r * (1 - q), r * q], 1)[:, :, None]
    roots: Vectors = (head[triangles[pick]] * share).sum(1)
    normals: Vectors = (skull.normals[triangles[pick]].astype(np.float64) * share).sum(1)
    chosen = _spread_out(roots, cut.count)
    root, normal = roots[chosen], normals[chosen]
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    guide = comb(root, normal, skull, cut.combing, rng)
    n, rows = guide.shape[:2]
    t = np.linspace(0, 1, rows)
    # Strands start around their lock's root, on the scalp, and come together towards its tip.
    angle, far = rng.uniform(0, 2 * np.pi, (n, cut.strands)), np.sqrt(rng.random((n, cut.strands))) * cut.spread
    far[:, 0] = 0.0
    first = np.cross(normal, np.array([0.31, 0.12, 0.94]))
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second = np.cross(normal, first)
    offset = far[..., None] * (np.cos(angle)[..., None] * first[:, None] + np.sin(angle)[..., None] * second[:, None])
    together = 1 - cut.gather * t**0.8
    path = guide[:, None] + offset[:, :, None] * together[:, None]
    path += (rng.normal(0, 0.35 * cut.spread, (n, cut.strands, 1, 3)) * (t**1.5)[:, None]) * (1 - 0.5 * cut.gather)
    path = path.reshape(n * cut.strands, rows, 3)
    trim = rng.uniform(1.0 - cut.combing.uneven, 1.0, len(path))
    path = _shortened(path, trim)
    out = path - CENTER
    out /= np.linalg.norm(out, axis=2, keepdims=True)
    if cut.curl:
        path = path + _waves(path, out, t, cut, cut.strands, rng)
    lock_tint = np.repeat(rng.normal(1.0, 0.7 * cut.variation, n), cut.strands)
    tint = np.clip(lock_tint + rng.normal(0.0, 0.7 * cut.variation, len(path)), 0.45, 1.9)
    width = cut.width * rng.uniform(0.75, 1.25, len(path))
    grown = strips(
        path, out, width, across=cut.across, thick=cut.thick, tip=cut.tip, tint=tint, grain=cut.grain, rng=rng
    )
    nearest = triangles[pick[chosen], 0]
    return replace(grown, roots=np.repeat(nearest, cut.strands * rows * cut.across).astype(np.int32))


def _spread_out(points: Vectors, count: int) -> NDArray[np.int64]:
    """Indices of `count` points that are far from each other (farthest first)."""
    count = min(count, len(points))
    chosen = np.zeros(count, dtype=np.int64)
    nearest = ((points - points[0]) ** 2).sum(1)
    for k in range(1, count):
        chosen[k] = nearest.argmax()
        nearest = np.minimum(nearest, ((points - points[chosen[k]]) ** 2).sum(1))
    return chosen


def _shortened(path: Vectors, share: Vectors) -> Vectors:
    """Each path cut to a share of its length."""
    rows = path.shape[1]
    at = np.linspace(0, 1, rows)[None] * share[:, None] * (rows - 1)
    low = np.minimum(at.astype(int), rows - 2)
    f = (at - low)[..., None]
    line = np.arange(len(path))[:, None]
    return np.asarray(path[line, low] * (1 - f) + path[line, low + 1] * f)


def _waves(path: Vectors, out: Vectors, t: Vectors, cut: Locks, strands: int, rng: np.random.Generator) -> Vectors:
    """Curls and waves: neighbours swing together, tight curls each on their own."""
    tangent: Vectors = np.asarray(np.gradient(path, axis=1))
    tangent /= np.linalg.norm(tangent, axis=2, keepdims=True) + 1e-9
    across = np.cross(tangent, out)
    across /= np.linalg.norm(across, axis=2, keepdims=True) + 1e-9
    root = path[:, 0]
    alone = np.clip(cut.turns / 6.0, 0.12, 1.0)
    locks = len(path) // strands
    phase = 2.2 * root[:, 0] * np.sign(root[:, 0]) + 1.7 * root[:, 2]
    phase = phase + np.repeat(rng.uniform(-np.pi, np.pi, locks), strands) * alone + rng.normal(0, 0.35, len(path))
    wave = phase[:, None] + 2 * np.pi * cut.turns * t[None]
    grow_in = np.minimum(1.0, 2.2 * t)[None, :, None] * cut.curl
    return np.asarray(grow_in * (np.sin(wave)[..., None] * across + 0.6 * np.cos(wave)[..., None] * out))
