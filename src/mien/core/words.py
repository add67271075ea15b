"""A face in words: from coefficients to a description that a person would type to find it.

The rules are data (`data/words.toml`). The other way round, words to coefficients, is `mien.core.phrases`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

from mien.core.arkit import COEFFICIENTS
from mien.core.emotion import EMOTIONS, Emotion
from mien.core.expression import Expression
from mien.core.phrases import Spoken, understand

__all__ = ["Spoken", "action_values", "describe", "everyday_names", "understand"]

# One side acts alone where it does at least this much more, and the other side is not yet clear.
_ONE_SIDED: Final = 0.2
_ALSO_ABOVE: Final = 0.22


@dataclass(frozen=True, slots=True)
class _Name:
    say: str
    kind: str
    when: Mapping[str, Sequence[float]]


@dataclass(frozen=True, slots=True)
class _Action:
    value: str
    steps: Sequence[float]
    both: Sequence[str]
    one: Sequence[str] | None


@cache
def _tables() -> tuple[tuple[_Name, ...], tuple[_Action, ...], Mapping[str, Any]]:
    text = resources.files("mien.core").joinpath("data/words.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    names = tuple(_Name(n["say"], n["kind"], n["when"]) for n in data["name"])
    actions = tuple(_Action(a["value"], a["from"], a["both"], a.get("one")) for a in data["action"])
    return names, actions, data["emotion"]


def describe(expression: Expression, *, character: str | None = None) -> str:
    """Say what a face shows: everyday name, what its parts do, side by side differences, gaze, feeling.

    character: a name to begin with. Same expression, same words. Left is the subject's left.
    """
    values = action_values(expression)
    names = _names(values)
    actions = _actions(values)
    if values["mouthOpen"] < 0.1 and values["strength"] > 0.15:
        actions.append("mouth closed")
    sentences = []
    if names:
        sentences.append(", ".join(names))
    sentences.append(", ".join(actions) if actions else "a relaxed face at rest")
    sentences.append(_feeling(expression.emotion))
    if character:
        sentences[0] = f"{character}: {sentences[0]}"
    return " ".join(f"{sentence[0].upper()}{sentence[1:]}." for sentence in sentences)


def everyday_names(expression: Expression) -> tuple[str, ...]:
    """What a person would call this face ("a wink", "a broad grin"), at most two; () for a face with no name."""
    return tuple(_names(action_values(expression)))


def _names(values: Mapping[str, float]) -> list[str]:
    names, _, _ = _tables()
    said: dict[str, str] = {}
    for name in names:
        if name.kind not in said and all(low <= values[key] <= high for key, (low, high) in name.when.items()):
            said[name.kind] = name.say
            if len(said) == 2:
                break
    return list(said.values())


def _actions(values: Mapping[str, float]) -> list[str]:
    _, actions, _ = _tables()
    out = []
    for action in actions:
        if action.one is None:
            level = _level(values.get(f"{action.value}.mean", values[action.value]), action.steps)
            if level is not None:
                out.append(action.both[level])
            continue
        left, right = values[f"{action.value}Left"], values[f"{action.value}Right"]
        if abs(left - right) >= _ONE_SIDED and min(left, right) < action.steps[1]:
            level = _level(max(left, right), action.steps)
            if level is not None:
                out.append(action.one[level].format(side="left" if left > right else "right"))
        elif (level := _level((left + right) / 2, action.steps)) is not None:
            out.append(action.both[level])
    return out


def _feeling(emotion: Emotion) -> str:
    _, _, table = _tables()
    order = emotion.probabilities.argsort()[::-1]
    top, second = EMOTIONS[order[0]], EMOTIONS[order[1]]
    level = _level(emotion.intensity, table["from"]) or 0
    said = str(table[top][level])
    if second in table["also"] and emotion.probabilities[order[1]] > _ALSO_ABOVE:
        said += f", with {table['also'][second]}"
    return said


def _level(value: float, steps: Sequence[float]) -> int | None:
    passed = sum(value >= step for step in steps)
    return passed - 1 if passed else None


def action_values(expression: Expression) -> dict[str, float]:
    """Everything that the rules may speak of: the coefficients and what is seen of several together, by name, 0..1."""
    c = {name: float(v) for name, v in zip(COEFFICIENTS, expression.coefficients, strict=True)}
    out = dict(c)
    for name in COEFFICIENTS:
        base = name.removesuffix("Left")
        if name.endswith("Left") and f"{base}Right" in c:
            left, right = c[name], c[f"{base}Right"]
            out[f"{base}.mean"] = out.setdefault(base, (left + right) / 2)
            out[f"{base}.max"], out[f"{base}.min"] = max(left, right), min(left, right)
            out[f"{base}.gap"] = abs(left - right)
    # Closed lids hide where the eyes look.
    seen = 1.0 - min(1.0, max(0.0, 2.0 * out["eyeBlink.min"] - 0.6))
    out["gazeUp"], out["gazeDown"] = seen * out["eyeLookUp.mean"], seen * out["eyeLookDown.mean"]
    out["gazeLeft"] = seen * (c["eyeLookOutLeft"] + c["eyeLookInRight"]) / 2
    out["gazeRight"] = seen * (c["eyeLookInLeft"] + c["eyeLookOutRight"]) / 2
    out["gazeSide"] = max(out["gazeLeft"], out["gazeRight"])
    out["crossed"] = seen * min(c["eyeLookInLeft"], c["eyeLookInRight"])
    out["teeth"] = min(out["mouthUpperUp.mean"], out["mouthLowerDown.mean"])
    lips = max(out["mouthUpperUp.mean"], out["mouthLowerDown.mean"])
    out["mouthOpen"] = max(0.0, c["jawOpen"] - c["mouthClose"], lips - 0.15)
    out["strength"] = max(v for name, v in c.items() if not name.startswith("eyeLook"))
    return out
