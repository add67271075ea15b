"""Eyes: an opening between two lids, with everything inside clipped by it.

Local coordinates of one eye: x outward (towards the temple), y down, origin at its middle. Both lids are one cubic
each, with the same ends and the same handle columns, so they can only meet, never cross: the upper handles are kept
above the lower ones.
"""

from __future__ import annotations

from dataclasses import dataclass

from mien.characters.drawn.acting import Values
from mien.characters.drawn.canvas import Canvas, Path
from mien.characters.drawn.cartoon.palette import Palette
from mien.characters.drawn.colour import mix_colours, shade
from mien.characters.drawn.curves import Cubic, Point, at, clamp, lerp, sampled
from mien.characters.drawn.spec import Table
from mien.characters.drawn.turn import Layer, Turn

# A cubic whose handles are both at height h peaks at 3/4 h.
_PEAK = 4.0 / 3.0


@dataclass(frozen=True, slots=True)
class EyePose:
    """One eye in face coordinates. crease: the fold above the lid; wide: how far it is torn open, 0..1.5."""

    side: float
    center: Point
    upper: Cubic
    lower: Cubic
    crease: Cubic
    iris: Point
    closed: float
    squint: float
    wide: float


class Eyes:
    """Reads `[eyes]`; lengths in viewBox units of the unscaled face.

    x, y: middle of an eye. width: half its width; upper, lower: heights of the lids over and under the middle;
    round: 0.2 almond .. 1 oval; cant: how much higher the outer corner is. iris: radius; pupil: share of it; iris_y:
    resting gaze. lid_rest: 0..0.7, how far the upper lid hangs. crease, crease_opacity: the fold above the lid.
    lash: thickness of the lid's line; lashes, lash_length: single lashes. bags: 0..1. lid_tint, lid_colour: the lid.
    """

    def __init__(self, table: Table) -> None:
        self.x = table.number("x", low=20.0, high=120.0)
        self.y = table.number("y", 0.0)
        self.width = table.number("width", low=8.0, high=80.0)
        self.upper = table.number("upper", low=4.0, high=80.0)
        self.lower = table.number("lower", low=2.0, high=80.0)
        self.round = table.number("round", 0.7, low=0.2, high=1.0)
        self.cant = table.number("cant", 0.0)
        self.iris = table.number("iris", low=4.0, high=60.0)
        self.pupil = table.number("pupil", 0.48, low=0.1, high=0.9)
        self.iris_y = table.number("iris_y", 0.0)
        self.lid_rest = table.number("lid_rest", 0.0, low=-0.3, high=0.7)
        self.crease = table.number("crease", 6.0)
        self.crease_opacity = table.number("crease_opacity", 0.5, low=0.0, high=1.0)
        self.lash = table.number("lash", 5.0, low=0.5, high=14.0)
        self.lashes = int(table.number("lashes", 0, low=0, high=7))
        self.lash_length = table.number("lash_length", 11.0)
        self.bags = table.number("bags", 0.0, low=0.0, high=1.0)
        self.lid_tint = table.number("lid_tint", 0.6, low=0.0, high=1.0)
        self.lid_colour = table.colour("lid_colour", "#000000") if "lid_colour" in table else None
        table.finish()

    def pose(self, v: Values, side: float) -> EyePose:
        """Lids, gaze and creases of one eye. side: 1 the subject's left, -1 the right."""
        s = "Left" if side > 0 else "Right"
        blink = clamp(v[f"eyeBlink{s}"])
        wide = v[f"eyeWide{s}"]
        smiling = v[f"cheekSquint{s}"]
        squint = clamp(v[f"eyeSquint{s}"] * 0.62 + smiling * 0.78, 0.0, 1.25)
        down, up = v[f"eyeLookDown{s}"], v[f"eyeLookUp{s}"]
        out = v[f"eyeLookOut{s}"] - v[f"eyeLookIn{s}"]
        knit, worry = v[f"browDown{s}"], v["browInnerUp"]
        raised = v[f"browOuterUp{s}"]

        upper = self.upper * (1.0 - self.lid_rest) * (1.0 + 0.34 * wide - 0.10 * squint - 0.34 * down + 0.12 * up)
        upper += self.upper * 0.07 * (worry + raised)
        lower = self.lower * (1.0 + 0.22 * wide - 1.28 * squint + 0.10 * down)
        # The brow's skin leans on the lid: anger presses its inner half, worry drops its outer half.
        calm = 1.0 - 0.6 * min(wide, 1.0)
        inner = upper - self.upper * (0.42 * knit * (1.0 - 0.45 * min(worry, 1.0)) * (1.0 - 0.35 * min(wide, 1.0)))
        inner += self.upper * 0.10 * worry
        outer = upper - self.upper * 0.40 * worry * calm * (1.0 - 0.7 * min(raised, 1.0)) - self.upper * 0.06 * knit

        lo = lower * _PEAK
        hi_in, hi_out = -inner * _PEAK, -outer * _PEAK
        shut = lo * (1.0 - 0.15 * blink) - 2.0 * blink * squint
        lo = shut
        hi_in, hi_out = min(lerp(hi_in, lo, blink), lo), min(lerp(hi_out, lo, blink), lo)

        w, k = self.width, self.width * self.round
        ci, co = self.cant * 0.5, -self.cant * 0.5
        spread = 1.0 + 0.02 * wide - 0.02 * blink
        upper_curve = self._curve(side, (-w * spread, ci), (-k, ci + hi_in), (k, co + hi_out), (w * spread, co))
        lower_curve = self._curve(side, (-w * spread, ci), (-k, ci + lo), (k, co + lo), (w * spread, co))
        top = self.upper * (1.0 + 0.34 * wide) * _PEAK
        ease = 1.0 - 0.45 * blink
        fold_in = -(top * ease + self.crease) + 0.30 * self.upper * knit
        fold_out = -(top * ease + self.crease) + 0.22 * self.upper * worry * calm
        crease = self._curve(side, (-w * 0.96, ci - 3), (-k, ci + fold_in), (k, co + fold_out), (w * 1.08, co - 1))

        reach_x, reach_y = (w - self.iris * 0.55) * 0.86, self.upper * 0.55
        iris = (
            side * (self.x + clamp(out, -1.3, 1.3) * reach_x),
            self.y + self.iris_y + clamp(down - up, -1.2, 1.2) * reach_y,
        )
        return EyePose(side, (side * self.x, self.y), upper_curve, lower_curve, crease, iris, blink, squint, wide)

    def points(self, v: Values) -> dict[str, Point]:
        """Lids at the middle of the eye, and the irises."""
        out: dict[str, Point] = {}
        for side, name in ((1.0, "left"), (-1.0, "right")):
            pose = self.pose(v, side)
            out[f"lid_upper_{name}"] = at(pose.upper, 0.5)
            out[f"lid_lower_{name}"] = at(pose.lower, 0.5)
            out[f"iris_{name}"] = pose.iris
        return out

    def _curve(self, side: float, *points: Point) -> Cubic:
        a, b, c, d = ((side * (self.x + x), self.y + y) for x, y in points)
        return (a, b, c, d)

    def draw(self, canvas: Canvas, palette: Palette, turn: Turn, pose: EyePose) -> None:
        """One eye."""
        with canvas.group(turn.matrix(Layer(pose.center)), name="eye"):
            self._draw_lid(canvas, palette, pose)
            self._draw_ball(canvas, palette, pose)
            self._draw_lines(canvas, palette, pose)

    def _draw_lid(self, canvas: Canvas, palette: Palette, pose: EyePose) -> None:
        skin = palette["skin_shadow"] if self.lid_colour is None else self.lid_colour
        top, bottom = at(pose.crease, 0.5)[1], at(pose.upper, 0.5)[1]
        if bottom - top > 1.5:
            lid = Path().move(pose.crease[0]).curve(pose.crease)
            lid.line(pose.upper[3]).curve((pose.upper[3], pose.upper[2], pose.upper[1], pose.upper[0])).close()
            paint = canvas.linear((0, top), (0, bottom), (0.0, skin, 0.15), (0.55, skin, 0.75), (1.0, skin, 1.0))
            canvas.path(lid, paint, opacity=self.lid_tint)

    def _draw_ball(self, canvas: Canvas, palette: Palette, pose: EyePose) -> None:
        gap = at(pose.lower, 0.5)[1] - at(pose.upper, 0.5)[1]
        if gap < 0.35:
            return
        opening = Path().move(pose.upper[0]).curve(pose.upper)
        opening.curve((pose.lower[3], pose.lower[2], pose.lower[1], pose.lower[0])).close()
        x, y = pose.iris
        white = palette["sclera"]
        cx, cy = pose.center
        shadow = mix_colours(white, shade(palette["skin"], -0.2), 0.34)
        with canvas.group(clip=canvas.clip(opening)):
            edge = mix_colours(white, shadow, 0.75)
            w, h = self.width * 1.1, self.upper * 1.6
            ball = canvas.radial((cx, cy - 2), w, (0.0, white), (0.62, white), (1.0, edge))
            canvas.rect(cx - w, cy - h, 2 * w, 2 * h, ball)
            r = self.iris * (1.0 - 0.13 * min(pose.wide, 1.0))
            iris = palette["iris"]
            canvas.ellipse((x, y), r, r, shade(iris, -0.22, chroma=0.85))
            ring = canvas.radial(
                (x, y + r * 0.35), r * 1.15,
                (0.0, shade(iris, 0.17, chroma=1.15)), (0.55, iris), (1.0, shade(iris, -0.12)),
            )  # fmt: skip
            canvas.ellipse((x, y), r * 0.88, r * 0.88, ring)
            p = r * self.pupil * (1.0 - 0.16 * min(pose.wide, 1.0))
            canvas.ellipse((x, y), p, p, "#160d10")
            # The upper lid's shadow, from the same curve as the lid.
            drop = 3.0 + 0.16 * self.upper
            a, b, c, d = pose.upper
            roof = min(b[1], c[1], a[1] - 4.0)
            under = Path().move((a[0], roof)).line(a)
            under.curve((a, (b[0], b[1] + drop * 1.33), (c[0], c[1] + drop * 1.33), d)).line((d[0], roof)).close()
            canvas.path(under, mix_colours(shade(palette["skin"], -0.35), "#2b1a3a", 0.5), opacity=0.26)
            canvas.ellipse((x - r * 0.34, y - r * 0.36), r * 0.27, r * 0.27, "#ffffff")
            canvas.ellipse((x + r * 0.36, y + r * 0.38), r * 0.13, r * 0.13, "#ffffff", opacity=0.75)

    def _draw_lines(self, canvas: Canvas, palette: Palette, pose: EyePose) -> None:
        line, lash = palette["line"], palette["lash"]
        if self.crease_opacity > 0:
            canvas.path(
                Path.tapered(sampled(pose.crease, 7), 2.4), line, opacity=self.crease_opacity * (1 - 0.3 * pose.closed)
            )
        bag = self.bags + 0.40 * pose.squint
        if bag > 0.02:
            self._draw_bag(canvas, line, pose, min(bag, 1.0))
        canvas.path(Path.tapered(sampled(pose.lower, 7), 2.2, start=0.2, end=0.6), line, opacity=0.6)
        self._draw_lashes(canvas, lash, pose)
        rim = sampled(pose.upper, 9)
        end, before = rim[-1], rim[-2]
        flick = 0.16 * self.lash if self.lashes == 0 else 0.8 * self.lash
        rim.append((end[0] + pose.side * flick, end[1] + (end[1] - before[1]) * 0.12 - 0.1 * flick))
        widths = [self.lash * f for f in (0.25, 0.6, 0.82, 0.95, 1.0, 1.05, 1.08, 1.0, 0.7, 0.0)]
        canvas.path(Path.ribbon(rim, widths), lash)

    def _draw_bag(self, canvas: Canvas, line: str, pose: EyePose, amount: float) -> None:
        (ax, ay), _, _, (dx, dy) = pose.lower
        mid = at(pose.lower, 0.5)
        depth = 7.0 + 0.18 * self.lower
        low = max(mid[1], self.y + self.lower * 0.35) + depth
        points = [
            (ax + (mid[0] - ax) * 0.3, lerp(ay, low, 0.72)),
            (lerp(ax, dx, 0.42), low),
            (lerp(ax, dx, 0.72), low - 1.0),
            (lerp(ax, dx, 0.98), lerp(dy, low, 0.55)),
        ]
        canvas.path(Path.tapered(points, 2.2), line, opacity=0.42 * amount)

    def _draw_lashes(self, canvas: Canvas, lash: str, pose: EyePose) -> None:
        for i in range(self.lashes):
            t = 0.98 - 0.115 * i
            root = at(pose.upper, t)
            ahead = at(pose.upper, t + 0.02)
            tx, ty = ahead[0] - root[0], ahead[1] - root[1]
            length = (tx * tx + ty * ty) ** 0.5 or 1.0
            nx, ny = tx / length, ty / length
            # Outward and up from the lid: along it at the corner, more across it towards the middle.
            lean = 0.35 + 0.16 * i
            up_x, up_y = (ny, -nx) if pose.side > 0 else (-ny, nx)
            size = self.lash_length * (1.0 - 0.09 * i)
            flip = 1.0 - 1.1 * pose.closed
            end = (
                root[0] + size * (nx * (1.0 - lean) + up_x * lean * flip),
                root[1] + size * (ny * (1.0 - lean) + up_y * lean * flip) - 2.0,
            )
            bend = ((root[0] + end[0]) / 2 + nx * 1.5, (root[1] + end[1]) / 2 + 1.6)
            canvas.path(Path.ribbon([root, bend, end], [self.lash * 0.85, self.lash * 0.55, 0.0]), lash)
