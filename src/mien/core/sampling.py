"""Draw expressions at random that a face could really make, for libraries, data sets and tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from mien.core.arkit import COEFFICIENTS, COUNT, INDEX, as_coefficients
from mien.core.arrays import Coefficients
from mien.core.emotion import Prototype, prototypes
from mien.core.expression import Expression, HeadPose

Recipe = Literal["prototype", "mixture", "asymmetric", "sparse", "speech"]

RECIPES: Final[dict[Recipe, float]] = {
    "prototype": 0.45, "mixture": 0.25, "asymmetric": 0.18, "sparse": 0.12, "speech": 0.0,
}  # fmt: skip
"""How often each recipe is used: a felt emotion at some strength; two at once; one side stronger than the other
or one eye shut; a few shapes alone; a mouth that speaks, chews or pulls a face, and eyes that look about, whatever is
felt. The last is drawn where it is asked for."""

# Shapes that a sparse draw may combine without making an impossible face.
_SPARSE: Final = tuple(n for n in COEFFICIENTS if not n.startswith(("eyeLook", "mouthClose", "tongueOut")))

_SPEECH: Final = (
    "mouthFunnel", "mouthPucker", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper",
    "mouthClose", "mouthLeft", "mouthRight", "jawForward", "jawLeft", "jawRight", "cheekPuff", "tongueOut",
)  # fmt: skip
"""Shapes of speech and of pulled faces: no emotion's prototype has more than a trace of them."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A drawn expression and how it was drawn; `sources` are the prototypes' names."""

    expression: Expression
    recipe: Recipe
    sources: tuple[str, ...]


def sample(rng: np.random.Generator, *, recipe: Recipe | None = None, head_rad: float = 0.15) -> Sample:
    """Draw one expression; same generator state, same expression.

    recipe: fixed, or drawn with the shares of `RECIPES`. head_rad: standard deviation of the head's turn.
    """
    if recipe is None:
        names = list(RECIPES)
        recipe = names[int(rng.choice(len(names), p=list(RECIPES.values())))]
    felt = [p for p in prototypes() if p.emotion != "neutral"]
    # Emotions are equally likely, whatever number of variants each has.
    first = _any_of(rng, felt)
    second = _any_of(rng, [p for p in felt if p.emotion != first.emotion])
    sources: tuple[str, ...] = (first.name,)
    values: NDArray[np.floating[Any]]
    if recipe == "mixture":
        share = rng.uniform(0.3, 0.7)
        values = rng.uniform(0.6, 1.0) * (share * first.coefficients + (1 - share) * second.coefficients)
        sources = (first.name, second.name)
    elif recipe == "asymmetric":
        values = _lopsided(rng, first.coefficients * rng.uniform(0.5, 1.0))
    elif recipe == "sparse":
        values = np.zeros(COUNT)
        for name in rng.choice(_SPARSE, size=int(rng.integers(1, 5)), replace=False):
            values[INDEX[name]] = rng.uniform(0.3, 1.0)
            twin = name.replace("Left", "Right") if name.endswith("Left") else name.replace("Right", "Left")
            if rng.random() < 0.6:
                values[INDEX[twin]] = values[INDEX[name]]
        sources = ()
    elif recipe == "speech":
        values = _speaking(rng, first.coefficients * rng.uniform(0.0, 0.9))
    else:
        values = first.coefficients * rng.beta(2.2, 1.2)
    lively = _alive(rng, values.astype(np.float64), 0.5 if recipe == "speech" else 0.22)
    yaw, pitch, roll = np.clip(rng.normal(0, head_rad, 3) * [1.0, 0.6, 0.5], -0.6, 0.6)
    return Sample(Expression(lively, head=HeadPose(yaw, pitch, roll)), recipe, sources)


def _any_of(rng: np.random.Generator, entries: list[Prototype]) -> Prototype:
    emotions = sorted({p.emotion for p in entries})
    emotion = emotions[int(rng.integers(len(emotions)))]
    variants = [p for p in entries if p.emotion == emotion]
    return variants[int(rng.integers(len(variants)))]


def _lopsided(rng: np.random.Generator, values: NDArray[np.floating[Any]]) -> Coefficients:
    side = "Left" if rng.random() < 0.5 else "Right"
    weaker = rng.uniform(0.0, 0.6)
    out = values.astype(np.float64).copy()
    for i, name in enumerate(COEFFICIENTS):
        if name.endswith(side) and not name.startswith("eyeLook"):
            out[i] *= weaker
    if rng.random() < 0.4:
        out[INDEX[f"eyeBlink{side}"]] = rng.uniform(0.85, 1.0)
    if rng.random() < 0.3:
        out[INDEX[f"browOuterUp{side}"]] = rng.uniform(0.5, 1.0)
    return as_coefficients(np.clip(out, 0, 1))


def _speaking(rng: np.random.Generator, values: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    out = values.astype(np.float64).copy()
    for name in rng.choice(_SPEECH, size=int(rng.integers(1, 4)), replace=False):
        twin = INDEX[name.replace("Left", "Right") if name.endswith("Left") else name.replace("Right", "Left")]
        # Nothing is moved to both sides at once.
        out[twin] = 0.0
        out[INDEX[name]] = rng.uniform(0.25, 1.0)
        if name == "mouthClose":
            # Lips are kept together over a jaw that is open at least as far.
            out[INDEX["jawOpen"]] = max(out[INDEX["jawOpen"]], out[INDEX[name]])
    if out[INDEX["tongueOut"]] > 0:
        out[[INDEX[name] for name in ("mouthClose", "mouthRollLower", "mouthRollUpper")]] = 0.0
        out[INDEX["jawOpen"]] = max(out[INDEX["jawOpen"]], 0.25)
    return out


def _alive(rng: np.random.Generator, values: NDArray[np.float64], gaze: float) -> Coefficients:
    """No two takes are the same: jitter on what is on, a gaze of that spread, and lids that never fight."""
    values = values * rng.normal(1.0, 0.12, COUNT)
    sideways, vertical = rng.normal(0, gaze, 2)
    values[INDEX["eyeLookOutLeft"]] += max(sideways, 0)
    values[INDEX["eyeLookInRight"]] += max(sideways, 0)
    values[INDEX["eyeLookInLeft"]] += max(-sideways, 0)
    values[INDEX["eyeLookOutRight"]] += max(-sideways, 0)
    for side in ("Left", "Right"):
        values[INDEX[f"eyeLookUp{side}"]] += max(vertical, 0)
        values[INDEX[f"eyeLookDown{side}"]] += max(-vertical, 0)
        wide, blink = INDEX[f"eyeWide{side}"], INDEX[f"eyeBlink{side}"]
        values[wide] *= 1.0 - min(1.0, max(0.0, values[blink]))
    return as_coefficients(np.clip(values, 0.0, 1.0))
