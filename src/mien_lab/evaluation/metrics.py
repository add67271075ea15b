"""How good a classifier's answers are. Classes are whole numbers; every picture counts once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Classes = NDArray[np.int64]
"""int64 (n,): one class per picture."""


def accuracy(truth: Classes, answers: Classes) -> float:
    """Share of right answers."""
    return float((truth == answers).mean())


def recalls(truth: Classes, answers: Classes) -> dict[int, float]:
    """Of each class that occurs, the share that was recognised."""
    return {int(c): float((answers[truth == c] == c).mean()) for c in np.unique(truth)}


def macro_f1(truth: Classes, answers: Classes) -> float:
    """Mean over the classes that occur of the harmonic mean of precision and recall: rare classes count as much."""
    scores = []
    for c in np.unique(truth):
        hits = int(((truth == c) & (answers == c)).sum())
        scores.append(2 * hits / int((truth == c).sum() + (answers == c).sum()))
    return float(np.mean(scores))


def calibration_error(probabilities: NDArray[Any], truth: Classes, *, bins: int = 15) -> float:
    """Expected calibration error (Guo et al. 2017): how far the top probability is from how often it is right.

    probabilities: float (n, classes), rows sum to 1. Equal bins of the top probability, weighted by their counts.
    """
    top = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == truth
    bin_of = np.minimum((top * bins).astype(int), bins - 1)
    gaps = [abs(float(top[bin_of == b].sum() - right[bin_of == b].sum())) for b in range(bins)]
    return sum(gaps) / len(truth)
