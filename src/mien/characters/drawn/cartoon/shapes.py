"""Hair, hats, glasses, beards and clothes as data: `[[shape]]` tables of a character file, painted in slots.

Slots in painting order: `back` (behind the body), `body` (clothes), `behind` (behind the head), `skin` (on the face,
clipped by it), `beard` (on the face, under the mouth, free of its edge), `lip` (over the mouth: moustaches),
`front` (hair over the face, under the brows), `over` (above everything: glasses, hats).

What a shape follows: `surface` is carried by the skin (jaw, cheeks, crown) and bends round the turning head, `rigid`
only bends (glasses, long hair), `card` slides at its own depth (hair behind, earrings), `lip` is carried by the upper
lip (moustaches), `still` stays.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

from mien.characters.drawn.canvas import Canvas, Path
from mien.characters.drawn.cartoon.head import Skull
from mien.characters.drawn.cartoon.mouth import Mouth, MouthPose
from mien.characters.drawn.cartoon.palette import Palette
from mien.characters.drawn.curves import Point, clamp, smoothstep
from mien.characters.drawn.spec import Table
from mien.characters.drawn.turn import Turn

SLOTS: Final = ("back", "body", "behind", "skin", "beard", "lip", "front", "over")
_FOLLOW: Final = ("surface", "rigid", "card", "lip", "still")
_KINDS: Final = ("area", "polygon", "ribbon", "puff", "ellipse", "ring")


@dataclass(frozen=True)
class Shape:
    """One painted shape; `points` are in face coordinates (body coordinates in the slots back and body)."""

    slot: str
    kind: str
    follow: str
    lift: float
    points: tuple[Point, ...]
    widths: tuple[float, ...]
    fill: str
    fill_to: str | None
    opacity: float
    shadow: tuple[float, float] | None
    tension: float

    def moved(self, skull: Skull, mouth: Mouth, pose: MouthPose, turn: Turn) -> list[Point]:
        """The points after the head has acted and turned."""
        points = list(self.points)
        if self.follow == "still":
            return points
        if self.follow == "surface":
            points = [skull.warp(p) for p in points]
        elif self.follow == "lip":
            points = [_with_lip(p, mouth, pose) for p in points]
        if turn.still:
            return points
        if self.follow == "card":
            return [turn.slide(p, self.lift) for p in points]
        return [turn.bend(p, self.lift) for p in points]

    def path(self, points: list[Point]) -> Path:
        """The outline."""
        if self.kind == "ribbon":
            return Path.ribbon(points, self.widths, tension=self.tension)
        if self.kind == "polygon":
            return Path.polygon(points)
        if self.kind == "ring":
            return Path.smooth(points).add(Path.smooth(_inset(points, self.widths[0])))
        return Path.smooth(points, tension=self.tension)

    def draw(self, canvas: Canvas, palette: Palette, points: list[Point]) -> Path:
        """Paint it; returns the path, for a cast shadow."""
        path = self.path(points)
        paint = palette.paint(self.fill)
        if self.fill_to is not None:
            top, bottom = min(y for _, y in points), max(y for _, y in points)
            paint = canvas.linear((0, top), (0, bottom), (0.0, paint), (1.0, palette.paint(self.fill_to)))
        canvas.path(path, paint, opacity=self.opacity, rule="evenodd" if self.kind == "ring" else None)
        return path


def read_shapes(tables: list[Table], palette: Palette) -> dict[str, list[Shape]]:
    """Shapes by slot, in file order. `mirror = true` paints a second one on the other side."""
    out: dict[str, list[Shape]] = {slot: [] for slot in SLOTS}
    for table in tables:
        shape = _read(table, palette)
        out[shape.slot].append(shape)
        if table.flag("mirror", False):
            flipped = tuple((-x, y) for x, y in shape.points)
            # Areas keep their direction of travel; a ribbon keeps its first end first.
            out[shape.slot].append(replace(shape, points=flipped if shape.kind == "ribbon" else flipped[::-1]))
        table.finish()
    return out


def _read(table: Table, palette: Palette) -> Shape:
    slot = table.choice("slot", SLOTS)
    kind = table.choice("kind", _KINDS, "area")
    usual = {"back": "card", "body": "still", "behind": "card", "lip": "lip"}.get(slot, "surface")
    widths: tuple[float, ...] = ()
    if kind in ("puff", "ellipse", "ring"):
        points = _round(table, kind)
        if kind == "ring":
            widths = (table.number("width", 3.0, low=0.2),)
    else:
        points = [(x, y) for x, y in table.rows("points", 2)]
        if table.flag("symmetric", False):
            # Right of x = 0 is given, left follows; points on the axis are not doubled.
            points = points + [(-x, y) for x, y in reversed(points) if abs(x) > 0.01]
        if kind == "ribbon":
            widths = tuple(table.numbers("widths", count=len(points)))
        elif len(points) < 3:
            raise table.fail("points", "three points or more")
    for name in ("fill", "fill_to"):
        if name in table:
            palette.paint(table.text(name))
    shadow = table.numbers("shadow", count=2) if "shadow" in table else None
    return Shape(
        slot=slot,
        kind=kind,
        follow=table.choice("follow", _FOLLOW, usual),
        lift=table.number("lift", {"back": -40.0, "behind": -20.0}.get(slot, 4.0)),
        points=tuple(points),
        widths=widths,
        fill=table.text("fill"),
        fill_to=table.text("fill_to") if "fill_to" in table else None,
        opacity=table.number("opacity", 1.0, low=0.0, high=1.0),
        shadow=(shadow[0], shadow[1]) if shadow else None,
        tension=table.number("tension", 1.0, low=0.0, high=1.6),
    )


def _round(table: Table, kind: str) -> list[Point]:
    cx, cy = table.numbers("center", count=2)
    rx, ry = table.numbers("radius", count=2)
    angle = math.radians(table.number("angle_deg", 0.0))
    bumps = int(table.number("bumps", 9, low=3, high=60)) if kind == "puff" else 0
    depth = table.number("bump", 0.09, low=0.0, high=0.6) if kind == "puff" else 0.0
    n = bumps * 3 if kind == "puff" else 12
    c, s = math.cos(angle), math.sin(angle)
    points = []
    for i in range(n):
        a = 2.0 * math.pi * i / n
        r = 1.0
        if kind == "puff":
            # Round lobes with narrow valleys, of slightly uneven size.
            r += depth * (abs(math.sin(a * bumps / 2.0)) - 0.65) * (1.0 + 0.25 * math.sin(2.7 * (i // 3) + 1.0))
        x, y = rx * r * math.cos(a), ry * r * math.sin(a)
        points.append((cx + c * x - s * y, cy + s * x + c * y))
    return points


def _inset(points: list[Point], width: float) -> list[Point]:
    cx = sum(x for x, _ in points) / len(points)
    cy = sum(y for _, y in points) / len(points)
    out = []
    for x, y in points:
        dx, dy = x - cx, y - cy
        length = math.hypot(dx, dy) or 1.0
        k = (length - width) / length
        out.append((cx + dx * k, cy + dy * k))
    return out


def _with_lip(p: Point, mouth: Mouth, pose: MouthPose) -> Point:
    """Carry a point of a moustache: fully at the lip's edge, less towards the nose."""
    rest = mouth.rest
    x, y = p
    # At rest x = t * width with t = -cos(pi k / (n - 1)).
    k = math.acos(clamp(-x / mouth.width, -1.0, 1.0)) / math.pi * (len(rest.upper_outer) - 1)
    i = min(int(k), len(rest.upper_outer) - 2)
    f = k - i
    dx = dy = 0.0
    for j, w in ((i, 1.0 - f), (i + 1, f)):
        dx += w * (pose.upper_outer[j][0] - rest.upper_outer[j][0])
        dy += w * (pose.upper_outer[j][1] - rest.upper_outer[j][1])
    grip = smoothstep(mouth.y - 46.0, mouth.y - 8.0, y)
    return (x + dx * grip, y + dy * (0.25 + 0.75 * grip))
