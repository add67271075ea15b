"""Many ways to say what a face shows: actions with their degree and side, feelings, mixtures, what is not there.

The wordings are data (`descriptions.toml`): those that training may use and those held out for the evaluation. The
product's own `mien.core.words` says a face in one way only, which is among those of the training; people do not.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, Final, Literal

import numpy as np

from mien.core.emotion import EMOTIONS
from mien.core.expression import Expression
from mien.core.words import action_values, everyday_names

Wordings = Literal["said", "held"]

_CLEAR: Final = 0.28
_STEPS: Final = (0.28, 0.5, 0.75)
_APART: Final = 0.25
_AROUND: Final = 0.25
_ABSENT: Final = ("teeth", "tongueOut", "eyeBlink", "jawOpen", "mouthSmile")


@cache
def _data() -> Mapping[str, Any]:
    text = resources.files("mien_lab.data").joinpath("descriptions.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def described(expression: Expression, rng: np.random.Generator, *, wordings: Wordings = "said") -> str:
    """One way to say it: up to four actions, the feeling, or both; sometimes what is missing. Left is the subject's.

    Same state of `rng`, same words. wordings: "said" for training, "held" for what only the evaluation may use.
    """
    kind = rng.choice(["feeling", "actions", "both", "director", "name"], p=[0.22, 0.24, 0.24, 0.2, 0.1])
    feeling = _feeling(expression, rng, wordings, director=kind == "director")
    actions = _actions(expression, rng, wordings)
    names = everyday_names(expression)
    if kind == "name" and names and wordings == "said":
        parts = [_one(names, rng).removeprefix("a "), *(actions[:1] if rng.random() < 0.5 else [])]
    elif kind == "actions" and actions:
        parts = actions
    elif kind == "both" and actions:
        parts = [feeling, *actions] if rng.random() < 0.5 else [*actions, feeling]
    else:
        parts = [feeling]
    if len(parts) > 1 and rng.random() < 0.25 and (absent := _absent(expression, rng, wordings)):
        parts.append(absent)
    said = parts[0]
    for part in parts[1:]:
        said = _one(_data()["join"][wordings], rng).format(said, part)
    return _one(_data()["around"][wordings], rng).format(said) if rng.random() < _AROUND else said


def _actions(expression: Expression, rng: np.random.Generator, wordings: Wordings) -> list[str]:
    """The clearest actions, at most four of them, in no order."""
    values = action_values(expression)
    found: list[tuple[float, str]] = []
    for name, said in _data()["action"].items():
        left, right = (
            values.get(f"{name}Left", values.get(name, 0.0)),
            values.get(f"{name}Right", values.get(name, 0.0)),
        )
        one = said.get("one" if wordings == "said" else "one_held")
        if one and abs(left - right) >= _APART:
            strength = max(left, right)
            side = "one" if rng.random() < 0.25 else "left" if left > right else "right"
            phrase = _one(one, rng).format(side=side)
        else:
            strength, phrase = (left + right) / 2, _one(said[wordings], rng)
        if strength >= _CLEAR:
            found.append((strength + rng.uniform(0, 0.3), _degree(phrase, strength, rng, wordings)))
    found.sort(reverse=True)
    chosen = [phrase for _, phrase in found[: int(rng.integers(1, 5))]]
    rng.shuffle(chosen)
    return chosen


def _degree(phrase: str, strength: float, rng: np.random.Generator, wordings: Wordings) -> str:
    level = int(np.searchsorted(_STEPS[1:], strength))
    return phrase if rng.random() < 0.3 else _one(_data()["degrees"][wordings][level], rng).format(phrase)


def _feeling(expression: Expression, rng: np.random.Generator, wordings: Wordings, *, director: bool) -> str:
    emotion = expression.emotion
    order = emotion.probabilities.argsort()[::-1]
    first, second = (EMOTIONS[i] for i in order[:2])
    feelings = _data()["feeling"]
    level = int(np.searchsorted((0.35, 0.65), emotion.intensity))
    said = _one(feelings[first][wordings][3 if director else level], rng)
    if emotion.probabilities[order[1]] > 0.25 and "neutral" not in (first, second):
        said = _one(_data()["mixture"][wordings], rng).format(said, _one(feelings[second][wordings][level], rng))
    return said


def _absent(expression: Expression, rng: np.random.Generator, wordings: Wordings) -> str:
    """Something that the face does not do; "" if it does it all."""
    values = action_values(expression)
    quiet = [name for name in _ABSENT if max(values.get(f"{name}.max", 0.0), values.get(name, 0.0)) < 0.1]
    if not quiet:
        return ""
    phrase = _one(_data()["action"][str(rng.choice(quiet))][wordings], rng)
    return _one(_data()["without"][wordings], rng).format(phrase)


def _one(among: Sequence[str], rng: np.random.Generator) -> str:
    return among[int(rng.integers(len(among)))]
