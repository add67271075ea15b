"""What mien reads of a source picture, and the expression behind it."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from mien.core.arkit import COEFFICIENTS
from mien.core.arrays import Coefficients, Rgb
from mien.core.style import unbound
from mien.errors import NoFaceFound
from mien.studio import Studio


@dataclass(frozen=True, slots=True)
class Read:
    """What mien read of a source picture. coefficients: as the face shows them, inside its own style; None: no face.

    style: what it looks drawn in.
    """

    coefficients: Coefficients | None
    style: str
    ms: float

    @property
    def shown(self) -> Coefficients:
        """The coefficients, or rest where no face was found."""
        return np.zeros(len(COEFFICIENTS), dtype=np.float32) if self.coefficients is None else self.coefficients


def read_source(studio: Studio, picture: Rgb) -> Read:
    """What mien reads of a picture, and how long that takes."""
    start = time.perf_counter()
    try:
        reading = studio.read(picture)
    except NoFaceFound:
        return Read(None, "", (time.perf_counter() - start) * 1000)
    return Read(reading.expression.coefficients, reading.looks_like, (time.perf_counter() - start) * 1000)


def freed(read: Read, studio: Studio) -> Coefficients:
    """The expression behind what a face shows: a drawn one was bounded by its own style already."""
    style = studio.styles_by_id.get(read.style)
    return read.shown if style is None else unbound(read.shown, style)
