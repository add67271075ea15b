"""Not ten near-identical frames of one character: repeats of better hits are pushed down (MMR)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.core.arrays import Vector
from mien.retrieval.faces import Faces, likeness

_REPEATS_FROM: Final = 0.8
"""Likeness above which two takes of one character begin to count as repeats."""


def varied(
    scores: Vector, faces: Faces, sure: Faces, characters: Sequence[str], *, strength: float, count: int
) -> tuple[NDArray[np.intp], Vector, Vector]:
    """Order the best `count` candidates: positions, their scores after the penalty (falling), and how much each
    repeats a better one (0..1).

    A repeat loses `strength` times its repetition, at most half of its score. Carbonell and Goldstein 1998; since a
    penalty can only grow while better hits are chosen, the scores come out sorted.
    """
    if strength == 0.0:
        order = np.argsort(-scores, kind="stable")[:count]
        return order, scores[order], np.zeros(len(order), dtype=np.float32)
    names = np.asarray(characters)
    everything = np.ones(faces.shape[1], dtype=np.float32)
    repetition = np.zeros(len(scores), dtype=np.float32)
    current = scores.astype(np.float32).copy()
    left = np.ones(len(scores), dtype=bool)
    count = min(count, len(scores))
    # A penalty is at most `strength`, so whoever is that far behind the last of the page cannot reach it.
    reachable = scores >= np.partition(scores, -count)[-count] - strength
    chosen, values = [], []
    for _ in range(count):
        best = int(np.argmax(np.where(left, current, -1.0)))
        left[best] = False
        chosen.append(best)
        values.append(current[best])
        rivals = np.flatnonzero(left & reachable & (names == names[best]))
        if len(rivals):
            near = likeness(faces[rivals], sure[rivals], faces[best], everything)
            repeats = np.clip((near - _REPEATS_FROM) / (1.0 - _REPEATS_FROM), 0.0, 1.0)
            repetition[rivals] = np.maximum(repetition[rivals], repeats)
            penalty = np.minimum(strength * repetition[rivals], 0.5 * scores[rivals])
            current[rivals] = scores[rivals] - penalty
    order = np.array(chosen, dtype=np.intp)
    return order, np.array(values, dtype=np.float32), repetition[order]
