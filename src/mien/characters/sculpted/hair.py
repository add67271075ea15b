"""Hair as ribbons: rooted on the scalp, combed by a field, held outside the skull, shaded like strands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.characters.drawn.spec import Table
from mien.characters.sculpted.head_data import F32, I32

Vectors = NDArray[np.float64]

# Middle of the skull in inter-iris units; ribbons are kept outside an ellipsoid about it.
_CENTER: Final = np.array([0.0, 0.55, -0.95])


@dataclass(frozen=True, slots=True, eq=False)
class Hair:
    """Ribbons: vertices (n, 3), triangles (m, 3), strand (n, 2) across and along, tint (n,) near 1, along (n,) 0..1."""

    vertices: F32
    triangles: I32
    strand: F32
    tint: F32
    along: F32


@dataclass(frozen=True, slots=True)
class Cut:
    """How hair grows and is combed; lengths in inter-iris units.

    comb: down, back, side, fringe, up or radial. hairline: height of its front edge; temple: of its sides; recede:
    how far it draws back over the temples. keep_face: height below which front hair hangs beside the face.
    """

    count: int
    steps: int
    comb: str
    length: float
    side_length: float
    side_below: float
    back_length: float
    width: float
    volume: float
    lift: float
    mess: float
    gravity: float
    curl: float
    turns: float
    part: float
    hairline: float
    temple: float
    recede: float
    keep_face: float
    tip: float
    variation: float
    cap: float


def read_cut(table: Table) -> Cut:
    """Read table `hair`, except its colour. Raises `BadFile`."""
    length = table.number("length", 1.2, low=0.02, high=6)
    cut = Cut(
        count=int(table.number("count", 420, low=0, high=4000)),
        steps=int(table.number("steps", 8, low=2, high=16)),
        comb=table.choice("comb", ("down", "back", "side", "fringe", "up", "radial"), "down"),
        length=length,
        side_length=table.number("side_length", length, low=0.02, high=6),
        side_below=table.number("side_below", 0.9),
        back_length=table.number("back_length", length, low=0.02, high=6),
        width=table.number("width", 0.11, low=0.01, high=0.5),
        volume=table.number("volume", 0.1, low=0, high=1.5),
        lift=table.number("lift", 0.3, low=0, high=2),
        mess=table.number("mess", 0.15, low=0, high=2),
        gravity=table.number("gravity", 0.35, low=0, high=4),
        curl=table.number("curl", 0.0, low=0, high=0.5),
        turns=table.number("turns", 3.0, low=0, high=12),
        part=table.number("part", 0.0, low=-1, high=1),
        hairline=table.number("hairline", 0.98, low=0.4, high=2.5),
        temple=table.number("temple", 0.45, low=-0.5, high=2.5),
        recede=table.number("recede", 0.0, low=-0.5, high=1.5),
        keep_face=table.number("keep_face", -9.0, low=-9, high=2),
        tip=table.number("tip", 0.12, low=0, high=1),
        variation=table.number("variation", 0.1, low=0, high=1),
        cap=table.number("cap", 1.0, low=0, high=1),
    )
    table.finish()
    return cut


def scalp(rest: F32, cut: Cut) -> F32:
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
    return np.asarray(np.clip((y - line) / 0.08 + 0.5, 0, 1), dtype=np.float32)


def grow(head: F32, normals: F32, triangles: I32, mask: F32, cut: Cut, rng: np.random.Generator) -> Hair | None:
    """Grow ribbons on a shaped head at rest: vertices, normals, skin triangles, scalp mask. None for a bald head."""
    a, b, c = triangles.T
    weight = np.linalg.norm(np.cross(head[b] - head[a], head[c] - head[a]), axis=1)
    weight *= mask[a] + mask[b] + mask[c] > 1.6
    if cut.count == 0 or weight.sum() <= 0:
        return None
    pick = rng.choice(len(triangles), cut.count, p=weight / weight.sum())
    r, q = np.sqrt(rng.random(cut.count)), rng.random(cut.count)
    share = np.stack([1 - r, r * (1 - q), r * q], 1)[:, :, None]
    root: Vectors = (head[triangles[pick]] * share).sum(1)
    normal: Vectors = (normals[triangles[pick]] * share).sum(1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    top = head[mask > 0.5]
    depth = max(float(top[:, 2].max()) - _CENTER[2], _CENTER[2] - float(top[:, 2].min()))
    radii = np.array([1.02 * np.abs(top[:, 0]).max(), top[:, 1].max() - _CENTER[1] + 0.02, depth])
    path = _comb(root, normal, radii, cut, rng)
    return _ribbons(path, cut, rng)


def _field(root: Vectors, normal: Vectors, cut: Cut, rng: np.random.Generator) -> Vectors:
    """The direction hair is combed in at each root."""
    x, z = root[:, 0], root[:, 2]
    one, zero = np.ones(len(root)), np.zeros(len(root))
    away = np.where(x >= cut.part, 1.0, -1.0)
    fields = {
        "back": (0.25 * away * np.abs(x), 0.25 * one, -one),
        "side": (0.9 * np.where(x < cut.part, -1.0, 1.0), -0.15 * one, 0.15 * (z > -0.4) - 0.4),
        "fringe": (0.35 * x, -0.4 * one, 1.6 * np.clip((z + 0.9) / 0.8, 0, 1) - 0.6),
        "up": (0.4 * x, one, -0.2 * one),
        "radial": (zero, zero, zero),
        "down": (0.75 * away, -0.2 * one, 0.10 * (z > 0) - 0.25 * (z < -0.3)),
    }
    field = np.stack(fields[cut.comb], 1) + (normal if cut.comb == "radial" else 0.0)
    field -= 0.9 * normal * (field * normal).sum(1, keepdims=True)
    field /= np.linalg.norm(field, axis=1, keepdims=True) + 1e-9
    return field + rng.normal(0, cut.mess, field.shape)


def _comb(root: Vectors, normal: Vectors, radii: Vectors, cut: Cut, rng: np.random.Generator) -> Vectors:
    """Centre lines, (count, steps + 1, 3): along the field, falling, outside the skull, beside the face."""
    n = len(root)
    direction = _field(root, normal, cut, rng) + cut.lift * normal
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    length = np.where(root[:, 2] < -0.6, cut.back_length, cut.length)
    length = np.where(root[:, 1] < cut.side_below, np.where(root[:, 2] < -0.6, length, cut.side_length), length)
    length = length * rng.uniform(0.82, 1.12, n)
    volume = cut.volume * rng.uniform(0.35, 1.0, n)
    p = root + 0.01 * normal
    path = [p]
    for i in range(cut.steps):
        d = direction + np.array([0.0, -2.0 * cut.gravity * (i + 1) / cut.steps, 0.0])
        d /= np.linalg.norm(d, axis=1, keepdims=True)
        p = p + d * (length / cut.steps)[:, None]
        size = radii + volume[:, None] * min(1.0, (i + 1) / 3)
        inside = np.linalg.norm((p - _CENTER) / size, axis=1, keepdims=True)
        pushed = _CENTER + (p - _CENTER) / np.clip(inside, 1e-3, 1.0)
        # Below the widest part of the skull, hair at the sides hangs free.
        free = np.clip((_CENTER[1] - 0.2 - p[:, 1:2]) / 0.8, 0, 1) * (np.abs(p[:, 0:1]) > 0.8)
        p = pushed * (1 - free) + p * free
        low = (p[:, 1] < cut.keep_face) & (p[:, 2] > -0.15)
        p[low, 2] = np.maximum(p[low, 2] - 0.10, -0.3)
        p[low, 0] = np.sign(p[low, 0] + 1e-6) * np.maximum(np.abs(p[low, 0]), 1.12)
        direction = 0.65 * direction + 0.35 * d
        direction /= np.linalg.norm(direction, axis=1, keepdims=True)
        path.append(p)
    return np.stack(path, 1)


def _ribbons(path: Vectors, cut: Cut, rng: np.random.Generator) -> Hair:
    """Three vertices across each centre line, the middle one raised, curled and tapered."""
    n, rows = path.shape[:2]
    t: Vectors = np.linspace(0, 1, rows)
    tangent: Vectors = np.asarray(np.gradient(path, axis=1))
    tangent /= np.linalg.norm(tangent, axis=2, keepdims=True) + 1e-9
    outward = path - _CENTER
    outward /= np.linalg.norm(outward, axis=2, keepdims=True)
    across = np.cross(tangent, outward)
    across /= np.linalg.norm(across, axis=2, keepdims=True) + 1e-9
    width = cut.width * rng.uniform(0.7, 1.3, (n,))
    wave = rng.uniform(0, 2 * np.pi, (n,))[:, None] + 2 * np.pi * cut.turns * t[None]
    swing: Vectors = cut.curl * np.minimum(1.0, 2.5 * t)[None, :, None]
    path = path + swing * (np.sin(wave)[..., None] * across + 0.7 * np.cos(wave)[..., None] * outward)
    span = (width[:, None] * np.asarray(np.interp(t, [0, 0.12, 0.6, 1], [0.75, 1.0, 0.85, cut.tip]))[None])[:, :, None]
    grid = np.stack([path - across * span, path + 0.3 * outward * span, path + across * span], 2)
    index = np.arange(n * rows * 3).reshape(n, rows, 3)
    q = (index[:, :-1, :-1], index[:, :-1, 1:], index[:, 1:, :-1], index[:, 1:, 1:])
    triangles = np.concatenate(
        [np.stack([q[0], q[2], q[1]], -1).reshape(-1, 3), np.stack([q[1], q[2], q[3]], -1).reshape(-1, 3)]
    )
    u = np.array([0.0, 0.5, 1.0]) * (width[:, None, None] / 0.11) + rng.uniform(0, 50, (n,))[:, None, None]
    u = np.broadcast_to(u, (n, rows, 3))
    v = np.broadcast_to(t[None, :, None], (n, rows, 3))
    tint = np.broadcast_to(rng.normal(1.0, cut.variation, (n,))[:, None, None], (n, rows, 3))
    return Hair(
        grid.reshape(-1, 3).astype(np.float32),
        triangles.astype(np.int32),
        np.stack([u.ravel(), v.ravel()], 1).astype(np.float32),
        np.clip(tint, 0.4, 1.6).ravel().astype(np.float32),
        v.ravel().astype(np.float32),
    )
