"""Make the network's coefficients mean what ARKit means, and say how sure each one is.

1. Offsets and scales (`data/calibration.toml`): a calm face reads as 0, a fully posed one as 1.
2. Both eyes look the same way. 3. Lids that only differ because the head is turned, or by a hair, agree; winks stay.
4. What the network hardly sees is read off the landmarks: hanging mouth corners, raised nostrils, mouths that are
   really narrow when they pucker, lips that stand apart over a closed jaw; and the cheeks that rise with a smile that
   reaches the eyes.
5. Shapes that only echo another one are weakened, so that they are not drawn twice.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np

from mien.core.arkit import COEFFICIENTS, INDEX
from mien.core.arrays import Coefficients, Points, Vector, frozen
from mien.perception.pose import PosedHead

# Landmarks: inner middle of the lips, corners, wings of the nose.
_LIP_UPPER, _LIP_LOWER = 13, 14
_CORNER: Final = {"Left": 291, "Right": 61}
_WINGS: Final = {"Left": (358, 294), "Right": (129, 64)}

_SAME_LID: Final = 0.12
"""Lids that differ by less are shown alike: people's own lids differ so, and the mesh's jitter is as large."""

_WINK: Final = (0.45, 0.8)
"""From the first to the second value of the more closed lid, a difference between the lids is believed."""

_CALM_YAW_RAD: Final = (0.30, 0.70)
"""From the first to the second angle the lid that is turned away gives way to the one that is seen."""


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(files("mien.perception").joinpath("data/calibration.toml").read_text(encoding="utf-8"))


@cache
def _ranges() -> tuple[Vector, Vector, Vector]:
    """Rest, full and sure of every coefficient, each float32 (52,)."""
    rows: Mapping[str, Mapping[str, float]] = _table()["coefficients"]

    def row(name: str) -> Mapping[str, float]:
        return rows[name] if name in rows else rows[name.removesuffix("Left").removesuffix("Right")]

    rest, full, sure = (np.array([row(n)[key] for n in COEFFICIENTS], np.float32) for key in ("rest", "full", "sure"))
    return rest, full, sure


def calibrate(raw: Vector, posed: PosedHead) -> tuple[Coefficients, Vector]:
    """Coefficients and their certainties, both float32 (52,), 0..1, ARKit order.

    raw: what `BlendshapeReader.read` gives. posed: the same landmarks without the head's pose.
    """
    rest, full, sure = _ranges()
    values = dict(zip(COEFFICIENTS, np.clip((raw - rest) / (full - rest), 0, 1).astype(float), strict=True))
    _one_gaze(values)
    _calm_lids(values, posed.head.yaw_rad)
    _from_landmarks(values, posed.frontal)
    _no_echoes(values)
    _part_lips(values, posed.frontal)
    certainty = sure.copy()
    # Turned away: what happens on the far side is guessed by the mesh.
    far, turn = _far_side(posed.head.yaw_rad)
    for name in COEFFICIENTS:
        if name.endswith(far):
            certainty[INDEX[name]] *= 1 - 0.6 * turn
    return frozen(np.clip([values[name] for name in COEFFICIENTS], 0, 1)), frozen(certainty)


def _ramp(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))


def _far_side(yaw_rad: float) -> tuple[str, float]:
    """The side that a turn hides, and how far it does: 0..1."""
    return ("Left" if yaw_rad > 0 else "Right"), _ramp(abs(yaw_rad), *_CALM_YAW_RAD)


def _one_gaze(values: dict[str, float]) -> None:
    """Both irises move alike: a photo cannot tell a squint from noise, and eyes that point apart look broken."""
    aside = (
        values["eyeLookOutLeft"] - values["eyeLookInLeft"] + values["eyeLookInRight"] - values["eyeLookOutRight"]
    ) / 2
    up = sum(values[f"eyeLookUp{side}"] - values[f"eyeLookDown{side}"] for side in ("Left", "Right")) / 2
    values["eyeLookOutLeft"] = values["eyeLookInRight"] = max(aside, 0.0)
    values["eyeLookInLeft"] = values["eyeLookOutRight"] = max(-aside, 0.0)
    for side in ("Left", "Right"):
        values[f"eyeLookUp{side}"], values[f"eyeLookDown{side}"] = max(up, 0.0), max(-up, 0.0)


def _calm_lids(values: dict[str, float], yaw_rad: float) -> None:
    far, turn = _far_side(yaw_rad)
    near = "Right" if far == "Left" else "Left"
    for shape in ("eyeBlink", "eyeSquint", "eyeWide"):
        values[shape + far] += turn * (values[shape + near] - values[shape + far])
        mean = (values[f"{shape}Left"] + values[f"{shape}Right"]) / 2
        half = (values[f"{shape}Left"] - values[f"{shape}Right"]) / 2
        # Soft: small differences vanish, large ones stay nearly whole, and nothing jumps in between.
        kept = half * abs(half) / (abs(half) + _SAME_LID / 2) if half else 0.0
        if shape == "eyeBlink":
            # A wink closes the eye; one that a lopsided smile narrows half is none.
            kept *= _ramp(mean + abs(half), *_WINK)
        values[f"{shape}Left"], values[f"{shape}Right"] = mean + kept, mean - kept
    for side in ("Left", "Right"):
        # A closing lid can be neither wide nor raised.
        values[f"eyeWide{side}"] *= 1 - values[f"eyeBlink{side}"]


def _from_landmarks(values: dict[str, float], frontal: Points) -> None:
    y = frontal[:, 1].astype(np.float64)
    frown, sneer = _table()["frown"], _table()["sneer"]
    middle = (y[_LIP_UPPER] + y[_LIP_LOWER]) / 2
    together = 1 - _ramp(y[_LIP_UPPER] - y[_LIP_LOWER], frown["open_from"], frown["open_to"])
    both = middle - (y[_CORNER["Left"]] + y[_CORNER["Right"]]) / 2
    left, right = frontal[_CORNER["Left"]], frontal[_CORNER["Right"]]
    pucker = _table()["pucker"]
    values["mouthPucker"] *= 1 - _ramp(float(np.linalg.norm(left - right)), pucker["narrow_to"], pucker["narrow_from"])
    for side in ("Left", "Right"):
        # A tilted mouth must not read as one corner hanging: the mean of both counts as much as the corner.
        drop = (both + middle - y[_CORNER[side]]) / 2
        hanging = together * _ramp(drop, frown["rest"], frown["full"]) * (1 - values[f"mouthSmile{side}"])
        values[f"mouthFrown{side}"] = max(values[f"mouthFrown{side}"], hanging)
        expected = sneer["base"] + sneer["jawOpen"] * values["jawOpen"]
        expected += sum(sneer[shape] * values[f"{shape}{side}"] for shape in ("mouthSmile", "mouthUpperUp"))
        raised = (
            y[list(_WINGS["Left"])].mean() + y[list(_WINGS["Right"])].mean() + 2 * y[list(_WINGS[side])].mean()
        ) / 4
        values[f"noseSneer{side}"] = _ramp(raised - expected, sneer["rest"], sneer["full"])
        # FACS 6 goes with 12: a smile that narrows the eyes lifts the cheeks.
        values[f"cheekSquint{side}"] = values[f"mouthSmile{side}"] * (0.25 + 0.75 * values[f"eyeSquint{side}"])


def _part_lips(values: dict[str, float], frontal: Points) -> None:
    """Lips that the mesh shows apart over a closed jaw are apart because the lower one is drawn down."""
    parted = _table()["parted"]
    gap = float(frontal[_LIP_UPPER][1] - frontal[_LIP_LOWER][1])
    apart = _ramp(gap, parted["from"], parted["to"]) * (1 - _ramp(values["jawOpen"], *parted["jaw"]))
    values["jawOpen"] = max(values["jawOpen"], parted["open"] * apart)
    for side in ("Left", "Right"):
        values[f"mouthLowerDown{side}"] = max(values[f"mouthLowerDown{side}"], parted["lower"] * apart)
        values[f"mouthPress{side}"] *= 1 - apart


def _no_echoes(values: dict[str, float]) -> None:
    """On broad smiles the network adds stretch, on wide eyes squint, and pressed lips to parted ones."""
    parted = _ramp(values["jawOpen"], 0.1, 0.3)
    for side in ("Left", "Right"):
        values[f"mouthStretch{side}"] *= 1 - 0.6 * values[f"mouthSmile{side}"]
        values[f"eyeSquint{side}"] *= 1 - values[f"eyeWide{side}"]
        values[f"mouthPress{side}"] *= 1 - parted
        values[f"mouthFrown{side}"] *= 1 - 0.8 * values[f"mouthSmile{side}"]
        # Lowered by anger or raised by surprise, never both on one brow.
        values[f"browDown{side}"] *= 1 - 0.7 * values[f"browOuterUp{side}"]
