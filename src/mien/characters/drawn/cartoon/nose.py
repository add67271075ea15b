"""Noses: a lit ball or wedge on the face, its wings, nostrils and bridge, and the wrinkles of a sneer."""

from __future__ import annotations

from dataclasses import dataclass

from mien.characters.drawn.acting import Values
from mien.characters.drawn.canvas import Canvas, Path
from mien.characters.drawn.cartoon.palette import Palette
from mien.characters.drawn.colour import mix_colours
from mien.characters.drawn.curves import Point, smoothstep
from mien.characters.drawn.spec import Table
from mien.characters.drawn.turn import Layer, Turn


@dataclass(frozen=True, slots=True)
class NosePose:
    """Face coordinates of the moving parts."""

    tip: Point
    wing_left: Point
    wing_right: Point
    sneer_left: float
    sneer_right: float


class Nose:
    """Reads `[nose]`.

    y: the tip; tip, height: half its width and height; wing, wing_y: where the wings are. bridge: 0..1, how much of
    the bridge shows, from bridge_top, bridge_width wide. nostrils, wings: 0..1, how clearly they are drawn. red: 0..1.
    lift: how far it stands off the face when the head turns.
    """

    def __init__(self, table: Table) -> None:
        self.y = table.number("y")
        self.tip = table.number("tip", low=3.0, high=60.0)
        self.height = table.number("height", self.tip, low=3.0, high=60.0)
        self.wing = table.number("wing", low=4.0, high=70.0)
        self.wing_y = table.number("wing_y", 3.0)
        self.bridge = table.number("bridge", 0.4, low=0.0, high=1.0)
        self.bridge_top = table.number("bridge_top", 0.0)
        self.bridge_width = table.number("bridge_width", 9.0)
        self.nostrils = table.number("nostrils", 0.5, low=0.0, high=1.0)
        self.wings = table.number("wings", 0.5, low=0.0, high=1.0)
        self.red = table.number("red", 0.25, low=0.0, high=1.0)
        self.lift = table.number("lift", 16.0)
        table.finish()

    def pose(self, v: Values) -> NosePose:
        """Sneers lift and spread the wings; smiles spread them and pull the tip down; the upper lip tugs."""

        def wing(s: str, side: float) -> Point:
            sneer, smile = v[f"noseSneer{s}"], v[f"mouthSmile{s}"]
            up = 9.5 * sneer + 2.0 * v[f"mouthUpperUp{s}"] + 1.5 * smile
            out = 1.0 + 0.13 * sneer + 0.09 * smile + 0.10 * v["mouthStretch" + s] - 0.06 * v["mouthFunnel"]
            return (side * self.wing * out, self.y + self.wing_y - up)

        sneer = 0.5 * (v["noseSneerLeft"] + v["noseSneerRight"])
        smile = 0.5 * (v["mouthSmileLeft"] + v["mouthSmileRight"])
        lean = 2.0 * (v["mouthLeft"] - v["mouthRight"]) + 1.5 * (v["noseSneerLeft"] - v["noseSneerRight"])
        tip = (lean, self.y - 6.0 * sneer + 2.0 * smile + 2.0 * v["jawOpen"] + 1.0 * v["mouthFunnel"])
        return NosePose(tip, wing("Left", 1.0), wing("Right", -1.0), v["noseSneerLeft"], v["noseSneerRight"])

    @property
    def layer(self) -> Layer:
        """How the nose turns: as one rigid part that stands off the face."""
        return Layer((0.0, self.y), self.lift)

    def draw(self, canvas: Canvas, palette: Palette, turn: Turn, pose: NosePose) -> None:
        """The nose."""
        with canvas.group(turn.matrix(self.layer), name="nose"):
            self._draw_bridge(canvas, palette, pose)
            self._draw_ball(canvas, palette, pose)

    def _draw_bridge(self, canvas: Canvas, palette: Palette, pose: NosePose) -> None:
        shadow = palette["skin_shadow"]
        tx, ty = pose.tip
        if self.bridge > 0:
            top, w = self.bridge_top, self.bridge_width
            slope = [(w * 0.75, top), (w * 0.62, (top + ty) * 0.5), (self.tip * 0.8 + tx, ty - self.height * 0.3)]
            widths = [2.0, w * 0.75, w * 1.3]
            paint = canvas.linear((0, top), (0, ty), (0.0, shadow, 0.0), (0.55, shadow, 0.8), (1.0, shadow, 1.0))
            canvas.path(Path.ribbon(slope, widths), paint, opacity=self.bridge)
            light = palette["skin_light"]
            glow = canvas.linear((0, top), (0, ty), (0.0, light, 0.0), (0.5, light, 0.9), (1.0, light, 0.2))
            shine = [(-w * 0.1, top + 4), (-w * 0.14, (top + ty) * 0.5), (tx - 1.0, ty - self.height * 0.4)]
            canvas.path(Path.tapered(shine, w * 0.8), glow, opacity=self.bridge)
        for side, sneer in ((1.0, pose.sneer_left), (-1.0, pose.sneer_right)):
            amount = smoothstep(0.12, 0.9, sneer)
            if amount < 0.01:
                continue
            base = self.y - self.height
            for k in range(3):
                y = base - 6.0 - 8.5 * k - 3.0 * sneer
                inner, outer = 1.5, self.bridge_width * 0.8 + 5.0 - 1.6 * k
                points = [
                    (side * inner, y + 1.5),
                    (side * (inner + outer) / 2, y - 1.5),
                    (side * outer, y - 6.0),
                ]
                canvas.path(Path.tapered(points, 3.0), palette["line"], opacity=amount * (0.62 - 0.1 * k))

    def _draw_ball(self, canvas: Canvas, palette: Palette, pose: NosePose) -> None:
        tx, ty = pose.tip
        r, h = self.tip, self.height
        (lx, ly), (rx, ry) = pose.wing_left, pose.wing_right
        ruddy = mix_colours(palette["skin"], palette["blush"], self.red)
        deep = mix_colours(palette["skin_shadow"], palette["blush"], self.red * 0.7)
        bottom = ty + h * 0.92
        shape = Path.smooth(
            [
                (tx, ty - h * 1.05),
                (tx + r * 0.86, ty - h * 0.5),
                (max(lx, tx + r), ly - h * 0.1),
                (lx * 0.88, ly + h * 0.58),
                (tx + r * 0.42, bottom),
                (tx, bottom + 0.6),
                (tx - r * 0.42, bottom),
                (rx * 0.88, ry + h * 0.58),
                (min(rx, tx - r), ry - h * 0.1),
                (tx - r * 0.86, ty - h * 0.5),
            ]
        )
        fade = canvas.linear(
            (tx - r * 0.5, ty - h * 1.1), (tx + r * 0.4, bottom),
            (0.0, ruddy, 0.0), (0.35, ruddy, 0.75), (0.7, ruddy, 1.0), (1.0, deep, 1.0),
        )  # fmt: skip
        canvas.path(shape, fade)
        line = palette["line"]
        under = [
            (rx * 0.80, ry + h * 0.62),
            (tx - r * 0.55, bottom - h * 0.10),
            (tx, bottom + h * 0.10),
            (tx + r * 0.55, bottom - h * 0.10),
            (lx * 0.80, ly + h * 0.62),
        ]
        canvas.path(Path.tapered(under, 3.2), line, opacity=0.55)
        for side, (wx, wy), sneer in (
            (1.0, pose.wing_left, pose.sneer_left),
            (-1.0, pose.wing_right, pose.sneer_right),
        ):
            if self.nostrils > 0:
                grow = 1.0 + 0.4 * sneer
                canvas.ellipse(
                    (wx * 0.56 + tx * 0.44, (wy + bottom) / 2 + h * 0.30), r * 0.26 * grow, h * 0.15 * grow, line,
                    opacity=self.nostrils, angle_deg=-16.0 * side,
                )  # fmt: skip
            if self.wings > 0:
                curl = [
                    (wx * 0.96, wy - h * 0.42),
                    (wx * 1.12, wy + h * 0.05),
                    (wx * 0.98, wy + h * 0.52),
                    (wx * 0.70, wy + h * 0.62),
                ]
                canvas.path(Path.tapered(curl, 3.0, end=0.3), line, opacity=self.wings)
        canvas.ellipse(
            (tx - r * 0.22, ty - h * 0.22), r * 0.30, h * 0.22, mix_colours(palette["skin_light"], "#ffffff", 0.45),
            opacity=0.75, angle_deg=-20,
        )  # fmt: skip
