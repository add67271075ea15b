"""The head: its outline, how the jaw, cheeks and crown deform it, and the ears."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from mien.characters.drawn.acting import Values
from mien.characters.drawn.canvas import Canvas, Path
from mien.characters.drawn.cartoon.palette import Palette
from mien.characters.drawn.curves import Point, smoothstep
from mien.characters.drawn.spec import Table
from mien.characters.drawn.turn import Globe, Layer, Turn

# An ear and its hollow: x outward in widths, y in heights.
_EAR: Final = ((-0.55, -0.75), (0.25, -1.05), (0.95, -0.62), (0.92, 0.05), (0.45, 0.72), (-0.1, 1.0), (-0.6, 0.7))
_SHELL: Final = ((0.0, -0.62), (0.5, -0.66), (0.68, -0.2), (0.3, 0.1), (0.36, 0.42), (-0.05, 0.4))


@dataclass(frozen=True, slots=True)
class Skull:
    """How far the coefficients have moved the head's shape. All lengths in viewBox units."""

    head: Head
    drop: float
    side: float
    forward: float
    puff: float
    thin: float
    crown: float
    bulge_left: float
    bulge_right: float
    chin_up: float

    def warp(self, p: Point) -> Point:
        """Where a point of the resting head's surface or outline goes."""
        x, y = p
        head = self.head
        jaw = smoothstep(head.mouth_y - 34.0, head.chin_y - 4.0, y)
        cheek = math.exp(-(((y - head.mouth_y + 6.0) / (0.34 * head.chin_y)) ** 2))
        apple = math.exp(-(((y - head.cheek_y) / 26.0) ** 2))
        top = 1.0 - smoothstep(head.top_y, -10.0, y)
        bulge = self.bulge_left if x > 0 else self.bulge_right
        wide = 1.0 + 0.15 * self.puff * cheek - 0.055 * self.thin * cheek + 0.09 * self.forward * jaw
        edge = min(abs(x) / head.half_width, 1.0)
        x = x * wide + math.copysign(bulge * apple * edge, x) + self.side * jaw
        y = y + self.drop * jaw - self.chin_up * jaw * (1.0 - 0.7 * edge) + 5.0 * self.forward * jaw - self.crown * top
        return (x, y)

    def outline(self) -> list[Point]:
        """The closed silhouette, clockwise from the crown by the subject's left side."""
        return [self.warp(p) for p in self.head.points]

    def turned(self, turn: Turn) -> list[Point]:
        """The silhouette of the turned head: the chin and cheeks stand before the centre, the crown behind."""
        outline = self.outline()
        return outline if turn.still else [self.slid(p, turn) for p in outline]

    def slid(self, p: Point, turn: Turn) -> Point:
        """Where the turn takes one point of the silhouette."""
        x, y = p
        head = self.head
        front = smoothstep(-20.0, head.chin_y, y)
        middle = 1.0 - 0.35 * min(abs(x) / head.half_width, 1.0)
        depth = turn.globe.rz * (0.62 * front * middle - 0.10 * (1.0 - smoothstep(head.top_y, 0.0, y)))
        return turn.slide(p, depth)


class Head:
    """Reads `[head]`.

    outline: points [x, y] of the subject's left half, from the crown (x 0) to the chin (x 0). jaw_stretch: how far
    the chin drops, 1 is usual. depth: half depth over half width, for turning. ear: x, y, width (0 for none), height,
    tilt_deg.
    """

    def __init__(self, table: Table, *, mouth_y: float, cheek_y: float) -> None:
        rows = table.rows("outline", 2)
        if len(rows) < 5 or rows[0][0] != 0.0 or rows[-1][0] != 0.0 or any(x < 0 for x, _ in rows):
            raise table.fail("outline", "5 or more points [x, y] with x >= 0 from the crown (x 0) to the chin (x 0)")
        half: list[Point] = [(x, y) for x, y in rows]
        self.points = half + [(-x, y) for x, y in half[-2:0:-1]]
        self.top_y, self.chin_y = half[0][1], half[-1][1]
        self.half_width = max(x for x, _ in half)
        self.mouth_y, self.cheek_y = mouth_y, cheek_y
        self.jaw_stretch = table.number("jaw_stretch", 1.0, low=0.0, high=3.0)
        self.depth = table.number("depth", 0.8, low=0.3, high=1.5)
        ear = table.table("ear")
        self.ear_at = (ear.number("x", self.half_width - 4.0), ear.number("y", 14.0))
        self.ear_size = (ear.number("width", 20.0, low=0.0), ear.number("height", 34.0, low=1.0))
        self.ear_tilt = math.radians(ear.number("tilt_deg", 8.0))
        ear.finish()
        table.finish()
        between = (self.mouth_y + self.chin_y) / 2
        self.jaw = min(half, key=lambda p: abs(p[1] - between))

    @property
    def globe(self) -> Globe:
        """The ellipsoid for turning."""
        middle = (self.top_y + self.chin_y) / 2
        return Globe((0.0, middle), self.half_width, (self.chin_y - self.top_y) / 2, self.half_width * self.depth)

    def pose(self, v: Values) -> Skull:
        """Squash, stretch and bulge for drawn values."""
        opened = v["jawOpen"] * (1.0 - 0.25 * v["mouthClose"]) + 0.22 * v["tongueOut"] * (1.0 - min(v["jawOpen"], 1.0))
        lift = min(1.0, 0.5 * (v["browInnerUp"] + 0.5 * (v["browOuterUpLeft"] + v["browOuterUpRight"])))
        smile = {s: v[f"mouthSmile{s}"] + 0.5 * v[f"cheekSquint{s}"] for s in ("Left", "Right")}
        return Skull(
            head=self,
            drop=38.0 * self.jaw_stretch * opened,
            side=17.0 * (v["jawLeft"] - v["jawRight"]),
            forward=v["jawForward"],
            puff=v["cheekPuff"],
            thin=opened + 0.5 * v["mouthPucker"] + 0.4 * v["mouthFunnel"],
            crown=5.0 * lift + 4.0 * opened,
            bulge_left=4.5 * smile["Left"],
            bulge_right=4.5 * smile["Right"],
            chin_up=7.0 * v["mouthShrugLower"] + 2.0 * (v["mouthPressLeft"] + v["mouthPressRight"]),
        )

    def draw_ears(self, canvas: Canvas, palette: Palette, turn: Turn) -> None:
        """Both ears; they belong behind the head's outline."""
        w, h = self.ear_size
        if w <= 0:
            return
        for side in (1.0, -1.0):
            x, y = side * self.ear_at[0], self.ear_at[1]
            tilt = -side * self.ear_tilt
            c, s = math.cos(tilt), math.sin(tilt)
            outer, inner = [], []
            for ex, ey in (
                (-0.55, -0.75),
                (0.25, -1.05),
                (0.95, -0.62),
                (0.92, 0.05),
                (0.45, 0.72),
                (-0.1, 1.0),
                (-0.6, 0.7),
            ):
                px, py = side * ex * w, ey * h
                outer.append((x + c * px - s * py, y + s * px + c * py))
            for ex, ey in ((0.0, -0.62), (0.5, -0.66), (0.68, -0.2), (0.3, 0.1), (0.36, 0.42), (-0.05, 0.4)):
                px, py = side * ex * w, ey * h
                inner.append((x + c * px - s * py, y + s * px + c * py))
            with canvas.group(turn.matrix(Layer((x, y), -0.12 * turn.globe.rz, flat=True)), name="ear"):
                canvas.path(Path.smooth(outer), palette["skin"] if side < 0 else palette["skin_shadow"])
                canvas.path(Path.smooth(inner), palette["skin_deep"], opacity=0.55)
