"""Anime eyes: a heavy upper lash that ends in points, a tall lit iris, and lids that close into arcs.

Both lids close onto one curve: each is mixed with it by the same amount, so they meet in a blink and never cross.
That curve sags in sleep and arches in laughter.
"""

from __future__ import annotations

from dataclasses import dataclass

from mien.characters.drawn.acting import Values
from mien.characters.drawn.canvas import Canvas, Path
from mien.characters.drawn.cartoon.eyes import EyePose, Eyes
from mien.characters.drawn.cartoon.palette import Palette
from mien.characters.drawn.colour import mix_colours, shade
from mien.characters.drawn.curves import Cubic, at, clamp, lerp, mixed, sampled, smoothstep
from mien.characters.drawn.spec import Table

# A cubic whose handles are both at height h peaks at 3/4 h.
_PEAK = 4.0 / 3.0
# The lash from the inner to the outer corner.
_LASH = (0.10, 0.42, 0.70, 0.86, 0.96, 1.02, 1.06, 1.05, 0.95)


@dataclass(frozen=True, slots=True)
class AnimeEyePose(EyePose):
    """arc: how far the closed lid arches upward, 0..1; fright: how far the iris has shrunk, 0..1; wet: 0..1."""

    arc: float
    fright: float
    wet: float


class AnimeEyes(Eyes):
    """Reads `[eyes]` as `cartoon.eyes.Eyes` does, and: tall: an iris's height over its width; flick: how far the outer
    lash reaches out and up (below 0: down); arch: height of laughing eyes in `upper`; laugh: 0..1, how readily a
    smile closes them; heavy: where the lid is highest, -1 inner .. 1 outer.
    """

    def __init__(self, table: Table, *, arcs: bool = True, shrinks: bool = True) -> None:
        """arcs, shrinks: whether smiles close the eyes into arcs, and whether fear shrinks the irises."""
        self.tall = table.number("tall", 1.22, low=0.8, high=1.8)
        self.flick = table.number("flick", 1.0, low=-2.0, high=3.0)
        self.arch = table.number("arch", 0.75, low=0.2, high=1.5)
        self.laugh = table.number("laugh", 0.4, low=0.0, high=1.0)
        self.heavy = table.number("heavy", 0.0, low=-1.0, high=1.0)
        self._arcs, self._shrinks = arcs, shrinks
        super().__init__(table)

    def pose(self, v: Values, side: float) -> AnimeEyePose:
        """Lids, gaze and creases of one eye. side: 1 the subject's left, -1 the right."""
        s = "Left" if side > 0 else "Right"
        wide, smile, raised_cheek = v[f"eyeWide{s}"], v[f"mouthSmile{s}"], v[f"cheekSquint{s}"]
        squint = clamp(v[f"eyeSquint{s}"] * 0.55 + raised_cheek * 0.45, 0.0, 1.2)
        joy = min(smile, 1.0) * (0.25 + 0.75 * min(raised_cheek + 0.4 * v[f"eyeSquint{s}"], 1.0))
        blink = clamp(v[f"eyeBlink{s}"])
        arc = smoothstep(0.25, 0.75, joy) if self._arcs else 0.0
        if self._arcs:
            start = 0.88 - 0.55 * self.laugh
            closing = smoothstep(start, start + 0.36, joy + 0.6 * blink * min(smile, 1.0))
            blink += (1.0 - blink) * closing
        down, up = v[f"eyeLookDown{s}"], v[f"eyeLookUp{s}"]
        out = v[f"eyeLookOut{s}"] - v[f"eyeLookIn{s}"]
        knit, worry, raised = v[f"browDown{s}"], v["browInnerUp"], v[f"browOuterUp{s}"]

        upper = self.upper * (1.0 - self.lid_rest)
        upper *= 1.0 + 0.20 * wide - 0.16 * squint - 0.36 * down + 0.10 * up + 0.04 * raised
        lower = self.lower * (1.0 + 0.20 * wide - 0.62 * squint + 0.06 * down)
        inner = upper * (1.0 + 0.10 * worry * (1.0 - 0.5 * knit))
        inner -= self.upper * 0.52 * knit * (1.0 - 0.6 * min(worry, 1.0)) * (1.0 - 0.3 * min(wide, 1.0))
        outer = upper - self.upper * (0.42 * worry * (1.0 - 0.75 * min(wide + raised, 1.0)) - 0.05 * knit)

        w, k = self.width, self.width * self.round
        ci, co = self.cant * 0.5, -self.cant * 0.5
        lo = lower * _PEAK
        hi_in, hi_out = min(-inner * _PEAK, lo), min(-outer * _PEAK, lo)
        lean = 0.25 * w * self.heavy
        upper_open = self._curve(side, (-w, ci), (-k + lean, ci + hi_in), (k + lean, co + hi_out), (w, co))
        lower_open = self._curve(side, (-w, ci), (-k, ci + lo), (k, co + lo), (w, co))
        rest = lerp(0.42 * self.lower, -self.arch * self.upper, arc) * _PEAK
        corner = lerp(0.12, 0.30, arc) * self.lower
        shut = self._curve(
            side, (-w, ci * 0.6 + corner), (-0.62 * w, ci * 0.6 + corner + rest),
            (0.62 * w, co * 0.6 + corner + rest), (w * 1.02, co * 0.6 + corner),
        )  # fmt: skip
        upper_curve, lower_curve = _mixed(upper_open, shut, blink), _mixed(lower_open, shut, blink)

        fold = self.crease + 0.10 * self.upper * blink
        a, b, c, d = upper_curve
        crease = ((a[0], a[1] - 0.4 * fold), (b[0], b[1] - 1.25 * fold), (c[0], c[1] - 1.2 * fold), (d[0], d[1] - fold))
        fright = min(wide, 1.0) * (0.35 + 0.65 * min(worry, 1.0)) if self._shrinks else 0.0
        reach_x, reach_y = (w - self.iris * 0.42) * 0.9, self.upper * 0.5
        iris = (
            side * (self.x + clamp(out, -1.3, 1.3) * reach_x),
            self.y + self.iris_y + clamp(down - up, -1.2, 1.2) * reach_y - 0.06 * self.upper * squint,
        )
        wet = smoothstep(0.2, 0.6, worry * 0.5 * (v["mouthFrownLeft"] + v["mouthFrownRight"]))
        return AnimeEyePose(
            side, (side * self.x, self.y), upper_curve, lower_curve, crease, iris, blink, squint, wide, arc, fright, wet
        )

    def _draw_lid(self, canvas: Canvas, palette: Palette, pose: EyePose) -> None:
        """Paint on the lid, for those who wear it."""
        if self.lid_colour is not None:
            super()._draw_lid(canvas, palette, pose)

    def _draw_ball(self, canvas: Canvas, palette: Palette, pose: EyePose) -> None:
        if not isinstance(pose, AnimeEyePose) or at(pose.lower, 0.5)[1] - at(pose.upper, 0.5)[1] < 0.5:
            return
        opening = Path().move(pose.upper[0]).curve(pose.upper)
        opening.curve((pose.lower[3], pose.lower[2], pose.lower[1], pose.lower[0])).close()
        (cx, cy), white = pose.center, palette["sclera"]
        w, h = self.width * 1.3, self.upper * 1.8
        with canvas.group(clip=canvas.clip(opening)):
            canvas.rect(cx - w, cy - h, 2 * w, 2 * h, white)
            self._draw_iris(canvas, palette, pose)
            # The lid throws a hard shadow on white and iris alike.
            drop = 5.0 + 0.10 * self.upper
            a, b, c, d = pose.upper
            roof = min(b[1], c[1], a[1] - 4.0)
            under = Path().move((a[0], roof)).line(a)
            under.curve((a, (b[0], b[1] + drop * 1.33), (c[0], c[1] + drop * 1.33), d)).line((d[0], roof)).close()
            canvas.path(under, mix_colours(palette["lash"], "#5b4d8f", 0.65), opacity=0.42)
            self._draw_lights(canvas, pose)

    def _draw_iris(self, canvas: Canvas, palette: Palette, pose: AnimeEyePose) -> None:
        (x, y), iris = pose.iris, palette["iris"]
        size = 1.0 - 0.36 * pose.fright
        rx, ry = self.iris * size, self.iris * self.tall * size
        dark, deep = shade(iris, -0.24, chroma=0.95), shade(iris, -0.36, chroma=0.7)
        canvas.ellipse((x, y), rx, ry, deep)
        body = canvas.linear(
            (0, y - ry), (0, y + ry), (0.12, dark), (0.48, iris), (0.98, shade(iris, 0.17, chroma=1.05))
        )
        canvas.ellipse((x, y), rx * 0.89, ry * 0.92, body)
        # A pool of light below, and the dark ring's rays above.
        pool = [(x - rx * 0.66, y + ry * 0.22), (x, y + ry * 0.46), (x + rx * 0.66, y + ry * 0.22),
                (x + rx * 0.44, y + ry * 0.72), (x, y + ry * 0.84), (x - rx * 0.44, y + ry * 0.72)]  # fmt: skip
        canvas.path(Path.smooth(pool), shade(iris, 0.25, chroma=0.9), opacity=0.6)
        p = self.pupil * (1.0 - 0.45 * pose.fright)
        canvas.ellipse((x, y - ry * 0.02), rx * p, ry * p * 1.02, shade(iris, -0.5, chroma=0.5))

    def _draw_lights(self, canvas: Canvas, pose: AnimeEyePose) -> None:
        x, y = pose.iris
        size = 1.0 - 0.30 * pose.fright
        rx, ry = self.iris * size, self.iris * self.tall * size
        canvas.ellipse((x - rx * 0.36, y - ry * 0.42), rx * 0.34, ry * 0.27, "#ffffff", angle_deg=-18)
        wet = 1.0 + 0.9 * pose.wet
        canvas.ellipse((x + rx * 0.42, y + ry * 0.40), rx * 0.19 * wet, ry * 0.14 * wet, "#ffffff", opacity=0.95)
        canvas.ellipse((x - rx * 0.30, y + ry * 0.62), rx * 0.30, ry * 0.11, "#ffffff", opacity=0.8 * pose.wet)

    def _draw_lines(self, canvas: Canvas, palette: Palette, pose: EyePose) -> None:
        lash, line = palette["lash"], palette["line"]
        side, lean = pose.side, self.lash
        if self.crease_opacity > 0:
            fold = sampled(pose.crease, 9)[2:8]
            canvas.path(Path.tapered(fold, 2.6), line, opacity=self.crease_opacity * (1.0 - 0.7 * pose.closed))
        bag = min(self.bags + 0.6 * smoothstep(0.25, 1.0, pose.squint) * (1.0 - pose.closed), 1.0)
        if bag > 0.02:
            low = [(x, y + 5.0 + 0.10 * self.lower) for x, y in sampled(pose.lower, 9)[2:7]]
            canvas.path(Path.tapered(low, 2.6), line, opacity=0.6 * bag)
        # The lower lash: the outer half, and a touch at the inner corner.
        lower = sampled(pose.lower, 11)
        canvas.path(Path.tapered(lower[5:], 0.46 * lean, end=0.5), lash)
        canvas.path(Path.tapered(lower, 2.0, start=0.6, end=0.6), lash, opacity=0.7)
        for i in range(min(self.lashes, 3)):
            x, y = at(pose.lower, 0.70 + 0.10 * i)
            tip = (x + side * (2.5 + 1.5 * i), y + (5.5 - 0.8 * i) * (1.0 - 0.5 * pose.closed))
            canvas.path(Path.ribbon([(x - side * 1.5, y - 1), tip], [0.34 * lean, 0.0]), lash)
        self._draw_lash(canvas, lash, pose)

    def _draw_lash(self, canvas: Canvas, lash: str, pose: EyePose) -> None:
        side, lean = pose.side, self.lash
        rim = sampled(pose.upper, 9)
        end, before = rim[-1], rim[-2]
        fall = clamp(end[1] - before[1], -4.0, 7.0)
        flick = self.flick * (1.0 - 1.1 * pose.closed)
        rim.append((end[0] + side * lean * 0.75, end[1] + 0.30 * fall - 0.35 * lean * flick))
        rim.append((end[0] + side * lean * (1.2 + 0.25 * abs(self.flick)), end[1] + 0.25 * fall - 0.75 * lean * flick))
        thin = 1.0 - 0.30 * pose.closed
        # Ends in a point, beyond the corner.
        path = Path.ribbon(rim, [lean * f * thin for f in (*_LASH, 0.55, 0.0)])
        for i in range(self.lashes):
            path.add(self._tip(pose, 0.93 - 0.15 * i, self.lash_length * (1.0 - 0.16 * i)))
        canvas.path(path, lash)

    def _tip(self, pose: EyePose, t: float, length: float) -> Path:
        """One pointed lash, rooted in the lid."""
        (ax, ay), (bx, by) = at(pose.upper, t - 0.07), at(pose.upper, t)
        up = 1.0 - 1.7 * pose.closed
        tip = (bx + pose.side * length * 0.8, by - length * 0.72 * up)
        bend = ((bx + tip[0]) / 2 + pose.side * 1.5, (by + tip[1]) / 2 + 1.5)
        return Path().move((ax, ay)).cubic((ax, ay), bend, tip).cubic(bend, (bx, by + 2.0), (bx, by + 2.0)).close()


def _mixed(one: Cubic, other: Cubic, t: float) -> Cubic:
    a, b, c, d = mixed(one, other, t)
    return (a, b, c, d)
