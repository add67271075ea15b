"""How relevant one face is to another: half what is seen, half what is felt, from true coefficients and emotions.

The lab's only measure of right and wrong hits; it never asks the product's own spaces.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

_FAR: Final = 0.25
"""Root mean squared difference of coefficients from which two faces have nothing in common; two random takes: .24."""


def seen(faces: ArrayLike, others: ArrayLike) -> Floats:
    """float64 (n, m), 0..1: 1 for the same coefficients, 0 from a distance of .25 on. faces (n, 52), others (m, 52)."""
    a, b = np.asarray(faces, np.float64), np.asarray(others, np.float64)
    squared = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None] - 2 * a @ b.T
    return np.asarray(np.clip(1.0 - np.sqrt(np.maximum(squared, 0.0) / a.shape[1]) / _FAR, 0.0, 1.0))


def felt(emotions: ArrayLike, others: ArrayLike) -> Floats:
    """float64 (n, m), 0..1: squared cosine of (8 probabilities, valence, arousal). emotions (n, 10), others (m, 10)."""
    a, b = np.asarray(emotions, np.float64), np.asarray(others, np.float64)
    a, b = (x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-6) for x in (a, b))
    return np.asarray(np.clip(a @ b.T, 0.0, 1.0) ** 2)


def relevance(faces: ArrayLike, emotions: ArrayLike, others: ArrayLike, other_emotions: ArrayLike) -> Floats:
    """float64 (n, m), 0..1: half `seen`, half `felt`."""
    return 0.5 * seen(faces, others) + 0.5 * felt(emotions, other_emotions)
