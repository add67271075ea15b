"""Anime's own signs: blush, tears, a drop of sweat, the mark of anger, gloom. Each grows with what the face does."""

from __future__ import annotations

from dataclasses import dataclass

from mien.characters.drawn.acting import Values
from mien.characters.drawn.canvas import Canvas, Path
from mien.characters.drawn.cartoon.palette import Palette
from mien.characters.drawn.curves import Point, smoothstep
from mien.characters.drawn.spec import Table
from mien.characters.drawn.turn import Turn

_NAMES = ("blush", "tears", "sweat", "anger", "gloom")


@dataclass(frozen=True, slots=True)
class Amounts:
    """How much of each sign shows, 0..1."""

    blush: float
    tears: float
    sweat: float
    anger: float
    gloom: float


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

    def draw(
        self, canvas: Canvas, palette: Palette, turn: Turn, amounts: Amounts, eye: Point, eye_low: float, width: float
    ) -> None:
        """eye: middle of the left eye; eye_low: where its lower lid is at rest; width: half the head's."""
        x, y = eye
        if amounts.gloom > 0.01:
            shade = canvas.linear((0, y - 100), (0, y - 10), (0.0, "#4a4a8c", 0.55), (1.0, "#4a4a8c", 0.0))
            canvas.rect(-width, y - 130, 2 * width, 130, shade) if amounts.gloom > 0.99 else canvas.path(
                Path.polygon([(-width, y - 130), (width, y - 130), (width, y), (-width, y)]),
                shade,
                opacity=amounts.gloom,
            )
            for k in range(6):
                at = 0.30 * width + k * 0.10 * width
                top, low = turn.bend((at, y - 78)), turn.bend((at, y - 78 + 34 * amounts.gloom))
                canvas.path(
                    Path.tapered([top, ((top[0] + low[0]) / 2, (top[1] + low[1]) / 2), low], 2.2),
                    "#4a4a8c",
                    opacity=0.6 * amounts.gloom,
                )
        for side in (1.0, -1.0):
            if amounts.blush > 0.01:
                center = turn.bend((side * (x + 12), eye_low + 15))
                canvas.ellipse(center, 22, 10, palette["blush"], opacity=0.42 * amounts.blush)
                for k in (-1, 0, 1):
                    a, b = (center[0] + 9 * k + 3, center[1] - 6), (center[0] + 9 * k - 3, center[1] + 6)
                    canvas.path(
                        Path.tapered([a, ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2), b], 2.6),
                        palette["blush"],
                        opacity=0.8 * amounts.blush,
                    )
            if amounts.tears > 0.01:
                t = amounts.tears
                tx, ty = turn.bend((side * (x + 6), eye_low - 1))
                drop = Path.smooth([(tx, ty), (tx + 6 * t, ty + 14 * t), (tx, ty + 22 * t), (tx - 6 * t, ty + 14 * t)])
                canvas.path(drop, "#bfe6ff", opacity=min(1.0, 2 * t), stroke="#6fb4e6", width=1.6)
        if amounts.sweat > 0.01:
            t = amounts.sweat
            tx, ty = turn.bend((-0.74 * width, y - 52))
            drop = Path.smooth(
                [(tx, ty - 16 * t), (tx + 9 * t, ty + 6 * t), (tx, ty + 14 * t), (tx - 9 * t, ty + 6 * t)]
            )
            canvas.path(drop, "#d2efff", opacity=min(1.0, 2 * t), stroke="#6fb4e6", width=2.0)
        if amounts.anger > 0.01:
            tx, ty = turn.bend((0.62 * width, y - 84))
            r = 17 * amounts.anger
            for sx in (1, -1):
                for sy in (1, -1):
                    arc = [
                        (tx + sx * r * 0.28, ty + sy * r),
                        (tx + sx * r * 0.36, ty + sy * r * 0.36),
                        (tx + sx * r, ty + sy * r * 0.28),
                    ]
                    canvas.path(Path.tapered(arc, 5.0 * amounts.anger, start=0.5, end=0.5), "#d8232f")
