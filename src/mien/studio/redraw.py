"""Redraw a picture of a character with another expression: where perception and the learned gear of mapping meet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.core.arkit import to_controls
from mien.core.arrays import Coefficients, Rgb, Vector, frozen
from mien.core.expression import Expression
from mien.core.face import PHOTO, Reading
from mien.core.style import Style, bound
from mien.errors import NoFaceFound
from mien.mapping.translate import SIDE, SQUARE, Translator
from mien.perception.align import cut, region_for_encoder, wider
from mien.perception.encode import LOOKS_LIKE

if TYPE_CHECKING:
    from mien.core.arrays import Points

_LARGEST = 1024
"""The square of a huge face is redrawn at most at this size and enlarged."""


@dataclass(frozen=True, slots=True, eq=False)
class Redrawn:
    """A picture of a character with another expression.

    picture: uint8, as large as the reference, which is untouched where nothing had to move. reference: what was read of
    it. style: whose ranges bound the expression. bounded: float32 (52,), what was asked of the network; controls: the
    same as float32 (35,). attention: float32 (k, k), where it looked, adds up to 1, over `attention_from` (corners of
    the square in the picture, float32 (4, 2), clockwise).
    """

    picture: Rgb
    reference: Reading
    style: Style
    bounded: Coefficients
    controls: Vector
    attention: NDArray[np.float32]
    attention_from: Points


def redraw(expression: Expression, picture: Rgb, reference: Reading, style: Style, translator: Translator) -> Redrawn:
    """Draw the reference's face with an expression, inside what the style allows; its pose stays.

    picture: the reference, uint8 (height, width, 3). reference: what was read of it. Raises `NoFaceFound` for a photo
    of a real person.
    """
    if reference.looks_like == PHOTO:
        raise NoFaceFound(
            "The target picture looks like a photo of a real person. Use a drawn or rendered character, or a "
            "character's name."
        )
    region = wider(region_for_encoder(reference.face.points), SQUARE)
    side = int(np.clip(round(region.side), SIDE, _LARGEST))
    aligned = cut(picture, region, side, stretch_border=True)
    bounded = bound(expression.coefficients, style)
    drawn = translator.translate(
        aligned.crop,
        wanted=bounded,
        own=reference.expression.coefficients,
        style=[float(name == reference.looks_like) for name in LOOKS_LIKE],
    )
    corners = np.array([[0, 0], [side, 0], [side, side], [0, side]], dtype=np.float32) - 0.5
    return Redrawn(
        picture=_put_back(picture, drawn.picture, drawn.changed, aligned.image_from_crop),
        reference=reference,
        style=style,
        bounded=bounded,
        controls=frozen(to_controls(bounded)),
        attention=drawn.attention,
        attention_from=aligned.to_image(corners),
    )


def heatmap(redrawn: Redrawn) -> Rgb:
    """The picture with where the network looked laid over it, warm is more; contours at a half and a fifth of the most
    (paper, Figure 3).
    """
    picture = redrawn.picture
    k = redrawn.attention.shape[0]
    square = np.array([[0, 0], [k, 0], [k, k], [0, k]], dtype=np.float32) - 0.5
    matrix = cv2.getPerspectiveTransform(square, redrawn.attention_from.astype(np.float32))
    size = (picture.shape[1], picture.shape[0])
    shine = cv2.warpPerspective(redrawn.attention / redrawn.attention.max(), matrix, size, flags=cv2.INTER_CUBIC)
    shine = np.clip(shine, 0.0, 1.0)
    warm = cv2.applyColorMap((255 * shine).astype(np.uint8), cv2.COLORMAP_INFERNO)[..., ::-1]
    weight = 0.7 * np.sqrt(shine)[..., None]
    out = np.ascontiguousarray((picture * (1 - weight) + warm * weight).astype(np.uint8))
    for level, colour in ((0.5, (255, 255, 255)), (0.2, (255, 190, 120))):
        lines, _ = cv2.findContours((shine > level).astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(out, lines, -1, colour, 1, cv2.LINE_AA)
    return out


def _put_back(picture: Rgb, square: Rgb, changed: NDArray[np.float32], image_from_crop: NDArray[np.float32]) -> Rgb:
    """The redrawn square laid over the picture where something changed."""
    size = (picture.shape[1], picture.shape[0])
    matrix = image_from_crop.astype(np.float64)
    over = cv2.warpAffine(square, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    share = cv2.warpAffine(changed, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)[..., None]
    mixed = picture + share * (over.astype(np.float32) - picture)
    return np.asarray(np.clip(mixed + 0.5, 0, 255), dtype=np.uint8)
