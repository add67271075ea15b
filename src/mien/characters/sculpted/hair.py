"""Hair: locks rooted on the scalp and combed by a field, and ropes, braids and buns; over a shell that is the mass.

A character's file says it in layers: tables `hair.locks`, `hair.rope` and `hair.ball`, each any number of times.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.characters.drawn.spec import Table
from mien.characters.sculpted.head_data import F32, I32
from mien.characters.sculpted.strips import Hair, joined, rope, strips

__all__ = ["Hair", "Scalp", "Skull", "grow", "read_scalp", "scalp"]

Vectors = NDArray[np.float64]

# Middle of the skull in inter-iris units: what hair is kept away from, it is kept away from seen from here.
_CENTER: Final = np.array([0.0, 0.45, -0.95])
_COMBS: Final = ("down", "back", "side", "fringe", "up", "radial")
# Left, right, bottom, top, back, front of where a layer's roots are.
_WHERE: Final = {
    "all": (-9.0, 9.0, -9.0, 9.0, -9.0, 9.0),
    "top": (-9.0, 9.0, 0.95, 9.0, -9.0, 9.0),
    "front": (-0.85, 0.85, 0.5, 9.0, -0.35, 9.0),
    "sides": (-9.0, 9.0, -9.0, 0.95, -1.3, 9.0),
    "back": (-9.0, 9.0, -9.0, 9.0, -9.0, -0.9),
    "nape": (-9.0, 9.0, -9.0, 0.2, -9.0, -0.9),
}


@dataclass(frozen=True, slots=True)
class Scalp:
    """Where hair grows: the hairline's height at the front and at the temples, how far it recedes beside the middle,
    how thick the shell of hair is on which locks lie.
    """

    hairline: float
    temple: float
    recede: float
    shell: float


@dataclass(frozen=True, slots=True)
class Locks:
    """One layer of locks. Lengths in inter-iris units.

    count: locks; strands: strips in each, cut at lengths that differ by `uneven`; spread: how far they start apart;
    gather: how far they have come together at the tip, 0..1. width: half of a strip's. across: 2 flat, 3 or 5 round.
    comb: how hair lies.
    volume: how far it stands off the head. lift: how steeply it leaves the scalp. mess: how little it agrees.
    curl, turns: size and number of waves. keep_face: height below which hair in front hangs beside the face.
    """

    where: tuple[float, ...]
    count: int
    strands: int
    steps: int
    comb: str
    length: float
    back_length: float
    width: float
    across: int
    thick: float
    spread: float
    gather: float
    volume: float
    lift: float
    mess: float
    gravity: float
    curl: float
    turns: float
    part: float
    keep_face: float
    tip: float
    variation: float
    grain: float
    uneven: float


@dataclass(frozen=True, slots=True, eq=False)
class Skull:
    """A shaped head at rest, for hair to grow on: vertices, normals (n, 3), skin triangles, scalp mask (n,)."""

    vertices: F32
    normals: F32
    triangles: I32
    mask: F32


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
    """Grow every layer of table `hair`; None for a bald head. Raises `BadFile`."""
    bunches = [_locks(_read_locks(layer), skull, rng) for layer in table.tables("locks")]
    bunches += [r for layer in table.tables("rope") for r in _ropes(layer, rng)]
    bunches += [b for layer in table.tables("ball") for b in _balls(layer, rng)]
    grown = [b for b in bunches if b is not None]
    return joined(grown) if grown else None


def _read_locks(table: Table) -> Locks:
    length = table.number("length", 1.2, low=0.02, high=6)
    place = table.choice("where", _WHERE, "all")
    locks = Locks(
        where=tuple(table.numbers("box", _WHERE[place], count=6)),
        count=int(table.number("count", 150, low=1, high=4000)),
        strands=int(table.number("strands", 6, low=1, high=40)),
        steps=int(table.number("steps", 8, low=2, high=24)),
        comb=table.choice("comb", _COMBS, "down"),
        length=length,
        back_length=table.number("back_length", length, low=0.02, high=6),
        width=table.number("width", 0.035, low=0.005, high=0.6),
        across=int(table.number("across", 2, low=2, high=5)),
        thick=table.number("thick", 0.35, low=0, high=2),
        spread=table.number("spread", 0.12, low=0, high=1),
        gather=table.number("gather", 0.6, low=-2, high=1),
        volume=table.number("volume", 0.1, low=0, high=2),
        lift=table.number("lift", 0.3, low=0, high=3),
        mess=table.number("mess", 0.10, low=0, high=2),
        gravity=table.number("gravity", 0.5, low=-2, high=5),
        curl=table.number("curl", 0.0, low=0, high=0.6),
        turns=table.number("turns", 3.0, low=0, high=14),
        part=table.number("part", 0.0, low=-1.5, high=1.5),
        keep_face=table.number("keep_face", -9.0, low=-9, high=2),
        tip=table.number("tip", 0.15, low=0, high=1.5),
        variation=table.number("variation", 0.10, low=0, high=1),
        grain=table.number("grain", 1.0, low=0.2, high=8),
        uneven=table.number("uneven", 0.14, low=0, high=0.9),
    )
    table.finish()
    return locks


def _locks(cut: Locks, skull: Skull, rng: np.random.Generator) -> Hair | None:
    head, triangles, mask = skull.vertices.astype(np.float64), skull.triangles, skull.mask
    a, b, c = triangles.T
    x, y, z = head[triangles].mean(1).T
    low_x, high_x, low_y, high_y, low_z, high_z = cut.where
    inside = (x >= low_x) & (x <= high_x) & (y >= low_y) & (y <= high_y) & (z >= low_z) & (z <= high_z)
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
    guide = _comb(root, normal, skull, cut, rng)
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
    trim = rng.uniform(1.0 - cut.uneven, 1.0, len(path))
    path = _shortened(path, trim)
    out = path - _CENTER
    out /= np.linalg.norm(out, axis=2, keepdims=True)
    if cut.curl:
        path = path + _waves(path, out, t, cut, cut.strands, rng)
    lock_tint = np.repeat(rng.normal(1.0, 0.7 * cut.variation, n), cut.strands)
    tint = np.clip(lock_tint + rng.normal(0.0, 0.7 * cut.variation, len(path)), 0.45, 1.9)
    width = cut.width * rng.uniform(0.75, 1.25, len(path))
    return strips(
        path, out, width, across=cut.across, thick=cut.thick, tip=cut.tip, tint=tint, grain=cut.grain, rng=rng
    )


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


def _field(root: Vectors, normal: Vectors, cut: Locks, rng: np.random.Generator) -> Vectors:
    """The direction hair is combed in at each root."""
    x, y, z = root.T
    one, zero = np.ones(len(root)), np.zeros(len(root))
    away = np.clip((x - cut.part) / 0.12, -1, 1)
    away = np.where(np.abs(away) < 0.25, np.where(x >= cut.part, 0.25, -0.25), away)
    fields = {
        "back": (0.28 * x, 0.30 - 0.5 * np.clip((0.6 - y) / 0.6, 0, 1), -one),
        "side": (np.where(x < cut.part, -1.0, 1.0), -0.1 * one, 0.18 * (z > -0.4) - 0.35),
        "fringe": (0.30 * (x - cut.part), -0.5 * one, 1.6 * np.clip((z + 0.9) / 0.8, 0, 1) - 0.6),
        "up": (0.45 * x, one, -0.15 * one),
        "radial": (zero, zero, zero),
        # From the parting to both sides; behind the ears straight down.
        "down": (
            away * np.clip((z + 1.5) / 0.7, 0.15, 1),
            -0.25 - 0.75 * np.clip((-0.8 - z) / 0.7, 0, 1) - 0.6 * np.clip((0.7 - y) / 0.6, 0, 1),
            0.16 * (z > -0.1) - 0.25 * np.clip((-0.5 - z) / 0.5, 0, 1),
        ),
    }
    field = np.stack(fields[cut.comb], 1) + (normal if cut.comb == "radial" else 0.0)
    field -= 0.9 * normal * (field * normal).sum(1, keepdims=True)
    field /= np.linalg.norm(field, axis=1, keepdims=True) + 1e-9
    return np.asarray(field + rng.normal(0, cut.mess, field.shape))


def _comb(root: Vectors, normal: Vectors, skull: Skull, cut: Locks, rng: np.random.Generator) -> Vectors:
    """Centre lines, (count, steps + 1, 3): along the field, falling, outside the head, beside the face."""
    n = len(root)
    direction = _field(root, normal, cut, rng)
    direction += cut.lift * normal
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    length = np.where(root[:, 2] < -0.8, cut.back_length, cut.length) * rng.uniform(1.0 - 0.8 * cut.uneven, 1.0, n)
    volume = cut.volume * rng.uniform(0.3, 1.0, n)
    far = _Reach(skull)
    p = root + 0.008 * normal
    path = [p]
    behind = root[:, 2] < -0.75
    for i in range(cut.steps):
        # Parted hair lies on the head until it has reached its side.
        lies = (cut.comb == "down") & (p[:, 1] > cut.keep_face - 0.2) & (p[:, 2] > -0.6)
        heavy = np.where(lies, np.clip((np.abs(p[:, 0]) - 0.45) / 0.5, 0.0, 1.0), 1.0)
        d = direction.copy()
        d[:, 1] -= 2.0 * cut.gravity * heavy * (i + 1) / cut.steps
        d /= np.linalg.norm(d, axis=1, keepdims=True)
        p = p + d * (length / cut.steps)[:, None]
        p = far.outside(p, 0.015 + volume * min(1.0, (i + 1) / 3), behind, lies)
        p = _beside_the_face(p, path[-1], cut.keep_face, behind)
        step = p - path[-1]
        step /= np.linalg.norm(step, axis=1, keepdims=True) + 1e-9
        direction = 0.5 * direction + 0.5 * step
        # What hangs has forgotten which way it was combed.
        direction[:, [0, 2]] *= np.clip(1.0 - 0.12 * cut.gravity * heavy, 0.5, 1.0)[:, None]
        direction /= np.linalg.norm(direction, axis=1, keepdims=True) + 1e-9
        path.append(p)
    return np.stack(path, 1)


def _beside_the_face(p: Vectors, before: Vectors, height: float, behind: NDArray[np.bool_]) -> Vectors:
    """Sweep what would fall over the face below `height` to the side that it is on, no further than one step."""
    wide = np.interp(p[:, 1], [-1.8, -1.2, -0.4, 0.6], [0.80, 0.92, 1.05, 1.02])
    low = (p[:, 1] < height) & (p[:, 2] > -0.35) & ~behind & (np.abs(p[:, 0]) < wide)
    out = p.copy()
    stride = np.linalg.norm(p - before, axis=1)
    away = np.minimum(wide - np.abs(p[:, 0]), 0.93 * stride)
    out[low, 0] += (np.sign(p[:, 0] + 1e-6) * away)[low]
    out[low, 1] = (before[:, 1] - np.sqrt(np.maximum(stride**2 - away**2, 0)))[low]
    there = low & (away < 0.9 * stride)
    out[there, 2] = np.minimum(out[there, 2], 0.12)
    return out


class _Reach:
    """How far a head reaches in every direction from the middle of the skull, and how far the trunk does in front and
    behind; hair is kept outside both.
    """

    _AZIMUTHS, _HEIGHTS = 40, 22

    def __init__(self, skull: Skull) -> None:
        v = skull.vertices[np.unique(skull.triangles)].astype(np.float64)
        head = v[v[:, 1] > -1.7] - _CENTER
        radius = np.linalg.norm(head, axis=1)
        azimuth, height = np.meshgrid(
            np.arange(self._AZIMUTHS) / self._AZIMUTHS * 2 * np.pi,
            (np.arange(self._HEIGHTS) / (self._HEIGHTS - 1) - 0.5) * np.pi,
            indexing="ij",
        )
        ways = np.stack([np.cos(height) * np.sin(azimuth), np.sin(height), np.cos(height) * np.cos(azimuth)], -1)
        # A mean over the vertices within some five degrees: smooth, and defined where there are none.
        weight = np.exp(260.0 * (ways @ (head / radius[:, None]).T - 1.0)) + 1e-12
        self._grid = (weight @ radius) / weight.sum(-1)
        trunk = v[v[:, 1] < -1.5]
        self._front, self._back = np.full((24, 16), -0.9), np.full((24, 16), -0.9)
        i, j = self._cell(trunk)
        np.maximum.at(self._front, (i, j), trunk[:, 2])
        np.minimum.at(self._back, (i, j), trunk[:, 2])

    def outside(self, p: Vectors, margin: Vectors, behind: NDArray[np.bool_], lies: NDArray[np.bool_]) -> Vectors:
        """Push points out to `margin` from the head (and those that lie on it, in), in front of or behind the trunk."""
        azimuth, height, radius = self._polar(p)
        a, h = azimuth.astype(int), np.minimum(height.astype(int), self._HEIGHTS - 2)
        fa, fh = azimuth - a, height - h
        a0, a1 = a % self._AZIMUTHS, (a + 1) % self._AZIMUTHS
        g = self._grid
        wanted = (g[a0, h] * (1 - fa) + g[a1, h] * fa) * (1 - fh) + (g[a0, h + 1] * (1 - fa) + g[a1, h + 1] * fa) * fh
        wanted = (wanted + margin) * (p[:, 1] > -1.7)
        share = wanted / np.maximum(radius, 1e-6)
        out = _CENTER + (p - _CENTER) * np.where(lies, share, np.maximum(1.0, share))[:, None]
        i, j = self._cell(out)
        share = np.clip((-1.55 - out[:, 1]) / 0.5, 0, 1)
        front, back = self._front[i, j] + 0.05 + 0.5 * margin, self._back[i, j] - 0.05 - 0.5 * margin
        z = np.where(behind, np.minimum(out[:, 2], back), np.maximum(out[:, 2], front))
        out[:, 2] = out[:, 2] * (1 - share) + z * share
        return np.asarray(out)

    def _polar(self, p: Vectors) -> tuple[Vectors, Vectors, Vectors]:
        d = p - _CENTER
        radius = np.linalg.norm(d, axis=1)
        azimuth = (np.arctan2(d[:, 0], d[:, 2]) / (2 * np.pi) % 1.0) * self._AZIMUTHS
        height = (np.arcsin(np.clip(d[:, 1] / np.maximum(radius, 1e-9), -1, 1)) / np.pi + 0.5) * (self._HEIGHTS - 1)
        return azimuth, np.clip(height, 0, self._HEIGHTS - 1.001), radius

    @staticmethod
    def _cell(p: Vectors) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        i = np.clip(((p[:, 0] + 1.8) / 3.6 * 24).astype(np.int64), 0, 23)
        return i, np.clip(((p[:, 1] + 3.0) / 1.6 * 16).astype(np.int64), 0, 15)


def _ropes(table: Table, rng: np.random.Generator) -> list[Hair]:
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


def _balls(table: Table, rng: np.random.Generator) -> list[Hair]:
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
