"""A sculpted head as a `mien.core.mesh.Mesh`: what other programs draw.

Where our own rasteriser paints per sample, a mesh carries pictures: the skin is laid out as seen from inside the head,
its front in the middle and its back along the rim, so that the face gets most of the room and has no seam.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.characters.sculpted import paint, raster, shading
from mien.characters.sculpted.eyes import Eyes
from mien.characters.sculpted.head_data import F32, I32
from mien.characters.sculpted.shape import Shape
from mien.core.arkit import COEFFICIENTS, COUNT
from mien.core.character import CharacterInfo
from mien.core.mesh import Corrective, Mesh, Part, Surface

Values = NDArray[np.float64]

_SKIN_SIZE: Final = 1024
_EYE_SIZE: Final = 256
# From where the skin is laid out, rest units.
_INSIDE: Final = (0.0, -0.45, -0.9)
# Below this height a neck stands in front of shoulders: they are laid out apart, in the lower part of the picture.
_THROAT: Final = -1.9
_SHARE: Final = 0.8
# Below 1 the face gets more of the picture than the back of the head.
_WIDEN: Final = 0.75
# Shapes that act together turn normals less than their sum: at 1.0 laughing cheeks had dark spots, at 0.6 none.
_BEND: Final = 0.6
# An edge this long in the picture runs across its rim.
_TORN: Final = 0.35
# The pole of an eyeball's picture is the gaze; its rim lies this far round the ball.
_AROUND: Final = 0.62 * np.pi


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """What a character hands over to become a mesh.

    kind, triangles, rest, colour, extra: the whole scene, as `shading.shade` wants it: head, two eyeballs, hair.
    shell (n, 3): what hair under the locks lifts the scalp by. hair, hair_normals (h, 3). roots (h,): the head's vertex
    that a hair follows, or -1. texture, cloth: paint and neckline.
    """

    kind: I32
    triangles: I32
    rest: F32
    colour: F32
    extra: F32
    shell: F32
    hair: F32
    hair_normals: F32
    roots: I32
    texture: F32
    cloth: F32


def mesh_of(info: CharacterInfo, shape: Shape, eyes: Eyes, figure: Figure) -> Mesh:
    """The head at rest, what each coefficient does to it, and the correctives that take two."""
    n, balls = len(shape.base), 2 * len(eyes.ball)
    zero = np.zeros(COUNT, dtype=np.float32)
    head, acted = shape.posed(zero)
    rest = np.concatenate([head + figure.shell, eyes.turned(acted)])
    own = np.ascontiguousarray(figure.triangles[(figure.triangles < n).all(1)])
    normals = _normals(head + figure.shell, own)
    ball_normals = (rest[n:] - np.repeat(eyes.centers, balls // 2, 0)) / eyes.radius
    moves = np.zeros((COUNT, n + balls, 3), dtype=np.float32)
    turns = np.zeros_like(moves)
    for i in range(COUNT):
        one = zero.copy()
        one[i] = 1.0
        posed, acted = shape.posed(one)
        moves[i] = np.concatenate([posed - head, eyes.turned(acted) - rest[n:]])
        turns[i, :n] = _BEND * (_normals(posed + figure.shell, own) - normals)
    parts = [
        _skin_part(figure, rest, normals, moves, turns),
        *_inner_parts(figure, rest, normals, moves, turns),
        _eye_part(figure, eyes, rest, np.concatenate([normals, ball_normals]), moves),
        *_hair_parts(figure, n + balls, moves),
    ]
    return Mesh(info.id, info.name, info.style, tuple(p for p in parts if len(p.triangles)), _pairs(shape))


def _normals(points: F32, triangles: I32) -> F32:
    out = np.zeros((len(points), 3), dtype=np.float32)
    raster.vertex_normals(np.ascontiguousarray(points, dtype=np.float32), triangles, out)
    return out


def _pairs(shape: Shape) -> tuple[Corrective, ...]:
    """Correctives of two coefficients and more, in terms of moves that have those of one in them already."""
    own = np.eye(COUNT)
    for corrective in shape.correctives:
        if len(corrective.when) == 1:
            for i, amount in corrective.add:
                own[corrective.when[0], i] += amount
    undo = np.linalg.inv(own)
    out = []
    for corrective in shape.correctives:
        if len(corrective.when) > 1:
            add = np.zeros(COUNT)
            for i, amount in corrective.add:
                add[i] += amount
            add = add @ undo
            named = {COEFFICIENTS[i]: round(float(add[i]), 4) for i in np.flatnonzero(np.abs(add) > 1e-4)}
            out.append(Corrective(tuple(COEFFICIENTS[i] for i in corrective.when), named))
    return tuple(out)


def _cut(triangles: I32) -> tuple[NDArray[np.int64], I32]:
    """The vertices that triangles use, and the triangles renumbered."""
    used, back = np.unique(triangles, return_inverse=True)
    return used.astype(np.int64), back.reshape(-1, 3).astype(np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class _Chart:
    """Some skin triangles, and where all of the head's vertices lie in the picture as these see it: places (n, 2),
    0..1; far (n,): what is further out lies on top; torn: which of the triangles run across the chart's rim.
    """

    triangles: I32
    places: F32
    far: F32
    torn: NDArray[np.bool_]


def _charts(figure: Figure) -> tuple[_Chart, _Chart]:
    """The head as seen from inside it, above; neck and shoulders unrolled round them, below."""
    triangles = figure.triangles[figure.kind == shading.SKIN]
    d = figure.rest.astype(np.float64) - _INSIDE
    side = np.hypot(d[:, 0], d[:, 1])
    spread = 0.5 * (np.arctan2(side, d[:, 2]) / np.pi) ** _WIDEN / np.maximum(side, 1e-9)
    head = np.stack([0.5 + d[:, 0] * spread, _SHARE * (0.5 - d[:, 1] * spread)], 1)
    used = figure.rest[np.unique(triangles), 1]
    down = (_THROAT + 0.1 - figure.rest[:, 1]) / (_THROAT + 0.1 - used.min())
    round_ = np.stack([0.5 + np.arctan2(d[:, 0], d[:, 2]) / (2 * np.pi), _SHARE + (1 - _SHARE) * down], 1)
    below = (figure.rest[triangles, 1] < _THROAT).all(1)

    def chart(chosen: NDArray[np.bool_], places: Values, far: Values) -> _Chart:
        corners = places[triangles[chosen]]
        longest = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(1)
        own = np.ascontiguousarray(triangles[chosen])
        return _Chart(own, np.clip(places, 0, 1).astype(np.float32), far.astype(np.float32), longest > _TORN)

    return chart(~below, head, np.linalg.norm(d, axis=1)), chart(below, round_, np.hypot(d[:, 0], d[:, 2]))


def _skin_part(figure: Figure, rest: F32, normals: F32, moves: F32, turns: F32) -> Part:
    charts = _charts(figure)
    triangles, ids, places = [], [], []
    first = 0
    for chart in charts:
        used, own = _cut(chart.triangles)
        # What runs across the rim takes its colour from one corner: it lies at the back of the head.
        across = own[chart.torn].ravel()
        own[chart.torn] = np.arange(len(used), len(used) + len(across)).reshape(-1, 3)
        at = chart.places[used]
        triangles.append(own + first)
        places.append(np.concatenate([at, np.repeat(at[across.reshape(-1, 3)[:, 0]], 3, 0)]))
        ids.append(np.concatenate([used, used[across]]))
        first += len(ids[-1])
    used = np.concatenate(ids)
    shade = 0.25 + 0.75 * np.clip(figure.extra[used, :1], 0, 1)
    return Part(
        Surface("skin", _skin_picture(figure, charts), roughness=0.62),
        rest[used],
        normals[used],
        np.concatenate(triangles).astype(np.int32),
        np.repeat(shade, 3, 1).astype(np.float32),
        np.concatenate(places),
        moves[:, used],
        turns[:, used],
    )


def _skin_picture(figure: Figure, charts: tuple[_Chart, _Chart]) -> NDArray[np.uint8]:
    wide, high = _SKIN_SIZE, round(_SKIN_SIZE / _SHARE)
    out = np.zeros((high, high, 3), dtype=np.float32)
    drawn = np.zeros((high, high), dtype=bool)
    scalp = np.ascontiguousarray(figure.extra[:, 2])
    frame = np.array(paint.FRAME, dtype=np.float32)
    for chart in charts:
        depth, ids, bary = raster.buffers(high)
        flat = np.stack([chart.places[:, 0] * wide, chart.places[:, 1] * high, chart.far], 1)
        triangles = np.ascontiguousarray(chart.triangles[~chart.torn])
        raster.visible(flat.astype(np.float32), triangles, depth, ids, bary)
        shading.lay_out(
            ids, bary, triangles, figure.rest, figure.colour, scalp, figure.texture, frame, figure.cloth, out
        )
        drawn |= ids >= 0
    out, drawn = out[:, :wide], drawn[:, :wide]
    # Texels beside the skin repeat it, or its border would bleed when the picture is seen from far away.
    _, nearest = cv2.distanceTransformWithLabels(
        (~drawn).astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
    )
    filled = np.zeros(int(nearest.max()) + 1, dtype=np.int64)
    here = np.flatnonzero(drawn)
    filled[nearest.ravel()[here]] = here
    return _bytes(out.reshape(-1, 3)[filled[nearest]])


def _bytes(colour: NDArray[Any]) -> NDArray[np.uint8]:
    """Linear light as sRGB bytes."""
    index = np.round(np.sqrt(np.clip(colour, 0, 1)) * (len(shading.SRGB) - 1)).astype(int)
    return np.asarray(shading.SRGB[index], dtype=np.uint8)


def _inner_parts(figure: Figure, rest: F32, normals: F32, moves: F32, turns: F32) -> list[Part]:
    parts = []
    for name, kinds, roughness in (
        ("mouth", (shading.MOUTH,), 0.35), ("teeth", (shading.TOOTH,), 0.25), ("lashes", (shading.LASH,), 0.9),
    ):  # fmt: skip
        used, own = _cut(figure.triangles[np.isin(figure.kind, kinds)])
        shade = 0.10 + 0.90 * np.clip(figure.extra[used, :1], 0, 1) if name != "lashes" else 1.0
        parts.append(
            Part(
                Surface(name, roughness=roughness, two_sided=name == "lashes"),
                rest[used],
                normals[used],
                own,
                np.clip(figure.colour[used] * shade, 0, 1).astype(np.float32),
                moves=moves[:, used],
                turns=turns[:, used] if name == "mouth" else None,
            )
        )
    return parts


def _eye_part(figure: Figure, eyes: Eyes, rest: F32, normals: F32, moves: F32) -> Part:
    used, own = _cut(figure.triangles[figure.kind == shading.EYE])
    picture = np.zeros((_EYE_SIZE, _EYE_SIZE, 3), dtype=np.float32)
    shading.lay_out_eye(eyes.iris, _AROUND, picture)
    d = figure.rest[used].astype(np.float64)
    side = np.hypot(d[:, 0], d[:, 1])
    spread = 0.5 * np.arctan2(side, d[:, 2]) / _AROUND / np.maximum(side, 1e-9)
    places = np.stack([0.5 + d[:, 0] * spread, 0.5 - d[:, 1] * spread], 1)
    # Lids keep light from the upper part of a ball.
    shade = np.tile(np.interp(eyes.ball[:, 1], [-0.2, 0.55], [1.0, 0.55])[:, None], (2, 3))
    return Part(
        Surface("eyes", _bytes(picture), roughness=0.12),
        rest[used],
        normals[used].astype(np.float32),
        own,
        shade.astype(np.float32),
        np.clip(places, 0, 1).astype(np.float32),
        moves[:, used],
    )


def _hair_parts(figure: Figure, first: int, moves: F32) -> list[Part]:
    triangles = figure.triangles[figure.kind == shading.HAIR] - first
    if not len(triangles):
        return []
    # Strips face any way; their normals are those of the mass of hair, and windings follow them.
    a, b, c = (figure.hair[triangles[:, k]] for k in range(3))
    outward = (np.cross(b - a, c - a) * figure.hair_normals[triangles].sum(1)).sum(1) >= 0
    triangles = np.where(outward[:, None], triangles, triangles[:, ::-1])
    along, hollow = figure.extra[first:, 1:2], figure.extra[first:, 2:3]
    root = 0.62 + 0.38 * np.clip(3 * along + 0.15, 0, 1)
    colour = np.clip(figure.colour[first:] * 0.9 * root * (0.35 + 0.65 * hollow), 0, 1).astype(np.float32)
    following = (figure.roots[triangles] >= 0).all(1)
    parts = []
    for name, chosen in (("hair", ~following), ("beard", following)):
        used, own = _cut(triangles[chosen])
        parts.append(
            Part(
                Surface(name, roughness=0.6, two_sided=True),
                figure.hair[used],
                figure.hair_normals[used],
                own,
                colour[used],
                moves=moves[:, figure.roots[used]] if name == "beard" else None,
            )
        )
    return parts
