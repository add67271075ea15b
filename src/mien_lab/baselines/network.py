"""What every baseline is: a name, and eight probabilities for a face that is cut out already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from mien.core.arrays import Rgb, Vector
from mien.core.emotion import EMOTIONS


class EmotionNetwork(Protocol):
    """A network that tells the emotion of a face and finds none itself."""

    name: str

    def probabilities(self, face: Rgb) -> Vector:
        """float32 (8,), order `EMOTIONS`, sum 1, of a square face uint8 (side, side, 3) cut as in FER-2013."""
        ...


_SAME: Final = {
    "angry": "anger",
    "disgusted": "disgust",
    "fearful": "fear",
    "happy": "happiness",
    "sad": "sadness",
    "surprised": "surprise",
}


def in_our_order(values: NDArray[Any], names: Sequence[str]) -> Vector:
    """Reorder a network's own classes to `EMOTIONS`; a class it does not know (contempt) gets 0."""
    out = np.zeros(len(EMOTIONS), dtype=np.float32)
    for name, value in zip(names, values, strict=True):
        out[EMOTIONS.index(_SAME.get(name, name))] = value
    return np.asarray(out / out.sum(), dtype=np.float32)
