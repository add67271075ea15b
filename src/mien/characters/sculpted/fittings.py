"""What is fitted to the head when it is converted: teeth as two arches of teeth and gum, lashes as single hairs.

MakeHuman carries coarse helper strips for both. Every fitted vertex is a weighted sum of helper vertices, so all that
shapes or moves the helpers shapes and moves it as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float64]
Ints = NDArray[np.int64]

# Widths of the teeth from the middle outward: incisors, canine, premolars, molars.
_WIDTHS: Final = (0.132, 0.102, 0.115, 0.108, 0.108, 0.13, 0.13)
_COLUMNS: Final = 5
_HAIRS: Final = 64


@dataclass(frozen=True, slots=True, eq=False)
class Fitting:
    """positions (n, 3) at rest; weights (n, helpers): how much each helper vertex's displacement counts; triangles
    (m, 3); shade (n,): 0 gum .. 1 tooth, or 0 at the root of a hair .. 1 at its tip; roots (n,): the vertex a hair
    starts from.
    """

    positions: Vectors
    weights: Vectors
    triangles: Ints
    shade: Vectors
    roots: Ints


def arch(helper: Vectors, *, upper: bool) -> Fitting:
    """One row of teeth. helper: (k, 3), MakeHuman's strip, in inter-iris units; it moves the arch as a whole."""
    half_width, depth, front = (0.40, 0.55, 0.385) if upper else (0.37, 0.52, 0.350)
    edge, line, gum = (-1.078, -0.930, -0.83) if upper else (-1.112, -1.240, -1.33)
    fine = np.linspace(0, np.pi / 2, 400)
    arc = np.stack([half_width * np.sin(fine), depth * (1 - np.cos(fine))], 1)
    walked = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(arc, axis=0), axis=1))])
    positions: list[list[float]] = []
    triangles: list[tuple[int, int, int]] = []
    shade: list[float] = []
    start = 0.0
    for number, width in enumerate(_WIDTHS):
        if start + width > walked[-1]:
            break
        across = np.linspace(-1, 1, _COLUMNS)
        angle = np.interp(start + (across + 1) / 2 * width, walked, fine)
        start += width
        out = np.stack([np.sin(angle) / half_width, np.cos(angle) / depth], 1)
        out /= np.linalg.norm(out, axis=1, keepdims=True)
        bite = edge + np.sign(line - edge) * (0.018 * across**4 + (0.012 if number in (1, 3) else 0.0))
        root = line - np.sign(line - edge) * 0.020 * across**2
        pad = np.sign(gum - line) * 0.006
        # Rows from gum to the bite and a little inward: height, how far it stands out, tooth or gum.
        rows = [
            (np.full(_COLUMNS, gum), 0.0, 0.0),
            (root + pad, 0.010, 0.0),
            (root, 0.006, 1.0),
            (0.5 * (root + bite), 0.014, 1.0),
            (0.1 * root + 0.9 * bite, 0.010, 1.0),
            (bite, 0.0, 1.0),
            (bite - 0.3 * (bite - root), -0.05, 1.0),
        ]
        for side in (1.0, -1.0):
            first = len(positions)
            for y, stand, tooth in rows:
                bulge = stand + (0.012 * (1 - across**2) - 0.004 if tooth else 0.004 * (1 - across**2))
                x = half_width * np.sin(angle) + out[:, 0] * bulge
                z = front - depth * (1 - np.cos(angle)) + out[:, 1] * bulge
                positions += np.stack([side * x, y, z], 1).tolist()
                shade += [tooth * (0.86 if abs(a) > 0.9 else 1.0) for a in across]
            for r in range(len(rows) - 1):
                for k in range(_COLUMNS - 1):
                    a = first + r * _COLUMNS + k
                    quad = (a, a + 1, a + _COLUMNS, a + _COLUMNS + 1)
                    turn = (side > 0) != upper
                    triangles += [
                        (quad[0], quad[1], quad[2]) if turn else (quad[0], quad[2], quad[1]),
                        (quad[1], quad[3], quad[2]) if turn else (quad[1], quad[2], quad[3]),
                    ]
    p = np.array(positions)
    # An affine map fitted to the helper: teeth move together, however the helper bends.
    weights = np.concatenate([p, np.ones((len(p), 1))], 1) @ np.linalg.pinv(
        np.concatenate([helper, np.ones((len(helper), 1))], 1)
    )
    return Fitting(p, weights, np.array(triangles), np.array(shade), np.arange(len(p)))


def lashes(helper: Vectors, quads: list[list[int]], skin: Vectors) -> Fitting:
    """Hairs along an upper lid, and the dark line they stand on. helper: (k, 3); quads: the strip's faces, indices
    into it; skin: (n, 3), to tell the strip's root from its tip.
    """
    grid = _grid(helper, quads, skin)
    rows, columns = grid.shape
    rng = np.random.default_rng(7)
    weights: list[Vectors] = []
    triangles: list[tuple[int, int, int]] = []
    shade: list[float] = []
    roots: list[int] = []

    def at(row: float, column: float) -> Vectors:
        """Weights of a place on the strip; places past its ends continue its last cell."""
        w = np.zeros(len(helper))
        r, c = int(np.clip(row, 0, rows - 2)), int(np.clip(column, 0, columns - 2))
        fr, fc = row - r, column - c
        for dr, wr in ((0, 1 - fr), (1, fr)):
            for dc, wc in ((0, 1 - fc), (1, fc)):
                w[grid[r + dr, c + dc]] += wr * wc
        return w

    for k in range(_HAIRS):
        column = (k + rng.uniform(0.2, 0.8)) / _HAIRS * (columns - 1)
        way = column / (columns - 1)
        # Hairs are longest past the middle and lean outward.
        length = (1.8 + 1.9 * np.sin(np.pi * min(1.0, 0.15 + 0.75 * way))) * rng.uniform(0.8, 1.05)
        lean = (way - 0.35) * 1.1 + rng.normal(0, 0.12)
        width = 0.055
        first = len(weights)
        for step, half in ((0.0, 1.0), (0.5, 0.75)):
            middle = column + lean * step**1.5
            weights += [at(1.0 + length * step, middle - width * half), at(1.0 + length * step, middle + width * half)]
            shade += [step, step]
        weights.append(at(1.0 + length, column + lean))
        shade.append(1.0)
        roots += [first, first + 1, first, first + 1, first]
        triangles += [
            (first, first + 2, first + 1),
            (first + 1, first + 2, first + 3),
            (first + 2, first + 4, first + 3),
        ]
    first = len(weights)
    for c in range(columns):
        weights += [at(0.55, c), at(1.45 + 0.45 * c / columns, c)]
        shade += [0.0, 0.0]
        roots += [len(weights) - 2, len(weights) - 1]
        if c:
            a = first + 2 * c
            triangles += [(a - 2, a, a - 1), (a - 1, a, a + 1)]
    w = np.stack(weights)
    return Fitting(w @ helper, w, np.array(triangles), np.array(shade), np.array(roots))


def _grid(helper: Vectors, quads: list[list[int]], skin: Vectors) -> Ints:
    """The strip's vertices as rows from the lid outward, columns from the nose outward."""
    count = np.bincount(np.array(quads).ravel(), minlength=len(helper))
    neighbours: dict[int, dict[int, int]] = {}
    for quad in quads:
        for a, b in zip(quad, quad[1:] + quad[:1], strict=True):
            for p, q in ((a, b), (b, a)):
                near = neighbours.setdefault(p, {})
                near[q] = near.get(q, 0) + 1
    corners = np.flatnonzero(count == 1)

    def walk(corner: int, towards: int) -> list[int]:
        path = [corner, towards]
        while count[path[-1]] != 1:
            path.append(next(q for q, n in neighbours[path[-1]].items() if n == 1 and q != path[-2]))
        return path

    away = np.sqrt(((helper[:, None] - skin[None]) ** 2).sum(2)).min(1)
    sides = [walk(int(c), q) for c in corners for q, n in neighbours[int(c)].items() if n == 1]
    longest = max(len(s) for s in sides)
    row = min((s for s in sides if len(s) == longest), key=lambda s: float(away[s].mean()))
    if abs(helper[row[0], 0]) > abs(helper[row[-1], 0]):
        row = row[::-1]
    rows, used = [row], set(row)
    while True:
        found = []
        for k, p in enumerate(rows[-1]):
            for q in neighbours[p]:
                # The next row's vertex shares a quad with this one and its neighbour on the row.
                mate = rows[-1][k + 1] if k + 1 < len(row) else rows[-1][k - 1]
                if q not in used and any(p in f and q in f and mate in f for f in quads):
                    found.append(q)
                    break
        if len(found) != len(row):
            return np.array(rows)
        rows.append(found)
        used.update(found)
