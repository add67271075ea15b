"""Hair that is put up: tails, braids, buns and puffs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mien.characters.drawn.spec import Table
from mien.characters.sculpted.strips import Hair, rope, strips

Vectors = NDArray[np.float64]


def ropes(table: Table, rng: np.random.Generator) -> list[Hair]:
    """Table `hair.rope`: a tail, or a braid of three, along points; `mirror` gives both sides one."""
    points = np.array(table.rows("points", 3))
    radius = np.array(table.numbers("radius", count=len(points)))
    strands = int(table.number("strands", 1, low=1, high=3))
    turns = table.number("turns", 4.0, low=0, high=20)
    tint, grain = table.number("tint", 1.0, low=0.3, high=2), table.number("grain", 1.0, low=0.2, high=8)
    mirror = table.flag("mirror", False)
    table.finish()
    rows = 10 if strands == 1 else int(8 * turns + 6)
    t = np.linspace(0, 1, rows)
    at = np.linspace(0, 1, len(points))
    path = np.stack([_smooth_curve(at, points[:, k], t) for k in range(3)], 1)
    thick = np.interp(t, at, radius)
    out = []
    for side in (1.0, -1.0) if mirror else (1.0,):
        way = path * (side, 1.0, 1.0)
        for k in range(strands):
            wound = way
            if strands > 1:
                tangent = np.gradient(way, axis=0)
                tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-9
                forward = np.array([0.0, 0.0, 1.0]) - tangent * tangent[:, 2:3]
                forward /= np.linalg.norm(forward, axis=1, keepdims=True) + 1e-9
                beside = np.cross(forward, tangent)
                phase = 2 * np.pi * (turns * t + k / 3)
                swing = 0.62 * thick * np.sin(phase), 0.42 * thick * np.sin(2 * phase)
                wound = way + swing[0][:, None] * beside + swing[1][:, None] * forward
            size = thick * (0.62 if strands > 1 else 1.0)
            shade = tint * float(rng.uniform(0.93, 1.07))
            out.append(rope(wound, size, tint=shade, grain=grain, start=float(rng.uniform(0, 30))))
    return out


def _smooth_curve(at: Vectors, values: Vectors, t: Vectors) -> Vectors:
    """Through all values, without corners (Catmull-Rom)."""
    padded = np.concatenate([[2 * values[0] - values[1]], values, [2 * values[-1] - values[-2]]])
    place = np.interp(t, at, np.arange(len(values)))
    i = np.minimum(place.astype(int), len(values) - 2)
    f = place - i
    a, b, c, d = (padded[i + k] for k in range(4))
    return np.asarray(0.5 * (2 * b + (c - a) * f + (2 * a - 5 * b + 4 * c - d) * f**2 + (3 * b - a - 3 * c + d) * f**3))


def balls(table: Table, rng: np.random.Generator) -> list[Hair]:
    """Table `hair.ball`: a bun of wound locks, or a puff of curls if `curl` is given; `mirror` gives both sides one."""
    center = np.array(table.numbers("center", count=3))
    radii = np.array(table.numbers("radii", count=3))
    count = int(table.number("count", 60, low=4, high=2000))
    width = table.number("width", 0.07, low=0.005, high=0.6)
    curl = table.number("curl", 0.0, low=0, high=0.5)
    variation, grain = table.number("variation", 0.08, low=0, high=1), table.number("grain", 1.0, low=0.2, high=8)
    mirror = table.flag("mirror", False)
    table.finish()
    out = []
    for side in (1.0, -1.0) if mirror else (1.0,):
        middle = center * (side, 1.0, 1.0)
        # A solid core, so that nobody sees through it.
        polar = np.linspace(0.05, np.pi - 0.05, 12)
        core_path = middle + np.stack([0 * polar, radii[1] * 0.96 * np.cos(polar), 0 * polar], 1)
        flat = rope(core_path, np.sin(polar), tint=0.8, grain=grain, start=0.0, around=16)
        vertices = middle + (flat.vertices - middle) * (radii[0] * 0.96, 1.0, radii[2] * 0.96)
        outward = (vertices - middle) / radii**2
        outward /= np.linalg.norm(outward, axis=1, keepdims=True)
        out.append(
            replace(flat, vertices=vertices.astype(np.float32), normals=outward.astype(np.float32)),
        )
        axis = rng.normal(0, 0.35 if not curl else 1.0, (count, 3)) + (np.array([0.15, 1.0, 0.3]) if not curl else 0.0)
        axis /= np.linalg.norm(axis, axis=1, keepdims=True)
        hint = np.cross(axis, rng.normal(0, 1, (count, 3)))
        hint /= np.linalg.norm(hint, axis=1, keepdims=True)
        other = np.cross(axis, hint)
        t = np.linspace(0, 1, 12)
        if curl:
            tall = rng.uniform(-1, 1, (count, 1, 1))
            swing = 2 * np.pi * 2.5 * t[None, :, None]
            ring = np.sqrt(1 - tall**2) * hint[:, None] + tall * axis[:, None]
            flat_path = ring * (0.90 + 0.22 * t[None, :, None])
            path = middle + flat_path * radii
            path = path + curl * (np.cos(swing) * other[:, None] + np.sin(swing) * axis[:, None])
        else:
            tall = rng.uniform(-0.85, 0.85, (count, 1, 1))
            swing = rng.uniform(1.6, 3.0, (count, 1, 1)) * np.pi * 0.6 * t[None, :, None]
            ring = np.cos(swing) * hint[:, None] + np.sin(swing) * other[:, None]
            path = middle + (np.sqrt(1 - tall**2) * ring + tall * axis[:, None]) * radii * rng.uniform(
                0.99, 1.06, (count, 1, 1)
            )
        away = (path - middle) / radii**2
        away /= np.linalg.norm(away, axis=2, keepdims=True)
        out.append(
            strips(
                path, away, width * rng.uniform(0.7, 1.2, count), across=3, thick=0.4, tip=0.2,
                tint=np.clip(rng.normal(1, variation, count), 0.5, 1.8), grain=grain, rng=rng,
            )
        )  # fmt: skip
    return out
