"""A head's surface: colour, occlusion, gloss and scalp per vertex."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.characters.drawn.spec import Table
from mien.characters.sculpted import raster
from mien.characters.sculpted.head_data import (
    F32,
    LASH,
    LOWER_TEETH,
    SKIN,
    TONGUE,
    UPPER_TEETH,
    HeadData,
)
from mien.characters.sculpted.shape import Shape

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Skin:
    """colour (n, 3) linear; extra (n, 3): occlusion, gloss, scalp; inner (n,) bool: lines the mouth."""

    colour: F32
    extra: F32
    inner: NDArray[np.bool_]


def linear(colour: str) -> Values:
    """`#rrggbb` as linear light, (3,)."""
    c = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def read_skin(table: Table, shape: Shape, scalp: F32, hair_colour: Values) -> Skin:
    """Paint a head: table `skin`. scalp: (n,) where hair grows. Raises `BadFile`."""
    data = shape.data
    x, y, z = np.abs(data.vertices[:, 0]), data.vertices[:, 1], data.vertices[:, 2]
    tone = linear(table.colour("colour"))
    blush, amount = linear(table.colour("blush", "#d0604a")), table.number("blush_amount", 0.3, low=0, high=1)
    lip, lip_amount = linear(table.colour("lips")), table.number("lip_amount", 0.75, low=0, high=1)
    bags, gloss = table.number("bags", 0.15, low=0, high=1), table.number("gloss", 1.0, low=0, high=3)
    lid, lid_amount = linear(table.colour("lids", "#7a4a42")), table.number("lid_amount", 0.18, low=0, high=1)
    spots, cap = table.number("spots", 0.0, low=0, high=1), table.number("cap", 1.0, low=0, high=1)
    tooth = linear(table.colour("teeth", "#f3eee4"))
    table.skip("freckles")
    table.finish()
    colour = np.repeat(tone[None], len(x), 0)

    def blend(weight: NDArray[np.floating], shade: Values) -> None:
        w = np.clip(weight, 0, 1)[:, None]
        colour[:] = colour * (1 - w) + shade * w

    def spot(cx: float, cy: float, rx: float, ry: float) -> Values:
        return np.asarray(np.exp(-(((x - cx) / rx) ** 2) - ((y - cy) / ry) ** 2) * (z > -0.4))

    if spots:
        # The blotches of an old skin.
        rng = np.random.default_rng(11)
        for _ in range(26):
            c = np.array([rng.uniform(-1, 1), rng.uniform(-1.2, 1.1)])
            r = rng.uniform(0.03, 0.09)
            away = (data.vertices[:, 0] - c[0]) ** 2 + (y - c[1]) ** 2
            blend(spots * 0.35 * np.exp(-away / r**2) * (z > -0.6), tone * (0.72, 0.55, 0.45))
    blend(amount * spot(0.68, -0.50, 0.32, 0.28), blush)
    blend(0.75 * amount * spot(0.0, -0.58, 0.22, 0.20), blush)
    blend(0.30 * amount * spot(0.0, -1.62, 0.25, 0.18), blush)
    blend(0.8 * amount * data.ears.astype(np.float64), blush)
    blend(0.18 * spot(0.5, 0.0, 0.32, 0.18), tone * (0.66, 0.52, 0.50))
    blend(lid_amount * np.exp(-(((x - 0.53) / 0.30) ** 2) - ((y - 0.14) / 0.10) ** 2) * (z > 0), lid)
    blend(bags * spot(0.46, -0.22, 0.24, 0.07), tone * (0.55, 0.45, 0.50))
    # A lit upper lip, a shadow under the lower one: painted, as they are on every portrait.
    blend(data.lips * lip_amount, lip)
    skin = np.zeros(len(x), dtype=bool)
    skin[data.triangles[data.part == SKIN]] = True
    inner = skin & (data.lining > 0.5) & (data.lips < 0.5)
    blend(inner.astype(float), linear("#4a1216"))
    blend(scalp * skin * cap, hair_colour * 0.62)
    gum = linear("#b5646a")
    for part in (UPPER_TEETH, LOWER_TEETH):
        ids = np.unique(data.triangles[data.part == part])
        share = np.clip(data.shade[ids], 0, 1)[:, None].astype(np.float64)
        colour[ids] = gum * (1 - np.sqrt(share)) + tooth * share
    colour[np.unique(data.triangles[data.part == TONGUE])] = linear("#cf6a68")
    colour[np.unique(data.triangles[data.part == LASH])] = linear("#17100d")
    shine = (
        np.where(data.lips > 0.3, 2.2, 1.0) * gloss + 0.8 * spot(0, -0.55, 0.15, 0.2) + 0.3 * spot(0, 0.7, 0.4, 0.25)
    )
    wet = ~skin | inner
    haired = np.where(skin, scalp * np.clip(2 * cap - 1, 0, 1), 0.0)
    extra = np.stack([_occlusion(shape.base, data, inner), np.where(wet, 1.0, shine), haired], 1)
    return Skin(colour.astype(np.float32), extra.astype(np.float32), inner)


def _occlusion(base: F32, data: HeadData, inner: NDArray[np.bool_]) -> Values:
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
    out = np.clip(1 - 1.3 * np.clip(dark, 0, 1) - 0.30 * under * np.clip((y + 2.7) / 0.9, 0, 1), 0.25, 1)
    out = np.where(inner, 0.60 - 0.50 * np.clip((0.42 - x**2 - z) / 0.45, 0, 1), out)
    for part, low, start, depth in (
        (UPPER_TEETH, 0.15, -0.05, 0.34), (LOWER_TEETH, 0.12, -0.05, 0.34), (TONGUE, 0.14, -0.28, 0.52),
    ):  # fmt: skip
        ids = np.unique(t[data.part == part])
        out[ids] = low + (1.05 - low) * np.clip((data.vertices[ids, 2] - start) / depth, 0, 1)
    return np.asarray(out)
