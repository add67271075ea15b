"""`Drawn`, a character whose picture is vectors; what every drawn look shares."""

from __future__ import annotations

import zlib
from typing import Protocol

import numpy as np

from mien.characters.drawn.acting import Acting, Values
from mien.characters.drawn.canvas import VIEW, Canvas
from mien.characters.drawn.curves import Point
from mien.characters.drawn.raster import rasterise
from mien.core.arkit import as_coefficients
from mien.core.arrays import Coefficients, Points, Rgba, frozen
from mien.core.character import FEATURES, CharacterInfo
from mien.core.expression import HeadPose

_FACING = HeadPose()


class Artist(Protocol):
    """One look of one character: pure functions of the drawn values."""

    def draw(self, canvas: Canvas, values: Values, head: HeadPose) -> None:
        """Paint the whole picture, background included."""
        ...

    def points(self, values: Values) -> dict[str, Point]:
        """`FEATURES` of the frontal drawing in viewBox units, from the functions that draw."""
        ...

    def posed(self, values: Values, head: HeadPose) -> dict[str, Point]:
        """`FEATURES` where `draw` puts them for this pose, in viewBox units."""
        ...


class Drawn:
    """A `mien.core.character.DrawnCharacter`: an artist, and how the character acts."""

    def __init__(self, info: CharacterInfo, artist: Artist, acting: Acting) -> None:
        self._info = info
        self._artist = artist
        self._acting = acting
        rest = artist.points(acting.values(np.zeros(52, dtype=np.float32)))
        (lx, ly), (rx, ry) = rest["iris_left"], rest["iris_right"]
        self._origin = ((lx + rx) / 2, (ly + ry) / 2)
        self._unit = float(np.hypot(lx - rx, ly - ry))

    @property
    def info(self) -> CharacterInfo:
        """Name, style and kind."""
        return self._info

    def svg(self, coefficients: Coefficients, *, head: HeadPose = _FACING) -> str:
        """The picture as one self-contained SVG document, viewBox 0 0 512 512.

        coefficients: float32 (52,), 0..1. head: any pose; turns past about 30 degrees look flat.
        """
        checked = as_coefficients(coefficients)
        pose = f"{self._info.id} {head.yaw_rad:.6f} {head.pitch_rad:.6f} {head.roll_rad:.6f}".encode()
        canvas = Canvas(f"{self._info.id}-{zlib.crc32(checked.tobytes() + pose):08x}")
        self._artist.draw(canvas, self._acting.values(checked), head)
        return canvas.svg()

    def render(self, coefficients: Coefficients, size: int = 256, *, head: HeadPose = _FACING) -> Rgba:
        """The picture as uint8 (size, size, 4), opaque."""
        return rasterise(self.svg(coefficients, head=head), size)

    def features(self, coefficients: Coefficients) -> Points:
        """`FEATURES` of the frontal drawing: float32 (31, 3), inter-iris units, x to the subject's left, y up, z 0."""
        points = self._artist.points(self._acting.values(as_coefficients(coefficients)))
        (ox, oy), unit = self._origin, self._unit
        out = np.zeros((len(FEATURES), 3), dtype=np.float32)
        for i, name in enumerate(FEATURES):
            x, y = points[name]
            out[i, 0], out[i, 1] = (x - ox) / unit, (oy - y) / unit
        return frozen(out)

    def landmarks(self, coefficients: Coefficients, size: int = 256, *, head: HeadPose = _FACING) -> Points:
        """`FEATURES` in the picture of `render`: float32 (31, 2), pixels, x right, y down."""
        points = self._artist.posed(self._acting.values(as_coefficients(coefficients)), head)
        return frozen(np.array([points[name] for name in FEATURES]) * (size / VIEW))
