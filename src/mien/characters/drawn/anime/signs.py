"""Anime's own signs: blush, tears, a drop of sweat, the mark of anger, gloom. Each grows with what the face does."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from mien.characters.drawn.acting import Values
from mien.characters.drawn.anime.eyes import AnimeEyes
from mien.characters.drawn.anime.ink import stroke
from mien.characters.drawn.canvas import Canvas, Path
from mien.characters.drawn.cartoon.palette import Palette
from mien.characters.drawn.curves import Point, at, sampled, smoothstep
from mien.characters.drawn.spec import Table
from mien.characters.drawn.turn import Layer, Turn

_GLOOM = "#3d3f86"
_WATER = "#d3efff"
_WATER_EDGE = "#5fa6dc"
_NAMES: Final = ("blush", "tears", "sweat", "anger", "gloom", "arcs", "pupils")


@dataclass(frozen=True, slots=True)
class Amounts:
    """How much of each sign shows, 0..1."""

    blush: float
    tears: float
    sweat: float
    anger: float
    gloom: float


class Signs:
    """Reads `[signs]`: each of blush, tears, sweat, anger, gloom, arcs (laughing eyes close upward) and pupils (fear
    shrinks the irises) may be switched off with `false`.
    """

    def __init__(self, table: Table) -> None:
        self.on = {name: table.flag(name, True) for name in _NAMES}
        table.finish()

    def amounts(self, v: Values) -> Amounts:
        """Continuous in every coefficient, 0 at rest."""

        def mean(name: str) -> float:
            return (v[f"{name}Left"] + v[f"{name}Right"]) / 2

        wide = min(1.0, mean("eyeWide"))
        grief = v["browInnerUp"] * (mean("mouthFrown") + 0.4 * mean("mouthLowerDown")) * (1.0 - wide)
        revolted = mean("noseSneer") * mean("mouthUpperUp") * (1.0 - min(1.0, v["jawOpen"]))
        teeth = min(mean("mouthLowerDown"), mean("mouthUpperUp"))
        rage = mean("browDown") * max(mean("mouthPress"), teeth, 0.7 * mean("mouthFrown"))
        raw = {
            "blush": smoothstep(0.35, 0.95, mean("mouthSmile") * (0.35 + 0.65 * mean("cheekSquint"))),
            "tears": smoothstep(0.28, 0.7, grief),
            "sweat": smoothstep(0.30, 0.75, v["browInnerUp"] * mean("mouthStretch")),
            "anger": smoothstep(0.22, 0.5, rage - 1.2 * revolted - mean("mouthSmile")),
            "gloom": smoothstep(0.22, 0.55, revolted),
        }
        return Amounts(**{name: amount if self.on[name] else 0.0 for name, amount in raw.items()})

    def draw_blush(self, canvas: Canvas, palette: Palette, turn: Turn, amounts: Amounts, eyes: AnimeEyes) -> None:
        """On the skin, under the eyes."""
        if (amount := amounts.blush) < 0.01:
            return
        for side in (1.0, -1.0):
            cx, cy = turn.bend((side * (eyes.x + 14), eyes.y + eyes.lower + 16))
            canvas.ellipse((cx, cy), 23, 11, palette["blush"], opacity=0.45 * amount)
            for k in (-1, 0, 1):
                hatch = stroke((cx + 9 * k + 4, cy - 7), (cx + 9 * k - 4, cy + 7), 3.2)
                canvas.path(hatch, palette["blush"], opacity=0.95 * amount)

    def draw_gloom(self, canvas: Canvas, turn: Turn, amounts: Amounts, eyes: AnimeEyes, half: float) -> None:
        """A bluish veil on the upper face, to be clipped by it."""
        if (amount := amounts.gloom) > 0.01:
            top, low = -120.0, eyes.y + 44.0
            fade = canvas.linear((0, top), (0, low), (0.0, _GLOOM, 0.75), (0.55, _GLOOM, 0.5), (1.0, _GLOOM, 0.0))
            (x0, y0), (x1, y1) = turn.bend((-half * 1.3, top)), turn.bend((half * 1.3, low))
            canvas.path(Path.polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)]), fade, opacity=amount)

    def draw_gloom_lines(self, canvas: Canvas, turn: Turn, amounts: Amounts, eyes: AnimeEyes, half: float) -> None:
        """Lines that fall over brow and fringe at one side."""
        if (amount := amounts.gloom) > 0.01:
            lines = Path()
            for k, fall in enumerate((44, 70, 54, 82, 60, 48)):
                x, y = half * (0.90 - 0.115 * k), eyes.y - 78.0 - 3.0 * k
                lines.add(stroke(turn.bend((x, y)), turn.bend((x, y + fall * amount)), 3.4))
            canvas.path(lines, _GLOOM, opacity=min(1.0, 1.5 * amount))

    def draw_tears(self, canvas: Canvas, turn: Turn, amounts: Amounts, v: Values, eyes: AnimeEyes) -> None:
        """Water along the lower lids, and drops that run as grief grows."""
        if (amount := amounts.tears) < 0.01:
            return
        for side in (1.0, -1.0):
            pose = eyes.pose(v, side)
            with canvas.group(turn.matrix(Layer(pose.center))):
                lid = sampled(pose.lower, 7)[1:6]
                deep = 2.0 + 5.0 * amount
                brim = [(x, y - deep * math.sin(math.pi * (i + 0.5) / 5)) for i, (x, y) in enumerate(lid)]
                canvas.path(Path.between(brim, lid), _WATER, opacity=0.9 * amount)
                x, y = at(pose.lower, 0.66)
                run = 34.0 * smoothstep(0.15, 1.0, amount)
                if run > 2.0:
                    drop = _drop((x + side * 1.5, y + 1), run, 7.5)
                    canvas.path(drop, _WATER, stroke=_WATER_EDGE, width=1.8)
                    canvas.ellipse((x + side * 1.5 - 2.2, y + run * 0.74), 1.8, 0.10 * run, "#ffffff")

    def draw_above(self, canvas: Canvas, turn: Turn, amounts: Amounts, eyes: AnimeEyes, half: float) -> None:
        """Sweat and the mark of anger, over hair and all."""
        if (t := amounts.sweat) > 0.01:
            for x, y, size in ((-0.94, -30.0, 40.0), (-0.72, -74.0, 26.0)):
                tx, ty = turn.bend((x * half, eyes.y + y))
                canvas.path(_drop((tx, ty), size * t, size * 0.30 * t), _WATER, stroke=_WATER_EDGE, width=2.0)
                canvas.ellipse(
                    (tx - size * 0.09 * t, ty + size * 0.70 * t), size * 0.06 * t, size * 0.12 * t, "#ffffff"
                )
        if (t := amounts.anger) > 0.01:
            tx, ty = turn.bend((0.62 * half, eyes.y - 92))
            mark = Path()
            for sx in (1, -1):
                for sy in (1, -1):
                    bend = [(0.26, 1.08), (0.30, 0.52), (0.52, 0.30), (1.08, 0.26)]
                    arc = [(tx + sx * 25 * t * a, ty + sy * 25 * t * b) for a, b in bend]
                    mark.add(Path.tapered(arc, 8.5 * t, start=0.3, end=0.3))
            canvas.path(mark, "#e0222f", stroke="#ffffff", width=3.0, rim=True)


def _drop(top: Point, length: float, half: float) -> Path:
    """A drop of water that hangs from its point."""
    x, y = top
    path = (
        Path()
        .move((x, y))
        .cubic((x + 0.1 * half, y + 0.3 * length), (x + half, y + 0.45 * length), (x + half, y + 0.7 * length))
    )
    path.cubic((x + half, y + 1.1 * length), (x - half, y + 1.1 * length), (x - half, y + 0.7 * length))
    return path.cubic((x - half, y + 0.45 * length), (x - 0.1 * half, y + 0.3 * length), (x, y)).close()
