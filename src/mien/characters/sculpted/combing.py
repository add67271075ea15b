"""Which way hair lies: centre lines that follow a field, fall, and stay outside the head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.characters.sculpted.head_data import F32, I32

Vectors = NDArray[np.float64]

# Middle of the skull in inter-iris units: what hair is kept away from, it is kept away from seen from here.
CENTER: Final = np.array([0.0, 0.45, -0.95])
COMBS: Final = ("down", "back", "side", "fringe", "up", "radial", "gather", "beard", "moustache")


@dataclass(frozen=True, slots=True, eq=False)
class Skull:
    """A shaped head at rest, for hair to grow on: vertices, normals (n, 3), skin triangles, mask (n,)
    of where it grows; rest: the same vertices of the unshaped head.
    """

    vertices: F32
    normals: F32
    triangles: I32
    mask: F32
    rest: F32


@dataclass(frozen=True, slots=True)
class Combing:
    """How one layer of hair lies. Lengths in inter-iris units.

    comb: one of `COMBS`. length, and back_length behind the ears; uneven: by what share lengths differ. volume: how far
    it stands off the head. lift: how steeply it leaves the scalp. mess: how little it agrees. part: where it parts.
    keep_face: height below which hair in front hangs beside the face. cling: height above which it lies on the head.
    point: where "gather" gathers it, on the left; the right has its mirror image.
    """

    steps: int
    comb: str
    length: float
    back_length: float
    uneven: float
    volume: float
    lift: float
    mess: float
    gravity: float
    part: float
    keep_face: float
    cling: float
    point: tuple[float, ...]


def comb(root: Vectors, normal: Vectors, skull: Skull, cut: Combing, rng: np.random.Generator) -> Vectors:
    """Centre lines, (count, steps + 1, 3): along the field, falling, outside the head, beside the face."""
    n = len(root)
    length = np.where(root[:, 2] < -0.8, cut.back_length, cut.length) * rng.uniform(1.0 - 0.8 * cut.uneven, 1.0, n)
    volume = cut.volume * rng.uniform(0.3, 1.0, n)
    far = Reach(skull)
    if cut.comb == "gather":
        return _gathered(root, far, cut, volume)
    direction = _field(root, normal, cut, rng)
    direction += cut.lift * normal
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    p = root + 0.008 * normal
    path = [p]
    behind = root[:, 2] < -0.75
    for i in range(cut.steps):
        # Parted hair lies on the head until it has reached its side.
        parted = (cut.comb == "down") & (p[:, 1] > cut.keep_face - 0.2) & (p[:, 2] > -0.6)
        lies = parted | (p[:, 1] > cut.cling)
        heavy = np.where(parted, np.clip((np.abs(p[:, 0]) - 0.45) / 0.5, 0.0, 1.0), 1.0)
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


def _gathered(root: Vectors, far: Reach, cut: Combing, volume: Vectors) -> Vectors:
    """Centre lines over the head to `point`, or to its mirror image from the other side."""
    target = np.array(cut.point) * np.stack([np.where(root[:, 0] < 0, -1.0, 1.0), *np.ones((2, len(root)))], 1)
    path = [root]
    nobody = np.zeros(len(root), dtype=bool)
    for i in range(1, cut.steps + 1):
        t = i / cut.steps
        p = root * (1 - t) + target * t
        path.append(far.outside(p, 0.015 + volume * np.sin(np.pi * min(t, 0.8)), nobody, np.full(len(root), t < 0.85)))
    return np.stack(path, 1)


def _field(root: Vectors, normal: Vectors, cut: Combing, rng: np.random.Generator) -> Vectors:
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
        "beard": (0.3 * x, -one, 0.25 * one),
        "moustache": (np.where(x >= 0, 1.0, -1.0), -0.4 * one, 0.15 * one),
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


class Reach:
    """How far a head reaches in every direction from the middle of the skull, and how far the trunk does in front and
    behind; hair is kept outside both.
    """

    _AZIMUTHS, _HEIGHTS = 40, 22

    def __init__(self, skull: Skull) -> None:
        v = skull.vertices[np.unique(skull.triangles)].astype(np.float64)
        head = v[v[:, 1] > -1.7] - CENTER
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
        out = CENTER + (p - CENTER) * np.where(lies, share, np.maximum(1.0, share))[:, None]
        i, j = self._cell(out)
        share = np.clip((-1.55 - out[:, 1]) / 0.5, 0, 1)
        front, back = self._front[i, j] + 0.05 + 0.5 * margin, self._back[i, j] - 0.05 - 0.5 * margin
        z = np.where(behind, np.minimum(out[:, 2], back), np.maximum(out[:, 2], front))
        out[:, 2] = out[:, 2] * (1 - share) + z * share
        return np.asarray(out)

    def _polar(self, p: Vectors) -> tuple[Vectors, Vectors, Vectors]:
        d = p - CENTER
        radius = np.linalg.norm(d, axis=1)
        azimuth = (np.arctan2(d[:, 0], d[:, 2]) / (2 * np.pi) % 1.0) * self._AZIMUTHS
        height = (np.arcsin(np.clip(d[:, 1] / np.maximum(radius, 1e-9), -1, 1)) / np.pi + 0.5) * (self._HEIGHTS - 1)
        return azimuth, np.clip(height, 0, self._HEIGHTS - 1.001), radius

    @staticmethod
    def _cell(p: Vectors) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        i = np.clip(((p[:, 0] + 1.8) / 3.6 * 24).astype(np.int64), 0, 23)
        return i, np.clip(((p[:, 1] + 3.0) / 1.6 * 16).astype(np.int64), 0, 15)
