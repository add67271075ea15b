"""What the annotators said, in mien's classes: FER-2013's one label, FER+'s ten votes, and seven classes of eight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.core.emotion import EMOTIONS
from mien_lab.evaluation.metrics import Classes

NONE: Final = -1
"""Where a picture has no label under a rule; such pictures are left out of that rule's figures."""

_OTHER_NAMES: Final = {"angry": "anger", "happy": "happiness", "sad": "sadness"}
_CONTEMPT: Final = EMOTIONS.index("contempt")


def fer_classes(labels: NDArray[Any], names: Sequence[str]) -> Classes:
    """FER-2013's labels as positions in `EMOTIONS`; what is no position in `names` (255: unknown) is `NONE`."""
    ours = np.array([EMOTIONS.index(_OTHER_NAMES.get(name, name)) for name in names])
    out = np.full(len(labels), NONE, dtype=np.int64)
    known = labels < len(names)
    out[known] = ours[labels[known]]
    return out


def majority(votes: NDArray[Any], names: Sequence[str]) -> Classes:
    """FER+'s majority rule (Barsoum et al. 2016, and their published code).

    A class with a single vote is an outlier and loses it; the winner must then hold more than half of the votes that
    are left. Otherwise, and where "unknown" or "NF" (not a face) wins, the picture is `NONE`: so no ties remain.
    votes: (n, 10), columns `names`.
    """
    kept = np.where(votes < 2, 0, votes).astype(np.int64)
    winner = kept.argmax(axis=1)
    clear = 2 * kept.max(axis=1) > kept.sum(axis=1)
    return np.where(clear, _ours(names)[winner], NONE)


def plurality(votes: NDArray[Any], names: Sequence[str]) -> Classes:
    """The emotion with most votes, "unknown" and "NF" set aside; the first in FER+'s own order wins a tie.

    Every picture that anyone saw an emotion in has a label here: easier to compare, noisier than `majority`.
    """
    ours = _ours(names)
    emotions = ours != NONE
    felt = votes[:, emotions]
    return np.where(felt.max(axis=1) > 0, ours[emotions][felt.argmax(axis=1)], NONE)


def without_contempt(probabilities: NDArray[Any]) -> NDArray[np.float32]:
    """Seven classes of eight: contempt's share goes to the others in proportion. Columns stay those of `EMOTIONS`.

    FER-2013 has no contempt. Of its Training pictures that FER+ calls contempt, 37 % are labelled anger and 18 %
    disgust, so that folding it into disgust would be the worse choice.
    """
    rest = np.array(probabilities, dtype=np.float32)
    rest[:, _CONTEMPT] = 0.0
    total = rest.sum(axis=1, keepdims=True)
    even = np.full(rest.shape, 1.0 / (len(EMOTIONS) - 1), dtype=np.float32)
    even[:, _CONTEMPT] = 0.0
    return np.where(total > 0, rest / np.maximum(total, 1e-9), even)


def _ours(names: Sequence[str]) -> Classes:
    return np.array([EMOTIONS.index(n) if n in EMOTIONS else NONE for n in names], dtype=np.int64)
