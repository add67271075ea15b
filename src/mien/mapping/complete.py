"""Show what was felt: where a face's emotion is read more clearly than its tracked shapes show it, help the shapes.

Trackers of real faces see lips and lids well, brows and noses poorly: an angry photo may come with browDown near 0,
and the character would stand there calm. The emotion, read from the whole picture, says what is missing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from mien.core.arkit import COEFFICIENTS, as_coefficients
from mien.core.arrays import Vector
from mien.core.emotion import EMOTIONS, emotion_of, prototype
from mien.core.expression import Expression

STRENGTH: Final = 0.75
"""Share of an emotion's typical face that may be added; judged by eye on press photos."""

# What trackers see well stays as it was seen: jaw, gaze, blinks, and everything that is not part of an emotion.
_MAY_RISE: Final = (
    "brow", "eyeWide", "eyeSquint", "noseSneer", "cheekSquint", "mouthFrown", "mouthShrugLower", "mouthPress",
    "mouthStretch", "mouthUpperUp", "mouthDimple",
)  # fmt: skip
_MAY_FALL: Final = ("mouthSmile", "cheekSquint")
_RISES: Final = np.array([name.startswith(_MAY_RISE) for name in COEFFICIENTS])
_FALLS: Final = np.array([name.startswith(_MAY_FALL) for name in COEFFICIENTS])
_MENTION: Final = 0.12


def complete(expression: Expression, *, strength: float = STRENGTH) -> tuple[Expression, str]:
    """An expression whose shapes carry its emotion, and a note on what was added ("" if nothing to speak of).

    For every emotion that is read with more probability than the shapes show by rule (`core.emotion.emotion_of`), the
    shapes of its typical face rise to at most `strength` times confidence times that difference; a smile that the
    picture as a whole denies is weakened by as much. An expression whose emotion follows from its shapes, as every
    rig's does, comes back unchanged. The added shapes are marked as uncertain.
    """
    shown, read = emotion_of(expression.coefficients).probabilities, expression.emotion.probabilities
    surely = np.clip(read - shown, 0.0, 1.0)
    surely[0] = 0.0
    missing = _plainly(surely * expression.confidence)
    if missing.max() < 0.1:
        return expression, ""
    before = expression.coefficients
    values = np.where(_RISES, np.maximum(before, strength * _typical(missing)), before)
    smiling = EMOTIONS.index("happiness")
    denied = float(np.clip(shown[smiling] - read[smiling] - read[EMOTIONS.index("contempt")], 0.0, 1.0))
    # What the emotion would raise does not fall for a denied smile: cheeks squint in disgust, too.
    falls = _FALLS & (strength * _typical(_plainly(surely)) <= before)
    values = np.where(falls, before * (1.0 - 0.6 * denied * expression.confidence), values)
    certainty = np.where(np.abs(values - before) > 0.02, np.minimum(expression.certainty, 0.3), expression.certainty)
    raised = [COEFFICIENTS[i] for i in np.argsort(before - values) if values[i] - before[i] > _MENTION]
    felt = EMOTIONS[int(missing.argmax())]
    note = (
        f"Raised so that {felt} shows, which the picture says more clearly than the face's points: " if raised else ""
    )
    return (
        replace(expression, coefficients=as_coefficients(values), certainty=certainty.astype(np.float32)),
        note + ", ".join(raised[:6]) + ("." if raised else ""),
    )


def _plainly(probability: Vector) -> Vector:
    """A probability is no intensity: one half already means a face that plainly shows it."""
    return np.asarray(probability * (2.0 - probability))


def _typical(shares: Vector) -> Vector:
    """The emotions' typical faces by their shares, which need not add up to 1: (52,)."""
    parts = [shares[i] * prototype(name).coefficients for i, name in enumerate(EMOTIONS) if name != "neutral"]
    return np.asarray(sum(parts))
