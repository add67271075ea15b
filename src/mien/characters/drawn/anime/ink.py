"""Ink: outlines that swell and taper, drawn as filled shapes a little larger than what they surround."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mien.characters.drawn.canvas import Canvas, Path
from mien.characters.drawn.cartoon.palette import Palette
from mien.characters.drawn.cartoon.shapes import Shape
from mien.characters.drawn.curves import Point

WIDTH = 2.6
"""How thick ink usually is, in viewBox units of the unscaled face."""


def widened(points: Sequence[Point], amounts: Sequence[float]) -> list[Point]:
    """A closed, clockwise outline pushed outward by its own amount at each point."""
    n = len(points)
    out = []
    for i, ((x, y), amount) in enumerate(zip(points, amounts, strict=True)):
        (ax, ay), (bx, by) = points[i - 1], points[(i + 1) % n]
        dx, dy = bx - ax, by - ay
        length = math.hypot(dx, dy) or 1.0
        out.append((x + dy / length * amount, y - dx / length * amount))
    return out


def weighted(points: Sequence[Point], *, thin: float = 0.7, thick: float = 3.4) -> list[Point]:
    """A clockwise outline with a pen's weight: heavy underneath and on the side away from the light (the left)."""
    n = len(points)
    amounts = []
    for i in range(n):
        (ax, ay), (bx, by) = points[i - 1], points[(i + 1) % n]
        dx, dy = bx - ax, by - ay
        length = math.hypot(dx, dy) or 1.0
        facing = 0.5 + 0.5 * (0.55 * dy - 0.83 * dx) / length
        amounts.append(thin + (thick - thin) * facing)
    return widened(points, amounts)


def stroke(a: Point, b: Point, width: float, *, bow: float = 0.0) -> Path:
    """A short line that swells in the middle; bow: how far it bends to its left."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = math.hypot(dx, dy) or 1.0
    middle = ((a[0] + b[0]) / 2 + dy / length * bow, (a[1] + b[1]) / 2 - dx / length * bow)
    return Path.tapered([a, middle, b], width)


class Inked(Shape):
    """A shape with an ink line round it. Ribbons are ink or shine themselves, and faint shapes are shading."""

    @classmethod
    def of(cls, shape: Shape) -> Inked:
        """The same shape, inked."""
        return cls(**{name: getattr(shape, name) for name in shape.__dataclass_fields__})

    def draw(self, canvas: Canvas, palette: Palette, points: list[Point]) -> Path:
        """Paint it; returns the path, for a cast shadow."""
        path = self.path(points)
        inked = self.kind != "ribbon" and self.opacity > 0.95 and self.slot != "skin"
        canvas.path(
            path,
            palette.paint(self.fill),
            opacity=self.opacity,
            stroke=palette["ink"] if inked else None,
            width=2 * WIDTH * 0.8 if inked else 0.0,
            rule="evenodd" if self.kind == "ring" else None,
            rim=inked,
        )
        return path
