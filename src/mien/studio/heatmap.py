"""Where the mapping network looked, so that a person can read it (paper, Figure 3)."""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from mien.core.arrays import Points, Rgb
from mien.studio.redraw import Redrawn, flat

LEVELS: Final = ((0.5, (255, 255, 255)), (0.2, (255, 190, 120)))
"""Shares of the greatest attention that have a contour, and its colour."""

_PAPER: Final = (250, 249, 246)
_INK: Final = (38, 40, 46)
_FAINT: Final = (118, 120, 128)
_GAP: Final = 12
_CELL: Final = 420
_LEGEND: Final = 74


def heatmap(redrawn: Redrawn) -> Rgb:
    """The target with where the network looked laid over it, what it drew beside, and what the colours mean below."""
    cells = []
    seen = redrawn.target.seen
    left, top, right, bottom = _around(redrawn.attention_from, seen.shape[1], seen.shape[0])
    scale = _CELL / (bottom - top)
    shine = attention_over(redrawn.attention, redrawn.attention_from, seen.shape[1], seen.shape[0])
    matrix = np.array([[scale, 0, -left * scale], [0, scale, -top * scale]])
    size = (round((right - left) * scale), _CELL)
    drawn = flat(redrawn.picture[..., :3], redrawn.target.opacity)
    for picture in (seen, drawn):
        cell = cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        cells.append(np.asarray(cell, dtype=np.uint8))
    larger = cv2.warpAffine(shine, matrix, size, flags=cv2.INTER_LINEAR)
    cells[0] = warmed(cells[0], np.asarray(larger, dtype=np.float32), line=2)
    width = max(2 * size[0] + 3 * _GAP, 460)
    sheet = Image.new("RGB", (width, _CELL + 30 + _LEGEND + _GAP), _PAPER)
    pen = ImageDraw.Draw(sheet)
    for i, (cell, title) in enumerate(zip(cells, ("where the network looked", "what it drew"), strict=True)):
        x = _GAP + i * (size[0] + _GAP)
        sheet.paste(Image.fromarray(np.ascontiguousarray(cell)), (x, 30))
        pen.text((x + size[0] // 2, 8), title, _INK, font=_font(14), anchor="ma")
    legend(sheet, pen, _GAP, _CELL + 30 + 10, min(420, width - 2 * _GAP))
    return np.asarray(sheet)


def attention_over(attention: NDArray[np.float32], corners: Points, width: int, height: int) -> NDArray[np.float32]:
    """Attention (k, k) over a square of a picture as float32 (height, width), 1 at the most.

    corners: of the square, (4, 2), picture pixels, clockwise from the upper left.
    """
    k = attention.shape[0]
    square = np.array([[0, 0], [k, 0], [k, k], [0, k]], dtype=np.float32) - 0.5
    matrix = cv2.getPerspectiveTransform(square, corners.astype(np.float32))
    shine = cv2.warpPerspective(attention / max(float(attention.max()), 1e-9), matrix, (width, height),
                                flags=cv2.INTER_CUBIC)  # fmt: skip
    return np.asarray(np.clip(shine, 0.0, 1.0), dtype=np.float32)


def changed_in_square(redrawn: Redrawn, side: int) -> NDArray[np.float32]:
    """How far each place of the network's square was changed: float32 (side, side), 0..1."""
    fine = 8 * side
    square = np.array([[0, 0], [fine, 0], [fine, fine], [0, fine]], dtype=np.float32) - 0.5
    matrix = cv2.getPerspectiveTransform(redrawn.attention_from.astype(np.float32), square)
    over = cv2.warpPerspective(redrawn.changed, matrix, (fine, fine), flags=cv2.INTER_LINEAR)
    return np.asarray(np.clip(cv2.resize(over, (side, side), interpolation=cv2.INTER_AREA), 0, 1), dtype=np.float32)


def warmed(picture: Rgb, shine: NDArray[np.float32], *, line: int = 1) -> Rgb:
    """A picture under its attention: warmer is more, with a contour at every one of `LEVELS`."""
    warm = cv2.applyColorMap((255 * shine).astype(np.uint8), cv2.COLORMAP_INFERNO)[..., ::-1]
    # What was hardly looked at stays as it is; otherwise the whole face would lie in the dark.
    weight = 0.75 * np.clip((shine - 0.04) / 0.35, 0, 1)[..., None]
    out = np.ascontiguousarray((picture * (1 - weight) + warm * weight).astype(np.uint8))
    for level, colour in LEVELS:
        lines, _ = cv2.findContours((shine > level).astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(out, lines, -1, colour, line, cv2.LINE_AA)
    return out


def legend(sheet: Image.Image, pen: ImageDraw.ImageDraw, x: int, y: int, width: int) -> None:
    """What colours and lines mean, drawn into a sheet."""
    ramp = np.linspace(0, 1, width)
    colours = cv2.applyColorMap((255 * ramp).astype(np.uint8)[None], cv2.COLORMAP_INFERNO)[..., ::-1]
    sheet.paste(Image.fromarray(np.ascontiguousarray(np.repeat(colours, 14, axis=0))), (x, y))
    pen.text((x, y + 17), "hardly", _FAINT, font=_font(12))
    pen.text((x + width, y + 17), "most looked at", _FAINT, font=_font(12), anchor="ra")
    for k, (level, colour) in enumerate(LEVELS):
        at = x + round(level * width)
        pen.line([(at, y), (at, y + 13)], colour, 2)
        left = x + k * width // 2
        pen.rectangle([left, y + 41, left + 26, y + 51], (90, 90, 96))
        pen.line([(left + 3, y + 46), (left + 23, y + 46)], colour, 2)
        pen.text((left + 32, y + 38), f"line: {level:.0%} of the most", _FAINT, font=_font(12))


def _around(corners: Points, width: int, height: int) -> tuple[int, int, int, int]:
    """left, top, right, bottom: the square with some of the picture round it."""
    low, high = corners.min(axis=0), corners.max(axis=0)
    grow = 0.25 * (high - low)
    left, top = np.maximum(np.floor(low - grow), 0).astype(int)
    right, bottom = np.minimum(np.ceil(high + grow), (width, height)).astype(int)
    return int(left), int(top), int(right), int(bottom)


def _font(size: int) -> Any:
    return ImageFont.load_default(size)
