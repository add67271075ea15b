"""Cheeks, folds and wrinkles: soft shapes that fade in with what the muscles do."""

from __future__ import annotations

from mien.characters.drawn.acting import Values
from mien.characters.drawn.canvas import Canvas, Path
from mien.characters.drawn.cartoon.eyes import Eyes
from mien.characters.drawn.cartoon.mouth import MIDDLE, MouthPose
from mien.characters.drawn.cartoon.nose import NosePose
from mien.characters.drawn.cartoon.palette import Palette
from mien.characters.drawn.curves import Point, clamp, lerp, smoothstep
from mien.characters.drawn.spec import Table
from mien.characters.drawn.turn import Turn


class Folds:
    """Reads `[cheeks]`.

    x, y, size: the apple of a cheek. blush: 0..1. nasolabial: 0..1, the fold at rest; depth: 0..1, how deep folds
    get. crows_feet, dimples: 0..1.
    """

    def __init__(self, table: Table) -> None:
        self.x = table.number("x")
        self.y = table.number("y")
        self.size = table.number("size", 30.0, low=5.0, high=90.0)
        self.blush = table.number("blush", 0.4, low=0.0, high=1.0)
        self.nasolabial = table.number("nasolabial", 0.0, low=0.0, high=1.0)
        self.depth = table.number("depth", 0.75, low=0.0, high=1.0)
        self.crows_feet = table.number("crows_feet", 0.0, low=0.0, high=1.0)
        self.dimples = table.number("dimples", 0.8, low=0.0, high=1.0)
        table.finish()

    def center(self, v: Values, side: float) -> Point:
        """The apple of a cheek: smiles and squints lift it, a puff pushes it out, a dropped jaw draws it down."""
        s = "Left" if side > 0 else "Right"
        smile = v[f"mouthSmile{s}"]
        lift = 9.0 * smile + 9.0 * v[f"cheekSquint{s}"] + 4.0 * v[f"noseSneer{s}"] + 1.0 * v[f"mouthDimple{s}"]
        out = 3.0 * smile + 9.0 * v["cheekPuff"]
        return (side * (self.x + out), self.y - lift + 7.0 * v["jawOpen"] + 5.0 * v["cheekPuff"])

    def draw_cheeks(self, canvas: Canvas, palette: Palette, turn: Turn, v: Values) -> None:
        """Blush and the swelling of smiling or puffed cheeks."""
        for side in (1.0, -1.0):
            s = "Left" if side > 0 else "Right"
            smile, squint, puff = v[f"mouthSmile{s}"], v[f"cheekSquint{s}"], v["cheekPuff"]
            x, y = self.center(v, side)
            size = self.size * (1.0 + 0.10 * smile + 0.22 * puff)
            red = self.blush * (1.0 + 0.35 * smile + 0.3 * squint + 0.5 * puff)
            blush = palette["blush"]
            spot = turn.bend((x, y))
            paint = canvas.radial(spot, size, (0.0, blush, 0.85), (0.55, blush, 0.45), (1.0, blush, 0.0), squeeze=0.78)
            canvas.ellipse(spot, size, size * 0.78, paint, opacity=clamp(red))
            full = smoothstep(0.05, 1.0, max(0.55 * smile + 0.45 * squint, puff))
            if full > 0.01:
                light = palette["skin_light"]
                gleam = turn.bend((x - 3.0, y - 0.32 * size))
                glow = canvas.radial(gleam, size * 0.55, (0.0, light, 0.9), (1.0, light, 0.0), squeeze=0.6)
                canvas.ellipse(gleam, size * 0.55, size * 0.33, glow, opacity=full)
            if puff > 0.02:
                self._draw_puff(canvas, palette, turn, side, (x, y), size, puff)

    def _draw_puff(
        self, canvas: Canvas, palette: Palette, turn: Turn, side: float, center: Point, size: float, puff: float
    ) -> None:
        x, y = center
        r = size * 0.98
        arc = [(-0.82, -0.30), (-0.86, 0.24), (-0.40, 0.72), (0.25, 0.80)]
        canvas.path(
            Path.tapered([turn.bend((x + side * r * u, y + r * w)) for u, w in arc], 4.0),
            palette["skin_deep"],
            opacity=0.75 * clamp(puff),
        )

    def draw_folds(
        self, canvas: Canvas, palette: Palette, turn: Turn, v: Values, mouth: MouthPose, nose: NosePose, eyes: Eyes
    ) -> None:
        """Nasolabial folds, dimples, corner creases, crow's feet, creases under raised cheeks and on the chin."""
        line, deep = palette["line"], palette["skin_deep"]
        for side, corner, wing in (
            (1.0, mouth.corner_left, nose.wing_left),
            (-1.0, mouth.corner_right, nose.wing_right),
        ):
            s = "Left" if side > 0 else "Right"
            smile, squint, sneer = v[f"mouthSmile{s}"], v[f"cheekSquint{s}"], v[f"noseSneer{s}"]
            up, dimple, stretch = v[f"mouthUpperUp{s}"], v[f"mouthDimple{s}"], v[f"mouthStretch{s}"]
            frown, press = v[f"mouthFrown{s}"], v[f"mouthPress{s}"]
            pull = 0.75 * smile + 0.85 * sneer + 0.45 * up + 0.3 * stretch + 0.35 * dimple - 0.6 * v["cheekPuff"]
            amount = self.depth * clamp(pull) + self.nasolabial
            self._draw_nasolabial(canvas, line, turn, side, corner, wing, amount, smile, sneer)
            self._draw_corner(canvas, line, deep, turn, side, corner, smile, dimple, press + 0.8 * stretch, frown)
            raised = smoothstep(0.1, 1.0, squint)
            if raised > 0.01:
                x, y, w = eyes.x, eyes.y + eyes.lower, eyes.width
                arc = [(x - 0.75 * w, y + 13 - 3 * squint), (x, y + 17 - 8 * squint),
                       (x + 0.65 * w, y + 12 - 8 * squint), (x + 1.05 * w, y - 4)]  # fmt: skip
                canvas.path(
                    Path.tapered([turn.bend((side * px, py)) for px, py in arc], 3.0),
                    line,
                    opacity=0.6 * self.depth * raised,
                )
            feet = self.crows_feet * smoothstep(0.0, 0.9, 0.25 + 0.6 * squint + 0.4 * v[f"eyeSquint{s}"])
            if feet > 0.01:
                x, y = eyes.x + eyes.width * 1.18, eyes.y - eyes.cant * 0.5
                for k, rise in enumerate((-9.0, 1.0, 10.0)):
                    reach = 12.0 - 1.5 * abs(k - 1)
                    ray = [
                        (side * x, y + rise * 0.4),
                        (side * (x + reach * 0.5), y + rise * 0.75),
                        (side * (x + reach), y + rise * 1.25),
                    ]
                    canvas.path(Path.tapered([turn.bend(p) for p in ray], 2.2), line, opacity=0.5 * feet)
        chin = smoothstep(0.08, 1.0, v["mouthShrugLower"] + 0.25 * (v["mouthPressLeft"] + v["mouthPressRight"]))
        if chin > 0.01:
            x, y = mouth.lower_outer[MIDDLE]
            arc = [
                turn.bend(p, 6.0)
                for p in ((x - 17, y + 17), (x - 8, y + 11.5), (x, y + 10), (x + 8, y + 11.5), (x + 17, y + 17))
            ]
            canvas.path(Path.tapered(arc, 4.2), line, opacity=0.5 * chin)
        jut = smoothstep(0.05, 1.0, v["jawForward"])
        if jut > 0.01:
            x, y = mouth.lower_outer[MIDDLE]
            arc = [
                turn.bend(p, 6.0)
                for p in ((x - 24, y + 5), (x - 13, y + 9), (x, y + 10), (x + 13, y + 9), (x + 24, y + 5))
            ]
            canvas.path(Path.tapered(arc, 6.0), deep, opacity=0.8 * jut)

    def _draw_nasolabial(
        self, canvas: Canvas, line: str, turn: Turn, side: float, corner: Point, wing: Point,
        amount: float, smile: float, sneer: float,
    ) -> None:  # fmt: skip
        opacity = clamp(amount)
        if opacity < 0.02:
            return
        ax, ay = wing[0] + side * 4.0, wing[1] - 5.0 - 3.0 * sneer
        bx, by = corner[0] + side * (8.0 + 4.0 * smile), corner[1] - 3.0 + 5.0 * smile
        bow = 7.0 + 7.0 * smile
        points = [
            (ax, ay),
            (lerp(ax, bx, 0.38) + side * bow * 0.75, lerp(ay, by, 0.28)),
            (lerp(ax, bx, 0.80) + side * bow, lerp(ay, by, 0.66)),
            (bx + side * bow * 0.25, by),
        ]
        canvas.path(Path.tapered([turn.bend(p) for p in points], 3.4), line, opacity=0.5 * opacity)

    def _draw_corner(
        self, canvas: Canvas, line: str, deep: str, turn: Turn, side: float, corner: Point,
        smile: float, dimple: float, press: float, frown: float,
    ) -> None:  # fmt: skip
        x, y = corner
        tick = clamp(0.55 * smile + 0.5 * dimple + 0.45 * press)
        if tick > 0.03:
            points = [(x + side * 1.0, y - 6.0), (x + side * 4.0, y), (x + side * 1.5, y + 6.5)]
            canvas.path(Path.tapered([turn.bend(p) for p in points], 3.2), line, opacity=0.75 * tick)
        hollow = self.dimples * clamp(dimple + 0.25 * smile * (1.0 - smile))
        if hollow > 0.03:
            points = [(x + side * 11.0, y - 12.0), (x + side * 16.0, y - 3.0), (x + side * 13.0, y + 7.0)]
            canvas.path(Path.tapered([turn.bend(p) for p in points], 4.6), line, opacity=0.55 * hollow)
        droop = smoothstep(0.1, 1.0, frown)
        if droop > 0.01:
            points = [(x + side * 5.0, y - 1.0), (x + side * 8.0, y + 5.0), (x + side * 7.0, y + 13.0)]
            canvas.path(Path.tapered([turn.bend(p) for p in points], 4.0), deep, opacity=0.85 * droop)
