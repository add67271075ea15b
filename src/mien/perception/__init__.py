"""A picture becomes an `Expression`: decode, detect, align, landmarks, coefficients, pose, emotion."""

from mien.perception.align import Region
from mien.perception.detect import Detector
from mien.perception.emotion import EmotionReader, Seen, Verdict
from mien.perception.overlay import contours, draw_overlay
from mien.perception.picture import load_picture
from mien.perception.read import MIN_FACE_PX, Reader

__all__ = [
    "MIN_FACE_PX",
    "Detector",
    "EmotionReader",
    "Reader",
    "Region",
    "Seen",
    "Verdict",
    "contours",
    "draw_overlay",
    "load_picture",
]
