"""A picture becomes an `Expression`: decode, detect, align, landmarks, coefficients, pose, emotion."""

from mien.perception.align import Region
from mien.perception.detect import Detector
from mien.perception.emotion import EmotionReader, Seen, Verdict
from mien.perception.frames import FPS, frames, is_clip
from mien.perception.overlay import contours, draw_overlay
from mien.perception.picture import BACKGROUND, load_layers, load_picture
from mien.perception.read import MIN_FACE_PX, Near, Reader

__all__ = [
    "BACKGROUND",
    "FPS",
    "MIN_FACE_PX",
    "Detector",
    "EmotionReader",
    "Near",
    "Reader",
    "Region",
    "Seen",
    "Verdict",
    "contours",
    "draw_overlay",
    "frames",
    "is_clip",
    "load_layers",
    "load_picture",
]
