"""Anime's own signs: blush, tears, a drop of sweat, the mark of anger, gloom. Each grows with what the face does."""

from __future__ import annotations

from dataclasses import dataclass

from mien.characters.drawn.acting import Values
from mien.characters.drawn.canvas import Canvas, Path
from mien.characters.drawn.cartoon.eyes import Eyes
from mien.characters.drawn.cartoon.palette import Palette
from mien.characters.drawn.curves import Point, smoothstep
from mien.characters.drawn.spec import Table
from mien.characters.drawn.turn import Turn

_GLOOM = "#4a4a8c"
_WATER = "#c6eaff"
_WATER_EDGE = "#6fb4e6"
_NAMES = ("blush", "tears", "sweat", "anger", "gloom")


@dataclass(frozen=True, slots=True)
class Amounts:
    """How much of each sign shows, 0..1."""

    blush: float
    tears: float
    sweat: float
    anger: float
    gloom: float

    @property
    def on_skin(self) -> bool:
        """Is there anything to draw on the face itself?"""
        return max(self.blush, self.gloom) > 0.01


class Signs:
    """Reads `[signs]`: each of blush, tears, sweat, anger and gloom may be switched off with `false`."""

    def __init__(self, table: Table | None) -> None:
        self._on = {name: table.flag(name, True) if table else True for name in _NAMES}
        if table:
            table.finish()

    def amounts(self, v: Values) -> Amounts:
        """Continuous in every coefficient, 0 at rest."""

        def mean(name: str) -> float:
            return (v[f"{name}Left"] + v[f"{name}Right"]) / 2

        grief = v["browInnerUp"] * mean("mouthFrown")
        rage = mean("browDown") * max(mean("mouthPress"), mean("mouthLowerDown"), mean("mouthFrown"))
        revolted = mean("noseSneer") * mean("mouthUpperUp")
        raw = {
            "blush": smoothstep(0.25, 0.8, mean("mouthSmile") * (0.4 + 0.6 * mean("cheekSquint"))),
            "tears": smoothstep(0.22, 0.6, grief * (1.0 - min(1.0, mean("eyeWide")))),
            "sweat": smoothstep(0.25, 0.7, v["browInnerUp"] * mean("mouthStretch")),
            "anger": smoothstep(0.15, 0.5, rage * (1.0 - min(1.0, revolted * 2.0))),
            "gloom": smoothstep(0.18, 0.5, revolted),
        }
        return Amounts(**{name: raw[name] if self._on[name] else 0.0 for name in _NAMES})

    def draw_on_skin(
        self, canvas: Canvas, palette: Palette, turn: Turn, amounts: Amounts, eyes: Eyes, half_width: float
    ) -> None:
        """Gloom and blush, to be clipped by the face."""
        x, y, low, w = eyes.x, eyes.y, eyes.y + eyes.lower, half_width
        if amounts.gloom > 0.01:
            fade = canvas.linear((0, y - 90), (0, y), (0.0, _GLOOM, 0.6), (1.0, _GLOOM, 0.0))
            veil = Path.polygon([(-w, y - 140), (w, y - 140), (w, y), (-w, y)])
            canvas.path(veil, fade, opacity=amounts.gloom)
            for k in range(6):
                top = turn.bend((w * (0.25 + 0.1 * k), y - 70))
                end = turn.bend((w * (0.25 + 0.1 * k), y - 70 + 44 * amounts.gloom))
                canvas.path(_stroke(top, end, 2.4), _GLOOM, opacity=0.65 * amounts.gloom)
        for side in (1.0, -1.0):
            if amounts.blush > 0.01:
                cx, cy = turn.bend((side * (x + 12), low + 15))
                canvas.ellipse((cx, cy), 22, 10, palette["blush"], opacity=0.42 * amounts.blush)
                for k in (-1, 0, 1):
                    hatch = _stroke((cx + 9 * k + 3, cy - 6), (cx + 9 * k - 3, cy + 6), 2.6)
                    canvas.path(hatch, palette["blush"], opacity=0.8 * amounts.blush)

    def draw_above(self, canvas: Canvas, turn: Turn, amounts: Amounts, eyes: Eyes, half_width: float) -> None:
        """Tears, sweat and the mark of anger, over hair and all."""
        x, y, low, w = eyes.x, eyes.y, eyes.y + eyes.lower, half_width
        if (t := amounts.tears) > 0.01:
            for side in (1.0, -1.0):
                tx, ty = turn.bend((side * (x + 6), low - 1))
                drop = Path.smooth([(tx, ty), (tx + 6 * t, ty + 14 * t), (tx, ty + 22 * t), (tx - 6 * t, ty + 14 * t)])
                canvas.path(drop, _WATER, opacity=min(1.0, 2 * t), stroke=_WATER_EDGE, width=1.6)
        if (t := amounts.sweat) > 0.01:
            tx, ty = turn.bend((-0.80 * w, y - 46))
            drop = Path.smooth(
                [(tx, ty - 18 * t), (tx + 9 * t, ty + 6 * t), (tx, ty + 14 * t), (tx - 9 * t, ty + 6 * t)]
            )
            canvas.path(drop, _WATER, opacity=min(1.0, 2 * t), stroke=_WATER_EDGE, width=2.0)
        if (t := amounts.anger) > 0.01:
            tx, ty = turn.bend((0.64 * w, y - 82))
            for sx in (1, -1):
                for sy in (1, -1):
                    bend = [(0.28, 1.0), (0.36, 0.36), (1.0, 0.28)]
                    arc = [(tx + sx * 18 * t * a, ty + sy * 18 * t * b) for a, b in bend]
                    canvas.path(Path.tapered(arc, 5.0 * t, start=0.5, end=0.5), "#d8232f")


def _stroke(a: Point, b: Point, width: float) -> Path:
    """A short line that swells in the middle."""
    return Path.tapered([a, ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2), b], width)
