"""Write SVG: paths from points, and a canvas of shapes, groups, gradients and clips.

Output is deterministic: fixed decimals, ids numbered in order of use behind a namespace of the document's own, so
that two pictures can sit on one page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from mien.characters.drawn.curves import Cubic, Point, ribbon_sides, segments

VIEW: Final = 512
"""Width and height of every drawn picture in its own units."""

Stop = tuple[float, str] | tuple[float, str, float]
"""(offset 0..1, colour[, opacity])."""


# Whole numbers need no ".0": a thirtieth of the document.
_WHOLE: Final = re.compile(r"\.0(?=[ CLMZ\"])")
_CUBIC: Final = "C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}".format


def number(value: float) -> str:
    """A coordinate: one decimal, a tenth of a unit of 512."""
    return f"{value:.1f}"


def fine(value: float) -> str:
    """An opacity, a scale or a gradient stop: up to four decimals, no trailing zeros."""
    return f"{value:.4f}".rstrip("0").rstrip(".") if value else "0"


class Path:
    """Builds the `d` of one SVG path; every method returns the path, so calls chain."""

    __slots__ = ("_parts",)

    def __init__(self) -> None:
        self._parts: list[str] = []

    @property
    def d(self) -> str:
        """The path data."""
        return "".join(self._parts)

    def move(self, p: Point) -> Path:
        """Start a new contour."""
        self._parts.append("M{:.1f} {:.1f}".format(*p))
        return self

    def line(self, *points: Point) -> Path:
        """Straight on."""
        self._parts.extend("L{:.1f} {:.1f}".format(*p) for p in points)
        return self

    def cubic(self, c1: Point, c2: Point, p: Point) -> Path:
        """A Bezier curve on to p."""
        self._parts.append(_CUBIC(*c1, *c2, *p))
        return self

    def curve(self, curve: Cubic) -> Path:
        """A cubic that starts where the path stands."""
        return self.cubic(curve[1], curve[2], curve[3])

    def through(self, points: Sequence[Point], *, tension: float = 1.0) -> Path:
        """Smoothly through the points, the first of which is where the path stands (or starts it)."""
        if not self._parts:
            self.move(points[0])
        self._parts.extend(_CUBIC(*b, *c, *d) for _, b, c, d in segments(points, closed=False, tension=tension))
        return self

    def close(self) -> Path:
        """Back to the contour's start."""
        self._parts.append("Z")
        return self

    def add(self, other: Path) -> Path:
        """The contours of another path as well."""
        self._parts.extend(other._parts)
        return self

    @classmethod
    def smooth(cls, points: Sequence[Point], *, closed: bool = True, tension: float = 1.0) -> Path:
        """A Catmull-Rom curve through the points."""
        path = cls().move(points[0])
        path._parts.extend(_CUBIC(*b, *c, *d) for _, b, c, d in segments(points, closed=closed, tension=tension))
        return path.close() if closed else path

    @classmethod
    def polygon(cls, points: Sequence[Point]) -> Path:
        """Straight sides."""
        return cls().move(points[0]).line(*points[1:]).close()

    @classmethod
    def ellipse(cls, cx: float, cy: float, rx: float, ry: float) -> Path:
        """A whole ellipse, as a path (for clips and for joining)."""
        k = 0.5523
        return (
            cls()
            .move((cx - rx, cy))
            .cubic((cx - rx, cy - k * ry), (cx - k * rx, cy - ry), (cx, cy - ry))
            .cubic((cx + k * rx, cy - ry), (cx + rx, cy - k * ry), (cx + rx, cy))
            .cubic((cx + rx, cy + k * ry), (cx + k * rx, cy + ry), (cx, cy + ry))
            .cubic((cx - k * rx, cy + ry), (cx - rx, cy + k * ry), (cx - rx, cy))
            .close()
        )

    @classmethod
    def between(cls, upper: Sequence[Point], lower: Sequence[Point]) -> Path:
        """The area between two smooth curves that run the same way (a mouth, the opening of an eye)."""
        path = cls.smooth(upper, closed=False)
        if lower[-1] != upper[-1]:
            path.line(lower[-1])
        return path.through(list(lower)[::-1]).close()

    @classmethod
    def ribbon(cls, points: Sequence[Point], widths: Sequence[float], *, tension: float = 1.0) -> Path:
        """A stroke of varying width (a brow, a lash line, a wrinkle); width 0 at an end makes a point."""
        left, right = ribbon_sides(points, widths)
        path = cls.smooth(left, closed=False, tension=tension)
        if widths[-1]:
            path.line(right[-1])
        return path.through(right[::-1], tension=tension).close()

    @classmethod
    def tapered(cls, points: Sequence[Point], width: float, *, start: float = 0.0, end: float = 0.0) -> Path:
        """A ribbon that is `width` in the middle and `start`, `end` times that at its ends."""
        n = len(points) - 1
        widths = []
        for i in range(n + 1):
            t = i / n
            bell = 4.0 * t * (1.0 - t)
            edge = start + (end - start) * t
            widths.append(width * (edge + (1.0 - edge) * bell))
        return cls.ribbon(points, widths)


class Canvas:
    """Shapes in painting order, and the gradients and clips they refer to."""

    def __init__(self, namespace: str) -> None:
        """namespace: letters and digits, unique to the picture; it begins every id."""
        self._namespace = namespace
        self._body: list[str] = []
        self._defs: list[str] = []
        self._paints: dict[str, str] = {}

    def raw(self, markup: str) -> None:
        """Ready-made elements."""
        self._body.append(markup)

    def path(
        self,
        path: Path,
        fill: str = "none",
        *,
        opacity: float = 1.0,
        stroke: str | None = None,
        width: float = 0.0,
        rule: str | None = None,
        rim: bool = False,
    ) -> None:
        """A filled and/or stroked path. Invisible ones (opacity below 0.002) are left out.

        rule: "evenodd" for holes. rim: the stroke lies under the fill, so that only its outer half shows.
        """
        if opacity < 0.002:
            return
        attributes = f'<path d="{path.d}" fill="{fill}"'
        if opacity < 0.9995:
            # fill-opacity needs no layer of its own: a third of a picture's time.
            kind = "fill-opacity" if stroke is None else "stroke-opacity" if fill == "none" else "opacity"
            attributes += f' {kind}="{fine(opacity)}"'
        if stroke is not None:
            attributes += (
                f' stroke="{stroke}" stroke-width="{fine(width)}" stroke-linecap="round" stroke-linejoin="round"'
            )
        if rule is not None:
            attributes += f' fill-rule="{rule}"'
        if rim:
            attributes += ' paint-order="stroke"'
        self._body.append(attributes + "/>")

    def ellipse(
        self, center: Point, rx: float, ry: float, fill: str, *, opacity: float = 1.0, angle_deg: float = 0.0
    ) -> None:
        """A filled ellipse."""
        if opacity < 0.002 or rx <= 0 or ry <= 0:
            return
        x, y = number(center[0]), number(center[1])
        extra = f' fill-opacity="{fine(opacity)}"' if opacity < 0.9995 else ""
        if angle_deg:
            extra += f' transform="rotate({number(angle_deg)} {x} {y})"'
        self._body.append(f'<ellipse cx="{x}" cy="{y}" rx="{number(rx)}" ry="{number(ry)}" fill="{fill}"{extra}/>')

    def rect(self, x: float, y: float, width: float, height: float, fill: str) -> None:
        """A filled rectangle."""
        self._body.append(
            f'<rect x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}" fill="{fill}"/>'
        )

    @contextmanager
    def group(
        self, transform: str | None = None, *, clip: str | None = None, opacity: float = 1.0, name: str | None = None
    ) -> Iterator[None]:
        """Everything painted inside is moved, clipped and faded together.

        transform: an SVG transform list. clip: what `clip()` returned, in the coordinates inside the group.
        name: a class for the browser to find the part by.
        """
        tag = "<g"
        if name is not None:
            tag += f' class="{name}"'
        if transform:
            tag += f' transform="{transform}"'
        if clip is not None:
            tag += f' clip-path="{clip}"'
        if opacity < 0.9995:
            tag += f' opacity="{fine(max(opacity, 0.0))}"'
        self._body.append(tag + ">")
        yield
        self._body.append("</g>")

    def linear(self, start: Point, end: Point, *stops: Stop) -> str:
        """A linear gradient in viewBox units; returns a paint for `fill` or `stroke`."""
        head = (
            f'<linearGradient id="%s" gradientUnits="userSpaceOnUse" x1="{number(start[0])}" y1="{number(start[1])}"'
            f' x2="{number(end[0])}" y2="{number(end[1])}">'
        )
        return self._paint(head + _stops(stops) + "</linearGradient>")

    def radial(self, center: Point, radius: float, *stops: Stop, squeeze: float = 1.0) -> str:
        """A radial gradient in viewBox units; squeeze: height over width of its circle."""
        cx, cy = number(center[0]), number(center[1])
        transform = ""
        if squeeze != 1.0:
            shift = number(center[1] * (1.0 - squeeze))
            transform = f' gradientTransform="matrix(1 0 0 {fine(squeeze)} 0 {shift})"'
        circle = f'cx="{cx}" cy="{cy}" r="{number(radius)}"{transform}'
        head = f'<radialGradient id="%s" gradientUnits="userSpaceOnUse" {circle}>'
        return self._paint(head + _stops(stops) + "</radialGradient>")

    def clip(self, *paths: Path) -> str:
        """The union of the paths as a clip for `group`."""
        shapes = "".join(f'<path d="{path.d}"/>' for path in paths)
        return self._paint(f'<clipPath id="%s">{shapes}</clipPath>')

    def _paint(self, template: str) -> str:
        """Define once, refer often: equal definitions share an id."""
        url = self._paints.get(template)
        if url is None:
            name = f"{self._namespace}-{len(self._paints)}"
            self._defs.append(template.replace("%s", name, 1))
            url = self._paints[template] = f"url(#{name})"
        return url

    def svg(self) -> str:
        """The whole document, viewBox 0 0 512 512."""
        body = _WHOLE.sub("", "".join(self._body))
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {VIEW} {VIEW}" width="{VIEW}" height="{VIEW}">'
            f"<defs>{''.join(self._defs)}</defs>{body}</svg>"
        )


def _stops(stops: Sequence[Stop]) -> str:
    out = []
    for stop in stops:
        alpha = f' stop-opacity="{fine(stop[2])}"' if len(stop) == 3 else ""
        out.append(f'<stop offset="{fine(stop[0])}" stop-color="{stop[1]}"{alpha}/>')
    return "".join(out)
