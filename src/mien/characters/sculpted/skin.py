"""A head's surface: colour, occlusion and gloss per vertex, and which vertices line the mouth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.characters.drawn.spec import Table
from mien.characters.sculpted import raster
from mien.characters.sculpted.head_data import (
    F32,
    I32,
    LASH,
    LOWER_TEETH,
    SKIN,
    TONGUE,
    UPPER_TEETH,
    HeadData,
    head_data,
)
from mien.core.arkit import INDEX

_VIEWS: Final = (
    (0.0, 0.0), (0.7, 0.0), (-0.7, 0.0), (0.0, 0.7), (0.0, -0.7), (0.0, -1.2), (1.3, 0.0), (-1.3, 0.0),
    (0.6, -0.8), (-0.6, -0.8),
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Skin:
    """colour (n, 3) linear; extra (n, 2): occlusion and gloss; inner (n,) bool: lines the mouth."""

    colour: F32
    extra: F32
    inner: NDArray[np.bool_]


def linear(colour: str) -> NDArray[np.float64]:
    """`#rrggbb` as linear light, (3,)."""
    c = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def read_skin(table: Table, base: F32, scalp: F32, hair_colour: NDArray[np.float64], cap: float) -> Skin:
    """Paint a head: table `skin`. base: its resting vertices; scalp: (n,) where hair grows, tinted by `cap`."""
    data = head_data()
    x, y, z = np.abs(data.vertices[:, 0]), data.vertices[:, 1], data.vertices[:, 2]
    tone = linear(table.colour("colour"))
    blush, amount = linear(table.colour("blush", "#d0604a")), table.number("blush_amount", 0.3, low=0, high=1)
    colour = np.repeat(tone[None], len(x), 0)

    def blend(weight: NDArray[np.floating], shade: NDArray[np.float64]) -> None:
        w = np.clip(weight, 0, 1)[:, None]
        colour[:] = colour * (1 - w) + shade * w

    def spot(cx: float, cy: float, rx: float, ry: float) -> NDArray[np.float64]:
        return np.asarray(np.exp(-(((x - cx) / rx) ** 2) - ((y - cy) / ry) ** 2) * (z > -0.4))

    blend(amount * spot(0.68, -0.52, 0.30, 0.26), blush)
    blend(0.7 * amount * spot(0.0, -0.62, 0.20, 0.20), blush)
    blend(amount * ((x > 1.2) & (y > -0.9) & (y < 0.5)), blush)
    blend(0.22 * spot(0.5, 0.0, 0.30, 0.16), tone * (0.62, 0.50, 0.50))
    blend(table.number("bags", 0.15, low=0, high=1) * spot(0.46, -0.22, 0.24, 0.07), tone * (0.55, 0.45, 0.50))
    lips = _lips(data)
    blend(lips * table.number("lip_amount", 0.75, low=0, high=1), linear(table.colour("lips")))
    inner = mouth_lining()
    blend(inner.astype(float), linear("#551819"))
    skin = np.zeros(len(x), dtype=bool)
    skin[data.triangles[data.part == SKIN]] = True
    blend(scalp * skin * cap, hair_colour * 0.55)
    for part, shade in ((LASH, "#20140f"), (UPPER_TEETH, "#f4eee2"), (LOWER_TEETH, "#efe8da"), (TONGUE, "#c9605f")):
        colour[np.unique(data.triangles[data.part == part])] = linear(shade)
    gloss = np.where(lips > 0.3, 2.4, 1.0) * table.number("gloss", 1.0, low=0, high=3) + 0.8 * spot(0, -0.55, 0.15, 0.2)
    table.skip("freckles")
    table.finish()
    occlusion = _occlusion(base, data, inner)
    return Skin(colour.astype(np.float32), np.stack([occlusion, gloss], 1).astype(np.float32), inner)


def mouth_lining() -> NDArray[np.bool_]:
    """Skin vertices inside the closed mouth: near it, and hidden from every view around the front."""
    data = head_data()
    x, y, z = np.abs(data.vertices[:, 0]), data.vertices[:, 1], data.vertices[:, 2]
    triangles = data.triangles[data.part == SKIN]
    seen = np.zeros(len(x), dtype=bool)
    for yaw, pitch in _VIEWS:
        seen[_visible_vertices(data.vertices, triangles, yaw, pitch)] = True
    return np.asarray(~seen & (x < 0.5) & (y > -1.9) & (y < -0.85) & (z < 0.56))


def _visible_vertices(vertices: F32, triangles: I32, yaw: float, pitch: float, size: int = 640) -> I32:
    cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    turn = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]]) @ np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    q = (vertices - np.array([0, -1.2, 0])) @ turn.T
    xyz = np.stack([size / 2 + 200 * q[:, 0], size / 2 - 200 * q[:, 1], q[:, 2]], 1).astype(np.float32)
    depth, ids, bary = raster.buffers(size)
    raster.visible(xyz, triangles, depth, ids, bary)
    counts = np.bincount(ids[ids >= 0], minlength=len(triangles))
    return np.unique(triangles[counts > 3])


def _lips(data: HeadData) -> NDArray[np.float64]:
    """0..1 per vertex: what rolls with the lips is lip."""
    y, z = data.vertices[:, 1], data.vertices[:, 2]
    rolls = [np.linalg.norm(data.shapes[INDEX[name]], axis=1) for name in ("mouthRollUpper", "mouthRollLower")]
    share = np.maximum(rolls[0] / rolls[0].max(), rolls[1] / rolls[1].max())
    return np.asarray(np.clip((share - 0.30) / 0.22, 0, 1) * (z > 0.1) * (np.abs(y + 1.17) < 0.24))


def _occlusion(base: F32, data: HeadData, inner: NDArray[np.bool_]) -> NDArray[np.float64]:
    """0..1 per vertex, dark where the surface is hollow (three scales), under the chin and in the mouth."""
    x, y, z = np.abs(data.vertices[:, 0]), data.vertices[:, 1], data.vertices[:, 2]
    t, n = data.triangles, len(base)
    normals = np.zeros_like(base)
    raster.vertex_normals(base, t, normals)
    i = np.concatenate([t[:, 0], t[:, 1], t[:, 2], t[:, 1], t[:, 2], t[:, 0]])
    j = np.concatenate([t[:, 1], t[:, 2], t[:, 0], t[:, 0], t[:, 1], t[:, 2]])
    degree = np.maximum(np.bincount(i, minlength=n), 1)[:, None]
    smooth, dark = base.astype(np.float64), np.zeros(n)
    for step in range(1, 17):
        smooth = np.stack([np.bincount(i, smooth[j, k], minlength=n) for k in range(3)], 1) / degree
        if weight := {2: 5.0, 6: 2.6, 16: 1.2}.get(step):
            dark += np.clip(((smooth - base) * normals).sum(1) * weight, -0.1, 0.5)
    under = np.clip((-1.62 - y) / 0.35, 0, 1) * np.clip((z + 1.6) / 0.8, 0, 1) * (y > -2.6)
    out = np.clip(1 - 1.3 * np.clip(dark, 0, 1) - 0.45 * under * np.clip((y + 2.7) / 0.9, 0, 1), 0.25, 1)
    out = np.where(inner, 0.60 - 0.50 * np.clip((0.42 - x**2 - z) / 0.45, 0, 1), out)
    for part, low, start in ((UPPER_TEETH, 0.45, 0.0), (LOWER_TEETH, 0.40, 0.0), (TONGUE, 0.20, -0.3)):
        ids = np.unique(t[data.part == part])
        out[ids] = low + (1.05 - low) * np.clip((data.vertices[ids, 2] - start) / 0.3, 0, 1)
    return np.asarray(out)
