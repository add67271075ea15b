"""52 coefficients from landmarks by MediaPipe's blendshape network, matched to ARKit by name."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.core.arkit import COUNT, INDEX, mirror_order
from mien.core.arrays import Points, Vector
from mien.resources import Network, session

_POINTS: Final = np.array([
    0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65, 66, 67, 70, 78, 80,
    81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136, 144, 145, 146, 148, 149, 150, 152, 153,
    154, 155, 157, 158, 159, 160, 161, 162, 163, 168, 172, 173, 176, 178, 181, 185, 191, 195, 197, 234, 246, 249, 251,
    263, 267, 269, 270, 276, 282, 283, 284, 285, 288, 291, 293, 295, 296, 297, 300, 308, 310, 311, 312, 314,
    317, 318, 321, 323, 324, 332, 334, 336, 338, 356, 361, 362, 365, 373, 374, 375, 377, 378, 379, 380, 381, 382, 384,
    385, 386, 387, 388, 389, 390, 397, 398, 400, 402, 405, 409, 415, 454, 466, 468, 469, 470, 471, 472, 473, 474, 475,
    476, 477,
])  # fmt: skip
"""The landmarks that the network takes (mediapipe, face_blendshapes_graph.cc)."""

MEDIAPIPE: Final[tuple[str, ...]] = (
    "_neutral", "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight", "cheekPuff",
    "cheekSquintLeft", "cheekSquintRight", "eyeBlinkLeft", "eyeBlinkRight", "eyeLookDownLeft", "eyeLookDownRight",
    "eyeLookInLeft", "eyeLookInRight", "eyeLookOutLeft", "eyeLookOutRight", "eyeLookUpLeft", "eyeLookUpRight",
    "eyeSquintLeft", "eyeSquintRight", "eyeWideLeft", "eyeWideRight", "jawForward", "jawLeft", "jawOpen", "jawRight",
    "mouthClose", "mouthDimpleLeft", "mouthDimpleRight", "mouthFrownLeft", "mouthFrownRight", "mouthFunnel",
    "mouthLeft", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthPressLeft", "mouthPressRight", "mouthPucker",
    "mouthRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthSmileLeft",
    "mouthSmileRight", "mouthStretchLeft", "mouthStretchRight", "mouthUpperUpLeft", "mouthUpperUpRight",
    "noseSneerLeft", "noseSneerRight",
)  # fmt: skip
"""The network's own order: it starts with `_neutral` and has no tongueOut."""

_PAIRS: Final = [(i, INDEX[name]) for i, name in enumerate(MEDIAPIPE) if name in INDEX]
_FROM: Final = np.array([i for i, _ in _PAIRS])
_TO: Final = np.array([j for _, j in _PAIRS])


@cache
def mirror_landmarks() -> NDArray[np.intp]:
    """Permutation of the 478 landmarks that swaps left and right."""
    text = files("mien.perception").joinpath("data/mirror.txt").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if not line.startswith("#")]
    return np.array(" ".join(rows).split(), dtype=np.intp)


class BlendshapeReader:
    """Reads coefficients as the network gives them; `calibrate` makes them mean what ARKit means.

    network: `face_blendshapes` of the manifest; the process's own one when None.
    """

    def __init__(self, network: Network | None = None) -> None:
        self._network = network or session("face_blendshapes")

    def read(self, landmarks: Points) -> Vector:
        """Raw coefficients, float32 (52,), ARKit order, from landmarks (478, 2 or 3) in pixels.

        The network sees a face's two sides differently (on 844 press photos its eyeSquintLeft is .10 above
        eyeSquintRight, in the mirror it is the other way round), so it looks at the face and at its mirror image,
        and the mean is taken: a mirrored face gives mirrored coefficients. tongueOut is 0: the network does not
        have it.
        """
        mirrored = landmarks[mirror_landmarks(), :2] * np.array([-1.0, 1.0], dtype=np.float32)
        return np.asarray((self._once(landmarks) + self._once(mirrored)[mirror_order()]) / 2, dtype=np.float32)

    def _once(self, landmarks: Points) -> Vector:
        points = np.ascontiguousarray(landmarks[_POINTS, :2], dtype=np.float32)[None]
        raw = np.zeros(COUNT, dtype=np.float32)
        raw[_TO] = self._network.run(points=points)["blendshapes"].reshape(-1)[_FROM]
        return raw
