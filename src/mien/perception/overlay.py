"""Show what was read on the picture itself: thin contours, box and head axes, at any size of picture."""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.core.arrays import Points, Rgb
from mien.core.character import FEATURES
from mien.core.expression import HeadPose
from mien.core.face import Reading

Colour = tuple[int, int, int]

_FACE: Final[Colour] = (255, 255, 255)
_EYES: Final[Colour] = (94, 234, 212)
_BROWS: Final[Colour] = (196, 181, 253)
_LIPS: Final[Colour] = (253, 164, 175)
_OTHERS: Final[Colour] = (203, 213, 225)

_OVAL: Final = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150,
    136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
_EYE_RIGHT: Final = (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246)
_EYE_LEFT: Final = (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466)
_BROW_RIGHT: Final = (46, 53, 52, 65, 55, 107, 66, 105, 63, 70)
_BROW_LEFT: Final = (276, 283, 282, 295, 285, 336, 296, 334, 293, 300)
_LIPS_OUTER: Final = (
    61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185,
)  # fmt: skip
_LIPS_INNER: Final = (
    78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191,
)  # fmt: skip
_IRISES: Final = ((468, (469, 470, 471, 472)), (473, (474, 475, 476, 477)))

_NOSE_TIP: Final = 4


def _line(*names: str) -> tuple[int, ...]:
    return tuple(FEATURES.index(name) for name in names)


def _there_and_back(*names: str) -> tuple[int, ...]:
    return _line(*names, *names[-2:0:-1])


_SEEN: Final = (
    (_FACE, (_there_and_back("jaw_left", "chin", "jaw_right"),
             _there_and_back("nose_wing_left", "nose_tip", "nose_wing_right"))),
    (_BROWS, tuple(_there_and_back(f"brow_inner_{side}", f"brow_mid_{side}", f"brow_outer_{side}")
                   for side in ("left", "right"))),
    (_EYES, tuple(_there_and_back(f"lid_upper_{side}", f"iris_{side}", f"lid_lower_{side}")
                  for side in ("left", "right"))),
    (_LIPS, (_line("mouth_corner_left", "lip_upper_left", "lip_upper", "lip_upper_right", "mouth_corner_right",
                   "lip_lower_right", "lip_lower", "lip_lower_left"),
             _line("mouth_corner_left", "lip_upper_inner", "mouth_corner_right", "lip_lower_inner"))),
)  # fmt: skip
"""Lines through the features of a drawn face, by colour."""

_FACE_PX: Final = 320
_LONGEST_PX: Final = 1280

# Fixed-point coordinates of OpenCV's anti-aliased drawing: 1/16 px.
_SHIFT: Final = 4


def contours(reading: Reading) -> list[Points]:
    """Outlines of face, eyes, brows and lips as closed polylines: float32 (n, 2) each, pixels.

    Of a drawn face jaw, brows, lips and how far each eye is open; lines that go there and back.
    """
    if reading.is_drawn:
        return (
            [] if reading.features is None else [reading.features[list(line)] for _, lines in _SEEN for line in lines]
        )
    points = reading.landmarks[:, :2]
    lines = (_OVAL, _EYE_RIGHT, _EYE_LEFT, _BROW_RIGHT, _BROW_LEFT, _LIPS_OUTER, _LIPS_INNER)
    return [points[list(line)] for line in lines]


def draw_overlay(picture: Rgb, reading: Reading) -> Rgb:
    """The picture with the reading drawn on it: uint8 (height, width, 3).

    Small pictures are enlarged, so that lines stay thin on a small face: up to a face of `_FACE_PX`, but never past
    `_LONGEST_PX`. Line widths follow the face's size. Other faces get a pale box.
    """
    face = reading.face
    grow = min(_FACE_PX / max(face.height_px, 1.0), _LONGEST_PX / max(picture.shape[:2]))
    zoom = max(1.0, grow)
    canvas = picture.copy()
    if zoom > 1.0:
        canvas = np.asarray(cv2.resize(picture, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC))
    if reading.is_drawn:
        return _drawn(canvas, reading, zoom)
    # Pixel centres sit at whole numbers, so enlarging moves them by half a pixel.
    points = (reading.landmarks[:, :2] + 0.5) * zoom - 0.5
    width = max(1.0, face.height_px * zoom / 220)
    for number, other in enumerate(reading.faces):
        chosen = number == reading.index
        _box(canvas, other.box_xyxy * zoom, _FACE if chosen else _OTHERS, width, 0.9 if chosen else 0.55)
    _axes(canvas, points[_NOSE_TIP], reading.expression.head, 0.26 * face.height_px * zoom, width)
    _contour(canvas, points, _OVAL, _FACE, width, 0.5)
    for brow in (_BROW_LEFT, _BROW_RIGHT):
        _contour(canvas, points, brow, _BROWS, width, 0.9)
    for eye in (_EYE_LEFT, _EYE_RIGHT):
        _contour(canvas, points, eye, _EYES, width, 0.95)
    for lips in (_LIPS_OUTER, _LIPS_INNER):
        _contour(canvas, points, lips, _LIPS, width, 0.95)
    for centre, rim in _IRISES:
        radius = float(np.linalg.norm(points[list(rim)] - points[centre], axis=1).mean())
        _circle(canvas, points[centre], radius, _EYES, width)
    return canvas


def _drawn(canvas: Rgb, reading: Reading, zoom: float) -> Rgb:
    """A drawn face has no mesh: its box, lines through its features, and light where the encoder looked."""
    face = reading.face
    width = max(1.0, face.height_px * zoom / 220)
    if reading.attention is not None and reading.attention_from is not None:
        corners = ((reading.attention_from + 0.5) * zoom - 0.5).astype(np.float32)
        side = reading.attention.shape[1]
        square = np.array([[0, 0], [side, 0], [side, side], [0, side]], dtype=np.float32) - 0.5
        matrix = cv2.getPerspectiveTransform(square, corners)
        size = (canvas.shape[1], canvas.shape[0])
        for map_, colour in zip(reading.attention, (_LIPS, _EYES, _BROWS), strict=False):
            seen = cv2.warpPerspective(map_ / map_.max(), matrix, size, flags=cv2.INTER_CUBIC)
            light = (0.35 * np.clip(seen, 0, 1))[:, :, None]
            canvas[:] = (canvas * (1 - light) + np.array(colour) * light).astype(np.uint8)
    for number, other in enumerate(reading.faces):
        chosen = number == reading.index
        _box(canvas, other.box_xyxy * zoom, _FACE if chosen else _OTHERS, width, 0.9 if chosen else 0.55)
    if reading.features is None:
        return canvas
    points = (reading.features + 0.5) * zoom - 0.5
    for colour, lines in _SEEN:
        for line in lines:
            _strokes(canvas, [_fixed(points[list(line)])], colour, width, 0.95, closed=True)
    for side in ("left", "right"):
        _circle(canvas, points[FEATURES.index(f"iris_{side}")], 3.0 * width, _EYES, width)
    return canvas


def _fixed(points: NDArray[np.floating]) -> NDArray[np.int32]:
    return np.round(np.asarray(points, dtype=np.float64) * (1 << _SHIFT)).astype(np.int32)


def _strokes(
    canvas: Rgb, lines: list[NDArray[np.int32]], colour: Colour, width: float, opacity: float, closed: bool
) -> None:
    """Anti-aliased lines with a soft dark edge, so that they show on any skin and any background."""
    thick = max(1, round(width))
    ends = np.concatenate(lines) >> _SHIFT
    pad = thick + 3
    x0, y0 = np.maximum(ends.min(axis=0) - pad, 0)
    x1, y1 = ends.max(axis=0) + pad + 1
    part = canvas[y0 : max(y1, 0), x0 : max(x1, 0)]
    if part.size == 0:
        return
    inside = [line - (np.array([x0, y0], dtype=np.int32) << _SHIFT) for line in lines]
    drawn, shadow = part.copy(), part.copy()
    cv2.polylines(shadow, inside, closed, (0, 0, 0), thick + 2, cv2.LINE_AA, _SHIFT)
    cv2.addWeighted(shadow, 0.25, drawn, 0.75, 0, dst=drawn)
    cv2.polylines(drawn, inside, closed, colour, thick, cv2.LINE_AA, _SHIFT)
    part[:] = cv2.addWeighted(drawn, opacity, part, 1 - opacity, 0)


def _contour(
    canvas: Rgb, points: NDArray[np.float32], index: tuple[int, ...], colour: Colour, width: float, opacity: float
) -> None:
    _strokes(canvas, [_fixed(_rounded(points[list(index)]))], colour, width, opacity, closed=True)


def _rounded(polygon: NDArray[np.float32]) -> NDArray[np.float32]:
    """A closed polygon with its corners rounded (two rounds of Chaikin's corner cutting)."""
    for _ in range(2):
        after = np.roll(polygon, -1, axis=0)
        polygon = np.stack([0.75 * polygon + 0.25 * after, 0.25 * polygon + 0.75 * after], axis=1).reshape(-1, 2)
    return polygon


def _circle(canvas: Rgb, centre: NDArray[np.float32], radius: float, colour: Colour, width: float) -> None:
    angles = np.linspace(0, 2 * np.pi, 33)[:-1]
    ring = centre + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    _strokes(canvas, [_fixed(ring)], colour, width, 0.95, closed=True)


def _box(canvas: Rgb, box_xyxy: NDArray[np.float32], colour: Colour, width: float, opacity: float) -> None:
    """Only the four corners of the box: they frame the face without crossing it."""
    left, top, right, bottom = (float(v) for v in box_xyxy)
    arm = 0.14 * min(right - left, bottom - top)
    corners = [((left, top), 1, 1), ((right, top), -1, 1), ((right, bottom), -1, -1), ((left, bottom), 1, -1)]
    lines = [_fixed(np.array([[x + sx * arm, y], [x, y], [x, y + sy * arm]])) for (x, y), sx, sy in corners]
    _strokes(canvas, lines, colour, width * 1.4, opacity, closed=False)


def head_axes(head: HeadPose) -> NDArray[np.float64]:
    """Where the head's own axes point on the picture: float (3, 2), rows left, up and forward, unit length in 3-D."""
    cy, sy = math.cos(head.yaw_rad), math.sin(head.yaw_rad)
    cp, sp = math.cos(head.pitch_rad), math.sin(head.pitch_rad)
    cr, sr = math.cos(head.roll_rad), math.sin(head.roll_rad)
    yaw = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    pitch = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    roll = np.array([[cr, sr, 0], [-sr, cr, 0], [0, 0, 1]])
    axes = (yaw @ pitch @ roll).T
    return np.asarray(axes[:, :2] * [1, -1])


def _axes(canvas: Rgb, start: NDArray[np.float32], head: HeadPose, reach_px: float, width: float) -> None:
    """The head's axes from the tip of the nose: left red, up green, forward blue."""
    colours: tuple[Colour, ...] = ((248, 113, 113), (134, 239, 172), (96, 165, 250))
    for axis, colour in zip(head_axes(head), colours, strict=True):
        _strokes(canvas, [_fixed(np.array([start, start + axis * reach_px]))], colour, width, 0.85, closed=False)
