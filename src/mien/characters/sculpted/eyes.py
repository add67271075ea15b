"""Eyeballs: where they look, what the lids shade, and what their irises are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.characters.drawn.spec import Table
from mien.characters.sculpted.head_data import F32, I32, LASH
from mien.characters.sculpted.shape import Shape
from mien.characters.sculpted.skin import linear
from mien.core.arkit import INDEX

# Full eyeLookOut/In and eyeLookUp/Down turn an eye by these angles.
_GAZE_RAD: Final = (0.55, 0.42)


@dataclass(frozen=True, slots=True, eq=False)
class Eyes:
    """centers (2, 3), left first, and radius of the balls; ball (n, 3): directions of a ball's vertices, z along the
    gaze; triangles (m, 3). iris (9,): radius and pupil as shares of the ball's, colour, inner colour, window.
    lids: vertices of each upper lid's edge, from one corner to the other. first: how many vertices come before the
    balls'.
    """

    centers: F32
    radius: float
    ball: F32
    triangles: I32
    iris: F32
    lids: tuple[I32, I32]
    first: int

    def turned(self, acted: NDArray[np.float32]) -> F32:
        """Vertices of both balls under coefficients, (2 n, 3)."""
        return np.concatenate(
            [self.centers[k] + self.radius * (self.ball @ gaze(acted, k).T) for k in range(2)]
        ).astype(np.float32)

    def looked_at(self, acted: NDArray[np.float32]) -> F32:
        """Middles of both irises, (2, 3)."""
        return np.stack([self.centers[k] + self.radius * gaze(acted, k)[:, 2] for k in range(2)]).astype(np.float32)

    def lidded(self, vertices: F32, ball: F32, eye: int) -> NDArray[np.float64]:
        """How much light lids leave to each vertex of a ball, 0..1."""
        lid = vertices[self.lids[eye]]
        order = np.argsort(lid[:, 0])
        edge = np.interp(ball[:, 0], lid[order, 0], lid[order, 1])
        return np.asarray(0.42 + 0.63 * np.clip((edge - ball[:, 1]) / (0.75 * self.radius), 0, 1))

    def round_normals(self, normals: F32, vertices: F32, rotation: NDArray[np.float64]) -> None:
        """Give the balls the normals of spheres. vertices: the whole scene, unturned."""
        n, b = self.first, len(self.ball)
        for k in range(2):
            part = slice(n + k * b, n + (k + 1) * b)
            normals[part] = (vertices[part] - self.centers[k]) / self.radius @ rotation.T


def read_eyes(table: Table, shape: Shape) -> Eyes:
    """Table `eye`. Raises `BadFile`."""
    iris = np.array(
        [
            table.number("iris_size", 0.56, low=0.3, high=0.9),
            table.number("pupil", 0.22, low=0.05, high=0.6),
            *linear(table.colour("iris")),
            *linear(table.colour("inner", "#b08040")),
            table.number("window", 0.10, low=0.02, high=0.4),
        ],
        dtype=np.float32,
    )
    scale = table.number("scale", 1.0, low=0.8, high=1.2)
    table.skip("lashes")
    table.finish()
    ball, triangles = _sphere()
    data = shape.data
    hairs = np.unique(data.triangles[data.part == LASH])
    # Vertices of the line that lashes stand on are their own roots and have no length.
    line = hairs[(data.roots[hairs] == hairs) & (data.shade[hairs] == 0)]
    left, right = line[data.vertices[line, 0] > 0], line[data.vertices[line, 0] < 0]
    return Eyes(
        shape.warped(shape.eyes),
        shape.eye_radius * shape.ball_scale * scale,
        ball,
        triangles,
        iris,
        (left.astype(np.int32), right.astype(np.int32)),
        len(data.vertices),
    )


def gaze(acted: NDArray[np.float32], eye: int) -> NDArray[np.float64]:
    """Rotation of an eyeball (0 left, 1 right), (3, 3); its last column is where it looks."""
    side, outward = ("Left", 1.0) if eye == 0 else ("Right", -1.0)
    out, into, up, down = (float(np.clip(acted[INDEX[f"eyeLook{n}{side}"]], 0, 1)) for n in ("Out", "In", "Up", "Down"))
    yaw, pitch = outward * (out - into) * _GAZE_RAD[0], (up - down) * _GAZE_RAD[1]
    cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    return np.array([[cy, -sy * sp, sy * cp], [0.0, cp, sp], [-sy, -cy * sp, cy * cp]])


def _sphere(rings: int = 14, segments: int = 24) -> tuple[F32, I32]:
    """The front of a unit ball, its pole along +z and denser there: directions (n, 3), triangles (m, 3)."""
    rows = [np.array([[0.0, 0.0, 1.0]])]
    around = np.linspace(0, 2 * np.pi, segments, endpoint=False)
    for ring in range(1, rings + 1):
        theta = (ring / rings) ** 1.2 * np.pi * 0.62
        x, y = np.sin(theta) * np.cos(around), np.sin(theta) * np.sin(around)
        rows.append(np.stack([x, y, np.full(segments, np.cos(theta))], 1))
    triangles = [(0, 1 + k, 1 + (k + 1) % segments) for k in range(segments)]
    for ring in range(rings - 1):
        for k in range(segments):
            a, b = 1 + ring * segments + k, 1 + ring * segments + (k + 1) % segments
            triangles += [(a, a + segments, b), (b, a + segments, b + segments)]
    return np.concatenate(rows).astype(np.float32), np.array(triangles, dtype=np.int32)
