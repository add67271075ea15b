"""SVG -> pixels, by resvg."""

from __future__ import annotations

import io

import numpy as np

from mien.core.arrays import Rgba
from mien.errors import BadExpression

MAX_SIZE = 4096


def rasterise(svg: str, size: int) -> Rgba:
    """Draw an SVG document as uint8 (size, size, 4), straight alpha. Deterministic; no fonts or files are read.

    Raises `BadExpression` if the size is not between 16 and 4096 pixels.
    """
    if not 16 <= size <= MAX_SIZE:
        raise BadExpression(f"A picture can be 16 to {MAX_SIZE} pixels wide, not {size}.")
    import resvg_py
    from PIL import Image

    png = bytes(resvg_py.svg_to_bytes(svg_string=svg, width=size, height=size, skip_system_fonts=True))
    with Image.open(io.BytesIO(png)) as picture:
        return np.array(picture.convert("RGBA"), dtype=np.uint8)
