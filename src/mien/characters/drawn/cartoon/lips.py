"""Paint a mouth: lips, the dark inside, teeth, tongue and the line."""

from __future__ import annotations

from mien.characters.drawn.canvas import Canvas, Path
from mien.characters.drawn.cartoon.mouth import MIDDLE, Mouth, MouthPose, T
from mien.characters.drawn.cartoon.palette import Palette
from mien.characters.drawn.colour import mix_colours, shade
from mien.characters.drawn.curves import Point, clamp, smoothstep


def draw_mouth(canvas: Canvas, palette: Palette, mouth: Mouth, pose: MouthPose) -> None:
    """The whole mouth, in face coordinates."""
    _draw_lips(canvas, palette, mouth, pose)
    inside = Path.between(pose.upper, pose.lower)
    if pose.gap_max > 0.4:
        _draw_inside(canvas, palette, mouth, pose, inside)
    _draw_line(canvas, palette, mouth, pose)
    if pose.tongue > 0.01:
        _draw_tongue_out(canvas, palette, pose)


def _draw_lips(canvas: Canvas, palette: Palette, mouth: Mouth, pose: MouthPose) -> None:
    lips = palette["lips"]
    top = min(y for _, y in pose.upper_outer)
    bottom = max(y for _, y in pose.lower_outer)
    # A soft shadow under the lower lip; it makes pouts stand out.
    cx = pose.lower_outer[MIDDLE][0]
    under = [(x * 0.62 + cx * 0.38, y + 5.0) for x, y in pose.lower_outer[3:-3]]
    canvas.path(Path.tapered(under, 7.0), palette["skin_deep"], opacity=0.34)
    if mouth.lip_opacity <= 0.01:
        return
    dark = shade(lips, -0.075, chroma=1.05, hue_deg=-4)
    upper = Path.between(pose.upper_outer, pose.upper)
    lower = Path.between(pose.lower, pose.lower_outer)
    shown = clamp(mouth.lip_opacity + 0.5 * pose.pout)
    with canvas.group(opacity=shown):
        canvas.path(upper, canvas.linear((0, top), (0, pose.upper[MIDDLE][1]), (0.0, lips), (1.0, dark)))
        canvas.path(
            lower,
            canvas.linear((0, pose.lower[MIDDLE][1]), (0, bottom), (0.0, dark), (0.35, lips), (1.0, shade(lips, 0.02))),
        )
        (lx, ly) = pose.lower[MIDDLE]
        fat = bottom - ly
        if fat > 4:
            canvas.ellipse(
                (lx - 0.12 * mouth.width, ly + 0.52 * fat),
                0.24 * mouth.width,
                0.16 * fat,
                shade(lips, 0.14),
                opacity=0.55,
            )


def _draw_inside(canvas: Canvas, palette: Palette, mouth: Mouth, pose: MouthPose, inside: Path) -> None:
    dark = palette["mouth"]
    top, bottom = min(y for _, y in pose.upper), max(y for _, y in pose.lower)
    with canvas.group(clip=canvas.clip(inside)):
        throat = canvas.linear((0, top), (0, bottom), (0.0, shade(dark, -0.06)), (1.0, shade(dark, 0.05)))
        left, right = pose.lower[0][0], pose.lower[-1][0]
        canvas.rect(left - 16, top - 2, right - left + 32, bottom - top + 4, throat)
        _draw_tongue_in(canvas, palette, pose)
        _draw_teeth(canvas, palette, mouth, pose)


def _draw_tongue_in(canvas: Canvas, palette: Palette, pose: MouthPose) -> None:
    show = smoothstep(8.0, 22.0, pose.gap)
    if show < 0.02:
        return
    tongue = palette["tongue"]
    x, y = pose.lower[MIDDLE]
    h, w = pose.tongue_height, pose.tongue_width * 1.28
    top = y - h
    mound = [(x - w, y + 12), (x - w * 0.82, top + h * 0.45), (x - w * 0.36, top), (x, top + h * 0.10),
             (x + w * 0.36, top), (x + w * 0.82, top + h * 0.45), (x + w, y + 12)]  # fmt: skip
    paint = canvas.linear((0, top), (0, y + 4), (0.0, tongue), (1.0, shade(tongue, -0.10)))
    canvas.path(Path.smooth(mound), paint, opacity=show)


def _draw_teeth(canvas: Canvas, palette: Palette, mouth: Mouth, pose: MouthPose) -> None:
    white = palette["teeth"]
    shaded = mix_colours(white, palette["mouth"], 0.13)
    n = len(T)
    if pose.teeth_lower > 0.6:
        edge, lip = [], []
        for i in range(1, n - 1):
            x, y = pose.lower[i]
            lip.append((x, y + 6.0))
            edge.append((x, y - pose.teeth_lower * (1.0 - abs(T[i]) ** 3 * 0.55)))
        canvas.path(Path.between(edge, lip), mix_colours(white, palette["mouth"], 0.10))
    if pose.teeth_upper > 0.6:
        lip, edge = [], []
        for i in range(1, n - 1):
            x, y = pose.upper[i]
            lip.append((x, y - 6.0))
            edge.append((x, y + pose.teeth_upper * (1.0 - abs(T[i]) ** 3 * 0.45)))
        top, low = pose.upper[MIDDLE][1], edge[MIDDLE - 1][1]
        canvas.path(
            Path.between(lip, edge),
            canvas.linear((0, top - 1), (0, low), (0.0, shaded), (0.45, white), (1.0, white)),
        )
        _draw_bite(canvas, palette, mouth, pose, edge)


def _draw_bite(canvas: Canvas, palette: Palette, mouth: Mouth, pose: MouthPose, edge: list[Point]) -> None:
    """The lines between teeth: they show when the teeth are bared, and mark a grimace."""
    line = mix_colours(palette["teeth"], palette["mouth"], 0.5)
    closed = clamp((pose.teeth_upper + pose.teeth_lower - pose.gap_max) / 6.0 + 0.4) * smoothstep(
        1.0, 4.0, pose.teeth_lower
    )
    if closed > 0.02:
        canvas.path(Path.tapered(edge, 2.2), line, opacity=0.9 * closed)
    bared = max(0.55 * closed, 0.0)
    x0 = edge[MIDDLE - 1][0]
    if bared > 0.02:
        for k in (-3, -2, -1, 0, 1, 2, 3):
            x = x0 + k * mouth.width * 0.27
            canvas.path(
                Path().move((x, pose.upper[MIDDLE][1] - 30)).line((x, pose.lower[MIDDLE][1] + 30)),
                stroke=line, width=1.6, opacity=bared,
            )  # fmt: skip
    if mouth.gap_tooth:
        top, low = pose.upper[MIDDLE][1], edge[MIDDLE - 1][1]
        notch = [(x0 - 1.7, low + 1.5), (x0 - 0.7, (top + low) / 2), (x0 + 0.7, (top + low) / 2), (x0 + 1.7, low + 1.5)]
        canvas.path(Path.polygon(notch), palette["mouth"], opacity=smoothstep(3.0, 8.0, pose.gap))


def _draw_line(canvas: Canvas, palette: Palette, mouth: Mouth, pose: MouthPose) -> None:
    """The line between the lips, thick in the middle; around an open mouth it thins to a rim."""
    line = palette["line"]
    # Lips rolled in leave a crease where their edge was.
    for points, lift, amount in ((pose.upper, -1.0, pose.roll_upper), (pose.lower, 1.0, pose.roll_lower)):
        if amount > 0.02:
            x0 = points[MIDDLE][0]
            crease = [(x0 + (x - x0) * 0.8, y + lift * 9.0) for x, y in points[2:-2]]
            canvas.path(Path.tapered(crease, 4.5), palette["skin_deep"], opacity=0.7 * min(amount, 1.0))
    open_ = smoothstep(1.0, 12.0, pose.gap_max)
    tight = clamp(pose.press) + 0.5 * (pose.roll_upper + pose.roll_lower)
    body = mouth.line * (1.0 + 0.25 * min(tight, 1.2)) * (1.0 - 0.32 * open_)
    widths = [body * (0.42 + 0.58 * (1.0 - abs(t) ** 3)) for t in T]
    canvas.path(Path.ribbon(pose.upper, widths), line)
    if open_ > 0.01:
        thin = [w * 0.72 * min(1.0, open_ * 2) for w in widths]
        canvas.path(Path.ribbon(pose.lower, thin), line)
    # Round the ends.
    for i in (0, -1):
        canvas.ellipse(pose.upper[i], widths[i] * 0.5, widths[i] * 0.5, line)


def _draw_tongue_out(canvas: Canvas, palette: Palette, pose: MouthPose) -> None:
    tongue = palette["tongue"]
    rx, (tx, ty) = pose.tongue_x, pose.tongue_tip
    w = pose.tongue_width * (0.80 + 0.2 * min(pose.tongue, 1.0))
    lip_y = pose.lower[MIDDLE][1]
    if ty < lip_y - 1.0:
        return
    root_y = lip_y - 0.42 * pose.gap
    length = ty - root_y
    outline = [
        (rx - w * 0.88, root_y + 2.0), (rx * 0.6 + tx * 0.4 - w * 0.98, root_y + length * 0.45),
        (tx - w * 0.72, ty - min(length * 0.22, 14.0)), (tx, ty + 2.0), (tx + w * 0.72, ty - min(length * 0.22, 14.0)),
        (rx * 0.6 + tx * 0.4 + w * 0.98, root_y + length * 0.45), (rx + w * 0.88, root_y + 2.0),
        (rx, root_y - min(6.0, 0.2 * pose.gap)),
    ]  # fmt: skip
    paint = canvas.linear(
        (0, root_y - 4), (0, ty), (0.0, shade(tongue, -0.14)), (0.4, shade(tongue, -0.02)), (1.0, shade(tongue, 0.04))
    )
    shape = Path.smooth(outline)
    canvas.path(shape, paint, stroke=shade(tongue, -0.24), width=2.0)
    groove = [(rx, root_y + 4), ((rx + tx) / 2, (root_y + ty) / 2), (tx, ty - length * 0.28)]
    canvas.path(Path.tapered(groove, 3.4), shade(tongue, -0.20), opacity=0.7)
    canvas.ellipse((tx - w * 0.38, ty - length * 0.22), w * 0.16, length * 0.10, "#ffffff", opacity=0.35)
