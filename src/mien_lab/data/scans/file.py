"""ICT-FaceKit's head in the form that sculpted characters are made from: `HeadData`, and its basis of identities.

Its neutral face, in inter-iris units, lies so close to MakeHuman's (lips, nose, brows, skull within 0.1) that what is
painted in face space on one fits the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.characters.sculpted.head_data import F32, LASH, LOWER_TEETH, SKIN, TONGUE, UPPER_TEETH, HeadData
from mien.core.arkit import COEFFICIENTS, INDEX
from mien.errors import BadFile

Ids = NDArray[np.int64]
Arrays = Mapping[str, NDArray[Any]]

_SCLERAS: Final = ("M_ScleraLeft", "M_ScleraRight")
# The red of the lips, its left half from the middle of the upper lip to that of the lower one.
_LIPS: Final = (
    (0.0, -1.035), (0.10, -1.005), (0.22, -1.045), (0.33, -1.10), (0.41, -1.155), (0.34, -1.215), (0.22, -1.265),
    (0.10, -1.29), (0.0, -1.29),
)  # fmt: skip
# Scanned shapes are the means of many people, so most are modest: gains bring their travel to that of the cast.
_GAINS: Final[Mapping[str, float]] = {
    "browDown": 1.9, "browInnerUp": 1.7, "eyeSquint": 1.7, "eyeWide": 1.6, "cheekSquint": 1.4, "cheekPuff": 0.8,
    "mouthSmile": 1.2, "mouthFrown": 2.2, "mouthDimple": 1.5, "mouthStretch": 1.2, "mouthPress": 1.8,
    "mouthLowerDown": 1.4, "mouthLeft": 0.75, "mouthRight": 0.75,
}  # fmt: skip
# Modelled lashes are cards for a texture of single hairs; this much of them looks like a line of lashes.
_LASH_LENGTH: Final = 0.3
# The balls as modelled touch the lids; in other faces they would come through.
_BALL: Final = 0.97


@dataclass(frozen=True, slots=True, eq=False)
class ScannedHead:
    """vertices: float32 (n, 3), the mean head. data: the same as sculpted characters know it, its ears where they look
    for ears. identities: float16 (k, n, 3), what one standard deviation of each component adds to the vertices;
    eye_shifts: float32 (k, 2, 3), to the middles of the eyes.
    """

    vertices: F32
    data: HeadData
    identities: NDArray[np.float16]
    eye_shifts: F32


@cache
def read_head(path: Path) -> ScannedHead:
    """Read `ict_facekit.npz`. Raises `BadFile` where it is something else."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return _converted({name: file[name] for name in ("v", "F", "M", "mats", "names", "E", "I")})
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise BadFile(f"{path.name} is not the ICT-FaceKit head that is expected ({error}); leave it out.") from error


def _converted(arrays: Arrays) -> ScannedHead:
    triangles = arrays["F"].astype(np.int64)
    of = {str(name): triangles[arrays["M"] == i] for i, name in enumerate(arrays["mats"])}
    points = arrays["v"].astype(np.float32)
    balls = [np.unique(of[name]) for name in _SCLERAS]
    low, high = np.stack([points[b].min(0) for b in balls]), np.stack([points[b].max(0) for b in balls])
    radius, eyes = float((high - low)[:, 1].mean()) / 2, (low + high) / 2
    # Behind, the balls are open: their middles are one radius behind their fronts.
    eyes[:, 2] = high[:, 2] - radius
    unit, middle = float(np.linalg.norm(eyes[0] - eyes[1])), eyes.mean(0)
    rest, eyes, radius = (points - middle) / unit, (eyes - middle) / unit, _BALL * radius / unit

    face, back = of["M_Face"], of["M_BackHead"]
    parts = [(t, SKIN) for t in (face, back)] + _inside(of["M_GumsTongue"], of["M_Teeth"], rest)
    parts.append((of["M_EyeLashes"], LASH))
    kept = np.unique(np.concatenate([t for t, _ in parts]))
    new = np.full(len(points), -1)
    new[kept] = np.arange(len(kept))

    pieces = _pieces(back)
    # Behind the face: the head, the sockets of the eyes, and the mouth's lining, which lies in the middle.
    mouth = max((p for p in pieces if np.ptp(rest[p, 0]) < 2 and abs(rest[p, 0].mean()) < 0.2), key=len)
    sockets = [p for p in pieces if np.ptp(rest[p, 0]) < 2 and p is not mouth]
    rim = np.intersect1d(mouth, face)
    lips, lining, shade = (np.zeros(len(points), dtype=np.float32) for _ in range(3))
    lips[np.unique(face)] = _red(rest[np.unique(face)])
    lining[np.concatenate([mouth, *sockets])] = 1.0
    lips[rim] = 1.0
    shade[np.unique(of["M_Teeth"])] = 1.0
    edges = np.concatenate([np.intersect1d(socket, face) for socket in sockets])
    roots, along, at_rest = _lashes(of["M_EyeLashes"], rest, edges)
    hairs = np.unique(of["M_EyeLashes"])
    shade[hairs] = along[hairs]

    shapes = _shapes(arrays["E"], [str(n) for n in arrays["names"]]) / unit
    tongue = np.unique(next(t for t, p in parts if p == TONGUE))
    shapes[INDEX["tongueOut"]] = _tongue_out(rest, tongue)
    # The tongue is modelled high in the mouth: it falls with the jaw, or it would hide the depth behind it.
    shapes[INDEX["jawOpen"], tongue, 1] -= 0.16
    shapes[:, hairs] = shapes[:, roots[hairs]]
    data = HeadData(
        vertices=_ears_up(at_rest[kept]),
        triangles=np.ascontiguousarray(new[np.concatenate([t for t, _ in parts])], dtype=np.int32),
        part=np.repeat([p for _, p in parts], [len(t) for t, _ in parts]).astype(np.int32),
        shapes=shapes[:, kept].astype(np.float32),
        shade=shade[kept],
        roots=new[roots[kept]].astype(np.int32),
        lips=lips[kept],
        lining=lining[kept],
        ears=np.clip((np.abs(rest[kept, 0]) - 1.3) / 0.1, 0, 1) * (rest[kept, 1] > -1.0),
        names=(),
        targets=np.zeros((0, len(kept), 3), dtype=np.float16),
        eyes=eyes.astype(np.float32),
        eye_radius=radius,
        eye_shifts=np.zeros((0, 2, 3), dtype=np.float32),
    )
    shifts = np.stack([arrays["I"][:, b].astype(np.float32).mean(1) for b in balls], 1) / unit
    identities = arrays["I"].astype(np.float32) / unit
    identities[:, hairs] = identities[:, roots[hairs]]
    return ScannedHead(at_rest[kept], data, identities[:, kept].astype(np.float16), shifts.astype(np.float32))


def _pieces(triangles: Ids) -> list[Ids]:
    """The vertices of each connected piece of a mesh."""
    from scipy.sparse import coo_matrix  # type: ignore[import-untyped]
    from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped]

    ids, local = np.unique(triangles, return_inverse=True)
    a, b, c = local.reshape(-1, 3).T
    edges = np.concatenate([a, b]), np.concatenate([b, c])
    links = coo_matrix((np.ones(len(edges[0])), edges), shape=(len(ids), len(ids)))
    count, piece = connected_components(links, directed=False)
    return [ids[piece == k] for k in range(count)]


def _inside(gums: Ids, teeth: Ids, rest: F32) -> list[tuple[Ids, int]]:
    """The mouth's inside: tongue, and gums with their teeth, by jaw."""
    x, y, z = rest[gums].mean(1).T
    tongue = (np.abs(x) < 0.27) & (z < 0.30) & (y > -1.30) & (y < -1.03)
    out = [(gums[tongue], TONGUE)]
    both = np.concatenate([gums[~tongue], teeth])
    height = np.zeros(len(rest))
    for piece in _pieces(teeth):
        height[piece] = rest[piece, 1].mean()
    height[np.unique(gums)] = rest[np.unique(gums), 1]
    upper = height[both].mean(1) > -1.1
    return [*out, (both[upper], UPPER_TEETH), (both[~upper], LOWER_TEETH)]


def _red(points: F32) -> F32:
    """0..1: how much of the lips' red each point of the face has."""
    import cv2

    half = np.array(_LIPS, dtype=np.float32)
    outline = np.concatenate([half, half[-2:0:-1] * (-1, 1)]).astype(np.float32)
    inside = np.array([cv2.pointPolygonTest(outline, (float(x), float(y)), True) for x, y, _ in points])
    return np.asarray(np.clip(inside / 0.025 + 0.5, 0, 1) * (points[:, 2] > 0.2), dtype=np.float32)


def _lashes(triangles: Ids, rest: F32, edges: Ids) -> tuple[Ids, F32, F32]:
    """Each lash vertex's root (others are their own), its place along the hair 0..1, and all vertices with lashes
    shortened. edges: vertices of the lids' edges.
    """
    roots, along, out = np.arange(len(rest)), np.zeros(len(rest), dtype=np.float32), rest.copy()
    for strip in _pieces(triangles):
        away = np.sqrt(((rest[strip, None] - rest[None, edges]) ** 2).sum(2).min(1))
        first = strip[away <= np.quantile(away, 1 / 3)]
        near = ((rest[strip, None] - rest[None, first]) ** 2).sum(2).argmin(1)
        roots[strip] = first[near]
        length = np.linalg.norm(rest[strip] - rest[first[near]], axis=1)
        along[strip] = length / max(float(length.max()), 1e-6)
        out[strip] = rest[first[near]] + _LASH_LENGTH * (rest[strip] - rest[first[near]])
    return roots, along, out


def _shapes(deltas: NDArray[Any], names: list[str]) -> F32:
    """(52, n, 3) in ARKit order, by name; halves of a shape that ARKit has as one are added up."""
    out = np.zeros((len(COEFFICIENTS), *deltas.shape[1:]), dtype=np.float32)
    for name, delta in zip(names, deltas, strict=True):
        stem, _, side = name.partition("_")
        full = stem + {"L": "Left", "R": "Right", "": ""}[side]
        shape = full if full in INDEX else stem
        out[INDEX[shape]] += np.float32(_GAINS.get(stem, 1.0)) * delta.astype(np.float32)
    return out


def _ears_up(rest: F32) -> F32:
    """Points with the ears as high and as tall as MakeHuman's: hair is told from ears by height."""
    out = rest.copy()
    ear = np.clip((np.abs(rest[:, 0]) - 1.26) / 0.06, 0, 1) * (np.abs(rest[:, 1] + 0.4) < 0.6)
    out[:, 1] -= ear * np.clip(rest[:, 1] + 0.55, 0, 0.6) * 0.55
    return out


def _tongue_out(rest: F32, tongue: Ids) -> F32:
    """What the scans lack: the tongue, pushed over the lower lip."""
    out = np.zeros_like(rest)
    reach = np.clip((rest[tongue, 2] + 0.55) / 0.75, 0, 1)
    out[tongue, 2] = 0.48 * reach
    out[tongue, 1] = -0.06 * reach - 0.20 * np.clip((reach - 0.6) / 0.4, 0, 1)
    return out
