"""Redraw a picture of a character with another expression: where perception and the learned gear of mapping meet."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.core.arkit import to_controls
from mien.core.arrays import Coefficients, Rgb, Rgba, Vector, frozen
from mien.core.expression import GUESS_BELOW, Expression
from mien.core.face import PHOTO, Reading
from mien.core.style import Style, bound
from mien.errors import NoFaceFound, NoSuchFace, SeveralFaces
from mien.mapping.retarget import held_back, unseen
from mien.mapping.translate import SIDE, SQUARE, Translated, Translator
from mien.perception import BACKGROUND
from mien.perception.align import cut, region_for_encoder, wider
from mien.perception.encode import LOOKS_LIKE
from mien.perception.read import Reader

if TYPE_CHECKING:
    from mien.core.arrays import Points

SMALLEST_PX: Final = 48
"""Height of a target's face below which there is nothing to redraw: an eye would be five pixels wide."""

_LARGEST: Final = 1024
"""The square of a huge face is redrawn at most at this size and enlarged."""

_RIVAL: Final = 0.5
"""A second face this tall beside the largest leaves open who is meant; smaller ones stand behind, or are none."""

_OUTSIDE: Final = 0.04
"""Share of the face's height by which a feature may pass the picture's border."""

_LITTLE: Final = 0.25
"""Length of a change in coefficients below which a reader's own noise is as large."""

_TURNED_RAD: Final = math.radians(12)


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A picture of a character, read and found fit to be redrawn.

    picture: uint8 (height, width, 3). opacity: uint8 (height, width), None where the picture has none. reading: of its
    face. style: whose ranges bound what the face may do. name: for messages.
    """

    picture: Rgb
    opacity: NDArray[np.uint8] | None
    reading: Reading
    style: Style
    name: str

    @property
    def seen(self) -> Rgb:
        """The picture as it is read and redrawn: before light grey, where it is transparent."""
        return flat(self.picture, self.opacity)


@dataclass(frozen=True, slots=True, eq=False)
class Redrawn:
    """A picture of a character with another expression.

    picture: uint8, as large as the target's and with its opacity, untouched where nothing had to move. target: what it
    was drawn from. source: what was asked for. bounded: float32 (52,), what the network was asked for, inside the
    style's ranges; controls: the same as float32 (35,). changed: float32 (height, width), 0..1, 0 where a pixel is
    still the target's. attention: float32 (k, k), where the network looked, adds up to 1, over `attention_from`
    (corners of the square in the picture, float32 (4, 2), clockwise). notes: what could not be carried over.
    """

    picture: Rgb | Rgba
    target: Target
    source: Expression
    bounded: Coefficients
    controls: Vector
    changed: NDArray[np.float32]
    attention: NDArray[np.float32]
    attention_from: Points
    notes: tuple[str, ...] = ()

    @property
    def confidence(self) -> float:
        """0..1: a picture is no surer than either of the two readings it rests on."""
        return min(self.source.confidence, self.target.reading.expression.confidence)

    @property
    def is_guess(self) -> bool:
        """Is it too unsure to be shown as a fact?"""
        return self.confidence < GUESS_BELOW

    def without_pixels(self) -> Redrawn:
        """The same to be remembered: a clip's frames would fill the memory."""
        empty = np.empty((0, 0, 3), dtype=np.uint8)
        return replace(self, picture=empty, changed=np.empty((0, 0), dtype=np.float32))


def target(
    picture: Rgb,
    opacity: NDArray[np.uint8] | None,
    reader: Reader,
    styles: Mapping[str, Style],
    *,
    name: str = "The target picture",
    face: int | None = None,
    style: Style | None = None,
) -> Target:
    """Read a picture that is to be redrawn.

    face: which one, counted from 1, the largest first. style: bound it by this one, not by the one that it looks drawn
    in. Raises `NoFaceFound` where there is no face, or one that is tiny, cut off, or a real person's; `SeveralFaces`
    where it is open who is meant; `NoSuchFace`.
    """
    try:
        reading = reader.read(flat(picture, opacity), face=face)
    except NoFaceFound as error:
        raise NoFaceFound(f"{name} cannot be redrawn. {error}") from error
    except NoSuchFace as error:
        raise NoSuchFace(f"{name} has no face {face}. {error}") from error
    tall = [f.height_px for f in reading.faces]
    rivals = sum(height > _RIVAL * tall[0] for height in tall)
    if face is None and rivals > 1:
        raise SeveralFaces(
            f"{name} shows {rivals} faces. Say which one to redraw, 1 to {len(tall)} with the largest first "
            "(--target-face), or cut the picture to one."
        )
    if reading.looks_like == PHOTO:
        raise NoFaceFound(
            f"{name} looks like a photo of a real person, and mien puts no expression on real faces. Use a "
            "picture of a drawn or rendered character."
        )
    if reading.face.height_px < SMALLEST_PX:
        raise NoFaceFound(
            f"{name} shows a face only {int(reading.face.height_px)} px tall. Use a picture where it has at least "
            f"{SMALLEST_PX} px."
        )
    if _is_cut_off(reading):
        raise NoFaceFound(f"{name} shows a face that its border cuts off. Use a picture that shows all of it.")
    return Target(picture, opacity, reading, style or styles[reading.looks_like], name)


def redraw(expression: Expression, target: Target, translator: Translator) -> Redrawn:
    """Draw the target's face with an expression, inside what its style allows; its pose stays."""
    reading, seen = target.reading, target.seen
    region = wider(region_for_encoder(reading.face.points), SQUARE)
    side = int(np.clip(round(region.side), SIDE, _LARGEST))
    aligned = cut(seen, region, side, stretch_border=True)
    bounded = bound(expression.coefficients, target.style)
    assert reading.features is not None  # what no encoder has read counts as a photo, and is no target
    drawn = translator.translate(
        aligned.crop,
        wanted=bounded,
        own=reading.expression.coefficients,
        style=[float(name == reading.looks_like) for name in LOOKS_LIKE],
        places=aligned.places(reading.features),
    )
    corners = aligned.to_image(np.array([[0, 0], [side, 0], [side, side], [0, side]], dtype=np.float32) - 0.5)
    result, changed = _put_back(target, seen, drawn, aligned.image_from_crop, _box(corners, seen))
    return Redrawn(
        picture=result,
        target=target,
        source=expression,
        bounded=bounded,
        controls=frozen(to_controls(bounded)),
        changed=changed,
        attention=drawn.attention,
        attention_from=corners,
        notes=(*held_back(expression, bounded), *unseen(expression), *_unmoved(expression, reading)),
    )


def seen(redrawn: Redrawn, reader: Reader) -> float | None:
    """How much of the change that was asked for is read back from the result, 0..1; None where little was asked.

    The part of the change read that goes the way of the change asked for, over all coefficients.
    """
    own = redrawn.target.reading.expression.coefficients
    asked = redrawn.bounded - own
    if float(np.linalg.norm(asked)) < _LITTLE:
        return None
    picture = flat(redrawn.picture[..., :3], redrawn.target.opacity)
    try:
        back = reader.read(picture, face=redrawn.target.reading.face_number).expression.coefficients
    except (NoFaceFound, NoSuchFace):
        return 0.0
    return float(np.clip((back - own) @ asked / (asked @ asked), 0.0, 1.0))


def _unmoved(expression: Expression, reading: Reading) -> tuple[str, ...]:
    """A head that the source turns, and that the picture does not."""
    head, own = expression.head, reading.expression.head
    apart = max(abs(head.yaw_rad - own.yaw_rad), abs(head.pitch_rad - own.pitch_rad))
    return ("The head stays as it is in the picture: only the expression is redrawn.",) if apart > _TURNED_RAD else ()


def _is_cut_off(reading: Reading) -> bool:
    """Do features lie outside without which there is no expression?"""
    if reading.features is None:
        return False
    limit = np.array([reading.width_px, reading.height_px]) - 1.0
    slack = _OUTSIDE * reading.face.height_px
    outside = ((reading.features < -slack) | (reading.features > limit + slack)).any(axis=1)
    return bool(outside.sum() > 1)


def _box(corners: Points, picture: Rgb) -> tuple[slice, slice]:
    """Rows and columns of a picture that a square touches: most of a large picture need not be looked at."""
    low = np.maximum(np.floor(corners.min(axis=0)), 0).astype(int)
    high = np.minimum(np.ceil(corners.max(axis=0)) + 1, (picture.shape[1], picture.shape[0])).astype(int)
    return slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0]))


def _put_back(
    target: Target, seen: Rgb, drawn: Translated, image_from_crop: NDArray[np.float32], box: tuple[slice, slice]
) -> tuple[Rgb | Rgba, NDArray[np.float32]]:
    """The redrawn square laid over the target where something changed, and how far each pixel is; a pixel that
    nothing changed is the target's own, byte for byte.
    """
    rows, columns = box
    size = (columns.stop - columns.start, rows.stop - rows.start)
    matrix = image_from_crop.astype(np.float64) - np.array([[0, 0, columns.start], [0, 0, rows.start]])
    over = cv2.warpAffine(drawn.picture, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    share = cv2.warpAffine(drawn.changed, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    before = seen[box].astype(np.float32)
    colour: NDArray[np.floating[Any]] = before + share[..., None] * (over.astype(np.float32) - before)
    moved = share > 0
    if target.opacity is not None:
        opaque = np.maximum(target.opacity[box][..., None].astype(np.float32) / 255, 1 / 255)
        colour = (colour - np.asarray(BACKGROUND, dtype=np.float32) * (1 - opaque)) / opaque
        moved &= target.opacity[box] > 0
    out = target.picture.copy()
    out[box] = np.where(moved[..., None], np.clip(colour + 0.5, 0, 255).astype(np.uint8), out[box])
    changed = np.zeros(seen.shape[:2], dtype=np.float32)
    changed[box] = share * moved
    return out if target.opacity is None else np.dstack([out, target.opacity]), changed


def flat(picture: Rgb, opacity: NDArray[np.uint8] | None) -> Rgb:
    """A picture before light grey, where it is transparent."""
    if opacity is None:
        return picture
    share = opacity[..., None].astype(np.float32) / 255
    mixed = picture * share + np.asarray(BACKGROUND, dtype=np.float32) * (1 - share)
    return np.asarray(np.clip(mixed + 0.5, 0, 255), dtype=np.uint8)
