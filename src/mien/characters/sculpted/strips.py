"""From centre lines to hair: flat strips, lens-shaped locks, round ropes, with what shading needs at each vertex."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.characters.sculpted.head_data import F32, I32

Vectors = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Hair:
    """vertices, normals (of the volume, not of the strip), tangents (n, 3); triangles (m, 3); strand (n, 2), place
    across and along; tint (n,), near 1.
    """

    vertices: F32
    normals: F32
    tangents: F32
    triangles: I32
    strand: F32
    tint: F32
    roots: I32


def joined(parts: Sequence[Hair]) -> Hair:
    """Several bunches as one."""
    starts = np.cumsum([0, *(len(p.vertices) for p in parts[:-1])])
    return Hair(
        np.concatenate([p.vertices for p in parts]),
        np.concatenate([p.normals for p in parts]),
        np.concatenate([p.tangents for p in parts]),
        np.concatenate([p.triangles + s for p, s in zip(parts, starts, strict=True)]).astype(np.int32),
        np.concatenate([p.strand for p in parts]),
        np.concatenate([p.tint for p in parts]),
        np.concatenate([p.roots for p in parts]),
    )


def _unit(v: Vectors) -> Vectors:
    return np.asarray(v / (np.linalg.norm(v, axis=-1, keepdims=True) + 1e-9))


def strips(
    path: Vectors, out: Vectors, width: Vectors, *, across: int, thick: float, tip: float, tint: Vectors,
    grain: float, rng: np.random.Generator,
) -> Hair:  # fmt: skip
    """Strips along centre lines.

    path: (n, rows, 3). out: (n, rows, 3), away from the head. width: (n,), half of it at the widest. across: vertices
    across (2 flat, 3 or 5 a lens). thick: how far the middle stands out, in widths. tip: width at the end, in widths.
    grain: how wide a strand is drawn, 1 for real hair.
    """
    n, rows = path.shape[:2]
    t = np.linspace(0, 1, rows)
    tangent = _unit(np.gradient(path, axis=1))
    side = _unit(np.cross(tangent, out))
    face = _unit(np.cross(side, tangent))
    profile = np.interp(t, [0, 0.15, 0.55, 0.85, 1], [0.30, 1.0, 0.92, 0.5 * (1 + tip) * 0.8, tip])
    span = (width[:, None] * profile[None])[:, :, None, None]
    s: Vectors = np.linspace(-1, 1, across)
    lens: Vectors = thick * (1 - s**2)
    grid = path[:, :, None] + span * (s[:, None] * side[:, :, None] + lens[:, None] * face[:, :, None])
    slope: Vectors = 2 * thick * s
    bent = _unit(face[:, :, None] + slope[:, None] * side[:, :, None])
    normal = _unit(0.5 * bent + 0.5 * _unit(out)[:, :, None]) if across > 2 else np.repeat(_unit(out)[:, :, None], 2, 2)
    index = np.arange(n * rows * across).reshape(n, rows, across)
    q = (index[:, :-1, :-1], index[:, :-1, 1:], index[:, 1:, :-1], index[:, 1:, 1:])
    triangles = np.concatenate([np.stack([q[0], q[2], q[1]], -1), np.stack([q[1], q[2], q[3]], -1)], -1).reshape(-1, 3)
    start = rng.uniform(0, 40, (n,))
    u = (s[None, None] * width[:, None, None] + start[:, None, None]) / grain
    shape = (n, rows, across)
    return Hair(
        grid.reshape(-1, 3).astype(np.float32),
        normal.reshape(-1, 3).astype(np.float32),
        np.broadcast_to(tangent[:, :, None], (*shape, 3)).reshape(-1, 3).astype(np.float32),
        triangles.astype(np.int32),
        np.stack([np.broadcast_to(u, shape).ravel(), np.broadcast_to(t[None, :, None], shape).ravel()], 1).astype(
            np.float32
        ),
        np.broadcast_to(tint[:, None, None], shape).ravel().astype(np.float32),
        np.full(n * rows * across, -1, dtype=np.int32),
    )


def rope(path: Vectors, radius: Vectors, *, tint: float, grain: float, start: float, around: int = 7) -> Hair:
    """A round rope. path: (rows, 3); radius: (rows,); start: where its strands begin, so that ropes differ."""
    rows = len(path)
    tangent = _unit(np.gradient(path, axis=0))
    hint = np.where(np.abs(tangent[:, 1:2]) < 0.9, [[0.0, 1.0, 0.0]], [[0.0, 0.0, 1.0]])
    side = _unit(np.cross(tangent, hint))
    face = np.cross(side, tangent)
    angle = np.linspace(0, 2 * np.pi, around + 1)
    ring = np.cos(angle)[None, :, None] * side[:, None] + np.sin(angle)[None, :, None] * face[:, None]
    grid = path[:, None] + radius[:, None, None] * ring
    index = np.arange(rows * (around + 1)).reshape(rows, around + 1)
    q = (index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:])
    triangles = np.concatenate([np.stack([q[0], q[2], q[1]], -1), np.stack([q[1], q[2], q[3]], -1)], -1).reshape(-1, 3)
    shape = (rows, around + 1)
    u = (angle[None] * radius.max() + start) / grain
    t = np.linspace(0, 1, rows)[:, None]
    return Hair(
        grid.reshape(-1, 3).astype(np.float32),
        ring.reshape(-1, 3).astype(np.float32),
        np.broadcast_to(tangent[:, None], (*shape, 3)).reshape(-1, 3).astype(np.float32),
        triangles.astype(np.int32),
        np.stack([np.broadcast_to(u, shape).ravel(), np.broadcast_to(t, shape).ravel()], 1).astype(np.float32),
        np.full(rows * (around + 1), tint, dtype=np.float32),
        np.full(rows * (around + 1), -1, dtype=np.int32),
    )
