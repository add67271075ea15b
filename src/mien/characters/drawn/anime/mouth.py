"""An anime mouth: the cartoon's one continuous shape, smaller at rest, drawn as a line, flat colours and teeth."""

from __future__ import annotations

import math
from dataclasses import replace

from mien.characters.drawn.acting import Values
from mien.characters.drawn.anime.ink import stroke
from mien.characters.drawn.canvas import Canvas, Path
from mien.characters.drawn.cartoon.mouth import MIDDLE, Mouth, MouthPose, T
from mien.characters.drawn.cartoon.palette import Palette
from mien.characters.drawn.colour import mix_colours, shade
from mien.characters.drawn.curves import Point, clamp, smoothstep
from mien.characters.drawn.spec import Table
from mien.core.arkit import COEFFICIENTS

# Small mouths act broadly: what a muscle does counts for this much more than the mouth's width says.
_BROAD = 1.45


class AnimeMouth(Mouth):
    """Reads `[mouth]` as `cartoon.mouth.Mouth` does, and: fang: -1 right .. 1 left, 0 none; lip: 0..1, a lip's tint."""

    def __init__(self, table: Table) -> None:
        self.fang = table.number("fang", 0.0, low=-1.0, high=1.0)
        self.lip = table.number("lip", 0.0, low=0.0, high=1.0)
        super().__init__(table)
        self.size *= _BROAD
        self.rest = self.pose(dict.fromkeys(COEFFICIENTS, 0.0))

    def pose(self, v: Values) -> MouthPose:
        """As every mouth; revulsion makes it waver."""
        pose = super().pose(v)
        sneer = 0.5 * (v["noseSneerLeft"] + v["noseSneerRight"])
        bared = 0.5 * (v["mouthUpperUpLeft"] + v["mouthUpperUpRight"])
        wave = 3.4 * self.size * smoothstep(0.42, 0.8, min(sneer, 1.3 * bared)) * (1.0 - clamp(v["jawOpen"]))
        if wave < 0.01:
            return pose

        def wavy(points: list[Point]) -> list[Point]:
            return [(x, y - wave * math.cos(3.0 * math.pi * t)) for (x, y), t in zip(points, T, strict=True)]

        return replace(
            pose,
            upper=wavy(pose.upper),
            lower=wavy(pose.lower),
            upper_outer=wavy(pose.upper_outer),
            lower_outer=wavy(pose.lower_outer),
        )


def draw_mouth(canvas: Canvas, palette: Palette, mouth: AnimeMouth, pose: MouthPose) -> None:
    """The whole mouth, in face coordinates."""
    if mouth.lip > 0.01:
        for outer, inner in ((pose.upper_outer, pose.upper), (pose.lower_outer, pose.lower)):
            canvas.path(Path.between(outer, inner), palette["lips"], opacity=mouth.lip)
    if pose.gap_max > 0.5:
        _draw_inside(canvas, palette, mouth, pose)
    _draw_lines(canvas, palette, mouth, pose)
    if pose.tongue > 0.01:
        _draw_tongue_out(canvas, palette, pose)


def _draw_inside(canvas: Canvas, palette: Palette, mouth: AnimeMouth, pose: MouthPose) -> None:
    dark, tongue = palette["mouth"], palette["tongue"]
    top, bottom = min(y for _, y in pose.upper), max(y for _, y in pose.lower)
    left, right = pose.lower[0][0], pose.lower[-1][0]
    with canvas.group(clip=canvas.clip(Path.between(pose.upper, pose.lower))):
        canvas.rect(left - 16, top - 2, right - left + 32, bottom - top + 4, dark)
        show = smoothstep(7.0, 18.0, pose.gap)
        if show > 0.02:
            x, y = pose.lower[MIDDLE]
            w, h = pose.tongue_width * 1.35, max(pose.tongue_height, 6.0)
            mound = [(x - w, y + 14), (x - w * 0.8, y - h * 0.5), (x - w * 0.3, y - h), (x + w * 0.3, y - h),
                     (x + w * 0.8, y - h * 0.5), (x + w, y + 14)]  # fmt: skip
            canvas.path(Path.smooth(mound), tongue, opacity=show)
        _draw_teeth(canvas, palette, mouth, pose)


def _draw_teeth(canvas: Canvas, palette: Palette, mouth: AnimeMouth, pose: MouthPose) -> None:
    white, n = palette["teeth"], len(T)
    edge: list[Point] = []
    if pose.teeth_lower > 0.6:
        lip = [(x, y + 6.0) for x, y in pose.lower[1:-1]]
        edge = [(pose.lower[i][0], pose.lower[i][1] - pose.teeth_lower * (1 - abs(T[i]) ** 4)) for i in range(1, n - 1)]
        canvas.path(Path.between(edge, lip), mix_colours(white, palette["mouth"], 0.06))
    if pose.teeth_upper > 0.6:
        reach = min(pose.teeth_upper, 0.42 * pose.gap_max + 4.0)
        lip = [(x, y - 6.0) for x, y in pose.upper[1:-1]]
        edge = [(pose.upper[i][0], pose.upper[i][1] + reach * (1 - abs(T[i]) ** 5 * 0.7)) for i in range(1, n - 1)]
        canvas.path(Path.between(lip, edge), white)
        if mouth.fang:
            happy = smoothstep(0.0, 8.0, mouth.y - 0.5 * (pose.upper[0][1] + pose.upper[-1][1]))
            x, y = edge[MIDDLE - 1 + round(3 * mouth.fang)]
            fang = [(x - 4.5, y - 3), (x + 4.5, y - 3), (x + 0.5, y + 8.5)]
            canvas.path(Path.polygon(fang), white, opacity=smoothstep(4.0, 10.0, pose.gap) * happy)
    met = clamp((pose.teeth_upper + pose.teeth_lower - pose.gap_max) / 6.0 + 0.5) * smoothstep(
        1.0, 4.0, pose.teeth_lower
    )
    if met > 0.02 and edge:
        grey = mix_colours(white, palette["mouth"], 0.55)
        middle = [((ux + lx) / 2, (uy + ly) / 2) for (ux, uy), (lx, ly) in zip(pose.upper, pose.lower, strict=True)]
        canvas.path(Path.tapered(middle, 2.4), grey, opacity=met)
        for k in (-2.4, -1.2, 0.0, 1.2, 2.4):
            x = middle[MIDDLE][0] + k * mouth.width * 0.30
            line = Path().move((x, pose.upper[MIDDLE][1] - 20)).line((x, pose.lower[MIDDLE][1] + 20))
            canvas.path(line, stroke=grey, width=1.6, opacity=0.8 * met)


def _draw_lines(canvas: Canvas, palette: Palette, mouth: AnimeMouth, pose: MouthPose) -> None:
    line, shadow = palette["line"], palette["skin_shadow"]
    x, y = pose.lower_outer[MIDDLE]
    pout = min(pose.pout, 1.0)
    half = mouth.width * (0.24 + 0.10 * pout)
    # The shadow under the lower lip.
    canvas.path(stroke((x - half, y + 5), (x + half, y + 5), 4.0 + 3.0 * pout, bow=-2.0 - 2 * pout), shadow)
    for points, lift, amount in ((pose.upper, -1.0, pose.roll_upper), (pose.lower, 1.0, pose.roll_lower)):
        if amount > 0.02:
            x0 = points[MIDDLE][0]
            crease = [(x0 + (px - x0) * 0.85, py + lift * 8.0) for px, py in points[2:-2]]
            canvas.path(Path.tapered(crease, 5.0), palette["skin_deep"], opacity=0.8 * min(amount, 1.0))
    open_ = smoothstep(1.0, 10.0, pose.gap_max)
    tight = clamp(pose.press) + 0.5 * (pose.roll_upper + pose.roll_lower)
    body = mouth.line * (1.0 + 0.35 * min(tight, 1.2)) * (1.0 - 0.12 * open_)
    # Heavier at the corners, lighter in the middle: a pen set down and lifted.
    widths = [body * (0.62 + 0.38 * abs(t)) * min(1.0, 6.0 * (1.0 - abs(t)) + 0.25) for t in T]
    canvas.path(Path.ribbon(pose.upper, widths), line)
    if open_ > 0.01:
        canvas.path(Path.ribbon(pose.lower, [w * 0.8 * open_ for w in widths]), line)


def _draw_tongue_out(canvas: Canvas, palette: Palette, pose: MouthPose) -> None:
    tongue, line = palette["tongue"], palette["line"]
    rx, (tx, ty) = pose.tongue_x, pose.tongue_tip
    lip = pose.lower[MIDDLE][1]
    if ty < lip - 1.0:
        return
    root, w = lip - 0.42 * pose.gap, pose.tongue_width * (0.80 + 0.2 * min(pose.tongue, 1.0))
    length = ty - root
    outline = [(rx - w * 0.9, root + 2), (rx - w * 0.95, root + length * 0.5), (tx - w * 0.66, ty - length * 0.14),
               (tx, ty + 2), (tx + w * 0.66, ty - length * 0.14), (rx + w * 0.95, root + length * 0.5),
               (rx + w * 0.9, root + 2), (rx, root - min(4.0, 0.15 * pose.gap))]  # fmt: skip
    canvas.path(Path.smooth(outline), tongue, stroke=line, width=2.4)
    canvas.path(stroke((rx, root + 4), (tx, ty - length * 0.3), 3.4), shade(tongue, -0.16))
