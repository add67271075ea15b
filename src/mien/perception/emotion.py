"""The door through which a face becomes an `Emotion`; and the rule behind it when no network is at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from mien.core.arrays import Coefficients, Points, Rgb
from mien.core.emotion import Emotion, emotion_of
from mien.core.face import Reason


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What an emotion may be read from.

    coefficients: float32 (52,), 0..1, ARKit order, calibrated. frontal: float32 (478, 3), cm, the head's pose taken
    out (`pose.PosedHead`). picture: uint8 (height, width, 3). landmarks: float32 (478, 3), picture pixels.
    """

    coefficients: Coefficients
    frontal: Points
    picture: Rgb
    landmarks: Points


@dataclass(frozen=True, slots=True)
class Verdict:
    """An emotion, and for each of the eight what spoke for and against it, strongest first."""

    emotion: Emotion
    reasons: Mapping[str, tuple[Reason, ...]]


class EmotionReader(Protocol):
    """Anything that tells an emotion from a face."""

    def read(self, seen: Seen) -> Verdict:
        """Judge one face."""
        ...


class RuleReader:
    """The rule of `mien.core.emotion.emotion_of`: the nearest prototype. Sees coefficients only."""

    def read(self, seen: Seen) -> Verdict:
        """Judge one face."""
        return Verdict(emotion_of(seen.coefficients), {})


def default_emotion_reader() -> EmotionReader:
    """The best reader that comes with this version."""
    return RuleReader()
