"""Turn a flat drawing by parallax: layers slide, narrow and tilt as the surface of a head under them would.

A head is taken for an ellipsoid. A point of the drawing gets the depth of that surface (plus its own lift, for a
nose or hair), and the head's rotation moves it. Points at the silhouette stay, because a turned ball keeps its
outline; that is what lets one drawing turn 25 degrees and more without being redrawn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from mien.characters.drawn.canvas import fine, number
from mien.characters.drawn.curves import Point, smoothstep
from mien.core.expression import HeadPose


@dataclass(frozen=True, slots=True)
class Globe:
    """The ellipsoid of a head, viewBox units. center: its middle; rx, ry: half width and height; rz: half depth."""

    center: Point
    rx: float
    ry: float
    rz: float


@dataclass(frozen=True, slots=True)
class Layer:
    """Where a rigid part sits. anchor: a point of the frontal drawing; lift: its height above the globe's surface.

    flat: the part is a card facing forward (hair at the back, ears), not a patch of the surface; lift is then its
    depth in front of the globe's centre.
    """

    anchor: Point
    lift: float = 0.0
    flat: bool = False


class Turn:
    """A head pose applied to one globe. Neutral poses cost nothing: `still` is True and warps are the identity."""

    def __init__(self, globe: Globe, head: HeadPose, *, pivot: Point) -> None:
        """pivot: where the neck bends, about which the head rolls."""
        self.still = head.yaw_rad == 0.0 and head.pitch_rad == 0.0
        self.head = head
        self.globe = globe
        self._pivot = pivot
        self._cy, self._sy = math.cos(head.yaw_rad), math.sin(head.yaw_rad)
        self._cp, self._sp = math.cos(head.pitch_rad), math.sin(head.pitch_rad)

    @property
    def roll(self) -> str | None:
        """SVG transform of the whole head, or None."""
        if not self.head.roll_rad:
            return None
        # Towards the subject's left shoulder is towards the right of the picture: clockwise on screen.
        angle = fine(math.degrees(self.head.roll_rad))
        return f"rotate({angle} {number(self._pivot[0])} {number(self._pivot[1])})"

    def depth(self, p: Point) -> float:
        """Height of the globe's surface over the picture plane at p; 0 on and outside the silhouette."""
        g = self.globe
        u, v = (p[0] - g.center[0]) / g.rx, (p[1] - g.center[1]) / g.ry
        r2 = u * u + v * v
        return g.rz * math.sqrt(1.0 - r2) if r2 < 1.0 else 0.0

    def bend(self, p: Point, lift: float = 0.0) -> Point:
        """Where a point of the frontal drawing goes."""
        if self.still:
            return p
        g = self.globe
        x, y = p[0] - g.center[0], p[1] - g.center[1]
        r = math.sqrt((x / g.rx) ** 2 + (y / g.ry) ** 2)
        z = (g.rz * math.sqrt(1.0 - r * r) if r < 1.0 else 0.0) + lift
        inside = 1.0 - smoothstep(0.72, 1.02, r)
        # Nod first, then turn, as a neck does: the eyes stay level.
        deep = z * self._cp + y * self._sp * inside
        dx = _onward(x * (self._cy - 1.0), deep * self._sy, inside)
        dy = _onward(y * (self._cp - 1.0), -z * self._sp, inside)
        return (p[0] + dx, p[1] + dy)

    def slide(self, p: Point, depth: float) -> Point:
        """Where a point goes that neither narrows nor bends: a silhouette `depth` in front of the centre."""
        if self.still:
            return p
        return (p[0] + depth * self._sy, p[1] - depth * self._cy * self._sp)

    def matrix(self, layer: Layer) -> str | None:
        """SVG transform of a rigid part (None when the head is still): the bend and its first derivatives."""
        if self.still:
            return None
        a, b, c, d, e, f = self._affine(layer)
        return f"matrix({fine(a)} {fine(b)} {fine(c)} {fine(d)} {number(e)} {number(f)})"

    def carry(self, layer: Layer, p: Point) -> Point:
        """Where `matrix` puts a point of a rigid part."""
        if self.still:
            return p
        a, b, c, d, e, f = self._affine(layer)
        return (a * p[0] + c * p[1] + e, b * p[0] + d * p[1] + f)

    def rolled(self, p: Point) -> Point:
        """Where `roll` puts a point."""
        (x, y), (px, py) = p, self._pivot
        c, s = math.cos(self.head.roll_rad), math.sin(self.head.roll_rad)
        return (px + c * (x - px) - s * (y - py), py + s * (x - px) + c * (y - py))

    def _affine(self, layer: Layer) -> tuple[float, float, float, float, float, float]:
        ax, ay = layer.anchor
        if layer.flat:
            dx, dy = self.slide(layer.anchor, layer.lift)
            a, b, c, d = self._cy, 0.0, 0.0, self._cp
        else:
            h = 4.0
            dx, dy = self.bend(layer.anchor, layer.lift)
            right, left = self.bend((ax + h, ay), layer.lift), self.bend((ax - h, ay), layer.lift)
            down, up = self.bend((ax, ay + h), layer.lift), self.bend((ax, ay - h), layer.lift)
            a, b = (right[0] - left[0]) / (2 * h), (right[1] - left[1]) / (2 * h)
            c, d = (down[0] - up[0]) / (2 * h), (down[1] - up[1]) / (2 * h)
        return (a, b, c, d, dx - a * ax - c * ay, dy - b * ax - d * ay)


def _onward(narrowing: float, slide: float, inside: float) -> float:
    """How far a point moves along one axis.

    Where narrowing works against the slide (the side that turns away) nothing may come back over the silhouette;
    where it works with it (the side that comes into view) it fades out there, because the silhouette stays.
    """
    if narrowing * slide < 0.0:
        total = narrowing + slide
        return total if total * slide > 0.0 else 0.0
    return narrowing * inside + slide
