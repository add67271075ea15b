"""A table of pictures with titles: what all sheets of docs/mapping are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

_PAPER: Final = (250, 249, 246)
_INK: Final = (38, 40, 46)
_FAINT: Final = (118, 120, 128)
_GAP: Final = 4


def table(
    rows: Sequence[Sequence[NDArray[np.uint8] | None]],
    *,
    columns: Sequence[str],
    labels: Sequence[str] = (),
    cell: int = 150,
    foot: int = 0,
) -> Image.Image:
    """Pictures in rows under titles, each row beside its label of one or more lines; the second and later are faint.

    foot: free space below, pixels. None leaves a place empty.
    """
    left = _GAP + (138 if labels else 0)
    top = 24
    wide, high = left + len(columns) * (cell + _GAP), top + len(rows) * (cell + _GAP)
    sheet = Image.new("RGB", (wide, high + foot), _PAPER)
    pen = ImageDraw.Draw(sheet)
    for k, title in enumerate(columns):
        pen.text((left + k * (cell + _GAP) + cell // 2, 5), title, _INK, font=_font(13), anchor="ma")
    for r, row in enumerate(rows):
        y = top + r * (cell + _GAP)
        for k, picture in enumerate(row):
            if picture is not None:
                image = Image.fromarray(np.ascontiguousarray(picture)).convert("RGB")
                sheet.paste(image.resize((cell, cell), Image.Resampling.LANCZOS), (left + k * (cell + _GAP), y))
        if labels:
            lines = labels[r].split("\n")
            for i, line in enumerate(lines):
                ink, size = (_FAINT, 12) if i else (_INK, 14)
                pen.text((10, y + cell // 2 - 9 * len(lines) + 18 * i), line, ink, font=_font(size))
    return sheet


def _font(size: int) -> Any:
    return ImageFont.load_default(size)
