"""An anime nose: a tick and a touch of shadow; it moves and wrinkles like any other."""

from __future__ import annotations

from mien.characters.drawn.anime.ink import stroke
from mien.characters.drawn.canvas import Canvas, Path
from mien.characters.drawn.cartoon.nose import Nose, NosePose
from mien.characters.drawn.cartoon.palette import Palette
from mien.characters.drawn.curves import smoothstep


class AnimeNose(Nose):
    """Reads `[nose]` as `cartoon.nose.Nose` does; bridge: how much of its line shows."""

    def _draw_bridge(self, canvas: Canvas, palette: Palette, pose: NosePose) -> None:
        tx, ty = pose.tip
        if self.bridge > 0:
            top = (self.bridge_width * 0.5, self.bridge_top)
            ridge = [top, (self.bridge_width * 0.6, (top[1] + ty) / 2), (tx + self.tip * 0.9, ty - 2)]
            canvas.path(Path.tapered(ridge, 2.6, start=0.0, end=0.7), palette["line"], opacity=self.bridge)
        for side, sneer in ((1.0, pose.sneer_left), (-1.0, pose.sneer_right)):
            amount = smoothstep(0.12, 0.9, sneer)
            for k in range(2 if amount > 0.01 else 0):
                y = self.y - self.height - 10.0 - 8.0 * k - 3.0 * sneer
                wrinkle = stroke((side * 2.0, y + 2.0), (side * (12.0 - 2.5 * k), y - 3.0), 3.2, bow=2.0 * side)
                canvas.path(wrinkle, palette["line"], opacity=0.85 * amount)

    def _draw_ball(self, canvas: Canvas, palette: Palette, pose: NosePose) -> None:
        tx, ty = pose.tip
        r, h, line = self.tip, self.height, palette["line"]
        shadow = [(tx + r * 0.15, ty - h), (tx + r, ty + h * 0.30), (tx + r * 0.1, ty + h * 0.62)]
        canvas.path(Path.polygon(shadow), palette["skin_shadow"])
        tick = [(tx + r * 0.55, ty - h * 0.05), (tx + r * 0.42, ty + h * 0.42), (tx - r * 0.55, ty + h * 0.55)]
        canvas.path(Path.ribbon(tick, [0.6, 3.0, 0.0], tension=0.5), line)
        if self.nostrils > 0:
            for (wx, wy), side in ((pose.wing_left, 1.0), (pose.wing_right, -1.0)):
                a, b = (wx * 0.4, wy + h * 0.5), (wx * 0.8, wy + h * 0.35)
                canvas.path(stroke(a, b, 2.6, bow=-1.0 * side), line, opacity=self.nostrils)
        for side, (wx, wy), sneer in (
            (1.0, pose.wing_left, pose.sneer_left),
            (-1.0, pose.wing_right, pose.sneer_right),
        ):
            amount = max(self.wings, min(1.0, 1.4 * sneer))
            curl = [(wx, wy - h * 0.5), (wx + side * 3.0, wy), (wx - side * 1.0, wy + h * 0.5)]
            canvas.path(Path.tapered(curl, 3.2), line, opacity=amount)
