"""Points and curves for drawing: plain tuples, x to the right (the subject's left), y down, viewBox units."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

Point = tuple[float, float]
Cubic = tuple[Point, Point, Point, Point]
Warp = Callable[[Point], Point]


def mirrored(points: Iterable[Point]) -> list[Point]:
    """The points on the other side of x = 0, in reverse order, so that a right half continues a left half."""
    return [(-x, y) for x, y in reversed(list(points))]


def moved(points: Iterable[Point], dx: float, dy: float) -> list[Point]:
    """The points shifted."""
    return [(x + dx, y + dy) for x, y in points]


def warped(points: Iterable[Point], warp: Warp) -> list[Point]:
    """The points sent through a mapping of the plane."""
    return [warp(p) for p in points]


def rotated(points: Iterable[Point], angle_rad: float, about: Point = (0.0, 0.0)) -> list[Point]:
    """The points turned clockwise on screen about a centre."""
    c, s = math.cos(angle_rad), math.sin(angle_rad)
    ax, ay = about
    return [(ax + c * (x - ax) - s * (y - ay), ay + s * (x - ax) + c * (y - ay)) for x, y in points]


def lerp(a: float, b: float, t: float) -> float:
    """a at t = 0, b at t = 1."""
    return a + (b - a) * t


def mix(a: Point, b: Point, t: float) -> Point:
    """a at t = 0, b at t = 1."""
    return (a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t)


def mixed(one: Sequence[Point], other: Sequence[Point], t: float) -> list[Point]:
    """Point by point from `one` at t = 0 to `other` at t = 1."""
    return [mix(a, b, t) for a, b in zip(one, other, strict=True)]


def clamp(value: float, low: float = 0.0, high: float = 1.0) -> float:
    """The value, kept between two bounds."""
    return low if value < low else high if value > high else value


def smoothstep(edge0: float, edge1: float, value: float) -> float:
    """0 below edge0, 1 above edge1, smooth between: how a wrinkle fades in."""
    t = clamp((value - edge0) / (edge1 - edge0))
    return t * t * (3.0 - 2.0 * t)


def softmax0(value: float, softness: float) -> float:
    """max(value, 0) without the corner; equals it beyond a few times `softness`."""
    return 0.5 * (value + math.sqrt(value * value + softness * softness))


def at(curve: Cubic, t: float) -> Point:
    """The point of a cubic at t in 0..1."""
    a, b, c, d = curve
    u = 1.0 - t
    wa, wb, wc, wd = u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t
    return (wa * a[0] + wb * b[0] + wc * c[0] + wd * d[0], wa * a[1] + wb * b[1] + wc * c[1] + wd * d[1])


def sampled(curve: Cubic, n: int) -> list[Point]:
    """n points along a cubic, both ends included."""
    return [at(curve, i / (n - 1)) for i in range(n)]


def segments(points: Sequence[Point], *, closed: bool, tension: float = 1.0) -> list[Cubic]:
    """Catmull-Rom through the points as cubics. tension: 1 is the usual roundness, 0 straight lines."""
    n = len(points)
    k = tension / 6.0
    out: list[Cubic] = []
    for i in range(n if closed else n - 1):
        p1, p2 = points[i], points[(i + 1) % n]
        p0 = points[i - 1] if closed or i > 0 else p1
        p3 = points[(i + 2) % n] if closed or i + 2 < n else p2
        out.append(
            (
                p1,
                (p1[0] + (p2[0] - p0[0]) * k, p1[1] + (p2[1] - p0[1]) * k),
                (p2[0] - (p3[0] - p1[0]) * k, p2[1] - (p3[1] - p1[1]) * k),
                p2,
            )
        )
    return out


def on_curve(points: Sequence[Point], t: float) -> Point:
    """The point at t in 0..1 (by segment count) on the open Catmull-Rom curve through `points`."""
    s = clamp(t) * (len(points) - 1)
    i = min(int(s), len(points) - 2)
    return at(segments(points, closed=False)[i], s - i)


def ribbon_sides(points: Sequence[Point], widths: Sequence[float]) -> tuple[list[Point], list[Point]]:
    """Both edges of a band of varying width along the points: (left of travel, right of travel)."""
    n = len(points)
    left: list[Point] = []
    right: list[Point] = []
    for i, ((x, y), width) in enumerate(zip(points, widths, strict=True)):
        ax, ay = points[max(i - 1, 0)]
        bx, by = points[min(i + 1, n - 1)]
        dx, dy = bx - ax, by - ay
        length = math.sqrt(dx * dx + dy * dy) or 1.0
        nx, ny = dy / length * width * 0.5, -dx / length * width * 0.5
        left.append((x + nx, y + ny))
        right.append((x - nx, y - ny))
    return left, right
