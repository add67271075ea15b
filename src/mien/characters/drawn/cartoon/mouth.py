"""The mouth: one continuous shape from a closed line to a laugh, an 'oo', a snarl or a smirk.

Along t in -1..1 (the subject's right corner to the left) both lip edges share x(t) and are

    upper(t) = mid(t) - rise(t)      lower(t) = mid(t) + drop(t)      rise, drop >= 0

so whatever the coefficients say, the lips may touch but never cross, and a closed mouth is exactly a line.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from mien.characters.drawn.acting import Values
from mien.characters.drawn.curves import Point, clamp, softmax0
from mien.characters.drawn.spec import Table
from mien.core.arkit import COEFFICIENTS

_N: Final = 13
# Close together towards the corners, where the outline turns fast.
T: Final = tuple(-math.cos(math.pi * i / (_N - 1)) for i in range(_N))
MIDDLE: Final = _N // 2


def _bump(t: float, center: float, width: float) -> float:
    return math.exp(-(((t - center) / width) ** 2))


@dataclass(frozen=True, slots=True)
class MouthPose:
    """Face coordinates. upper, lower: the lips' inner edges, right corner to left corner, `len(T)` points each.

    upper_outer, lower_outer: the lips' outer edges. teeth_upper, teeth_lower: how far teeth reach into the opening.
    gap: height of the opening in the middle. tongue: 0 inside .. 1.5 hanging out; tongue_tip: its end.
    """

    upper: list[Point]
    lower: list[Point]
    upper_outer: list[Point]
    lower_outer: list[Point]
    teeth_upper: float
    teeth_lower: float
    gap: float
    gap_max: float
    tongue: float
    tongue_root: Point
    tongue_tip: Point
    tongue_width: float
    tongue_height: float
    press: float
    pout: float
    corner_left: Point
    corner_right: Point

    @property
    def center(self) -> Point:
        """The middle between the lips."""
        (ux, uy), (lx, ly) = self.upper[MIDDLE], self.lower[MIDDLE]
        return ((ux + lx) / 2, (uy + ly) / 2)


class Mouth:
    """Reads `[mouth]`: proportions in viewBox units."""

    def __init__(self, table: Table) -> None:
        self.y = table.number("y")
        self.width = table.number("width", low=10.0, high=120.0)
        self.upper_lip = table.number("upper_lip", 7.0, low=0.5, high=40.0)
        self.lower_lip = table.number("lower_lip", 10.0, low=0.5, high=40.0)
        self.bow = table.number("bow", 0.25, low=0.0, high=0.8)
        self.lip_opacity = table.number("lip_opacity", 1.0, low=0.0, high=1.0)
        self.line = table.number("line", 4.6, low=1.0, high=12.0)
        self.rest_corner = table.number("rest_corner", 0.0)
        self.open = table.number("open", 60.0, low=10.0, high=140.0)
        self.smile = table.number("smile", 1.0, low=0.2, high=2.0)
        self.teeth = table.number("teeth", 1.0, low=0.3, high=2.5)
        self.gap_tooth = table.flag("gap_tooth", False)
        table.finish()
        self.rest = self.pose(dict.fromkeys(COEFFICIENTS, 0.0))

    def pose(self, v: Values) -> MouthPose:
        """Everything about the mouth that the coefficients move."""
        size = self.width / 46.0
        jaw, close, tongue = v["jawOpen"], v["mouthClose"], v["tongueOut"]
        funnel, pucker, puff = v["mouthFunnel"], v["mouthPucker"], v["cheekPuff"]
        shut = 1.0 - clamp(close * 1.0)
        apart = jaw + 0.42 * tongue * (1.0 - min(jaw, 1.0)) if tongue else jaw
        opened = apart * shut
        sideways = 13.0 * (v["mouthLeft"] - v["mouthRight"]) + 7.0 * (v["jawLeft"] - v["jawRight"])
        shrug_l, shrug_u = v["mouthShrugLower"], v["mouthShrugUpper"]
        roll_l, roll_u = v["mouthRollLower"], v["mouthRollUpper"]
        forward = v["jawForward"]

        def corner(s: str, side: float) -> Point:
            smile, frown, stretch = v[f"mouthSmile{s}"], v[f"mouthFrown{s}"], v[f"mouthStretch{s}"]
            dimple, press = v[f"mouthDimple{s}"], v[f"mouthPress{s}"]
            reach = self.width * (
                1 + 0.30 * smile * self.smile + 0.30 * stretch + 0.16 * dimple - 0.05 * frown + 0.12 * press
            )
            reach *= (
                (1.0 - 0.44 * pucker)
                * (1.0 - 0.32 * funnel)
                * (1.0 - 0.24 * puff)
                * (1.0 - 0.12 * opened * (1 - smile * 0.8))
            )
            reach += 4.0 * side * (v["mouthLeft"] - v["mouthRight"]) * size
            y = -21.0 * smile * self.smile * size + 17.0 * frown * size + 6.0 * stretch * size - 6.5 * dimple * size
            y += 8.0 * opened * size * (1.0 - 0.6 * smile) - self.rest_corner
            y += 2.5 * press * size * (1.0 - smile) - 2.0 * v[f"mouthUpperUp{s}"] + 1.5 * v[f"mouthLowerDown{s}"]
            y += 5.0 * puff * 0.4
            return (side * max(reach, 6.0) + sideways, y)

        left, right = corner("Left", 1.0), corner("Right", -1.0)
        smile = 0.5 * (v["mouthSmileLeft"] + v["mouthSmileRight"])
        frown = 0.5 * (v["mouthFrownLeft"] + v["mouthFrownRight"])
        press = 0.5 * (v["mouthPressLeft"] + v["mouthPressRight"])
        up = {s: v[f"mouthUpperUp{s}"] + 0.30 * v[f"noseSneer{s}"] for s in ("Left", "Right")}
        down = {s: v[f"mouthLowerDown{s}"] for s in ("Left", "Right")}
        ups, downs = 0.5 * (up["Left"] + up["Right"]), 0.5 * (down["Left"] + down["Right"])
        stretch = 0.5 * (v["mouthStretchLeft"] + v["mouthStretchRight"])

        middle = 3.0 * smile * size - 5.0 * frown * size - 8.0 * shrug_l * size - 4.5 * shrug_u * size
        middle += 16.0 * jaw * min(close, 1.0) * size - 3.0 * close - 3.5 * forward
        middle += (
            1.5 * roll_l
            - 1.5 * roll_u
            - 2.0 * funnel
            + 1.5 * v["mouthDimpleLeft"] * 0.5
            + 1.5 * v["mouthDimpleRight"] * 0.5
        )
        # Lips pressed or rolled together hold against a slight opening of the jaw.
        seal = 1.0 - 0.75 * clamp(press) - 0.35 * clamp(0.5 * (roll_l + roll_u))
        center_drop = self.open * opened * (1.0 - 0.16 * pucker) * seal + 7.0 * funnel * shut * size
        center_rise = (7.0 * funnel + 2.0 * funnel * jaw + 9.0 * smile * min(opened * 2.0, 1.0)) * shut * size
        fall = 1.0 + 0.5 * stretch
        square = 2.0 + 1.6 * min(stretch + downs, 1.4) + 1.1 * min(smile * opened * 2.0, 1.0)
        frown_bend = 1.75 + 0.9 * clamp(press)
        power = 0.56 - 0.08 * min(funnel, 1.0)
        lips_u = (
            self.upper_lip * (1 - 0.85 * clamp(roll_u)) * (1 - 0.4 * clamp(press)) * (1 + 0.45 * funnel + 0.40 * pucker)
        )
        lips_u *= (
            (1 + 0.45 * shrug_u) * (1 - 0.22 * smile) * (1 - 0.15 * stretch) * (1 - 0.35 * clamp(close) * (1 - jaw))
        )
        lips_l = (
            self.lower_lip * (1 - 0.88 * clamp(roll_l)) * (1 - 0.4 * clamp(press)) * (1 + 0.40 * funnel + 0.35 * pucker)
        )
        lips_l *= (1 + 0.50 * shrug_l) * (1 - 0.15 * smile) * (1 - 0.15 * stretch) * (1 + 0.30 * forward)
        lips_l *= 1 - 0.25 * clamp(close) * (1 - jaw)
        lips_u *= 1.0 - 0.22 * min(frown, 1.0)
        lips_l *= 1.0 - 0.30 * min(frown, 1.0)
        lips_l += 4.5 * size * shrug_l * (1.0 - clamp(roll_l))

        upper: list[Point] = []
        lower: list[Point] = []
        upper_outer: list[Point] = []
        lower_outer: list[Point] = []
        jaw_side = 12.0 * (v["jawLeft"] - v["jawRight"]) * size
        gaps = []
        for t in T:
            a = abs(t)
            cx, cy = left if t > 0 else right
            cx0 = 0.5 * (left[0] + right[0])
            half = cx - cx0 if t > 0 else cx0 - cx
            x = cx0 + t * half
            bend = a**1.9 if cy < 0 else a**frown_bend
            mid = middle * (1.0 - bend) + cy * bend
            shape = max(1.0 - a**square, 0.0) ** power
            shape_u = max(1.0 - a**2.4, 0.0) ** 0.62
            side_up = up["Left"] * _bump(t, 0.46, 0.42) + up["Right"] * _bump(t, -0.46, 0.42)
            side_down = down["Left"] * _bump(t, 0.42, 0.46) + down["Right"] * _bump(t, -0.42, 0.46)
            edge = (1.0 - a**6) * shut
            rise = center_rise * shape_u + 12.5 * side_up * edge * size * (1.0 - 0.35 * clamp(press))
            drop = center_drop * shape + 12.0 * side_down * edge * size * fall * (1.0 - 0.5 * clamp(press))
            # A stretched mouth that is ajar bares its corners too.
            drop += 5.0 * stretch * min(3.0 * opened + downs, 1.0) * (1.0 - a**8) * size * shut
            yu, yl = self.y + mid - rise, self.y + mid + drop
            gap = yl - yu
            gaps.append(gap)
            slide = jaw_side * gap / (gap + 14.0)
            upper.append((x, yu))
            lower.append((x + slide, yl))
            body = max(1.0 - a**2.3, 0.0) ** 0.75
            bow = 1.0 - self.bow * math.exp(-((t / 0.17) ** 2)) + 0.4 * self.bow * math.exp(-(((a - 0.3) / 0.2) ** 2))
            upper_outer.append((x, yu - lips_u * body * bow - 0.4))
            lower_outer.append((x + slide, yl + lips_l * max(1.0 - a**2.0, 0.0) ** 0.8 + 0.4))

        gap = gaps[MIDDLE]
        gap_max = max(gaps)
        grin = clamp(smile + 0.4 * ups, 0.0, 1.4)
        teeth_upper = (
            self.teeth * size * (6.0 + 9.0 * grin + 7.0 * ups + 2.5 * stretch) * (1.0 - 0.75 * clamp(funnel + pucker))
        )
        teeth_lower = (
            self.teeth * size * softmax0(13.0 * downs + 5.0 * stretch - 4.0, 1.0) * (1.0 - 0.8 * clamp(funnel + pucker))
        )
        lx, ly = lower[MIDDLE]
        out = clamp(tongue, 0.0, 1.5)
        tongue_height = min(0.52 * gap, 22.0 * size) * (1.0 - 0.25 * downs) + 4.0 * out
        tip_in = ly - 0.55 * tongue_height
        tip_out = ly + 40.0 * size * min(out, 1.2)
        reach_out = min(out, 1.0)
        return MouthPose(
            upper, lower, upper_outer, lower_outer, teeth_upper, teeth_lower, gap, gap_max, out,
            (lx, self.y + middle + 0.45 * gap),
            (lx + 0.4 * sideways * reach_out, tip_in + (tip_out - tip_in) * reach_out),
            self.width * (0.50 + 0.05 * smile) * (1.0 - 0.3 * clamp(pucker)) * (1.0 - 0.18 * funnel),
            tongue_height, press, shrug_l, (left[0], self.y + left[1]), (right[0], self.y + right[1]),
        )  # fmt: skip

    def points(self, pose: MouthPose) -> dict[str, Point]:
        """The mouth's feature points, off the drawn curves."""
        quarter = 4  # T[4] = -0.5, T[8] = 0.5
        return {
            "mouth_corner_left": pose.upper[-1],
            "mouth_corner_right": pose.upper[0],
            "lip_upper": pose.upper_outer[MIDDLE],
            "lip_lower": pose.lower_outer[MIDDLE],
            "lip_upper_left": pose.upper_outer[-1 - quarter],
            "lip_upper_right": pose.upper_outer[quarter],
            "lip_lower_left": pose.lower_outer[-1 - quarter],
            "lip_lower_right": pose.lower_outer[quarter],
            "lip_upper_inner": pose.upper[MIDDLE],
            "lip_lower_inner": pose.lower[MIDDLE],
            "tongue_tip": pose.tongue_tip,
        }
