"""The pictures of a rig's materials, decoded and at every size that they are seen at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from mien.core.arrays import Rgba
from mien.core.rig import F32, Material
from mien.errors import BadFile

# The longest side that is kept, and the largest picture that is decoded.
_SIDE: Final = 1536
_MOST_PIXELS: Final = 8192 * 8192
_LEVELS: Final = 7

LINEAR: Final = np.where(
    np.arange(256) <= 0.04045 * 255, np.arange(256) / 255 / 12.92, ((np.arange(256) / 255 + 0.055) / 1.055) ** 2.4
).astype(np.float32)
"""sRGB byte -> linear light."""


def decode(data: bytes, *, name: str) -> Rgba:
    """A PNG, JPEG or WebP as uint8 (height, width, 4), at most 1,536 pixels a side. Raises `BadFile`."""
    try:
        with Image.open(BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as found:
            if found.width * found.height > _MOST_PIXELS:
                raise BadFile(f"The picture of the surface '{name}' has too many pixels; make it smaller.")
            found.draft("RGB", (_SIDE, _SIDE))
            picture = np.asarray(found.convert("RGBA"), dtype=np.uint8)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadFile(f"The picture of the surface '{name}' cannot be read; export it as PNG or JPEG.") from error
    while (longest := max(picture.shape[:2])) > _SIDE:
        picture = _smaller(picture, max(0.5, _SIDE / longest))
    return picture


def _smaller(picture: Rgba, factor: float) -> Rgba:
    """What cannot be seen must not colour what can: colours are weighed by their opacity."""
    size = (max(1, round(picture.shape[1] * factor)), max(1, round(picture.shape[0] * factor)))
    if (picture[..., 3] == 255).all():
        return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    weight = picture[..., 3:].astype(np.float32) + 0.01
    mixed = cv2.resize(np.concatenate([picture[..., :3] * weight, weight], 2), size, interpolation=cv2.INTER_AREA)
    out = np.concatenate([mixed[..., :3] / mixed[..., 3:], mixed[..., 3:]], 2)
    return np.asarray(np.clip(np.round(out), 0, 255), dtype=np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """All sizes of all pictures one after another. texels: uint8 (n, 4). rows: int32 (materials, levels, 4): start,
    width, height, does it repeat; a width of 0 is no picture. per_unit: float32 (materials,), texels in an inter-iris
    unit at the largest size. first: the largest size of each, for those who draw elsewhere.
    """

    texels: NDArray[np.uint8]
    rows: NDArray[np.int32]
    per_unit: F32
    first: tuple[Rgba | None, ...]

    def at(self, pixels_per_unit: float) -> NDArray[np.int32]:
        """The size of each for a picture in which a unit has so many pixels: int32 (materials, 4)."""
        finer = np.maximum(self.per_unit / max(pixels_per_unit, 1e-6), 1e-6)
        level = np.clip(np.floor(np.log2(finer) + 0.35), 0, _LEVELS - 1).astype(np.int64)
        return np.ascontiguousarray(self.rows[np.arange(len(self.rows)), level])


def read_pictures(
    materials: Sequence[Material], positions: F32, places: F32, triangles: NDArray[np.int32], of: NDArray[np.int32]
) -> Pictures:
    """Decode what the materials name. of: the material of each triangle. Raises `BadFile`."""
    decoded: dict[bytes, Rgba] = {}
    texels: list[Rgba] = []
    rows: list[list[tuple[int, int, int, int]]] = []
    per_unit: list[float] = []
    count = 0
    kept: dict[bytes, list[tuple[int, int, int]]] = {}
    for k, material in enumerate(materials):
        if material.picture is None:
            rows.append([(0, 0, 0, 0)] * _LEVELS)
            per_unit.append(0.0)
            continue
        if material.picture not in decoded:
            picture = decode(material.picture, name=material.name)
            decoded[material.picture] = picture
            levels = []
            for _ in range(_LEVELS):
                high, wide = picture.shape[:2]
                levels.append((count, wide, high))
                texels.append(picture.reshape(-1, 4))
                count += high * wide
                picture = _smaller(picture, 0.5)
            kept[material.picture] = levels
        rows.append([(*level, int(material.repeats)) for level in kept[material.picture]])
        picture = decoded[material.picture]
        own = triangles[of == k]
        per_unit.append(_density(positions, places * (picture.shape[1], picture.shape[0]), own))
    joined = np.ascontiguousarray(np.concatenate(texels)) if texels else np.zeros((1, 4), dtype=np.uint8)
    sizes = [levels[0] for levels in rows]
    return Pictures(
        joined,
        np.array(rows, dtype=np.int32).reshape(len(materials), _LEVELS, 4),
        np.array(per_unit, dtype=np.float32),
        tuple(joined[at : at + w * h].reshape(h, w, 4) if w else None for at, w, h, _ in sizes),
    )


def _density(positions: F32, texels: NDArray[np.floating], triangles: NDArray[np.int32]) -> float:
    """Texels in a unit, as a surface has them on the whole."""
    a, b, c = (positions[triangles[:, k]] for k in range(3))
    solid = np.linalg.norm(np.cross(b - a, c - a), axis=1).sum()
    a, b, c = (texels[triangles[:, k]] for k in range(3))
    flat = np.abs((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]).sum()
    return float(np.sqrt(flat / max(float(solid), 1e-9)))
