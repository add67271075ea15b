"""Not ten near-identical frames of one character, nor one look on ten characters of one style (MMR)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.core.arrays import Vector
from mien.retrieval.faces import Faces, Likeness

_REPEATS_FROM: Final = 0.8
"""Likeness above which two takes begin to count as repeats."""

_ACROSS: Final = 0.25
"""A look that another character has shown already repeats by so much: the same smile on somebody else is still news."""

_CROWD: Final = {"character": 0.04, "style": 0.02}
"""Repetition for each hit of the same character, and of the same style, that is there already, at most five: among
equal looks, whoever has been shown least comes first.
"""

_FIRST: Final = 64
"""Beyond so many hits only repeats of the same character are looked for: nobody compares the 65th with the first."""


def varied(
    scores: Vector,
    faces: Faces,
    sure: Faces,
    characters: Sequence[str],
    styles: Sequence[str],
    *,
    strength: float,
    count: int,
) -> tuple[NDArray[np.intp], Vector, Vector]:
    """Order the best `count` candidates: positions, their scores after the penalty (falling), and how much each
    repeats better ones (0..1).

    A repeat loses `strength` times its repetition, at most half of its score. Carbonell and Goldstein 1998; since a
    penalty can only grow while better hits are chosen, the scores come out sorted.
    """
    if strength == 0.0:
        order = np.argsort(-scores, kind="stable")[:count]
        return order, scores[order], np.zeros(len(order), dtype=np.float32)
    whose, manner = (np.unique(names, return_inverse=True)[1] for names in (characters, styles))
    # A crowd that nobody can leave is no crowd: "only Mika" is not to be told that she is there too often.
    crowds = [(keys, size) for keys, size in ((whose, _CROWD["character"]), (manner, _CROWD["style"]))
              if keys.any()]  # fmt: skip
    alike = Likeness(faces, sure)
    looks = np.zeros(len(scores), dtype=np.float32)
    crowd = np.zeros(len(scores), dtype=np.float32)
    current = scores.astype(np.float32).copy()
    left = np.ones(len(scores), dtype=bool)
    count = min(count, len(scores))
    # A penalty is at most `strength`, so whoever is that far behind the last of the page cannot reach it.
    reachable = scores >= np.partition(scores, -count)[-count] - strength
    chosen, values, repeats = [], [], []
    seen: list[dict[int, int]] = [{} for _ in crowds]
    for place in range(count):
        best = int(np.argmax(np.where(left, current, -1.0)))
        left[best] = False
        chosen.append(best)
        values.append(current[best])
        repeats.append(min(1.0, float(looks[best] + crowd[best])))
        touched = left & reachable
        same = whose == whose[best]
        rivals = np.flatnonzero(touched if place < _FIRST else touched & same)
        if len(rivals):
            near = alike.to(faces[best])[rivals]
            share = np.clip((near - _REPEATS_FROM) / (1.0 - _REPEATS_FROM), 0.0, 1.0)
            looks[rivals] = np.maximum(looks[rivals], share * np.where(same[rivals], 1.0, _ACROSS))
        for (keys, size), counts in zip(crowds, seen, strict=True):
            one = int(keys[best])
            counts[one] = counts.get(one, 0) + 1
            if counts[one] <= 5:
                crowd[keys == one] += size
        penalty = np.minimum(strength * np.minimum(1.0, looks[touched] + crowd[touched]), 0.5 * scores[touched])
        current[touched] = scores[touched] - penalty
    order = np.array(chosen, dtype=np.intp)
    return order, np.array(values, dtype=np.float32), np.array(repeats, dtype=np.float32)
