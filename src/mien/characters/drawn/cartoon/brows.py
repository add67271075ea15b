"""Brows: thick ribbons, painted over the hair so that raised brows are never lost under a fringe."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mien.characters.drawn.acting import Values
from mien.characters.drawn.canvas import Canvas, Path
from mien.characters.drawn.cartoon.palette import Palette
from mien.characters.drawn.curves import Point, on_curve, smoothstep
from mien.characters.drawn.spec import Table
from mien.characters.drawn.turn import Turn


@dataclass(frozen=True, slots=True)
class BrowPose:
    """One brow in face coordinates, inner end first."""

    side: float
    points: tuple[Point, ...]
    widths: tuple[float, ...]


class Brows:
    """Reads `[brows]`.

    points: four points [x outward, y] from the inner end; widths: the thickness at each. travel: how far they move,
    1 is usual. bushy: 0..1. forehead_lines, knit_lines: 0..1, how strongly raised and lowered brows crease the skin.
    """

    def __init__(self, table: Table) -> None:
        rows = table.rows("points", 2)
        if len(rows) != 4:
            raise table.fail("points", "four points [x, y], inner end first")
        self.points = tuple((x, y) for x, y in rows)
        self.widths = tuple(table.numbers("widths", count=4))
        self.travel = table.number("travel", 1.0, low=0.2, high=2.5)
        self.bushy = table.number("bushy", 0.0, low=0.0, high=1.0)
        self.forehead_lines = table.number("forehead_lines", 0.4, low=0.0, high=1.0)
        self.knit_lines = table.number("knit_lines", 0.7, low=0.0, high=1.0)
        table.finish()

    def pose(self, v: Values, side: float) -> BrowPose:
        """Where one brow is. Amounts in viewBox units at travel 1, inner point to outer point."""
        s = "Left" if side > 0 else "Right"
        down, inner, outer = v[f"browDown{s}"], v["browInnerUp"], v[f"browOuterUp{s}"]
        sneer, wide = v[f"noseSneer{s}"], v[f"eyeWide{s}"]
        squeeze = v[f"cheekSquint{s}"] + v[f"eyeSquint{s}"]
        # Knit and raised at once (fear, grief) the inner ends go up *and* together.
        both = min(down, inner)
        dy = (
            24.0 * down * (1.0 - 0.8 * both) - 35.0 * inner - 8.0 * outer + 4.0 * sneer,
            14.5 * down - 15.0 * inner - 20.0 * outer + 2.0 * sneer + 1.0 * squeeze,
            0.5 * down + 5.5 * inner - 27.0 * outer + 1.5 * squeeze,
            -8.0 * down + 15.0 * inner * (1.0 - 0.85 * min(outer, 1.0)) - 16.0 * outer + 1.5 * squeeze,
        )
        dx = (
            -9.5 * down - 5.0 * inner * (1 - 0.4 * outer),
            -5.5 * down - 3.0 * inner,
            -2.0 * down,
            1.5 * down + 1.0 * outer,
        )
        lid = -3.0 * wide
        points = tuple(
            (side * (x + mx), y + self.travel * my + lid) for (x, y), mx, my in zip(self.points, dx, dy, strict=True)
        )
        fat = (1.0 + 0.14 * down - 0.05 * inner, 1.0 + 0.10 * down, 1.0, 1.0 - 0.05 * outer)
        return BrowPose(side, points, tuple(w * f for w, f in zip(self.widths, fat, strict=True)))

    def features(self, v: Values) -> dict[str, Point]:
        """Inner end, middle and outer end of both brows."""
        out: dict[str, Point] = {}
        for side, name in ((1.0, "left"), (-1.0, "right")):
            pose = self.pose(v, side)
            out[f"brow_inner_{name}"] = pose.points[0]
            out[f"brow_mid_{name}"] = on_curve(pose.points, 0.5)
            out[f"brow_outer_{name}"] = pose.points[3]
        return out

    def draw(self, canvas: Canvas, palette: Palette, turn: Turn, pose: BrowPose) -> None:
        """One brow."""
        steps = 12 if self.bushy else 8
        # Two extra places near the inner end round it off.
        places = [0.0, 0.022, 0.07, *(i / steps for i in range(1, steps + 1))]
        along = [turn.bend(on_curve(pose.points, t), 3.0) for t in places]
        widths: list[float] = []
        for i, t in enumerate(places):
            k = min(int(t * 3), 2)
            f = smoothstep(0.0, 1.0, t * 3 - k)
            width = pose.widths[k] * (1 - f) + pose.widths[k + 1] * f
            tuft = 1.0 + self.bushy * 0.26 * math.sin(7.3 * i + 0.6) if 2 < i < len(places) - 1 else 1.0
            widths.append(width * tuft * (0.45, 0.78, 0.97, 1.0)[min(i, 3)])
        path = Path.ribbon(along, widths)
        # A rim of skin keeps brows apart from hair of their own colour; on the skin it does not show.
        canvas.path(path, palette["brow"], stroke=palette["skin"], width=3.0, rim=True)

    def draw_lines(self, canvas: Canvas, palette: Palette, turn: Turn, v: Values) -> None:
        """Forehead lines of raised brows and the knit between lowered ones; they fade in."""
        line = palette["line"]
        left, right = self.pose(v, 1.0), self.pose(v, -1.0)
        raise_left = 0.5 * v["browInnerUp"] + 0.6 * v["browOuterUpLeft"]
        raise_right = 0.5 * v["browInnerUp"] + 0.6 * v["browOuterUpRight"]
        reach = self.points[2][0]
        grief = v["browInnerUp"] * (1.0 - min(1.0, 0.5 * (v["browOuterUpLeft"] + v["browOuterUpRight"])))
        for k, strength in enumerate((1.0, 0.75)):
            amount = self.forehead_lines * strength * smoothstep(0.25, 0.95, max(raise_left, raise_right))
            if amount > 0.01:
                top = min(left.points[1][1], right.points[1][1]) - 17.0 - 11.0 * k
                half = reach * (0.72 - 0.16 * k) * (1.0 - 0.35 * grief)
                points = []
                for i in range(7):
                    t = -1.0 + i / 3.0
                    lift = raise_left if t > 0 else raise_right
                    arch = -5.0 * (1.0 - abs(t)) * grief + 3.0 * abs(t) ** 2 * (1.0 - grief)
                    points.append(
                        turn.bend((t * half, top + arch + 6.0 * (max(raise_left, raise_right) - lift) * abs(t)))
                    )
                canvas.path(Path.tapered(points, 2.6), line, opacity=0.5 * amount)
        for side, pose in ((1.0, left), (-1.0, right)):
            knit = v["browDownLeft" if side > 0 else "browDownRight"] + 0.55 * v["browInnerUp"] * min(
                1.0, v["browDownLeft"] + v["browDownRight"]
            )
            amount = self.knit_lines * smoothstep(0.12, 0.9, knit)
            if amount > 0.01:
                x, y = pose.points[0]
                x *= 0.52
                points = [turn.bend(p) for p in ((x + side * 2.4, y - 9.0), (x, y + 1.0), (x + side * 1.0, y + 11.0))]
                canvas.path(Path.tapered(points, 3.4), line, opacity=0.7 * amount)
