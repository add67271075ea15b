"""FACS action units and what they are in ARKit coefficients.

After Ekman, Friesen & Hager's Facial Action Coding System (2002) and the names of Apple's blend shapes. ARKit has no
shape for AU 11 (nasolabial deepener), 13 (sharp lip puller), 38 and 39 (nostrils); they are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from mien.core.arkit import COUNT, INDEX, as_coefficients
from mien.core.arrays import Coefficients
from mien.errors import BadExpression, UnknownName


@dataclass(frozen=True, slots=True)
class ActionUnit:
    """One action unit.

    code: such as "AU12". sided: can it act on one side alone? coefficients: names of the shapes that show it;
    for a sided unit the left ones, whose right twins belong to the other side.
    """

    code: str
    name: str
    sided: bool
    coefficients: tuple[str, ...]


def _unit(number: int, name: str, *shapes: str, sided: bool = True) -> ActionUnit:
    return ActionUnit(f"AU{number}", name, sided, tuple(f"{s}Left" for s in shapes) if sided else shapes)


ACTION_UNITS: Final[tuple[ActionUnit, ...]] = (
    _unit(1, "inner brow raiser", "browInnerUp", sided=False),
    _unit(2, "outer brow raiser", "browOuterUp"),
    _unit(4, "brow lowerer", "browDown"),
    _unit(5, "upper lid raiser", "eyeWide"),
    _unit(6, "cheek raiser", "cheekSquint"),
    _unit(7, "lid tightener", "eyeSquint"),
    _unit(8, "lips toward each other", "mouthClose", sided=False),
    _unit(9, "nose wrinkler", "noseSneer"),
    _unit(10, "upper lip raiser", "mouthUpperUp"),
    _unit(12, "lip corner puller", "mouthSmile"),
    _unit(14, "dimpler", "mouthDimple"),
    _unit(15, "lip corner depressor", "mouthFrown"),
    _unit(16, "lower lip depressor", "mouthLowerDown"),
    _unit(17, "chin raiser", "mouthShrugLower", "mouthShrugUpper", sided=False),
    _unit(18, "lip pucker", "mouthPucker", sided=False),
    _unit(19, "tongue show", "tongueOut", sided=False),
    _unit(20, "lip stretcher", "mouthStretch"),
    _unit(22, "lip funneler", "mouthFunnel", sided=False),
    _unit(24, "lip pressor", "mouthPress"),
    _unit(26, "jaw drop", "jawOpen", sided=False),
    _unit(28, "lip suck", "mouthRollLower", "mouthRollUpper", sided=False),
    _unit(29, "jaw thrust", "jawForward", sided=False),
    ActionUnit("AU30L", "jaw to the left", False, ("jawLeft", "mouthLeft")),
    ActionUnit("AU30R", "jaw to the right", False, ("jawRight", "mouthRight")),
    _unit(34, "cheek puff", "cheekPuff", sided=False),
    _unit(43, "eye closure", "eyeBlink"),
    ActionUnit("AU61", "eyes turn left", False, ("eyeLookOutLeft", "eyeLookInRight")),
    ActionUnit("AU62", "eyes turn right", False, ("eyeLookInLeft", "eyeLookOutRight")),
    ActionUnit("AU63", "eyes up", False, ("eyeLookUpLeft", "eyeLookUpRight")),
    ActionUnit("AU64", "eyes down", False, ("eyeLookDownLeft", "eyeLookDownRight")),
)
UNIT: Final[dict[str, ActionUnit]] = {unit.code: unit for unit in ACTION_UNITS}


def _shapes(code: str) -> tuple[ActionUnit, tuple[str, ...]]:
    """A unit by code ("AU12", "L12" left side, "R12" right side) and the shapes it drives."""
    side = code[0] if code[:1] in "LR" and code[1:].isdigit() else ""
    plain = f"AU{code[1:]}" if side else code
    if plain not in UNIT:
        raise UnknownName.among("action unit", code, UNIT)
    unit = UNIT[plain]
    if side and not unit.sided:
        raise BadExpression(f"{plain} ({unit.name}) has no sides; write {plain}.")
    right = tuple(name.removesuffix("Left") + "Right" for name in unit.coefficients)
    if not unit.sided:
        return unit, unit.coefficients
    return unit, {"L": unit.coefficients, "R": right, "": unit.coefficients + right}[side]


def to_units(coefficients: Coefficients, *, above: float = 0.0) -> dict[str, float]:
    """Action units read off coefficients: code -> intensity 0..1, the mean of its shapes, those above `above`.

    A sided unit whose sides differ by more than 0.1 comes as two entries, "L12" and "R12".
    """
    out: dict[str, float] = {}
    for unit in ACTION_UNITS:
        values = {"": float(np.mean([coefficients[INDEX[name]] for name in _shapes(unit.code)[1]]))}
        if unit.sided:
            number = unit.code[2:]
            left, right = (float(np.mean([coefficients[INDEX[n]] for n in _shapes(f"{s}{number}")[1]])) for s in "LR")
            if abs(left - right) > 0.1:
                values = {f"L{number}": left, f"R{number}": right}
        for key, value in values.items():
            if value > above:
                out[key or unit.code] = round(value, 5)
    return out


def from_units(units: Mapping[str, float]) -> Coefficients:
    """Coefficients that show these action units ("AU6", "L12", "R12" -> 0..1).

    Raises `UnknownName` for a unit that ARKit cannot show, `BadExpression` for an intensity outside 0..1.
    """
    out = np.zeros(COUNT, dtype=np.float64)
    for code, intensity in units.items():
        for name in _shapes(code)[1]:
            out[INDEX[name]] = max(out[INDEX[name]], float(intensity))
    return as_coefficients(out)
