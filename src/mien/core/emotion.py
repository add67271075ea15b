"""Emotions: a distribution over eight classes, valence, arousal and intensity; and the prototypes behind them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.core.arkit import COUNT, as_coefficients, region_indices
from mien.core.arrays import Coefficients, Vector, vector
from mien.errors import BadExpression, UnknownName

EMOTIONS: Final[tuple[str, ...]] = (
    "neutral", "happiness", "sadness", "anger", "surprise", "fear", "disgust", "contempt",
)  # fmt: skip

# Where the eight sit on the circumplex (Russell 1980; contempt after Whissell's dictionary of affect), rounded to .05.
VALENCE: Final = np.array([0.0, 0.85, -0.75, -0.5, 0.15, -0.65, -0.65, -0.5], dtype=np.float32)
AROUSAL: Final = np.array([0.0, 0.45, -0.45, 0.75, 0.85, 0.75, 0.35, 0.15], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Emotion:
    """What is felt, as far as a face tells.

    probabilities: float32 (8,), sums to 1, order `EMOTIONS`.
    valence, arousal: -1..1.
    intensity: 0..1, 0 for a resting face.
    """

    probabilities: Vector
    valence: float = field(default=0.0)
    arousal: float = field(default=0.0)
    intensity: float = field(default=0.0)

    def __post_init__(self) -> None:
        checked = vector(self.probabilities, len(EMOTIONS), what="Emotion probabilities", low=0.0, high=1.0)
        if abs(float(checked.sum()) - 1.0) > 1e-3:
            raise BadExpression(f"Emotion probabilities must add up to 1, not {float(checked.sum()):.3f}.")
        object.__setattr__(self, "probabilities", checked)
        for name, low in (("valence", -1.0), ("arousal", -1.0), ("intensity", 0.0)):
            value = float(getattr(self, name))
            if not low <= value <= 1.0:
                raise BadExpression(f"{name} must lie between {low:g} and 1, not {value:g}.")
            object.__setattr__(self, name, value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Emotion):
            return NotImplemented
        return np.array_equal(self.probabilities, other.probabilities) and (
            self.valence,
            self.arousal,
            self.intensity,
        ) == (other.valence, other.arousal, other.intensity)

    def __hash__(self) -> int:
        return hash((self.probabilities.tobytes(), self.valence, self.arousal, self.intensity))

    @classmethod
    def from_weights(cls, weights: Mapping[str, float]) -> Emotion:
        """Make a distribution from named weights such as `{"happiness": .7, "surprise": .3}`.

        Weights below a sum of 1 leave the rest to neutral; above it they are scaled down.

        Raises `UnknownName` or `BadExpression`.
        """
        probabilities = np.zeros(len(EMOTIONS), dtype=np.float64)
        for name, weight in weights.items():
            if name not in EMOTIONS:
                raise UnknownName.among("emotion", name, EMOTIONS)
            if not 0.0 <= float(weight) <= 1.0:
                raise BadExpression(f"The weight of {name} must lie between 0 and 1, not {weight:g}.")
            probabilities[EMOTIONS.index(name)] += float(weight)
        probabilities[0] += max(0.0, 1.0 - probabilities.sum())
        return cls.from_probabilities(probabilities / probabilities.sum())

    @classmethod
    def from_probabilities(cls, probabilities: NDArray[Any]) -> Emotion:
        """Add valence, arousal and intensity, each the mean over the classes' places on the circumplex."""
        p = np.asarray(probabilities, dtype=np.float32)
        p = p / p.sum()
        return cls(p, float(p @ VALENCE), float(p @ AROUSAL), float(np.clip(1.0 - p[0], 0.0, 1.0)))

    @classmethod
    def neutral(cls) -> Emotion:
        """Nothing is felt."""
        return cls.from_weights({"neutral": 1.0})

    @property
    def top(self) -> str:
        """The likeliest class."""
        return EMOTIONS[int(self.probabilities.argmax())]

    @property
    def vector(self) -> Vector:
        """float32 (10,): the eight probabilities, valence, arousal. The design's EPS compares these by cosine."""
        return np.append(self.probabilities, [self.valence, self.arousal]).astype(np.float32)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "probabilities": {n: float(p) for n, p in zip(EMOTIONS, self.probabilities, strict=True)},
            "valence": self.valence,
            "arousal": self.arousal,
            "intensity": self.intensity,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Emotion:
        """Inverse of `to_dict`; probabilities may be left out (0) and must add up to 1 within rounding."""
        try:
            p = np.array([float(data["probabilities"].get(name, 0.0)) for name in EMOTIONS])
            return cls(
                p.astype(np.float32),
                float(data["valence"]),
                float(data["arousal"]),
                float(data["intensity"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadExpression("An emotion needs probabilities (name: 0..1), valence, arousal, intensity.") from error


@dataclass(frozen=True, slots=True)
class Prototype:
    """How a face that feels one thing strongly looks (full intensity), and the words for it."""

    name: str
    emotion: str
    coefficients: Coefficients


@cache
def prototypes() -> tuple[Prototype, ...]:
    """All prototypes of `data/prototypes.toml`; several per emotion, the first of each is the typical one."""
    text = resources.files("mien.core").joinpath("data/prototypes.toml").read_text(encoding="utf-8")
    return tuple(
        Prototype(entry["name"], entry["emotion"], as_coefficients(entry["coefficients"]))
        for entry in tomllib.loads(text)["prototype"]
    )


def prototype(name: str) -> Prototype:
    """Look a prototype up by its own name, or an emotion's typical one by the emotion's name."""
    for entry in prototypes():
        if entry.name == name:
            return entry
    for entry in prototypes():
        if entry.emotion == name:
            return entry
    raise UnknownName.among("expression", name, [p.name for p in prototypes()])


# Distance weights of the label rule: gaze and sideways jaw say where, not what is felt.
_SILENT: Final = ("eyeLook", "jawLeft", "jawRight", "mouthLeft", "mouthRight")
_TEMPERATURE: Final = 0.5


@cache
def _label_weights() -> NDArray[np.float32]:
    from mien.core.arkit import COEFFICIENTS

    weights = np.ones(COUNT, dtype=np.float32)
    weights[region_indices("brow")] = 1.5
    for i, name in enumerate(COEFFICIENTS):
        if name.startswith(_SILENT):
            weights[i] = 0.0
        elif name.startswith("eyeBlink"):
            weights[i] = 0.35
    return weights


def emotion_of(coefficients: Coefficients) -> Emotion:
    """Label coefficients by rule: soft nearest prototype, no network.

    Each prototype p is fitted by its best intensity a in 0..1 (weighted least squares), leaving a residual r.
    An emotion's score is the best over its prototypes of exp(-r / T) * a, neutral's is exp(-|x| / T); scores are
    normalised. Sources: weights and T chosen so that every prototype at intensity .5 and above is labelled as
    itself (`tests/core/test_emotion.py`).
    """
    weights = _label_weights()
    x = np.asarray(coefficients, dtype=np.float32) * weights
    size = float(np.linalg.norm(x))
    scores = np.zeros(len(EMOTIONS), dtype=np.float64)
    fitted = 0.0
    for entry in prototypes():
        if entry.emotion == "neutral":
            continue
        p = entry.coefficients * weights
        amount = float(np.clip(x @ p / max(float(p @ p), 1e-9), 0.0, 1.0))
        residual = float(np.linalg.norm(x - amount * p))
        score = amount * np.exp(-((residual / _TEMPERATURE) ** 2) / max(size, 0.3))
        i = EMOTIONS.index(entry.emotion)
        if score > scores[i]:
            scores[i] = score
            fitted = max(fitted, amount)
    scores[0] = 0.25 * np.exp(-((size / _TEMPERATURE) ** 2)) + 1e-4
    emotion = Emotion.from_probabilities(scores / scores.sum())
    intensity = float(np.clip(size / 1.6, 0.0, 1.0)) if emotion.top != "neutral" else emotion.intensity
    return Emotion(emotion.probabilities, emotion.valence, emotion.arousal, intensity)
