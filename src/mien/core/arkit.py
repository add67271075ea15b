"""The 52 ARKit coefficients: order, regions, mirror, and the bipolar controls built from them.

Order and names are those of Apple's ARFaceAnchor.BlendShapeLocation in Live Link order. Regions are the four
columns of the paper's Table 5; jaw, lips and tongue go with the mouth, the nose with the cheek.
Left is the subject's left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mien.core.arrays import Coefficients, Vector, vector
from mien.errors import BadExpression, UnknownName

Region = Literal["mouth", "eye", "brow", "cheek"]
REGIONS: Final[tuple[Region, ...]] = ("mouth", "eye", "brow", "cheek")

COEFFICIENTS: Final[tuple[str, ...]] = (
    "eyeBlinkLeft", "eyeLookDownLeft", "eyeLookInLeft", "eyeLookOutLeft", "eyeLookUpLeft", "eyeSquintLeft",
    "eyeWideLeft", "eyeBlinkRight", "eyeLookDownRight", "eyeLookInRight", "eyeLookOutRight", "eyeLookUpRight",
    "eyeSquintRight", "eyeWideRight", "jawForward", "jawLeft", "jawRight", "jawOpen", "mouthClose",
    "mouthFunnel", "mouthPucker", "mouthLeft", "mouthRight", "mouthSmileLeft", "mouthSmileRight",
    "mouthFrownLeft", "mouthFrownRight", "mouthDimpleLeft", "mouthDimpleRight", "mouthStretchLeft",
    "mouthStretchRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper",
    "mouthPressLeft", "mouthPressRight", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft",
    "mouthUpperUpRight", "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight",
    "cheekPuff", "cheekSquintLeft", "cheekSquintRight", "noseSneerLeft", "noseSneerRight", "tongueOut",
)  # fmt: skip
COUNT: Final = len(COEFFICIENTS)
INDEX: Final[dict[str, int]] = {name: i for i, name in enumerate(COEFFICIENTS)}


@dataclass(frozen=True, slots=True)
class Control:
    """A bipolar axis of one region: 0.5 is rest, 1 is every `high` shape full on, 0 every `low` shape full on.

    A control without `low` shapes only ever moves between 0.5 and 1.
    """

    name: str
    region: Region
    high: str
    low: str | None = None


def _sided(name: str, region: Region, high: str, low: str | None = None) -> tuple[Control, Control]:
    left = Control(f"{name}_left", region, f"{high}Left", f"{low}Left" if low else None)
    right = Control(f"{name}_right", region, f"{high}Right", f"{low}Right" if low else None)
    return left, right


CONTROLS: Final[tuple[Control, ...]] = (
    Control("jaw_open", "mouth", "jawOpen"),
    Control("jaw_forward", "mouth", "jawForward"),
    Control("jaw_side", "mouth", "jawLeft", "jawRight"),
    Control("lips_together", "mouth", "mouthClose"),
    Control("mouth_side", "mouth", "mouthLeft", "mouthRight"),
    Control("mouth_pucker", "mouth", "mouthPucker"),
    Control("mouth_funnel", "mouth", "mouthFunnel"),
    *_sided("mouth_corner", "mouth", "mouthSmile", "mouthFrown"),
    *_sided("mouth_stretch", "mouth", "mouthStretch"),
    *_sided("mouth_dimple", "mouth", "mouthDimple"),
    *_sided("mouth_press", "mouth", "mouthPress"),
    *_sided("upper_lip_raise", "mouth", "mouthUpperUp"),
    *_sided("lower_lip_drop", "mouth", "mouthLowerDown"),
    Control("upper_lip_roll", "mouth", "mouthShrugUpper", "mouthRollUpper"),
    Control("lower_lip_roll", "mouth", "mouthShrugLower", "mouthRollLower"),
    Control("tongue_out", "mouth", "tongueOut"),
    *_sided("lid", "eye", "eyeWide", "eyeBlink"),
    *_sided("eye_squint", "eye", "eyeSquint"),
    *_sided("gaze_vertical", "eye", "eyeLookUp", "eyeLookDown"),
    *_sided("gaze_outward", "eye", "eyeLookOut", "eyeLookIn"),
    *_sided("brow", "brow", "browOuterUp", "browDown"),
    Control("brow_inner", "brow", "browInnerUp"),
    *_sided("nose_sneer", "cheek", "noseSneer"),
    *_sided("cheek_raise", "cheek", "cheekSquint"),
    Control("cheek_puff", "cheek", "cheekPuff"),
)
CONTROL_INDEX: Final[dict[str, int]] = {control.name: i for i, control in enumerate(CONTROLS)}

REGION_OF: Final[dict[str, Region]] = {
    shape: control.region for control in CONTROLS for shape in (control.high, control.low) if shape
}
"""Coefficient name -> region."""

_HIGH: Final = np.array([INDEX[c.high] for c in CONTROLS])
_LOW: Final = np.array([INDEX[c.low] if c.low else -1 for c in CONTROLS])


@cache
def region_indices(region: Region) -> NDArray[np.intp]:
    """Positions of a region's coefficients in ARKit order."""
    return np.array([i for i, name in enumerate(COEFFICIENTS) if REGION_OF[name] == region], dtype=np.intp)


@cache
def mirror_order() -> NDArray[np.intp]:
    """Permutation that swaps left and right: `coefficients[mirror_order()]`."""

    def partner(name: str) -> str:
        if name.endswith("Left"):
            return name[:-4] + "Right"
        if name.endswith("Right"):
            return name[:-5] + "Left"
        return name

    return np.array([INDEX[partner(name)] for name in COEFFICIENTS], dtype=np.intp)


def as_coefficients(values: ArrayLike | Mapping[str, float]) -> Coefficients:
    """Check coefficients and return a read-only float32 (52,) copy.

    values: 52 numbers in ARKit order, or a mapping from coefficient names (missing names are 0).

    Raises `UnknownName` for a name that is no coefficient, `BadExpression` for anything else that is wrong.
    """
    if isinstance(values, Mapping):
        array = np.zeros(COUNT, dtype=np.float64)
        for name, value in values.items():
            if name not in INDEX:
                raise UnknownName.among("coefficient", str(name), COEFFICIENTS)
            try:
                array[INDEX[name]] = value
            except (TypeError, ValueError) as error:
                raise BadExpression(f"{name} must be a number between 0 and 1, not {value!r}.") from error
        values = array
    return vector(values, COUNT, what="Coefficients", low=0.0, high=1.0, names=COEFFICIENTS)


def named(coefficients: Coefficients, *, above: float = 0.0) -> dict[str, float]:
    """Coefficients as a name -> value dictionary, leaving out those not above `above`."""
    return {
        name: round(float(value), 5) for name, value in zip(COEFFICIENTS, coefficients, strict=True) if value > above
    }


def to_controls(coefficients: Coefficients) -> Vector:
    """Read the controls off coefficients: float32 (len(CONTROLS),), 0..1, rest at 0.5."""
    low = np.where(_LOW >= 0, coefficients[_LOW], 0.0)
    return np.asarray(0.5 + 0.5 * (coefficients[_HIGH] - low), dtype=np.float32)


def from_controls(controls: Vector) -> Coefficients:
    """The least coefficients with these control values: of each opposed pair only one is on."""
    signed = 2.0 * np.asarray(controls, dtype=np.float64) - 1.0
    out = np.zeros(COUNT)
    out[_HIGH] = np.maximum(signed, 0.0)
    paired = _LOW >= 0
    out[_LOW[paired]] = np.maximum(-signed[paired], 0.0)
    return as_coefficients(out)
