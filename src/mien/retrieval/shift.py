"""Arithmetic on faces: "like this, but angrier" is the face plus some anger, in controls.

A step names an emotion, a control, or the face that a phrase describes, and how much of it is added (above 0) or taken
away (below 0). What is taken away fades: less of a smile is no frown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.core.arkit import CONTROLS, COUNT, INDEX, as_coefficients
from mien.core.emotion import EMOTIONS, Emotion, prototype
from mien.core.expression import Expression
from mien.core.phrases import Spoken, understand

MORE: Final = 0.45
"""How much "angrier" adds, as a share of the full prototype: clearly seen, and so is the face it is added to."""

_AMOUNTS: Final = {"a bit": 0.25, "a little": 0.25, "slightly": 0.25, "somewhat": 0.3, "much": 0.7, "a lot": 0.7,
                   "way": 0.8, "far": 0.7, "even": MORE}  # fmt: skip
_IRREGULAR: Final = {"madder": "mad", "sadder": "sad", "bigger": "big", "wider": "wide", "closer": "close"}
_CLAUSES: Final = re.compile(r"\s*(?:[,;.]|\bbut\b|\band\b|\bonly\b|\bjust\b)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Step:
    """say: what it is, for people. amount: -1..1. towards: float32 (52,) 0..1 and how far each counts, 0..1."""

    say: str
    amount: float
    towards: NDArray[np.float32]
    counts: NDArray[np.float32]
    emotion: str = ""


def steps_in(text: str) -> tuple[tuple[Step, ...], str]:
    """The comparisons in words, and the words that are left: "but angrier, one brow up" -> (anger +), "one brow up"."""
    steps, left = [], []
    for clause in filter(None, _CLAUSES.split(text)):
        step = _comparison(clause)
        if step is None:
            left.append(clause)
        else:
            steps.append(step)
    return tuple(steps), ", ".join(left) if steps else text


def step_of(name: str, amount: float) -> Step:
    """A step along an emotion, or along a control from its low end to its high end."""
    if name in EMOTIONS:
        towards = prototype(name).coefficients
        # "Calmer" fades the whole face; every other emotion speaks of its own shapes.
        counts = np.ones(COUNT, np.float32) if name == "neutral" else (towards > 0).astype(np.float32)
        return Step(name, amount, towards, counts, name)
    control = next(control for control in CONTROLS if control.name == name)
    towards = np.zeros(COUNT, dtype=np.float32)
    # A control below its middle is the other shape of its pair; one without a pair only fades.
    if amount >= 0 or control.low is None:
        towards[INDEX[control.high]] = 1.0
    else:
        amount = -amount
        towards[INDEX[control.low]] = 1.0
    return Step(name, amount, towards, towards)


def shifted(expression: Expression, steps: tuple[Step, ...]) -> Expression:
    """The face after all steps; its emotion moves along."""
    x = expression.coefficients.astype(np.float64)
    emotion = expression.emotion
    for step in steps:
        x = _moved(x, step)
        if step.emotion:
            emotion = _felt(emotion, step.emotion, step.amount)
    if not any(step.emotion for step in steps):
        return Expression(as_coefficients(x), head=expression.head, confidence=expression.confidence,
                          certainty=expression.certainty)  # fmt: skip
    return replace(expression, coefficients=as_coefficients(x), emotion=emotion, latent=None)


def steps_of(but: Mapping[str, float]) -> tuple[Step, ...]:
    """The steps of `Query.but`."""
    return tuple(step_of(name, amount) for name, amount in but.items() if amount)


def _moved(x: NDArray[np.float64], step: Step) -> NDArray[np.float64]:
    amount, towards, counts = step.amount, step.towards.astype(np.float64), step.counts
    if amount < 0:
        return np.asarray(x * (1.0 + amount * np.where(towards > 0, counts, 0.0)))
    out = x.copy()
    # Opposed shapes give way first: a smile that gets angrier sinks before the corners turn down.
    for control in CONTROLS:
        if control.low is None:
            continue
        high, low = INDEX[control.high], INDEX[control.low]
        net = amount * (counts[high] * towards[high] - counts[low] * towards[low])
        gives, takes = (low, high) if net > 0 else (high, low)
        given = min(out[gives], abs(net))
        out[gives] -= given
        out[takes] += abs(net) - given
    single = [INDEX[control.high] for control in CONTROLS if control.low is None]
    out[single] += amount * counts[single] * towards[single]
    # "More closed": where the words mean rest, the face goes that way.
    resting = (counts > 0) & (towards == 0)
    out[resting] *= 1.0 - amount * counts[resting]
    return np.asarray(np.clip(out, 0.0, 1.0))


def _felt(emotion: Emotion, name: str, amount: float) -> Emotion:
    p = emotion.probabilities.astype(np.float64)
    i = EMOTIONS.index(name)
    if amount >= 0:
        p *= 1.0 - amount
        p[i] += amount
    else:
        taken = p[i] * -amount
        p[i] -= taken
        p[0] += taken
    new = Emotion.from_probabilities(p / p.sum())
    intensity = float(np.clip(emotion.intensity + 0.5 * amount * (1.0 if amount > 0 else emotion.intensity), 0.0, 1.0))
    return replace(new, intensity=intensity)


def _comparison(clause: str) -> Step | None:
    words = clause.lower().strip()
    amount = MORE
    for say, size in _AMOUNTS.items():
        if words.startswith(f"{say} "):
            words, amount = words[len(say) + 1 :], size
            break
    sign = 1.0
    found = re.search(r"\b(more|less|fewer)\b", words)
    if found:
        sign = 1.0 if found.group() == "more" else -1.0
        words = (words[: found.start()] + words[found.end() :]).strip()
    else:
        plain = " ".join(_positive(word) for word in words.split())
        if plain == words:
            return None
        words = plain
    spoken = understand(words)
    return _towards(clause.strip(), spoken, sign * amount)


def _towards(say: str, spoken: Spoken, amount: float) -> Step | None:
    if spoken.emotion is not None and spoken.emotion_certainty > 0.5:
        return replace(step_of(spoken.emotion.top, amount), say=say)
    reading = spoken.readings[0]
    if not reading.certainty.any():
        return None
    return Step(say, amount, reading.coefficients, reading.certainty)


def _positive(word: str) -> str:
    """The word that a comparative was made from; any other word as it is."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("ier") and len(word) > 4:
        return f"{word[:-3]}y"
    # "eyebrow" words and nouns such as "corner" end in -er too; only what the lexicon knows without it counts.
    if word.endswith("er") and len(word) > 5 and not understand(word[:-2]).is_silent:
        return word[:-2]
    return word
