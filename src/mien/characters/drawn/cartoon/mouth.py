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
# All amounts below are for a mouth of this half width, and grow with it.
_NORMAL_WIDTH: Final = 46.0


@dataclass(frozen=True, slots=True)
class MouthPose:
    """Face coordinates. upper, lower: the lips' inner edges, right corner to left corner, `len(T)` points each.

    upper_outer, lower_outer: the lips' outer edges.
    gap, gap_max: height of the opening in the middle, and its greatest.
    teeth_upper, teeth_lower: how far teeth reach into the opening.
    tongue: 0 inside .. 1.5 hanging out; its root's x, its tip, half its width, and how high it lies inside.
    press, pout, roll_upper, roll_lower: what lip and line thickness follow, 0..1.5.
    """

    upper: list[Point]
    lower: list[Point]
    upper_outer: list[Point]
    lower_outer: list[Point]
    gap: float
    gap_max: float
    teeth_upper: float
    teeth_lower: float
    tongue: float
    tongue_x: float
    tongue_tip: Point
    tongue_width: float
    tongue_height: float
    press: float
    pout: float
    roll_upper: float
    roll_lower: float

    @property
    def corner_left(self) -> Point:
        """The subject's left corner."""
        return self.upper[-1]

    @property
    def corner_right(self) -> Point:
        """The subject's right corner."""
        return self.upper[0]


@dataclass(frozen=True, slots=True)
class _Pull:
    """What the muscles do, gathered: means of both sides unless a name says left or right."""

    opened: float
    shut: float
    jaw: float
    close: float
    smile: float
    frown: float
    press: float
    stretch: float
    funnel: float
    pucker: float
    puff: float
    up_left: float
    up_right: float
    down_left: float
    down_right: float
    side: float
    jaw_side: float

    @property
    def ups(self) -> float:
        return 0.5 * (self.up_left + self.up_right)

    @property
    def downs(self) -> float:
        return 0.5 * (self.down_left + self.down_right)


def _pull(v: Values) -> _Pull:
    jaw, close, tongue = v["jawOpen"], v["mouthClose"], v["tongueOut"]
    shut = 1.0 - clamp(close)
    # A tongue that comes out opens the mouth for itself.
    apart = jaw + 0.42 * tongue * (1.0 - min(jaw, 1.0))

    def mean(name: str) -> float:
        return 0.5 * (v[f"{name}Left"] + v[f"{name}Right"])

    return _Pull(
        opened=apart * shut,
        shut=shut,
        jaw=jaw,
        close=close,
        smile=mean("mouthSmile"),
        frown=mean("mouthFrown"),
        press=mean("mouthPress"),
        stretch=mean("mouthStretch"),
        funnel=v["mouthFunnel"],
        pucker=v["mouthPucker"],
        puff=v["cheekPuff"],
        up_left=v["mouthUpperUpLeft"] + 0.30 * v["noseSneerLeft"],
        up_right=v["mouthUpperUpRight"] + 0.30 * v["noseSneerRight"],
        down_left=v["mouthLowerDownLeft"],
        down_right=v["mouthLowerDownRight"],
        side=v["mouthLeft"] - v["mouthRight"],
        jaw_side=v["jawLeft"] - v["jawRight"],
    )


def _bump(t: float, center: float, width: float) -> float:
    return math.exp(-(((t - center) / width) ** 2))


class Mouth:
    """Reads `[mouth]`.

    y: the line; width: half of it. upper_lip, lower_lip: thickness; bow: 0..0.8, the dip of the upper lip;
    lip_opacity: 0 no lips .. 1. line: its thickness. rest_corner: how far the corners are raised at rest. open: how
    far the jaw opens it. smile, teeth: gains, 1 is usual. gap_tooth: a gap between the front teeth.
    """

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
        self.size = self.width / _NORMAL_WIDTH
        self.rest = self.pose(dict.fromkeys(COEFFICIENTS, 0.0))

    def pose(self, v: Values) -> MouthPose:
        """Everything about the mouth that the coefficients move."""
        pull = _pull(v)
        left, right = self._corner(v, pull, "Left", 1.0), self._corner(v, pull, "Right", -1.0)
        upper, lower = self._edges(pull, left, right, self._middle(v, pull))
        thick_upper, thick_lower = self._lips(v, pull)
        upper_outer, lower_outer = [], []
        for t, (ux, uy), (lx, ly) in zip(T, upper, lower, strict=True):
            a = abs(t)
            bow = 1.0 - self.bow * _bump(t, 0.0, 0.17) + 0.4 * self.bow * _bump(a, 0.3, 0.2)
            upper_outer.append((ux, uy - thick_upper * bow * (1.0 - a**2.3) ** 0.75 - 0.4))
            lower_outer.append((lx, ly + thick_lower * (1.0 - a**2) ** 0.8 + 0.4))

        gaps = [ly - uy for (_, uy), (_, ly) in zip(upper, lower, strict=True)]
        gap = gaps[MIDDLE]
        out = clamp(v["tongueOut"], 0.0, 1.5)
        low_x, low_y = lower[MIDDLE]
        height = min(0.52 * gap, 22.0 * self.size) * (1.0 - 0.25 * pull.downs) + 4.0 * out
        inside, outside = low_y - 0.55 * height, low_y + 40.0 * self.size * min(out, 1.2)
        tip = (
            low_x + 5.0 * pull.side * min(out, 1.0) + 3.0 * pull.jaw_side * out,
            inside + (outside - inside) * min(out, 1.0),
        )
        bared = self.teeth * self.size * (1.0 - 0.78 * clamp(pull.funnel + pull.pucker))
        grin = clamp(pull.smile + 0.4 * pull.ups, 0.0, 1.4)
        return MouthPose(
            upper=upper,
            lower=lower,
            upper_outer=upper_outer,
            lower_outer=lower_outer,
            gap=gap,
            gap_max=max(gaps),
            teeth_upper=bared * (6.0 + 9.0 * grin + 7.0 * pull.ups + 2.5 * pull.stretch),
            teeth_lower=bared * softmax0(13.0 * pull.downs + 5.0 * pull.stretch - 4.0, 1.0),
            tongue=out,
            tongue_x=low_x,
            tongue_tip=tip,
            tongue_width=self.width
            * (0.50 + 0.05 * pull.smile)
            * (1.0 - 0.3 * clamp(pull.pucker))
            * (1.0 - 0.18 * pull.funnel),
            tongue_height=height,
            press=pull.press,
            pout=v["mouthShrugLower"],
            roll_upper=v["mouthRollUpper"],
            roll_lower=v["mouthRollLower"],
        )

    def _corner(self, v: Values, pull: _Pull, s: str, side: float) -> Point:
        """A mouth corner: x from the face's middle, y from the resting line (up is negative)."""
        smile, frown, stretch = v[f"mouthSmile{s}"] * self.smile, v[f"mouthFrown{s}"], v[f"mouthStretch{s}"]
        dimple, press = v[f"mouthDimple{s}"], v[f"mouthPress{s}"]
        wide = 0.30 * smile + 0.30 * stretch + 0.16 * dimple - 0.05 * frown + 0.12 * press
        reach = self.width * (1.0 + wide)
        reach *= (1.0 - 0.44 * pull.pucker) * (1.0 - 0.32 * pull.funnel) * (1.0 - 0.24 * pull.puff)
        reach *= 1.0 - 0.12 * pull.opened * max(1.0 - 0.8 * smile, 0.0)
        reach += 4.0 * side * pull.side * self.size
        y = -21.0 * smile + 17.0 * frown + 6.0 * stretch - 6.5 * dimple
        y += 8.0 * pull.opened * (1.0 - 0.6 * smile) + 2.5 * press * (1.0 - smile) + 2.0 * pull.puff
        y = y * self.size - 2.0 * v[f"mouthUpperUp{s}"] + 1.5 * v[f"mouthLowerDown{s}"] - self.rest_corner
        return (side * max(reach, 6.0) + 13.0 * pull.side + 7.0 * pull.jaw_side, y)

    def _middle(self, v: Values, pull: _Pull) -> float:
        """Height of the line's middle over its resting place (down is positive)."""
        y = 3.0 * pull.smile - 5.0 * pull.frown - 8.0 * v["mouthShrugLower"] - 6.0 * v["mouthShrugUpper"]
        y += 3.5 * v["mouthRollUpper"] - 3.0 * v["mouthRollLower"] + 16.0 * pull.jaw * min(pull.close, 1.0)
        dimples = 0.75 * (v["mouthDimpleLeft"] + v["mouthDimpleRight"])
        return y * self.size + dimples - 3.0 * pull.close - 3.5 * v["jawForward"] - 2.0 * pull.funnel

    def _edges(self, pull: _Pull, left: Point, right: Point, middle: float) -> tuple[list[Point], list[Point]]:
        """Both inner edges."""
        size, shut = self.size, pull.shut
        # Pressed lips hold against a slight opening of the jaw.
        seal = 1.0 - 0.75 * clamp(pull.press)
        drop_middle = self.open * pull.opened * (1.0 - 0.16 * pull.pucker) * seal + 7.0 * pull.funnel * shut * size
        rise_middle = 7.0 * pull.funnel + 2.0 * pull.funnel * pull.jaw
        rise_middle = (rise_middle + 9.0 * pull.smile * min(2.0 * pull.opened, 1.0)) * shut * size
        # Stretched or laughing mouths are squarer at the bottom, funnels rounder.
        square = 2.0 + 1.6 * min(pull.stretch + pull.downs, 1.4) + 1.1 * min(2.0 * pull.smile * pull.opened, 1.0)
        power = 0.56 - 0.08 * min(pull.funnel, 1.0)
        # Frowns bow; with pressed lips only the corners turn down.
        frown_bend = 1.75 + 0.9 * clamp(pull.press)
        lift = 12.5 * size * (1.0 - 0.35 * clamp(pull.press)) * shut
        pull_down = 12.0 * size * (1.0 + 0.5 * pull.stretch) * (1.0 - 0.5 * clamp(pull.press)) * shut
        ajar = 5.0 * pull.stretch * min(3.0 * pull.opened + pull.downs, 1.0) * size * shut
        center = 0.5 * (left[0] + right[0])
        upper: list[Point] = []
        lower: list[Point] = []
        for t in T:
            a = abs(t)
            corner_x, corner_y = left if t > 0 else right
            x = center + a * (corner_x - center)
            bend = a ** (1.9 if corner_y < 0 else frown_bend)
            mid = middle * (1.0 - bend) + corner_y * bend
            edge = 1.0 - a**6
            raised = pull.up_left * _bump(t, 0.46, 0.42) + pull.up_right * _bump(t, -0.46, 0.42)
            lowered = pull.down_left * _bump(t, 0.42, 0.46) + pull.down_right * _bump(t, -0.42, 0.46)
            rise = rise_middle * (1.0 - a**2.4) ** 0.62 + lift * raised * edge
            drop = drop_middle * (1.0 - a**square) ** power + pull_down * lowered * edge + ajar * (1.0 - a**8)
            gap = rise + drop
            upper.append((x, self.y + mid - rise))
            lower.append((x + 12.0 * pull.jaw_side * size * gap / (gap + 14.0), self.y + mid + drop))
        return upper, lower

    def _lips(self, v: Values, pull: _Pull) -> tuple[float, float]:
        """Thickness of the upper and the lower lip."""
        smile, frown = min(pull.smile, 1.0), min(pull.frown, 1.0)
        roll_u, roll_l = clamp(v["mouthRollUpper"]), clamp(v["mouthRollLower"])
        held = clamp(pull.close) * max(1.0 - pull.jaw, 0.0)
        both = (1.0 - 0.4 * clamp(pull.press)) * (1.0 - 0.15 * pull.stretch) * (1.0 - 0.2 * pull.puff)
        upper = self.upper_lip * both * (1.0 + 0.45 * pull.funnel + 0.40 * pull.pucker) * (1.0 - 0.22 * smile)
        upper *= (1.0 + 0.45 * v["mouthShrugUpper"]) * (1.0 - 0.22 * frown) * (1.0 - 0.35 * held)
        upper += 3.0 * self.size * v["mouthShrugUpper"]
        lower = self.lower_lip * both * (1.0 + 0.40 * pull.funnel + 0.35 * pull.pucker) * (1.0 - 0.15 * smile)
        lower *= (1.0 + 0.50 * v["mouthShrugLower"]) * (1.0 - 0.30 * frown) * (1.0 - 0.25 * held)
        lower = lower * (1.0 + 0.30 * v["jawForward"]) + 4.5 * self.size * v["mouthShrugLower"]
        return upper * (1.0 - 0.85 * roll_u), lower * (1.0 - 0.88 * roll_l)

    def points(self, pose: MouthPose) -> dict[str, Point]:
        """The mouth's feature points, off the drawn curves."""
        quarter = 4  # T[4] = -0.5, T[8] = 0.5
        return {
            "mouth_corner_left": pose.corner_left,
            "mouth_corner_right": pose.corner_right,
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
