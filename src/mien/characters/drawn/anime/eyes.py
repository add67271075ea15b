"""Anime eyes: tall irises with a dark top, a light pool below and two windows; a thick lash that tapers."""

from __future__ import annotations

from mien.characters.drawn.canvas import Canvas, Path
from mien.characters.drawn.cartoon.eyes import EyePose, Eyes
from mien.characters.drawn.cartoon.palette import Palette
from mien.characters.drawn.colour import mix_colours, shade
from mien.characters.drawn.curves import at, sampled

# An iris is this much taller than wide.
_TALL = 1.24


class AnimeEyes(Eyes):
    """Reads `[eyes]` as `cartoon.eyes.Eyes` does; iris is half the width of the iris, which is taller than that."""

    def _draw_lid(self, canvas: Canvas, palette: Palette, pose: EyePose) -> None:
        """Nothing: an anime lid is its line."""

    def _draw_ball(self, canvas: Canvas, palette: Palette, pose: EyePose) -> None:
        if at(pose.lower, 0.5)[1] - at(pose.upper, 0.5)[1] < 0.35:
            return
        opening = Path().move(pose.upper[0]).curve(pose.upper)
        opening.curve((pose.lower[3], pose.lower[2], pose.lower[1], pose.lower[0])).close()
        x, y = pose.iris
        (cx, cy), white = pose.center, palette["sclera"]
        w, h = self.width * 1.2, self.upper * 1.8
        # Eyes torn open in fear or surprise shrink their irises.
        shrink = 1.0 - 0.30 * min(pose.wide, 1.0)
        rx, ry = self.iris * shrink, self.iris * _TALL * shrink
        iris = palette["iris"]
        with canvas.group(clip=canvas.clip(opening)):
            canvas.rect(cx - w, cy - h, 2 * w, 2 * h, white)
            canvas.ellipse((x, y), rx, ry, shade(iris, -0.30, chroma=0.9))
            body = canvas.linear(
                (0, y - ry), (0, y + ry),
                (0.0, shade(iris, -0.30)), (0.42, iris), (0.75, shade(iris, 0.10)),
                (1.0, shade(iris, 0.22, chroma=0.9)),
            )  # fmt: skip
            canvas.ellipse((x, y), rx * 0.90, ry * 0.92, body)
            canvas.ellipse((x, y + ry * 0.52), rx * 0.58, ry * 0.30, shade(iris, 0.28, chroma=0.8), opacity=0.55)
            p = self.pupil * (1.0 - 0.1 * min(pose.wide, 1.0))
            canvas.ellipse((x, y - ry * 0.02), rx * p, ry * p, shade(iris, -0.45, chroma=0.5))
            drop = 4.0 + 0.20 * self.upper
            a, b, c, d = pose.upper
            roof = min(b[1], c[1], a[1] - 4.0)
            under = Path().move((a[0], roof)).line(a)
            under.curve((a, (b[0], b[1] + drop * 1.33), (c[0], c[1] + drop * 1.33), d)).line((d[0], roof)).close()
            canvas.path(under, mix_colours(palette["lash"], "#5a4a7a", 0.6), opacity=0.34)
            canvas.ellipse((x - rx * 0.38, y - ry * 0.42), rx * 0.34, ry * 0.25, "#ffffff", angle_deg=-18)
            canvas.ellipse((x + rx * 0.40, y + ry * 0.40), rx * 0.17, ry * 0.13, "#ffffff", opacity=0.9)

    def _draw_lines(self, canvas: Canvas, palette: Palette, pose: EyePose) -> None:
        lash, line = palette["lash"], palette["line"]
        if self.crease_opacity > 0:
            fold = sampled(pose.crease, 7)[1:6]
            canvas.path(Path.tapered(fold, 2.6), line, opacity=self.crease_opacity * (1 - pose.closed))
        bag = self.bags + 0.5 * pose.squint
        if bag > 0.02:
            self._draw_bag(canvas, line, pose, min(bag, 1.0))
        lower = sampled(pose.lower, 9)[4:]
        canvas.path(Path.tapered(lower, 3.4, start=0.1, end=0.5), lash, opacity=0.9)
        self._draw_lashes(canvas, lash, pose)
        rim = sampled(pose.upper, 9)
        end, before = rim[-1], rim[-2]
        flick = 1.3 * self.lash
        fall = (end[1] - before[1]) * 0.25
        rim.append((end[0] + pose.side * flick, end[1] + fall - 0.35 * flick * (1.0 - 1.6 * pose.closed)))
        # Thin at the nose, thick towards the temple, ending in a point.
        canvas.path(
            Path.ribbon(rim, [self.lash * f for f in (0.2, 0.5, 0.75, 0.9, 1.0, 1.08, 1.15, 1.2, 0.95, 0.0)]), lash
        )
