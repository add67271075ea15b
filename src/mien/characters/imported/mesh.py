"""An imported head as a `mien.core.mesh.Mesh`, for other programs to draw: 52 shapes under ARKit's names, whatever its
own were called.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.characters.imported.head import Head
from mien.characters.imported.pictures import Pictures
from mien.characters.sculpted.lighting import Lighting
from mien.core.arkit import COUNT
from mien.core.arrays import Rgba
from mien.core.character import CharacterInfo
from mien.core.mesh import Mesh, Part, Surface
from mien.core.rig import F32, Material

# Pictures of a file that is sent to browsers.
_SIDE: Final = 1024
# Shapes that act together turn normals less than their sum: as on sculpted heads.
_BEND: Final = 0.6
# A picture that repeats more often than this is laid on once.
_REPEATS: Final = 4


def mesh_of(
    info: CharacterInfo,
    head: Head,
    pictures: Pictures,
    bent: Callable[[F32], F32],
    lighting: Lighting,
    occlusion: F32,
    *,
    frame: tuple[float, float],
) -> Mesh:
    """bent: smooth normals of the surface where its vertices are, (n, 3). occlusion: how much of the sky each vertex
    sees, (n,). frame: what a portrait shows, in units.

    Lit surfaces stay lit, and the colours of their vertices hold what hollows keep of the light; those of toons hold
    their two tones.
    """
    rest = bent(head.positions)
    turns = np.zeros((COUNT, len(head.moving), 3), dtype=np.float32)
    for i in range(COUNT):
        if head.moves[i].any():
            posed = head.positions.copy()
            posed[head.moving] += head.moves[i]
            turns[i] = _BEND * (bent(posed) - rest)[head.moving]
    where = np.full(len(head.positions), -1)
    where[head.moving] = np.arange(len(head.moving))
    parts = []
    # What is see-through is drawn over the rest.
    order = sorted(range(len(head.materials)), key=lambda k: head.materials[k].alpha == "blend")
    eyes = np.maximum(head.eyes[0].share, head.eyes[1].share)[head.kept]
    for k in order:
        material = head.materials[k]
        used, own = np.unique(head.triangles[head.of_triangle == k], return_inverse=True)
        is_eye = material.look == "lit" and bool((eyes[used] > 0.5).mean() > 0.5)
        moves, turned = _moving(head, where[used], turns, lit=material.look == "lit")
        picture, places = _laid_on(material, pictures.first[k], head.places[used])
        name = "eyes" if is_eye else material.name or head.names[k] or f"surface {k + 1}"
        surface = Surface(
            name, picture, 0.12 if is_eye else material.roughness, material.two_sided, material.alpha,
            max(material.cutoff, 1 / 255), material.look == "lit",
        )  # fmt: skip
        colours: NDArray[Any] = np.clip(head.colours[used, :3] * np.array(material.colour[:3]), 0, 1)
        if material.look == "lit":
            colours = colours * (0.25 + 0.75 * occlusion[used, None])
        if material.look == "toon":
            colours = colours * _tones(material, head.normals[used], lighting)
        parts.append(
            Part(
                surface,
                head.positions[used],
                head.normals[used],
                own.reshape(-1, 3).astype(np.int32),
                colours.astype(np.float32),
                places,
                moves,
                turned,
            )
        )
    return Mesh(
        info.id, info.name, info.style, tuple(parts), head.correctives, frame=frame, terms=dict(head.model.rig.terms)
    )


def _moving(head: Head, where: NDArray[np.int64], turns: F32, *, lit: bool) -> tuple[F32 | None, F32 | None]:
    """What coefficients do to some vertices: (52, n, 3) twice, or None for those that stay."""
    on = np.flatnonzero(where >= 0)
    if not len(on):
        return None, None
    moves = np.zeros((COUNT, len(where), 3), dtype=np.float32)
    moves[:, on] = head.moves[:, where[on]]
    if not lit:
        return moves, None
    turned = np.zeros_like(moves)
    turned[:, on] = turns[:, where[on]]
    return moves, turned


def _laid_on(material: Material, picture: Rgba | None, places: F32) -> tuple[Rgba | None, F32 | None]:
    """A picture and places on it in 0..1: one that repeats is laid out as often as it is seen."""
    if picture is None:
        return None, None
    if max(picture.shape[:2]) > _SIDE:
        share = _SIDE / max(picture.shape[:2])
        size = (max(1, round(picture.shape[1] * share)), max(1, round(picture.shape[0] * share)))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    moved = places - np.floor(places.min(0) + 1e-4)
    times = np.clip(np.ceil(moved.max(0) - 1e-4), 1, None)
    if material.repeats and times.max() > 1 and times.max() <= _REPEATS:
        picture = np.tile(picture, (int(times[1]), int(times[0]), 1))
        while max(picture.shape[:2]) > 2 * _SIDE:
            picture = np.asarray(
                cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), dtype=np.uint8
            )
        moved = moved / times
    elif not material.repeats:
        moved = places
    factor = material.colour[3]
    if material.alpha != "opaque" and factor < 1:
        picture = picture.copy()
        picture[..., 3] = np.round(picture[..., 3] * factor)
    seen = picture if material.alpha != "opaque" else picture[..., :3]
    return np.ascontiguousarray(seen), np.clip(moved, 0, 1).astype(np.float32)


def _tones(material: Material, normals: F32, lighting: Lighting) -> NDArray[np.float64]:
    """The two tones of a toon where the key light leaves them at rest, (n, 3)."""
    towards = 0.6 * lighting.lamps[0, :3] + (0.0, 0.0, 0.6)
    towards = towards / np.linalg.norm(towards)
    # Vertices lie further apart than pixels: a border as hard as the picture's would have teeth.
    soft = min(material.toony, 0.6)
    t = np.clip((normals @ towards + material.shift + 1 - soft) / (2 - 2 * soft), 0, 1)[:, None]
    return np.asarray(np.array(material.shade) * (1 - t) + t)
